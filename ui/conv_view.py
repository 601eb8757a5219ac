"""The picture of sliding windows, as the Layer page and the first page show it."""

from __future__ import annotations

from html import escape

import streamlit as st

from explainer.language import translator
from explainer.render.conv_picture import Slides, has_cells
from ui.components.picture.component import picture
from ui.draw import pane_title


def drawing(found: Slides, pictures: tuple[str, str], lang: str, *, titled: bool = True) -> None:
    """The picture of one layer's windows, and what its marks mean."""
    _ = translator(lang)
    if titled:
        pane_title(_("What a window reads"), _("A number says how many windows read a position.") if has_cells(found) else "")
    picture(*pictures, key="conv-picture")
    padded = any(sum(axis.padding) for axis in found.axes)
    marks = [("window", _("one window and the output it makes"))]
    marks += [("pad", _("padding"))] if padded else []
    marks += [("dead", _("no window reads it"))] if found.gaps else []
    st.html(
        "<ul class='bl-legend'>" + "".join(f"<li><i class='bl-{mark}'></i>{escape(text)}</li>" for mark, text in marks) + "</ul>"
    )
