"""The chosen row of a stack: its arguments as fields, and what one of its values sees of the input."""

from __future__ import annotations

from html import escape

import streamlit as st

from explainer.language import translator
from explainer.render.field_picture import FieldView, field_picture
from explainer.stack import Row, Stack, places, seen
from ui import draw
from ui.components.picture.component import picture
from ui.panel_choice import choice as choose
from ui.stack_form import row_form, title_of


def details(stack: Stack, rows: tuple[Row, ...], chosen: int, lang: str) -> None:
    """The chosen row: its arguments, and what one of its values sees."""
    _ = translator(lang)
    if chosen < 0:
        draw.pane_title(_("No rows yet."))
        return
    row = rows[chosen]
    draw.pane_title(title_of(row.item, chosen, lang), _own(row, lang))
    row_form(stack, chosen, lang)
    if row.steps and row.shape is not None:
        draw.pane_title(_("What one value sees"))
        words = {"middle": _("in the middle"), "corner": _("in the corner")}
        where = (
            "middle" if row.regrouped else choose(_("which value"), tuple(words), words.__getitem__, key="field_of", bare=True)
        )
        view = _view(stack, row, where)
        svg = field_picture(view, lang)
        picture(svg, svg, key="field-picture")
        _legend(view, lang)


def _own(row: Row, lang: str) -> str:
    _ = translator(lang)
    parts = [] if row.param_count is None else [_("{n:,} parameters", n=row.param_count)]
    return " · ".join(parts + ([] if row.macs is None else [_("{n:,} MACs", n=row.macs)]))


def _view(stack: Stack, row: Row, where: str) -> FieldView:
    """The last two axes of what the value sees, with its neighbour below and to the right where there is one."""
    sizes = places(row)
    position = tuple((size - 1) // 2 if where == "middle" else 0 for size in sizes)
    following = tuple(min(index + 1, size - 1) for index, size in zip(position, sizes, strict=True))
    real, padded, after = seen(row, position), seen(row, position, clip=False), seen(row, following, clip=False)
    return FieldView(
        stack.input_shape[1:][-2:],
        () if row.regrouped else position[-2:],
        real[-2:] if real else None,
        padded[-2:] if padded else ((0, 0),) * len(sizes[-2:]),
        after[-2:] if after and following != position else None,
    )


def _legend(view: FieldView, lang: str) -> None:
    _ = translator(lang)
    marks = [("field", _("what it reads"))] if view.real else []
    marks += [("padded", _("with padding"))] if view.real and view.padded != view.real else []
    marks += [("next", _("what its neighbour reads, one jump further"))] if view.following not in (None, view.padded) else []
    items = "".join(f"<li><i class='bl-{mark}'></i>{escape(text)}</li>" for mark, text in marks)
    st.html(f"<ul class='bl-legend'>{items}</ul>")
