"""The stack on the screen: in the session and, as one word, in the URL; which row is chosen; what a link had to drop."""

from __future__ import annotations

import streamlit as st

from explainer.errors import BlocklensError
from explainer.stack import PRESETS, Item, Stack, from_link, to_link, work_out
from explainer.types import Sentence

PARAMETER = "stack"
_WORD, _SEEN, _CHOSEN, _SAID, _HERE = "stack-word", "stack-in-url", "stack-chosen", "stack-said", "stack-list"
_DEFAULT = PRESETS["ResNet"]


def current() -> Stack:
    """The stack of the URL where it is new there, else the one that was left; the default at first."""
    asked = st.query_params.get(PARAMETER)
    word = st.session_state.get(_WORD)
    came_back = word is not None and asked is None and _HERE not in st.session_state
    if came_back:
        _push(str(word))
    elif word is None or asked != st.session_state.get(_SEEN):
        _open(asked)
    return from_link(st.session_state[_WORD]).stack or _DEFAULT


def acting() -> Stack:
    """The stack that a click acts on; to be called by callbacks, which must not take it from the run that drew their widget.

    A click that follows another one at once comes from a page, and with a URL, of before the first: both would undo it.
    """
    word = st.session_state.get(_WORD)
    if word is None:
        return current()
    _push(str(word))
    return from_link(word).stack or _DEFAULT


def _open(asked: str | None) -> None:
    opened = from_link(asked) if asked is not None else None
    stack = (opened.stack if opened else None) or _DEFAULT
    st.session_state[_SAID] = opened.dropped if opened else ()
    _push(to_link(stack))
    refused = (number for number, row in enumerate(work_out(stack)) if row.refusal is not None)
    choose(next(refused, len(stack.items) - 1))


def put(stack: Stack, chosen: int | None = None) -> None:
    """Makes this the stack; to be called by a callback, before anything is drawn."""
    st.session_state[_SAID] = ()
    _push(to_link(stack))
    if chosen is not None:
        choose(chosen)


def put_below(stack: Stack, index: int, *items: Item) -> None:
    """Adds rows below a row and chooses the last of them; says so where there would be too many."""
    try:
        added = stack.put(index + 1, *items)
    except BlocklensError as error:
        say_refused(error)
    else:
        put(added, index + len(items))


def _push(word: str) -> None:
    st.session_state[_WORD] = word
    if word == to_link(_DEFAULT):
        st.query_params.pop(PARAMETER, None)
    else:
        st.query_params[PARAMETER] = word
    st.session_state[_SEEN] = st.query_params.get(PARAMETER)


def chosen(stack: Stack) -> int:
    """The chosen row, -1 if there are none."""
    return min(max(int(st.session_state.get(_CHOSEN, len(stack.items) - 1)), 0), len(stack.items) - 1)


def choose(index: int) -> None:
    st.session_state[_CHOSEN] = index


def said() -> tuple[Sentence, ...]:
    """What the link or the last change could not do."""
    return tuple(st.session_state.get(_SAID, ()))


def say_refused(error: BlocklensError) -> None:
    st.session_state[_SAID] = (error.sentence,)
