"""A sliding window under the hand: hover, step, play and edit, without a round trip to the server."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st

_HERE = Path(__file__).parent
_SCRIPTS = ("model", "board", "words", "window_picture")
_picture = st.components.v2.component(
    "window_picture",
    html="<div class='wp'></div>",
    css=(_HERE / "window_picture.css").read_text(encoding="utf-8"),
    js="\n".join((_HERE / f"{name}.js").read_text(encoding="utf-8") for name in _SCRIPTS),
)


def window_picture(scene: dict[str, Any], *, key: str, chosen: tuple[int, int] | None, lang: str) -> tuple[int, int] | None:
    """Shows a scene of explainer/render/window_scene and returns the chosen position: the one clicked in this run, else
    ``chosen``, else the last one clicked that still exists.

    It is (row, column) of the output, in a transposed convolution of the input. Playing and stepping do not report.
    """
    clicked = f"{key}-clicked"

    def note_click() -> None:
        st.session_state[clicked] = True

    data = {"scene": scene, "chosen": _inside(chosen, scene), "lang": lang}
    result = _picture(key=key, data=(data,), default={"chosen": None}, on_chosen_change=note_click)
    reported = _inside(result.chosen, scene)
    if st.session_state.pop(clicked, False) and reported:
        return reported
    return _inside(chosen, scene) or reported


def _inside(place: Any, scene: dict[str, Any]) -> tuple[int, int] | None:
    """The position if it is one: what a browser sends is not to be trusted."""
    if not isinstance(place, (list, tuple)) or len(place) != 2 or not all(type(number) is int for number in place):
        return None
    row, column = place
    inside = 0 <= row < scene["axes"][0]["output"] and 0 <= column < scene["axes"][1]["output"]
    return (row, column) if inside else None
