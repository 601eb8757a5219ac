"""What is said about a paste: why it stops and what helps, what to look out for, and what it does line by line."""

from __future__ import annotations

import streamlit as st

from explainer.language import translator
from explainer.paste.result import PasteResult, Request
from explainer.paste.summary import has_summary
from explainer.types import Fix
from ui import cached, draw, paste_state, state
from ui.diagnosis_view import draw_diagnosis, draw_explanation, draw_hazards
from ui.panel_choice import folded
from ui.torchinfo_expander import torchinfo_expander


def what_was_meant(request: Request, result: PasteResult, lang: str) -> None:
    """How inputs were read that were typed and leave something out."""
    _ = translator(lang)
    for typed, read in zip(request.inputs, result.inputs, strict=False):
        if (typed.shape, typed.dtype) != (read.shape, read.dtype):
            written, whole = (paste_state.written_input(given) for given in (typed, read))
            draw.muted(_("The input {written} is read as {whole}: what it leaves out is proposed.", written=written, whole=whole))


def why_it_stops(request: Request, result: PasteResult, lang: str) -> None:
    """The diagnosis with every fix that was tried; nothing for a paste that works."""
    found = cached.paste_words(request, result).diagnosis
    if found is not None:
        draw_diagnosis(found, lang, _apply, key="paste")


def _apply(fix: Fix) -> None:
    """Makes the change that a fix stands for; it was tried before it was offered."""
    if fix.source is not None:
        paste_state.open_repaired(fix.source)
    for name, expression in fix.arguments:
        paste_state.set_argument(name, expression)
    if fix.inputs:
        paste_state.set_inputs(fix.inputs)


def in_words(request: Request, result: PasteResult, lang: str) -> None:
    """What to look out for, and the paste line by line."""
    words = cached.paste_words(request, result)
    draw_hazards(words.hazards, lang)
    if words.explanation is not None and words.explanation.lines:
        _ = translator(lang)
        with folded(_("In words, line by line"), icon=":material/subject:", key="words"):
            draw_explanation(words.explanation, lang, result.source)


@st.fragment
def as_torchinfo(request: Request, result: PasteResult, lang: str) -> None:
    """The table that people know, of a paste that works."""
    if has_summary(result):
        torchinfo_expander(lambda: cached.paste_summary(request, result, state.visitor()), lang)
