"""A field for Python: line numbers, colours, indentation; Ctrl+Enter runs. It is a real text field, for every kind of reader."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal, NamedTuple

import streamlit as st

from explainer.language import translator
from explainer.sandbox.limits import PASTE_BYTES

_HERE = Path(__file__).parent
_editor = st.components.v2.component(
    "code_editor",
    html="<div class='editor'><div class='gutter' aria-hidden='true'></div><div class='paper'>"
    "<pre class='paint' aria-hidden='true'></pre>"
    "<textarea wrap='off' spellcheck='false' autocapitalize='off' autocomplete='off'></textarea></div></div>"
    "<div class='bar'><button class='run' type='button'><span></span><kbd>Ctrl ⏎</kbd></button><span class='keys'></span>"
    "<span class='told' role='status'></span></div>",
    css=(_HERE / "code_editor.css").read_text(encoding="utf-8"),
    js=(_HERE / "code_editor.js").read_text(encoding="utf-8"),
)


class Mark(NamedTuple):
    """What is to be said about a line, at its number."""

    tone: Literal["fail"]
    text: str


def code_editor(
    text: str,
    *,
    version: int,
    marks: Mapping[int, Mark],
    key: str,
    lang: str,
    on_text: Callable[[], None],
    on_run: Callable[[], None],
) -> None:
    """Shows the text; a new ``version`` replaces what is in the field. What was written is read by ``written``."""
    _ = translator(lang)
    words = {
        "label": _("Python code"),
        "placeholder": _("Paste a block here, as you found it: a class, a layer, a whole script …"),
        "run": _("Run"),
        "too_long": _(
            "Too long: {size} kB, and a paste can have {most} kB. It is neither kept nor run until it is shorter.",
            size="{size}",
            most=PASTE_BYTES >> 10,
        ),
        "keys": _("Once you write, Tab indents; Esc, then Tab leaves the field."),
    }
    data = {
        "text": text, "version": version, "words": words, "most": PASTE_BYTES,
        "marks": {str(line): mark._asdict() for line, mark in marks.items()},
    }  # fmt: skip
    _editor(key=key, data=data, on_text_change=on_text, on_run_change=on_run)


def written(key: str) -> str | None:
    """What the browser sent last, None if nothing was sent; one that keeps to the rules sends nothing that is too long."""
    sent = (st.session_state.get(key) or {}).get("text")
    return sent if isinstance(sent, str) and len(sent.encode(errors="replace")) <= PASTE_BYTES else None
