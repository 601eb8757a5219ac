"""A link that has just arrived: what of it could not be used is said on its page, until the reader leaves the page."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

import streamlit as st

from explainer.language import say, translator
from explainer.types import Sentence
from ui.links.fields import Fields, read_query

_PAGE, _QUERY, _DROPPED, _FORMS = "arrived-page", "arrived-query", "arrived-dropped", "arrived-forms"


def arrive(page: str) -> None:
    """Keeps what a page was opened with; to be called in every run before anything is drawn.

    Streamlit's own widgets take a wrong value for none and take it out of the address without a word.
    """
    if st.session_state.get(_PAGE) != page:
        st.session_state[_PAGE] = page
        st.session_state[_QUERY] = {name: st.query_params.get_all(name) for name in st.query_params}
        st.session_state[_DROPPED] = ()
        st.session_state[_FORMS] = set()


def is_link_to(form: str, fields: Iterable[str]) -> bool:
    """Whether the page was opened by a link that names the ``form`` or one of its fields; true once for each form."""
    done = st.session_state.setdefault(_FORMS, set())
    if form in done:
        return False
    done.add(form)
    return any(name in st.query_params for name in (form, *fields))


def say_dropped(fields: Fields, lang: str) -> None:
    """Says what the page cannot use of the link that opened it; for a page to call once, with the parameters it knows."""
    query = st.session_state.pop(_QUERY, None)
    if query is not None:
        st.session_state[_DROPPED] = read_query(fields, query).dropped
    dropped: tuple[Sentence, ...] = st.session_state.get(_DROPPED, ())
    if dropped:
        _note([say(one, lang) for one in dropped], lang)


def _note(sentences: list[str], lang: str) -> None:
    _ = translator(lang)
    first = escape(_("Not all of this link could be used."))
    items = "".join(f"<li>{escape(text)}</li>" for text in sentences)
    with st.container(horizontal=True, wrap=False, gap="xsmall", vertical_alignment="center", key="link-note"):
        st.html(f"<div class='bl-note bl-warn' role='status'><b>{first}</b><ul>{items}</ul></div>", width="stretch")
        st.button(_("Close"), key="link-note-close", type="tertiary", on_click=_forget)


def _forget() -> None:
    st.session_state[_DROPPED] = ()
