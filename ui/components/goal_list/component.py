"""The settings that reach a wanted output, a line each with a button, as one element: Streamlit's own would be four a line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from explainer.language import translator

_list = st.components.v2.component(
    "goal_list",
    html="<div class='bl-goal-list'></div>",
    js=Path(__file__).with_name("goal_list.js").read_text(encoding="utf-8"),
    isolate_styles=False,  # it looks like the rest of the page
)


@dataclass(frozen=True, slots=True)
class Line:
    """A setting: its cells with their classes, all of it in words, and whether it is the one in use."""

    cells: tuple[tuple[str, str], ...]
    words: str
    is_used: bool


def goal_list(
    lines: Sequence[Line],
    heads: Sequence[str],
    numbers: int,
    rest: int,
    lang: str,
    *,
    key: str,
    on_use: Callable[[int], None],
    on_more: Callable[[], None],
) -> None:
    """Shows the lines below their ``heads``, of which a narrow screen shows the first ``numbers``, and how many are left."""
    _ = translator(lang)
    more = _("Show more ({count} left)", count=rest) if rest > 0 else ""
    data = {
        "heads": list(heads), "numbers": numbers, "words": {"use": _("use"), "now": _("in use"), "more": more},
        "rows": [{"cells": line.cells, "words": line.words, "now": line.is_used} for line in lines],
    }  # fmt: skip

    def note_use() -> None:
        chosen = (st.session_state.get(key) or {}).get("use")
        if type(chosen) is int and 0 <= chosen < len(lines):
            on_use(chosen)

    _list(key=key, data=(data,), on_use_change=note_use, on_more_change=on_more)
