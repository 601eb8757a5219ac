"""What a reader chooses to see, in the URL: one among a few whose labels are translated, and parts that are folded at first."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st
from streamlit.elements.lib.mutable_expander_container import ExpanderContainer

from ui import state


def choice(
    label: str, options: Sequence[str], spoken: Callable[[str], str], *, key: str, bare: bool = False, default: str = ""
) -> str:
    """Buttons in a row; the ``default``, else the first option, leaves the URL. The key is the query parameter as well.

    A ``bare`` choice hides its label.
    """
    default = default or options[0]
    state.take_word(options, key, default)
    st.pills(
        label, options, format_func=spoken, key=key, on_change=state.push_word, args=(default, key), required=True,
        label_visibility="collapsed" if bare else "visible",
    )  # fmt: skip
    return str(st.session_state[key])


def folded(label: str, *, key: str, icon: str | None = None) -> ExpanderContainer:
    """A part of a page that is folded until somebody opens it. The key is the query parameter as well."""
    return st.expander(label, key=key, icon=icon, on_change="rerun", bind="query-params")
