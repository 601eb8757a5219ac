"""What a page looks like before its first element is there, so that nothing jumps when it comes."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

import streamlit as st

UI = Path(__file__).parents[1]
# Streamlit makes room for the sidebar when its first element arrives, and moves everything aside.
_ROOM = """
@media (min-width: 769px) {
  [data-testid="stAppViewContainer"] > a + div:has(> main) { margin-left: %dpx; }
}
"""
SIDEBAR_PX = 228


@cache
def sheet() -> tuple[str, bytes]:
    """The path and the text of the style sheet that stands in the page itself."""
    text = (UI / "style.css").read_bytes()
    return f"/static/early-{hashlib.sha256(text).hexdigest()[:12]}.css", text


@cache
def page(*, embedded: bool) -> bytes:
    """Streamlit's only HTML page with our style in it. A page that is embedded has no sidebar."""
    html = (Path(st.__file__).parent / "static" / "index.html").read_bytes()
    room = b"" if embedded else b"<style>%s</style>" % (_ROOM % SIDEBAR_PX).encode()
    link = f'<link rel="stylesheet" href="{sheet()[0]}">'.encode()
    assert html.count(b"</head>") == 1
    return html.replace(b"</head>", link + room + b"</head>")
