"""A link that has just arrived: what of it could not be used is said on its page, until the reader leaves the page.

What the form of a page can tell is said at once, by ``say_dropped``. What only its result can tell, as how many gates there are,
the result tells by ``check`` or ``judge``; it is said in the same place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from html import escape
from typing import TypeAlias

import streamlit as st

from explainer.language import say, translator
from explainer.types import Sentence, sentence
from ui.links.fields import COMMON, Field, Fields, faults, read_query, shortened

_PAGE, _QUERY, _DROPPED, _FORMS, _UNJUDGED = (f"arrived-{name}" for name in ("page", "query", "dropped", "forms", "unjudged"))

Leave: TypeAlias = Callable[[str], None]


def arrive(page: str) -> None:
    """Keeps what a page was opened with; to be called in every run before anything is drawn.

    Streamlit's own widgets take a wrong value for none and take it out of the address without a word.
    """
    if st.session_state.get(_PAGE) != page:
        st.session_state[_PAGE] = page
        st.session_state[_QUERY] = {name: st.query_params.get_all(name) for name in st.query_params}
        st.session_state[_DROPPED] = ()
        st.session_state[_FORMS] = set()
        st.session_state[_UNJUDGED] = {}


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
        arrived = read_query(fields, query)
        st.session_state[_DROPPED] = arrived.dropped
        st.session_state[_UNJUDGED] = {name: texts for name, texts in query.items() if name in arrived.state}
        for name in query.keys() & {*fields, *COMMON} - arrived.state.keys():
            leave_address(name)  # or it would go on saying what is not on the screen
    dropped: tuple[Sentence, ...] = st.session_state.get(_DROPPED, ())
    if dropped:
        _note([say(one, lang) for one in dropped], lang)


def leave_address(name: str) -> None:
    """Takes a parameter out of the address."""
    st.query_params.pop(name, None)


def check(name: str, field: Field | None, *, each: bool = False, leave: Leave = leave_address) -> None:
    """Reads a parameter of the link once more, now that it is known what it can be here; None where there is nothing to choose.

    With ``each``, all of its values, not only the last. ``leave`` as for ``judge``.
    """
    texts: Sequence[str] = _unjudged().get(name, ())
    if not texts:
        return
    if field is None:
        judge(name, sentence("{name}={written} of the link is left out: there is nothing here that it could choose.",
                             name=name, written=shortened(texts[-1])), leave=leave)  # fmt: skip
    else:
        judge(name, *faults(name, texts if each else texts[-1:], field), leave=None if each else leave)


def judge(name: str, *told: Sentence, leave: Leave | None = leave_address) -> None:
    """Says what is wrong with a parameter of the link that opened the page; if nothing is, it is never asked for again.

    What a reader changes later is no fault of the link. What is wrong is to ``leave`` the address, and wherever it is kept; None
    where only a part is wrong, and whoever uses the rest writes that.
    """
    if _unjudged().pop(name, None) is not None and told:
        st.session_state[_DROPPED] = (*st.session_state.get(_DROPPED, ()), *told)
        if leave is not None:
            leave(name)
        st.rerun()


def is_unjudged(name: str) -> bool:
    """Whether the link that opened the page has the parameter, and nothing was said of it yet."""
    return name in _unjudged()


def _unjudged() -> dict[str, Sequence[str]]:
    """The parameters of the link that its page's form took, and whose results have said nothing of them yet."""
    found: dict[str, Sequence[str]] = st.session_state.get(_UNJUDGED, {})
    return found


def _note(sentences: list[str], lang: str) -> None:
    _ = translator(lang)
    first = escape(_("Not all of this link could be used."))
    items = "".join(f"<li>{escape(text)}</li>" for text in sentences)
    with st.container(horizontal=True, wrap=False, gap="xsmall", vertical_alignment="center", key="link-note"):
        st.html(f"<div class='bl-note bl-warn' role='status'><b>{first}</b><ul>{items}</ul></div>", width="stretch")
        st.button(_("Close"), key="link-note-close", type="tertiary", on_click=_forget)


def _forget() -> None:
    st.session_state[_DROPPED] = ()
