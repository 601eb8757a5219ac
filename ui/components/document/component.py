"""What Streamlit leaves out around the page: its language, also in names that are read aloud alone, and the keyboard's place."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from explainer.language import translator

_JS = (Path(__file__).parent / "document.js").read_text(encoding="utf-8")
_document = st.components.v2.component("document", js=_JS)


def set_up_document(lang: str) -> None:
    """To be drawn once per page, in the frame."""
    said = {"lang": "zh-CN" if lang == "zh" else lang, "names": _names(lang)}
    _document(key="document", data=(said,), height=0)  # a dict would have Streamlit load pandas before the first heading


def _names(lang: str) -> dict[str, str]:
    """Streamlit's own names of its buttons, which it has in English alone, in the reader's language; ``{}`` is a label."""
    _ = translator(lang)
    names = {
        "Skip to main content": _("Skip to main content"), "Sidebar": _("Sidebar"), "Expand sidebar": _("Expand sidebar"),
        "Collapse sidebar": _("Collapse sidebar"), "Copy to clipboard": _("Copy to clipboard"), "Increment": _("Increment"),
        "Decrement": _("Decrement"), "Open": _("Open the list"), "Add row": _("Add row"), "Fullscreen": _("Fullscreen"),
        "Show/hide columns": _("Show/hide columns"), "Download as CSV": _("Download as CSV"), "Search": _("Search"),
        "Help for {}": _("Help for {name}", name="{}"), "Upload": _("Upload"), "{} per file": _("{size} per file", size="{}"),
    }  # fmt: skip
    return {} if lang == "en" else names
