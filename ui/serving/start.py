"""What happens once, when the server starts."""

from __future__ import annotations

import sys
import webbrowser
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import streamlit as st

from ui.serving.background import HEAD_START_S

# Each message to a browser gives Python's lock away several times, and a run that computes returns it only after this long:
# with Python's own 5 ms, 40 visitors wait for 0.3 s where they now wait for 0.1.
_TURN_S = 0.001


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[None]:
    """Gets torch and the sandbox ready behind the first page, and ends the sandbox with the server."""
    # Caches and components are made for the runtime that exists now; and the first visitor shall not wait for imports.
    from ui import cached, home, shell  # noqa: F401

    sys.setswitchinterval(_TURN_S)
    cached.background().start(HEAD_START_S)
    _open_browser()
    yield
    cached.paste_runner().stop()


def _open_browser() -> None:
    """`streamlit run` opens the app on a desktop, but leaves that to an app that brings its own server."""
    is_streamlit_run = Path(sys.argv[0]).name == "app.py"
    if is_streamlit_run and not st.get_option("server.headless"):
        webbrowser.open(f"http://{st.get_option('browser.serverAddress')}:{st.get_option('server.port')}")
