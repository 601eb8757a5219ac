"""Says aloud what changed, and moves the keyboard to where it is needed next: Streamlit does neither."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

_HERE = Path(__file__).parent
_announcer = st.components.v2.component(
    "announcer",
    html="<div role='status' aria-live='polite'></div>",
    css=(_HERE / "announcer.css").read_text(encoding="utf-8"),
    js=(_HERE / "announcer.js").read_text(encoding="utf-8"),
)


def announce(turn: str, text: str, focus: str, *, key: str) -> None:
    """Reads ``text`` aloud and gives the keyboard to the element ``focus`` (CSS), once per ``turn``, but not on arrival."""
    _announcer(key=key, data={"turn": turn, "text": text, "focus": focus}, height=1)
