"""A choice of one among a few whose labels are translated: the URL carries the plain word, not the label."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from ui import state


def choice(label: str, options: Sequence[str], spoken: Callable[[str], str], *, key: str, bare: bool = False) -> str:
    """Buttons in a row; the first option is the default and leaves the URL. The key is the query parameter as well.

    A ``bare`` choice hides its label.
    """
    state.take_word(options, key, options[0])
    st.pills(
        label, options, format_func=spoken, key=key, on_change=state.push_word, args=(options[0], key), required=True,
        label_visibility="collapsed" if bare else "visible",
    )  # fmt: skip
    return str(st.session_state[key])
