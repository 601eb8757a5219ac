"""The views of the Attention page, one below the switch at a time; the link carries which.

A view is a function that draws everything below the switch. To add one, give it a line in ``VIEWS``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from explainer.language import say, translator
from explainer.types import Sentence, sentence
from ui import attention_gates, ratio_panel, state, training_panel

_KEY = "view"


@dataclass(frozen=True, slots=True)
class View:
    """``key`` stands in the link; ``show`` draws the view in the reader's language."""

    key: str
    title: Sentence
    show: Callable[[str], None]


VIEWS: tuple[View, ...] = (
    View("gates", sentence("Gates on a picture"), attention_gates.gates_panel),
    View("training", sentence("Train it here"), training_panel.training_panel),
    View("reduction", sentence("Reduction ratio"), ratio_panel.ratio_panel),
)


def draw_views(lang: str) -> None:
    """The switch, if there is more than one view, and the chosen view."""
    _, views = translator(lang), {view.key: view for view in VIEWS}
    chosen = state.take_word(tuple(views), _KEY, VIEWS[0].key)
    if len(views) > 1:
        st.segmented_control(
            _("View"),
            tuple(views),
            format_func=lambda key: say(views[key].title, lang),
            key=_KEY,
            on_change=state.push_word,
            args=(VIEWS[0].key, _KEY),
            label_visibility="collapsed",
            required=True,
        )
    views[chosen].show(lang)
