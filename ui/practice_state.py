"""Where a student is, and what was answered: the set and the place in it live in the URL, the answers in the session."""

from __future__ import annotations

from dataclasses import dataclass, replace
from secrets import randbelow

import streamlit as st

from explainer.questions import LARGEST_SEED, PARAMETERS, Question, QuestionSet, Work, question_set, to_parameters
from explainer.types import Sentence

_PLACE = "practice_place"
_WORKS = "practice_works"
_DRAFTS = "practice_drafts"


@dataclass(frozen=True, slots=True)
class Place:
    """A set of questions and the position in it, from 1; behind the last question is the score."""

    asked: QuestionSet
    position: int
    faults: tuple[Sentence, ...] = ()

    @property
    def total(self) -> int:
        return len(self.asked.numbers)

    @property
    def is_over(self) -> bool:
        return self.position > self.total


def current_place() -> Place:
    """The place that the URL names; without one, where this session was, and at first a new set.

    A URL that names none is given it at once: what is shared or loaded again must be these questions.
    """
    named = _named_place()
    place = named or _remembered_place() or Place(replace(QuestionSet(), seed=new_seed()), 1)
    st.session_state[_PLACE] = replace(place, faults=())
    if named is None:
        go(place.asked, place.position)
    return place


def _named_place() -> Place | None:
    given = {name: st.query_params[name] for name in PARAMETERS if name in st.query_params}
    return Place(*question_set(given)) if given else None


def _remembered_place() -> Place | None:
    remembered = st.session_state.get(_PLACE)
    return remembered if isinstance(remembered, Place) else None


def go(asked: QuestionSet, position: int = 1) -> None:
    """Moves to a place, in one step of the browser's history."""
    st.session_state[_PLACE] = Place(asked, position)
    others = {name: value for name, value in st.query_params.to_dict().items() if name not in PARAMETERS}
    st.query_params.from_dict(others | to_parameters(asked, position))


def stay() -> None:
    """Leaves the student in place; to be called by every button that does not move.

    A URL that names no place gets one, so that a reload finds it. And a click that follows another one at once is sent with
    the URL from before the first, which would lead back: then the URL is written once more.
    """
    here, named = _remembered_place(), _named_place()
    if here and (named is None or replace(named, faults=()) != here):
        go(here.asked, here.position)


def start(asked: QuestionSet) -> None:
    """Begins a set, or a part of it, without what was answered to it before."""
    works = st.session_state.get(_WORKS, {})
    for store in (works, st.session_state.get(_DRAFTS, {})):
        for position in range(1, len(asked.numbers) + 1):
            store.pop(_key(asked, position), None)
    go(asked)


def new_seed() -> int:
    return randbelow(LARGEST_SEED) + 1


def work_of(asked: QuestionSet, position: int) -> Work:
    found = st.session_state.get(_WORKS, {}).get(_key(asked, position))
    return found if isinstance(found, Work) else Work()


def works_of(asked: QuestionSet, questions: tuple[Question, ...]) -> tuple[Work, ...]:
    return tuple(work_of(asked, position) for position in range(1, len(questions) + 1))


def keep_work(asked: QuestionSet, position: int, work: Work) -> None:
    st.session_state.setdefault(_WORKS, {})[_key(asked, position)] = work


def draft_of(asked: QuestionSet, position: int) -> str:
    """What was last entered, also if it was no answer."""
    return str(st.session_state.get(_DRAFTS, {}).get(_key(asked, position), ""))


def keep_draft(asked: QuestionSet, position: int, text: str) -> None:
    st.session_state.setdefault(_DRAFTS, {})[_key(asked, position)] = text


def field_key(asked: QuestionSet, position: int) -> str:
    """The widget key of an answer: a field of its own for every question."""
    return "practice-answer-" + _key(asked, position)


def _key(asked: QuestionSet, position: int) -> str:
    parts = to_parameters(asked, position)
    return "-".join(f"{name}-{value}".replace(".", "-") for name, value in sorted(parts.items()) if name != "length")
