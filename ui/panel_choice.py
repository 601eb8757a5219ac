"""A choice of one among a few whose labels are translated: the URL carries the plain word, not the label."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

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
