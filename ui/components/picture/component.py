"""Shows an SVG of our own; st.html would strip it."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

_HERE = Path(__file__).parent
_picture = st.components.v2.component(
    "picture",
    html="<div class='wide'></div><div class='narrow' tabindex='0'></div>",
    css=(_HERE / "picture.css").read_text(encoding="utf-8"),
    js=(_HERE / "picture.js").read_text(encoding="utf-8"),
)


def picture(wide: str, narrow: str, *, key: str) -> None:
    """The drawing for a wide place and the one for a narrow place; the browser shows the one that fits."""
    _picture(key=key, data={"wide": wide, "narrow": narrow})
