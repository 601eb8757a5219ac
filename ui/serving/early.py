"""The page itself, before its first element: what it looks like then, so that nothing jumps, and where its server is."""

from __future__ import annotations

import hashlib
import json
import re
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
# Until the first script has come, seconds over a slow line: our paper, not white in the dark, and our name in its place.
_PAPER = """
html:has(#root:empty) { color-scheme: light dark; background: light-dark(#fbfbf9, #12151c); }
"""
_NAME = """
html:has(#root:empty) body::before {
  content: "Blocklens"; position: fixed; left: 28px; top: 22px; color: light-dark(#4353d9, #8f9bff);
  font: 700 19.5px/1.5 "Noto Sans", "Segoe UI", Roboto, "Helvetica Neue", sans-serif; letter-spacing: -0.02em;
}
@media (max-width: 768px) {
  html:has(#root:empty) body::before { left: 51px; top: 16px; font-size: 15.75px; }
}
"""
_TITLE = "<title>Streamlit</title>"
_ICON = '<link rel="shortcut icon" href="./favicon.png" />'
# Streamlit's own font: the theme in .streamlit/config.toml has others, and nothing is written before it arrives.
_FONT = re.compile(r"<link\s+rel=\"preload\"[^>]*as=\"font\"[^>]*>\s*")
_FIRST_SCRIPT = '<script type="module"'


@cache
def sheet() -> tuple[str, bytes]:
    """The path and the text of the style sheet that stands in the page itself."""
    return _named(UI / "style.css")


@cache
def icon() -> tuple[str, bytes]:
    """The path and the bytes of the tab's picture. Through ``st.set_page_config`` it would need Pillow and numpy, which the first
    visitor of a server would wait for."""
    return _named(UI / "assets" / "icon.png")


def _named(file: Path) -> tuple[str, bytes]:
    data = file.read_bytes()
    return f"/static/early-{hashlib.sha256(data).hexdigest()[:12]}{file.suffix}", data


def where() -> str:
    """The script that tells Streamlit where its server is: it would ask below the page's own path first, then above it, and
    open its connection only after two answers. What the second answer says stands here as well (see Streamlit's host config).
    """
    host = {
        "allowedOrigins": list(st.get_option("client.allowedOrigins")), "useExternalAuthToken": False,
        "enableCustomParentMessages": False, "enforceDownloadInNewTab": False, "blockErrorDialogs": False, "metricsUrl": "",
    }  # fmt: skip
    told = json.dumps(host).replace("<", "\\u003c")
    return f'window.__streamlit = {{ BACKEND_BASE_URL: new URL(".", location.href).href, HOST_CONFIG: {told} }};'


def _ahead() -> str:
    return (Path(__file__).parent / "ahead.js").read_text(encoding="utf-8")


@cache
def page(*, embedded: bool, ahead: tuple[str, ...] = ()) -> bytes:
    """Streamlit's only HTML page with our style in it. A page that is embedded has no sidebar; ``ahead``: the scripts that its
    fields will need.
    """
    html = (Path(st.__file__).parent / "static" / "index.html").read_text(encoding="utf-8")
    frame = f"<style>{_PAPER}{'' if embedded else _NAME + _ROOM % SIDEBAR_PX}</style>"
    link = f'<link rel="stylesheet" href="{sheet()[0]}">'
    scripts = f'<script>{where()}</script>\n    <meta name="ahead" content="{" ".join(ahead)}">\n    <script>{_ahead()}</script>'
    assert len(_FONT.findall(html)) == 1
    assert all(html.count(one) == 1 for one in ("</head>", _FIRST_SCRIPT, _TITLE, _ICON))
    html = (
        _FONT.sub("", html)
        .replace(_TITLE, "<title>Blocklens</title>")
        .replace(_ICON, f'<link rel="icon" href="{icon()[0]}">')
        .replace(_FIRST_SCRIPT, f"{scripts}\n    {_FIRST_SCRIPT}")
    )
    return html.replace("</head>", f"{link}{frame}</head>").encode()
