"""What a form's result shows: its settings, or the last that worked; and what a change of a field runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import streamlit as st

from explainer.errors import BlocklensError
from ui import state

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


def show_alone(place: str, choice: _Choice, make: Callable[[_Choice], object], fragment: str) -> None:
    """Runs the result alone after a change in the form, where the form has nothing to say, neither before nor now."""
    try:
        make(choice)
    except BlocklensError:
        return
    if not st.session_state.get(_wrong(place), True):
        state.remember_good(place, choice)
        st.rerun(fragment)


def _wrong(place: str) -> str:
    return f"{place}-wrong"
