"""The stack on the screen: in the session and, as one word, in the URL; which row is chosen; what a link had to drop."""

from __future__ import annotations

import streamlit as st

from explainer.errors import BlocklensError
from explainer.stack import PRESETS, Item, Stack, from_link, to_link, work_out
from explainer.stack.link import LONGEST_LINK
from explainer.types import Sentence

PARAMETER, ROW = "stack", "row"
_NOW, _SEEN, _CHOSEN, _SAID, _HERE, _ROW_SEEN, _EDITION = (
    "stack-now", "stack-in-url", "stack-chosen", "stack-said", "stack-list", "stack-row-in-url", "stack-edition",
)  # fmt: skip
_DEFAULT = PRESETS["ResNet"]


def current() -> Stack:
    """The stack of the URL where it is new there, else the one that was left; the default at first."""
    asked = st.query_params.get(PARAMETER)
    kept = st.session_state.get(_NOW)
    if kept is not None and asked is None and _HERE not in st.session_state:  # back from another page
        _push(kept)
    elif kept is None or asked != st.session_state.get(_SEEN):
        _open(asked)
    stack = _now()
    _follow_row(stack)
    return stack


def _now() -> Stack:
    stack = st.session_state[_NOW]
    assert isinstance(stack, Stack)
    return stack


def _follow_row(stack: Stack) -> None:
    """Takes the row that the link names, counted from 1, where it is new there; none stands for the last."""
    asked = st.query_params.get(ROW, "")
    if _HERE not in st.session_state and not asked and _ROW_SEEN in st.session_state:
        _push_row(stack)  # back from another page
    elif asked != st.session_state.get(_ROW_SEEN, ""):
        st.session_state[_CHOSEN] = int(asked) - 1 if asked.isdecimal() and len(asked) < 4 else len(stack.items) - 1
        st.session_state[_ROW_SEEN] = asked
        _renew_fields()


def _push_row(stack: Stack) -> None:
    row = chosen(stack)
    st.session_state[_ROW_SEEN] = word = "" if row in (-1, len(stack.items) - 1) else str(row + 1)
    _write(ROW, word)


def _write(parameter: str, word: str) -> None:
    """Into the URL, where something else stands there: every writing costs the browser a walk through the page."""
    if not word:
        st.query_params.pop(parameter, None)
    elif st.query_params.get(parameter) != word:
        st.query_params[parameter] = word


def acting() -> Stack:
    """The stack that a click acts on; to be called by callbacks, which must not take it from the run that drew their widget.

    A click that follows another one at once comes from a page, and with a URL, of before the first: both would undo it.
    """
    if _NOW not in st.session_state:
        return current()
    _push(_now())
    return _now()


def edition() -> int:
    """How often something other than the fields changed what they show; part of their keys.

    A busy browser may send what a field held before the change along with the next click. Under the same key that would be a
    new value for what the field shows now: the kernel of one row would reach another.
    """
    return int(st.session_state.get(_EDITION, 0))


def _renew_fields() -> None:
    st.session_state[_EDITION] = edition() + 1


def _open(asked: str | None) -> None:
    opened = from_link(asked) if asked is not None else None
    stack = (opened.stack if opened else None) or _DEFAULT
    st.session_state[_SAID] = opened.dropped if opened else ()
    _renew_fields()
    _push(stack)
    if ROW not in st.query_params:
        refused = (number for number, row in enumerate(work_out(stack)) if row.refusal is not None)
        _choose(stack, next(refused, len(stack.items) - 1))


def put(stack: Stack, to: int | None = None) -> None:
    """Makes this the stack; to be called by a callback, before anything is drawn."""
    _renew_fields()
    put_by_field(stack)
    _choose(stack, chosen(stack) if to is None else to)


def put_by_field(stack: Stack) -> None:
    """As ``put``, for a callback of a field: it already shows what it changed, and keeps the focus."""
    st.session_state[_SAID] = ()
    _push(stack)


def put_below(stack: Stack, index: int, *items: Item) -> None:
    """Adds rows below a row and chooses the last of them; says so where there would be too many."""
    try:
        added = stack.put(index + 1, *items)
    except BlocklensError as error:
        say_refused(error)
    else:
        put(added, index + len(items))


def _push(stack: Stack) -> None:
    """Keeps the stack, and writes it into the URL if it is not the first and fits."""
    st.session_state[_NOW] = stack
    _write(PARAMETER, "" if stack == _DEFAULT or not fits_in_link() else to_link(stack))
    st.session_state[_SEEN] = st.query_params.get(PARAMETER)


def fits_in_link() -> bool:
    """Whether the address can hold the stack; also before there is one."""
    return _NOW not in st.session_state or len(to_link(_now())) <= LONGEST_LINK


def chosen(stack: Stack) -> int:
    """The chosen row, -1 if there are none."""
    return min(max(int(st.session_state.get(_CHOSEN, len(stack.items) - 1)), 0), len(stack.items) - 1)


def choose(index: int) -> None:
    """Makes this the chosen row; to be called by a callback."""
    _renew_fields()
    _choose(acting(), index)


def _choose(stack: Stack, index: int) -> None:
    st.session_state[_CHOSEN] = index
    _push_row(stack)


def said() -> tuple[Sentence, ...]:
    """What the link or the last change could not do."""
    return tuple(st.session_state.get(_SAID, ()))


def say_refused(error: BlocklensError) -> None:
    st.session_state[_SAID] = (error.sentence,)
