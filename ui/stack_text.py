"""A stack as PyTorch code, and code as a stack."""

from __future__ import annotations

from html import escape

import streamlit as st

from explainer.language import say, translator
from explainer.stack import Remark, Row, Stack, read_source, write_source
from ui import draw, stack_state
from ui.table_link import stack_as_table

_IMPORT, _REMARKS = "stack-import", "stack-remarks"


def text(stack: Stack, rows: tuple[Row, ...], lang: str) -> None:
    """Two tabs: what builds the stack, and a field for what other people wrote."""
    _ = translator(lang)
    out, into = st.tabs([_("PyTorch code"), _("Import text")], key="stack-text")
    with out:
        bad = [row for row in rows if row.refusal is not None]
        if bad:
            draw.note([_("This code stops where a row is refused.")])
        # A tab is searched for what the keyboard can reach, at every change: not through all of the code.
        stack_as_table(stack, lang)
        st.code(write_source(stack, [row.shape for row in rows]), language="python", wrap_lines=True)
    with into:
        st.text_area(_("nn.Sequential, a list of layers, or a printed model; it is read, never run"), key=_IMPORT, height=180)
        with st.container(horizontal=True, gap="small"):
            st.button(_("Replace the stack"), key="import-replace", type="primary", on_click=_import, args=(True,))
            st.button(_("Add below the chosen row"), key="import-add", on_click=_import, args=(False,))
        _remarks(lang)


def _remark(remark: Remark, lang: str) -> str:
    _ = translator(lang)
    line = _("line {line}", line=remark.line)
    return _("{name}: {title}", name=line, title=f"{remark.text} — {say(remark.reason, lang)}")


def _import(replace: bool) -> None:
    found = read_source(str(st.session_state.get(_IMPORT, "")))
    st.session_state[_REMARKS] = (len(found.items), found.remarks)
    stack = stack_state.acting()
    if found.items:
        base = Stack(stack.input_shape) if replace else stack
        stack_state.put_below(base, stack_state.chosen(base), *found.items)


def _remarks(lang: str) -> None:
    """How many rows a text gave, and which lines are none."""
    _ = translator(lang)
    count, remarks = st.session_state.get(_REMARKS, (None, ()))
    if count is None:
        return
    kept = [_remark(remark, lang) for remark in remarks]
    if not count:
        draw.note([_("No layer was found in the text.")], "bad")
    elif kept:
        first = escape(_("Rows read: {count}. These lines are kept as text:", count=count))
        lines = "".join(f"<li>{escape(line)}</li>" for line in kept)
        st.html(f"<div class='bl-note bl-warn' role='status'><b>{first}</b><ul>{lines}</ul></div>")
    else:
        draw.note([_("Rows read: {count}.", count=count)], "good")
