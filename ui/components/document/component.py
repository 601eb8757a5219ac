"""What Streamlit leaves out around the page: its language, the keyboard's place, and what is wrong with a number."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from explainer.language import translator

_HERE = Path(__file__).parent
_JS = "\n".join((_HERE / f"{name}.js").read_text(encoding="utf-8") for name in ("keyboard", "numbers", "document"))
_document = st.components.v2.component("document", js=_JS)


def set_up_document(lang: str) -> None:
    """To be drawn once per page, in the frame."""
    _ = translator(lang)
    said = {"lang": "zh-CN" if lang == "zh" else lang, "names": _names(lang), "numbers": _numbers(lang)}
    _document(key="document", data=(said,), height=0)  # a dict would have Streamlit load pandas before the first heading


def _numbers(lang: str) -> dict[str, str]:
    """What is wanted of a number; which bounds it has and what was written instead, the browser knows."""
    _ = translator(lang)
    known = {name: f"{{{name}}}" for name in ("least", "largest", "written")}
    return {
        "range": _("A number from {least} to {largest}, please; until then the last one counts.", **known),
        "whole": _(
            "A whole number from {least} to {largest}, please, and not {written}; until then the last one counts.", **known
        ),
        "free": _("A whole number, please, and not {written}; until then the last one counts.", **known),
    }


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
