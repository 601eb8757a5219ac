"""What happens once, when the server starts."""

from __future__ import annotations

import asyncio
import inspect
import sys
import webbrowser
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import streamlit as st
from streamlit.runtime.pages_manager import PagesManager

import ui
from explainer.language import LANGUAGES, translator
from ui.serving.background import HEAD_START_S
from ui.serving.economy import economise, sweep


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[None]:
    """Gets torch and the sandbox ready behind the first page, and ends the sandbox with the server."""
    from ui import cached  # caches and components are made for the runtime that exists now

    economise()
    _prepare_first_page()
    cached.background().start(HEAD_START_S)
    _open_browser()
    sweeping = asyncio.create_task(sweep())
    yield
    sweeping.cancel()
    cached.paste_runner().stop()


def _prepare_first_page() -> None:
    """Does once what the first visitor would wait for: half a second's work, most of it imports."""
    from ui import cached

    for module in iter_modules(ui.__path__, "ui."):
        import_module(module.name)
    for name in ("emojis", "material_icon_names"):  # Streamlit reads them when a first label and a first icon are drawn
        import_module(f"streamlit.{name}")
    inspect.stack()  # it also asks once who called it, and so for the file of every module: Python keeps the answers
    for lang in LANGUAGES:
        translator(lang)
        cached.turntable_of(lang)
    # As st.navigation does when it is first called: until then Streamlit runs the files in pages/ by itself, and the first
    # visitor's page would be drawn twice, the first time with a sidebar of another width.
    PagesManager.uses_pages_directory = False


def _open_browser() -> None:
    """`streamlit run` opens the app on a desktop, but leaves that to an app that brings its own server."""
    is_streamlit_run = Path(sys.argv[0]).name == "app.py"
    if is_streamlit_run and not st.get_option("server.headless"):
        webbrowser.open(f"http://{st.get_option('browser.serverAddress')}:{st.get_option('server.port')}")
