"""The end of a set: how many were right, what went wrong how often, and how to go on."""

from __future__ import annotations

from dataclasses import replace
from html import escape

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from explainer.language import say, translator
from explainer.questions import NO_SLIP, SLIP_NAMES, Question, QuestionSet, Score, Tally, Work
from explainer.types import sentence
from ui import draw, practice_state, practice_view
from ui.components.announcer.component import announce
from ui.practice_state import Place

_UNEXPLAINED = sentence("no usual mistake")


def score_page(place: Place, questions: tuple[Question, ...], result: Score, voice: DeltaGenerator, lang: str) -> None:
    _ = translator(lang)
    missed = tuple(n for n, found in zip(place.asked.numbers, result.outcomes, strict=True) if found != "right")
    head = _("{right} of {total} right at once", right=result.count("right"), total=place.total)
    with st.container(border=True, key="pane-score"):
        draw.pane_title(_("Your score"), say(practice_view.DIFFICULTY_NAMES[place.asked.difficulty], lang))
        st.html(f"<p class='bl-score'>{escape(head)}</p>{practice_view.squares(result.outcomes, 0, lang)}")
        draw.muted(_rest(result, lang))
        _buttons(place.asked, missed, lang)
    left, right = st.columns((1, 1.5), gap="small")
    with left.container(border=True, key="pane-slips", height="stretch"):
        _slips(result.tallies, lang)
    with right.container(border=True, key="pane-missed", height="stretch"):
        _missed(place, questions, result, lang)
    focus = ".st-key-practice-again button" if missed else ".st-key-practice-new button"
    with voice:
        announce(f"score/{place.asked}", f"{head}. {_rest(result, lang)}", focus, key="practice-announcer")


def _rest(result: Score, lang: str) -> str:
    _ = translator(lang)
    return _("{later} right in the end, {shown} with the solution shown, {wrong} wrong, {open} not answered.",
             later=result.count("later"), shown=result.count("shown"), wrong=result.count("wrong"),
             open=result.count("open"))  # fmt: skip


def _buttons(asked: QuestionSet, missed: tuple[int, ...], lang: str) -> None:
    _ = translator(lang)
    with st.container(horizontal=True, gap="xsmall", key="practice-buttons"):
        if missed:
            st.button(_("Try the ones I missed"), key="practice-again", type="primary", on_click=practice_state.start,
                      args=(replace(asked, only=missed),))  # fmt: skip
        st.button(_("Deal new questions"), key="practice-new", type="secondary" if missed else "primary",
                  on_click=_deal_new, args=(asked,))  # fmt: skip
        st.button(_("The same from the start"), key="practice-restart", type="tertiary", on_click=practice_state.start,
                  args=(replace(asked, only=()),))  # fmt: skip


def _deal_new(asked: QuestionSet) -> None:
    practice_state.start(replace(asked, only=(), seed=practice_state.new_seed()))


def _slips(tallies: tuple[Tally, ...], lang: str) -> None:
    _ = translator(lang)
    draw.pane_title(_("What went wrong"))
    if not tallies:
        draw.muted(_("Nothing: no wrong answer was given."))
        return
    most = max(tally.possible for tally in tallies)
    rows = "".join(_slip_row(tally, most, lang) for tally in tallies)
    st.html(f"<ul class='bl-tallies'>{rows}</ul>")
    if any(tally.certain < tally.possible for tally in tallies):
        draw.muted(_("Pale: another mistake explains the same number as well."))


def _slip_row(tally: Tally, most: int, lang: str) -> str:
    _ = translator(lang)
    name = say(_UNEXPLAINED if tally.slip == NO_SLIP else SLIP_NAMES[tally.slip], lang)
    often = _("{count} ×", count=tally.certain)
    if tally.certain < tally.possible:
        often = _("{least} to {most} ×", least=tally.certain, most=tally.possible)
        often = often if tally.certain else _("perhaps {most} ×", most=tally.possible)
    sure, perhaps = 100 * tally.certain / most, 100 * (tally.possible - tally.certain) / most
    bar = f"<i aria-hidden='true'><b style='width:{sure:.0f}%'></b><s style='width:{perhaps:.0f}%'></s></i>"
    return f"<li><span>{escape(name)}</span><em>{escape(often)}</em>{bar}</li>"


def _missed(place: Place, questions: tuple[Question, ...], result: Score, lang: str) -> None:
    _ = translator(lang)
    draw.pane_title(_("The ones you missed"))
    rows = []
    for position, (question, found) in enumerate(zip(questions, result.outcomes, strict=True), 1):
        if found != "right":
            rows.append(_missed_row(position, question, practice_state.work_of(place.asked, position), lang))
    if rows:
        st.html(f"<ul class='bl-missed'>{''.join(rows)}</ul>")
    else:
        draw.muted(_("None."))


def _missed_row(position: int, question: Question, work: Work, lang: str) -> str:
    _ = translator(lang)
    code = ", ".join(layer.code() for layer in question.layers)
    if question.kind == "padding":
        code = question.code.splitlines()[1].removeprefix("layer = ")
    given = " → ".join(work.answers) or "–"
    answer = " × ".join(f"{number:,}" for number in question.answer)
    kind = say(practice_view.KIND_NAMES[question.kind], lang)
    told = _("you: {given} · right: {answer}", given=given, answer=answer)
    return (
        f"<li><b>{position}</b><div>{escape(kind)}<code>{escape(code)}</code>"
        f"<span class='bl-muted'>{escape(told)}</span></div></li>"
    )  # fmt: skip
