"""Whose result is shown, of a block's form or of the last settings that made a block; and what a change of a field runs."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from explainer.errors import BlocklensError
from ui import cached, state
from ui.block_form import BlockForm
from ui.chosen_block import BlockChoice

# The results of the Blocks and of the Compare page: fragments, each inside that of its page.
BLOCK, PAIR = "block-result", "compare-result"


def is_wrong(form: BlockForm, lang: str, place: str) -> bool:
    """Whether the form makes no block, which it then says; else its settings are the ones to show from now on."""
    try:
        cached.examination(form.choice)
    except BlocklensError as error:
        form.complain(error, lang)
        st.session_state[_wrong(place)] = True
        return True
    state.remember_good(place, form.choice)
    st.session_state[_wrong(place)] = False
    return False


def teller(place: str, fragment: str) -> Callable[[BlockChoice], None]:
    """What a form calls after a change: it runs the result alone where the form has nothing to say, neither before nor now."""

    def show(choice: BlockChoice) -> None:
        try:
            cached.examination(choice)
        except BlocklensError:
            return
        if not st.session_state.get(_wrong(place), True):
            state.remember_good(place, choice)
            st.rerun(fragment)

    return show


def latest(place: str) -> BlockChoice | None:
    """The last settings that made a block."""
    return state.last_good(place, BlockChoice)


def _wrong(place: str) -> str:
    return f"{place}-wrong"
