"""Copy link and Copy embed code: a small menu that opens at the button in the page's heading, without a word to the server."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from explainer.language import translator

_HERE = Path(__file__).parent
_share = st.components.v2.component(
    "share",
    html="<div class='share'></div>",
    css=(_HERE / "share.css").read_text(encoding="utf-8"),
    js="\n".join((_HERE / f"{name}.js").read_text(encoding="utf-8") for name in ("address", "share")),
)


def share(lang: str, *, title: str, embedded: bool) -> None:
    """The menu of a page called ``title``; embedded in another page, a small link back instead.

    What the address cannot hold stands with the button that opens the menu, as its ``data-missing``.
    """
    _ = translator(lang)
    words = {
        "title": _("Share what you see"),
        "about": _("The address holds all of it: numbers, code, the selected step. Nothing is kept on the server."),
        "address": _("Link"),
        "copy": _("Copy link"),
        "code": _("Code for a course page"),
        "embed": _("Copy embed code"),
        "copied": _("Copied."),
        "by hand": _("The browser does not let this page copy. The text is selected: press Ctrl + C."),
        "language": _("Language"),
        "own language": _("the reader's"),
        "theme": _("Colours"),
        "own theme": _("the reader's"),
        "light": _("light"),
        "dark": _("dark"),
        "close": _("Close"),
        "open": _("Open in Blocklens"),
        "frame": _("{title} in Blocklens", title=title),
    }
    data = {"words": words, "lang": lang, "embedded": embedded}
    _share(key="share", data=(data,), height=0)
