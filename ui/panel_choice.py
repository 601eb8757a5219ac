"""A choice of one among a few whose labels are translated: the URL carries the plain word, not the label."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

_KEPT = "kept_"


def choice(label: str, options: Sequence[str], spoken: Callable[[str], str], *, key: str, bare: bool = False) -> str:
    """Buttons in a row; the first option is the default and leaves the URL. The key is the query parameter as well.

    A ``bare`` choice hides its label.
    """
    _take(options, key)
    st.pills(
        label, options, format_func=spoken, key=key, on_change=_push, args=(options[0], key), required=True,
        label_visibility="collapsed" if bare else "visible",
    )  # fmt: skip
    return str(st.session_state[key])


def _take(options: Sequence[str], key: str) -> None:
    """The word in the URL where it is new there; what was chosen before the page changed; else the default."""
    asked = st.query_params.get(key)
    asked = asked if asked in options else None
    kept = st.session_state.get(_KEPT + key)
    came_back = key not in st.session_state and asked is None and kept in options
    if came_back:
        st.session_state[key] = kept
        _push(options[0], key)
    elif key not in st.session_state or (asked or options[0]) != kept or st.session_state[key] not in options:
        st.session_state[key] = st.session_state[_KEPT + key] = asked or options[0]


def _push(default: str, key: str) -> None:
    chosen = st.session_state[_KEPT + key] = st.session_state[key]
    if chosen == default:
        st.query_params.pop(key, None)
    else:
        st.query_params[key] = chosen
