"""What a form's result shows: its settings, or the last that worked; and what a change of a field draws, and when."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import streamlit as st

from explainer.errors import BlocklensError
from ui import state
from ui.serving import crowd

_Choice = TypeVar("_Choice")


def fault(place: str, choice: _Choice, make: Callable[[_Choice], object]) -> BlocklensError | None:
    """What keeps the settings from being shown; if nothing does, they are the ones to show at this place from now on."""
    try:
        make(choice)
    except BlocklensError as error:
        st.session_state[_wrong(place)] = True
        return error
    state.remember_good(place, choice)
    st.session_state[_wrong(place)] = False
    return None


def show_soon(place: str, choice: _Choice, make: Callable[[_Choice], object], fragment: str | None) -> None:
    """Lets the run after a change in the form draw the result first, where the form has nothing to say, neither before nor now.

    Where many people are at work, another run draws the result's ``fragment`` alone instead, if the change leaves the form as it
    is: a third later, at two thirds of the server's time.
    """
    try:
        make(choice)
    except BlocklensError:
        return
    if not st.session_state.get(_wrong(place), True):
        state.remember_good(place, choice)
        if crowd.is_crowded() and fragment is not None:
            st.rerun(fragment)
        st.session_state[_first(place)] = True


def form_and_result(places: Sequence[str], form: Callable[[], bool], result: Callable[[bool], None]) -> None:
    """Draws the form, which gives back whether it is wrong, and below it the result, which is told so.

    After a change that leaves the form as it is, the result of one of the ``places`` comes first: it is what a person waits for.
    """
    above = st.container()
    asked = [st.session_state.pop(_first(place), False) for place in places]
    comes_first = any(asked)
    if comes_first:
        result(False)
    with above:
        is_wrong = form()
    if not comes_first:
        result(is_wrong)


def _first(place: str) -> str:
    return f"{place}-first"


def _wrong(place: str) -> str:
    return f"{place}-wrong"
