"""The Paste page: code on top, folded once there is a result; below it what the code does."""

from __future__ import annotations

import streamlit as st

from explainer.errors import InvalidInput
from explainer.language import say, translator
from explainer.paste.result import PasteResult, Request
from ui import (
    cached,
    draw,
    fact_cards,
    paste_code,
    paste_form,
    paste_run,
    paste_state,
    paste_view,
    paste_words,
    shell,
    table_link,
)
from ui.links.arrival import say_dropped
from ui.links.missing import missing
from ui.links.pages import PASTE
from ui.paste_run import Outcome


def paste_panel(lang: str) -> None:
    """Everything on the page."""
    _ = translator(lang)
    st.html(shell.ROOT / "ui" / "paste.css")
    paste_state.current()
    head, note = st.container(), st.container()
    code = st.container(key="paste-code")
    outcome, is_old = _latest(lang)
    result = outcome.result
    with head:
        draw.heading(paste_view.title(result, lang), paste_view.subtitle(outcome.request, result, lang), missing=missing("paste"))
    with note:
        say_dropped(PASTE, lang)
        _notes(outcome, lang)
        table_link.text_is_table(paste_state.ran(), lang)
    with code:
        _code(result, lang)
    if result is not None and outcome.request is not None:
        with draw.result("paste-result", old=_("Still shown: the last settings that worked.") if is_old else ""):
            _show(outcome.request, result, lang)
    _footer(lang)


def _latest(lang: str) -> tuple[Outcome, bool]:
    """The outcome to show, and whether it is an older one because what is set now is no input."""
    text = paste_state.ran()
    if not text.strip() or cached.paste_mode().mode == "off":
        return Outcome(None), False
    try:
        request = paste_state.request(text, cached.paste_devices())
    except InvalidInput as error:
        before = paste_state.last_request()
        known = cached.paste_memory().get(before) if before else None
        return Outcome(known, error.sentence, before), known is not None
    paste_state.remember_request(request)
    return paste_run.outcome_of(request, lang), False


def _notes(outcome: Outcome, lang: str) -> None:
    _ = translator(lang)
    mode = cached.paste_mode()
    if mode.mode == "off":
        draw.note([_("Pasting is off here."), *(say(reason, lang) for reason in mode.reason)])
    elif mode.mode == "trusted":
        draw.note([_("Trusted."), *(say(reason, lang) for reason in mode.reason)])
    for said in paste_state.said():
        draw.note([_("From the link:"), say(said, lang)])
    if outcome.refusal is not None:
        draw.note([_("No answer."), say(outcome.refusal, lang)], "bad")


def _code(result: PasteResult | None, lang: str) -> None:
    """The editor and, beside it, what was repaired."""
    _ = translator(lang)
    is_repaired = result is not None and (bool(result.edits) or result.readings > 1)
    paste_state.fold_code(result is not None and result.trace is not None)
    label = _("The code")
    if result is not None and result.edits:
        label += " · " + say(result.edits[0].message, lang)
    with st.expander(label, key=paste_state.OPEN, icon=":material/code:", on_change="rerun"):
        left, right = st.columns((1.25, 1), gap="medium") if is_repaired else (st.container(), None)
        with left:
            paste_code.editor(result, lang)
            if not paste_state.ran() or result is None:
                paste_code.examples(lang)
        if result is not None and right is not None:
            with right:
                paste_code.repairs(result, lang)


def _show(request: Request, result: PasteResult, lang: str) -> None:
    paste_form.paste_form(result, lang)
    paste_words.what_was_meant(request, result, lang)
    paste_words.why_it_stops(request, result, lang)
    if result.trace is not None:
        fact_cards.fact_cards(result.trace, lang)
    paste_view.look(request, result, lang)
    paste_words.in_words(request, result, lang)
    paste_words.as_torchinfo(request, result, lang)
    paste_view.gate(result, lang)
    if result.trace is not None:
        table_link.trace_as_table(result.trace, lang)
    if result.variables:
        paste_view.variables(result, lang)
    paste_view.assumptions(result, lang)
    paste_view.printed(result, lang)


def _footer(lang: str) -> None:
    _ = translator(lang)
    if cached.paste_mode().mode == "wall":
        layers = cached.paste_runner().known_layers
        walls = ", ".join(layers) if layers else _("starting")
        draw.muted(
            _(
                "Pasted code runs in a locked process that can open no file and reach no network (walls: {walls}), on CPU and"
                " meta only: a GPU needs what the walls refuse. Blocks of the catalogue run on any device.",
                walls=walls,
            )
        )
