"""The editable grid of a table, and what it starts from."""

from __future__ import annotations

from html import escape

import streamlit as st

from explainer.language import translator
from explainer.table import COLUMNS, Cells, heads
from ui import draw, table_state

_NUMBER = "#"
_WIDTHS = {"name": 82, "input": 92, "operation": 106, "kernel": 72, "channels": 88, "stride": 70, "padding": 82, "then": 138,
           "shortcut": 168, "output": 92}  # fmt: skip
_BLOCK_WIDTH = 250


def controls(lang: str) -> None:
    """Tables to start from."""
    _ = translator(lang)
    names = {"Together": _("Run together"), "VGG-16": "VGG-16", "ResNet-18": "ResNet-18", "ResNet-50": "ResNet-50",
             "Wrong": _("A wrong size")}  # fmt: skip
    with st.container(horizontal=True, gap="xsmall", vertical_alignment="center", key="table-presets"):
        st.html(f"<span class='bl-muted'>{escape(_('Start from'))}</span>", width="content")
        for name, spoken in names.items():
            st.button(spoken, key=f"table-preset-{name}", on_click=_start, args=(name,))


def _start(name: str) -> None:
    table_state.put(table_state.preset(name))


def editor(lang: str) -> None:
    """The grid. Empty cells are worked out; a row that is emptied goes."""
    _ = translator(lang)
    draw.pane_title(_("The table"), _("click a cell to type; empty cells are worked out"))
    table, key = table_state.base()
    names = heads(lang)
    lines = table.lines or (Cells(),)
    rows = [{_NUMBER: number} | {column: line.get(column) for column in COLUMNS} for number, line in enumerate(lines, 1)]
    blocks = any("[" in line.operation for line in lines)
    widths = _WIDTHS | ({"operation": _BLOCK_WIDTH} if blocks else {})
    shown = [column for column in COLUMNS if column != "name" or any(row["name"] for row in rows)]
    st.data_editor(
        rows, key=key, num_rows="dynamic", hide_index=True, width="stretch", on_change=table_state.take_edits, args=(key,),
        height=min(38 + 35 * (len(rows) + 1), 430), column_order=[_NUMBER, *shown],
        column_config={_NUMBER: st.column_config.NumberColumn("#", width=40, disabled=True)} | {
            column: st.column_config.TextColumn(names[column], width=widths[column], help=_help(column, lang))
            for column in COLUMNS
        },
    )  # fmt: skip


def _help(column: str, lang: str) -> str:
    _ = translator(lang)
    return {
        "name": _("The layer's name, if it has one: it becomes the attribute of the module."),
        "input": _("What the table says arrives: 56×56×64, or 64×56×56."),
        "operation": _("conv, depthwise conv, max pool, avg pool, fc, flatten, softmax, …, or a block: [3×3, 64; 3×3, 64] × 2."),
        "kernel": _("3×3 or 3."),
        "channels": _("Output channels, or the outputs of a fully connected layer."),
        "stride": _("2, or 2×1 for height and width."),
        "padding": _("1, or 1×0, or same."),
        "then": _("What follows: BN, ReLU. Write none where nothing follows."),
        "shortcut": _("identity, conv 1×1×128, stride 2, or row 3 for what went into line 3. Write none for a plain block."),
        "output": _("What the table says comes out."),
    }[column]
