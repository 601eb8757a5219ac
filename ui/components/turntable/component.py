"""A convolution to turn on the first page: knobs, drawing and figures follow the hand without the server."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import streamlit as st

_HERE = Path(__file__).parent
_table = st.components.v2.component(
    "turntable",
    html="<div class='tt'></div>",
    css=(_HERE / "turntable.css").read_text(encoding="utf-8"),
    js=(_HERE / "turntable.js").read_text(encoding="utf-8"),
)


def said_before(key: str) -> Any:
    """Where a person left the knobs, None if they touched none, unchecked; to be asked before the component is drawn."""
    return (st.session_state.get(key) or {}).get("knobs")


def turntable(scene: Mapping[str, Any], knobs: Mapping[str, int], start: Mapping[str, int], *, key: str) -> bool:
    """Shows a scene of explainer/render/turntable with its knobs at ``knobs``, which ``start`` sets back.

    Returns whether a person asks for the page where all numbers of the layer can be turned.
    """
    data = {"scene": scene, "knobs": dict(knobs), "start": dict(start)}
    found = _table(key=key, data=(data,), default={"knobs": None}, on_knobs_change=_nothing, on_open_change=_nothing)
    return bool(found.open)


def _nothing() -> None:
    """Streamlit reports a component's state only where a callback is given."""
