"""A sliding window under the hand: hover, step, play and edit, without a round trip to the server."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import streamlit as st

KERNEL_SHOWN = 11  # cells along one side of a kernel whose weights can be edited, as in window_picture.js
_HERE = Path(__file__).parent
_SCRIPTS = ("model", "board", "words", "window_picture")
_picture = st.components.v2.component(
    "window_picture",
    html="<div class='wp'></div>",
    css=(_HERE / "window_picture.css").read_text(encoding="utf-8"),
    js="\n".join((_HERE / f"{name}.js").read_text(encoding="utf-8") for name in _SCRIPTS),
)


def drawn_before(key: str) -> dict[str, str] | None:
    """What the browser said up to this run that a person drew, by the names of the link; None if nobody did. Unchecked."""
    drawn = (st.session_state.get(key) or {}).get("drawn")
    return {str(name): text for name, text in drawn.items() if isinstance(text, str)} if isinstance(drawn, dict) else None


def window_picture(
    scene: dict[str, Any], *, key: str, chosen: tuple[int, int] | None, drawn: Mapping[str, str], lang: str
) -> tuple[int, int] | None:
    """Shows a scene of explainer/render/window_scene and returns the chosen position: the one clicked in this run, else
    ``chosen``, else the last one clicked that still exists.

    It is (row, column) of the output, in a transposed convolution of the input. Playing and stepping do not report. ``drawn`` is
    the picture that the browser is told, by the names of the link: it draws that anew where it is told another one.
    """
    clicked = f"{key}-clicked"

    def note_click() -> None:
        st.session_state[clicked] = True

    data = {"scene": scene, "chosen": _inside(chosen, scene), "drawn": dict(drawn), "lang": lang}
    result = _picture(
        key=key, data=(data,), default={"chosen": None, "drawn": None}, on_chosen_change=note_click, on_drawn_change=_nothing
    )
    reported = _inside(result.chosen, scene)
    if st.session_state.pop(clicked, False) and reported:
        return reported
    return _inside(chosen, scene) or reported


def _nothing() -> None:
    """Streamlit reports a component's state only where a callback is given."""


def _inside(place: Any, scene: dict[str, Any]) -> tuple[int, int] | None:
    """The position if it is one: what a browser sends is not to be trusted."""
    if not isinstance(place, (list, tuple)) or len(place) != 2 or not all(type(number) is int for number in place):
        return None
    row, column = place
    inside = 0 <= row < scene["axes"][0]["output"] and 0 <= column < scene["axes"][1]["output"]
    return (row, column) if inside else None
