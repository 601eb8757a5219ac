"""Every key of the session and every query parameter that a widget does not own by itself.

The widgets in ``inputs.py`` carry their values in the URL (``bind="query-params"``) and keep them when the page changes.
Here is the rest: the language, whose labels would otherwise end up in the URL, and the last settings that worked.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import streamlit as st

from explainer.language import pick_language

LANGUAGE_KEY = "lang"
_LANGUAGE_SEEN = "lang_in_url"

Choice = TypeVar("Choice")


def language() -> str:
    """The reader's language: the switch, at first the URL, then the browser's."""
    asked = st.query_params.get(LANGUAGE_KEY)
    if LANGUAGE_KEY not in st.session_state or (asked and asked != st.session_state.get(_LANGUAGE_SEEN)):
        st.session_state[LANGUAGE_KEY] = pick_language(asked, st.context.locale)
    st.session_state[_LANGUAGE_SEEN] = asked
    return str(st.session_state[LANGUAGE_KEY])


def push_language() -> None:
    """Writes the language of the switch into the URL."""
    chosen = st.session_state[LANGUAGE_KEY]
    st.session_state[_LANGUAGE_SEEN] = st.query_params[LANGUAGE_KEY] = chosen


def set_fields(values: Mapping[str, object]) -> None:
    """Sets the widgets of a form; to be called by a button, before the widgets are drawn."""
    st.session_state.update(values)


def open_frame() -> None:
    st.session_state["frame"] = True


def take_frame() -> bool:
    """Whether app.py ran before the page in this run; asks once per run."""
    return bool(st.session_state.pop("frame", False))


def last_good(page: str, expected: type[Choice]) -> Choice | None:
    """The last settings of a page that gave a result, None if there were none in this session."""
    remembered = st.session_state.get(f"last_good_{page}")
    return remembered if isinstance(remembered, expected) else None


def remember_good(page: str, choice: object) -> None:
    st.session_state[f"last_good_{page}"] = choice
