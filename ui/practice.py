"""Question mode: a question, the student's answer, where it went wrong, and at the end the score."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from explainer.errors import InvalidInput
from explainer.language import join_sentences, say, translator
from explainer.questions import Question, Work, judge, outcome, read_answer, say_verdict, score
from ui import draw, practice_panel, practice_score, practice_state, practice_view
from ui.components.announcer.component import announce
from ui.practice_state import Place

_CSS = Path(__file__).with_name("practice.css")


def practice(lang: str) -> None:
    """The whole page below its heading."""
    st.html(_CSS)
    voice = st.container(key="practice-voice")
    place = practice_state.current_place()
    questions = place.asked.questions()
    result = score(questions, practice_state.works_of(place.asked, questions))
    if place.faults:
        _ = translator(lang)
        draw.note([_("This link was not understood in full."), *(say(fault, lang) for fault in place.faults)])
    if place.is_over:
        practice_score.score_page(place, questions, result, voice, lang)
    else:
        left, right = st.columns((1.9, 1), gap="small")
        with left.container(border=True, key="pane-question"):
            _question(place, questions[place.position - 1], voice, lang)
        with right.container(border=True, key="pane-progress"):
            practice_view.progress(place, result.outcomes, lang)
            practice_view.formula(questions[place.position - 1], lang)
    practice_panel.teachers_panel(place.asked, lang)


def _question(place: Place, question: Question, voice: DeltaGenerator, lang: str) -> None:
    _ = translator(lang)
    work, draft = practice_state.work_of(place.asked, place.position), practice_state.draft_of(place.asked, place.position)
    counted = _("{position} of {total}", position=place.position, total=place.total)
    draw.pane_title(_("Question {counted}", counted=counted), say(practice_view.KIND_NAMES[question.kind], lang))
    verdict = judge(question, read_answer(question, work.answers[-1])) if work.answers else None
    solved = work.shown or outcome(question, work) in ("right", "later")
    practice_view.asked(question, lang)
    _answer_field(place, question, lang, solved=solved)
    complaint = _complaint(question, draft, lang)
    if complaint:
        draw.note([complaint], "warn")
    elif verdict:
        practice_view.verdict(verdict, lang)
    _buttons(place, work, lang, solved=solved)
    if solved:
        practice_view.solution(question, lang)
    spoken = [complaint] if complaint else list(say_verdict(verdict, lang)) if verdict else []
    if work.shown and not (complaint or verdict):
        spoken = [say(step, lang) for step in question.solution]
    with voice:
        _speak(place, question, f"{work.answers}{work.shown}{draft}", spoken, lang, solved=solved)


def _answer_field(place: Place, question: Question, lang: str, *, solved: bool) -> None:
    _ = translator(lang)
    key = practice_state.field_key(place.asked, place.position)
    st.session_state.setdefault(key, practice_state.draft_of(place.asked, place.position))
    with st.form("practice-form", border=False, width=400), _side_by_side():
        label, hint = say(practice_view.FIELD_NAMES[question.kind], lang), "H x W" if len(question.answer) == 2 else ""
        st.text_input(label, key=key, placeholder=hint, autocomplete="off")
        st.form_submit_button(
            _("Check"),
            key="practice-check",
            on_click=_submit,
            args=(place, question, key),
            type="secondary" if solved else "primary",
        )


def _side_by_side() -> DeltaGenerator:
    return st.container(horizontal=True, wrap=False, vertical_alignment="bottom", key="practice-field")


def _submit(place: Place, question: Question, key: str) -> None:
    """Keeps what is in the field; an answer that repeats the last one does not count again."""
    text = str(st.session_state.get(key, ""))
    practice_state.keep_draft(place.asked, place.position, text)
    practice_state.stay()
    try:
        given = read_answer(question, text)
    except InvalidInput:
        return
    work = practice_state.work_of(place.asked, place.position)
    if not (work.answers and read_answer(question, work.answers[-1]).numbers == given.numbers):
        practice_state.keep_work(place.asked, place.position, replace(work, answers=(*work.answers, text)))


def _complaint(question: Question, draft: str, lang: str) -> str:
    """What is wrong with an entry that is no answer, empty if nothing is."""
    if not draft:
        return ""
    try:
        read_answer(question, draft)
    except InvalidInput as error:
        return say(error.sentence, lang)
    return ""


def _buttons(place: Place, work: Work, lang: str, *, solved: bool) -> None:
    _ = translator(lang)
    is_last = place.position == place.total
    onward = _("See the score") if is_last else _("Next question") if solved else _("Skip")
    with st.container(horizontal=True, gap="xsmall", key="practice-buttons"):
        st.button(onward, key="practice-next", type="primary" if solved else "secondary", on_click=practice_state.go,
                  args=(place.asked, place.position + 1))  # fmt: skip
        if not solved:
            st.button(_("Show me"), key="practice-show", on_click=_show, args=(place, work))
        if place.position > 1:
            st.button(_("Back"), key="practice-back", type="tertiary", on_click=practice_state.go,
                      args=(place.asked, place.position - 1))  # fmt: skip


def _show(place: Place, work: Work) -> None:
    practice_state.keep_work(place.asked, place.position, replace(work, shown=True))
    practice_state.stay()


def _speak(place: Place, question: Question, turn: str, spoken: list[str], lang: str, *, solved: bool) -> None:
    """What just happened, for those who do not see it, and the keyboard to where it goes on."""
    _ = translator(lang)
    if not spoken:
        counted = _("{position} of {total}", position=place.position, total=place.total)
        spoken = [_("Question {counted}", counted=counted) + ".", say(question.asked, lang)]
    field = practice_state.field_key(place.asked, place.position)
    focus = ".st-key-practice-next button" if solved else f".st-key-{field} input"
    announce(f"{field}/{turn}", join_sentences(spoken), focus, key="practice-announcer")
