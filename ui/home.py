"""The first page: a convolution to turn, the pastes that people bring, and a way into every page with examples to open."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

import streamlit as st

from explainer.language import say, translator
from explainer.paste.link import to_word
from explainer.render.turntable import KNOBS, START
from ui import cached, shell
from ui.components.turntable.component import said_before, turntable
from ui.links.fields import read_query, to_query
from ui.links.pages import HOME, layer_fields
from ui.paste_examples import EXAMPLES

_LAYER, _PASTE = "layer", "paste"
_BROUGHT = 4  # pastes beside the turntable
_LONGEST_LINE = 180
_TABLE, _SAID = "turntable", "turntable-said"


def promise(lang: str) -> str:
    _ = translator(lang)
    return _(
        "Set a layer's numbers, open a block, or paste one as you found it."
        " What you read is computed from the real thing, and torch checks it."
    )


@st.fragment
def specimen(lang: str) -> None:
    """A convolution that answers to its knobs at once; where they were left is in the link."""
    knobs, said = _knobs(), said_before(_TABLE)
    # What the browser said before is old after Back; each turn of a knob has a number of its own.
    if (turned := _checked(said)) is not None and said != st.session_state.get(_SAID):
        st.session_state[_SAID], knobs = said, turned
        _push(knobs)
    if turntable(cached.turntable_of(lang), knobs, START, key=_TABLE):
        query = to_query(layer_fields("Conv2d"), {"layer": "Conv2d", **{KNOBS[key][0]: value for key, value in knobs.items()}})
        st.switch_page(_page(_LAYER), query_params=query | {"lang": lang})


def _knobs() -> dict[str, int]:
    """Where the link has the knobs."""
    query = {name: st.query_params.get_all(name) for name in KNOBS if name in st.query_params}
    return _checked(read_query(HOME, query).state) or dict(START)


def _checked(knobs: object) -> dict[str, int] | None:
    """The knobs that a browser or a link sent, where they are ones; those that it leaves out are as at the beginning."""
    if not isinstance(knobs, Mapping):
        return None
    found = {key: knobs.get(key, START[key]) for key in KNOBS}
    return found if all(type(value) is int and value in KNOBS[key][1] for key, value in found.items()) else None


def _push(knobs: Mapping[str, int]) -> None:
    wanted = to_query(HOME, knobs)
    others: dict[str, str | list[str]] = {name: st.query_params.get_all(name) for name in st.query_params if name not in KNOBS}
    st.query_params.from_dict(others | wanted)


def brought(lang: str) -> None:
    """What people bring to the Paste page, each as it was found, to open with one click."""
    entry = _entry(_PASTE)
    with st.container(border=True, key="entry-paste"):
        _open(entry, f"**{say(entry.title, lang)}**", {}, lang, icon=entry.icon)
        st.html(f"<p class='bl-about'>{escape(say(entry.about, lang))}</p>")
        for key, title, code in EXAMPLES[:_BROUGHT]:
            with st.container(gap=None, key=f"brought-{key}"):
                _open(entry, say(title, lang), {"code": to_word(code) or ""}, lang)
                st.html(f"<code class='bl-found' aria-hidden='true'>{escape(' '.join(code.split())[:_LONGEST_LINE])}</code>")


def cards(lang: str) -> None:
    """The other pages, in rows of as many cards as there is room for."""
    others = [entry for entry in (*shell.available(), shell.GLOSSARY) if entry.url_path != _PASTE]
    with st.container(key="cards"):
        for entry in others:
            with st.container(border=True, height="stretch", key=f"entry-{entry.url_path}"):
                _words(entry, lang)


def _words(entry: shell.PageEntry, lang: str) -> None:
    _open(entry, f"**{say(entry.title, lang)}**", {}, lang, icon=entry.icon)
    st.html(f"<p class='bl-about'>{escape(say(entry.about, lang))}</p>")
    if entry.examples:
        with st.container(horizontal=True, gap="xsmall", key=f"examples-{entry.url_path}"):
            for title, query in entry.examples:
                _open(entry, say(title, lang), dict(query), lang)


def _entry(url_path: str) -> shell.PageEntry:
    return next(entry for entry in shell.ENTRIES if entry.url_path == url_path)


def _page(url_path: str) -> str:
    return str(shell.ROOT / _entry(url_path).path)


def _open(entry: shell.PageEntry, label: str, query: dict[str, str], lang: str, icon: str | None = None) -> None:
    st.page_link(shell.ROOT / entry.path, label=label, icon=icon, query_params=query | {"lang": lang})
