"""What a term means, in a small box beside it: on hover, on keyboard focus and on a tap, wherever ``.bl-term`` stands."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from explainer.glossary import TERMS
from explainer.language import say

_HERE = Path(__file__).parent
_glossary = st.components.v2.component(
    "glossary",
    html="<div id='bl-tip' class='bl-tip' role='tooltip' popover='manual'></div>",
    css=(_HERE / "glossary.css").read_text(encoding="utf-8"),
    js=(_HERE / "glossary.js").read_text(encoding="utf-8"),
    isolate_styles=False,  # so that a term can refer to the box
)


def glossary(lang: str) -> None:
    """To be drawn once per page, in the frame."""
    meanings = {key: say(term.meaning, lang) for key, term in TERMS.items()}
    _glossary(key="glossary", data=({"meanings": meanings},), height=0)
