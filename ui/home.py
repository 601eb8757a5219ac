"""The first page: a way into every page, with examples to open, and a convolution to look at."""

from __future__ import annotations

from html import escape

import streamlit as st

from explainer.language import join_sentences, say, translator
from ui import cached, conv_view, shell
from ui.conv_form import ConvChoice

# Its holes surprise most people, and it is small enough for every cell to be drawn.
_SPECIMEN = ConvChoice(1, 1, (3, 3), (2, 2), (1, 1), (2, 2), 1, bias=True, padding_mode="zeros", batch=1, size=(12, 12))
FIRST = 2  # as high as the specimen beside them
_SPECIMEN_QUERY = {"layer": "Conv2d", "in_channels": "1", "out_channels": "1", "stride": "2", "dilation": "2"}


def promise(lang: str) -> str:
    _ = translator(lang)
    return _(
        "Set a layer's numbers, open a block, or paste one as you found it."
        " What you read is computed from the real thing, and torch checks it."
    )


def first_cards(lang: str) -> None:
    """The pages to begin with, each on a card."""
    for entry in shell.available()[:FIRST]:
        _card(entry, lang)


def other_cards(lang: str) -> None:
    """The other pages, in as many columns as there is room for."""
    with st.grid("auto", min_column_width=300, gap="small"):
        for entry in shell.available()[FIRST:]:
            _card(entry, lang)


def specimen(lang: str) -> None:
    """A convolution that leaves most of its input unread, and the way to change it."""
    _ = translator(lang)
    found = cached.facts_of(_SPECIMEN)
    st.html(
        f"<div class='bl-pane-title'><h2><code>{escape(found.code)}</code></h2></div>"
        f"<p class='bl-about'>{escape(join_sentences(say(sentence, lang) for sentence in found.gaps))}</p>"
    )
    conv_view.drawing(found, cached.pictures_of(_SPECIMEN, lang), lang, titled=False)
    with st.container(key="specimen-link"):
        _open(shell.ENTRIES[0], _("Turn these numbers"), _SPECIMEN_QUERY, lang, icon=":material/tune:")


def _card(entry: shell.PageEntry, lang: str) -> None:
    with st.container(border=True, height="stretch", key=f"entry-{entry.url_path}"):
        _words(entry, lang)


def _words(entry: shell.PageEntry, lang: str) -> None:
    _open(entry, f"**{say(entry.title, lang)}**", {}, lang, icon=entry.icon)
    st.html(f"<p class='bl-about'>{escape(say(entry.about, lang))}</p>")
    if entry.examples:
        with st.container(horizontal=True, gap="xsmall", key=f"examples-{entry.url_path}"):
            for title, query in entry.examples:
                _open(entry, say(title, lang), dict(query), lang)


def _open(entry: shell.PageEntry, label: str, query: dict[str, str], lang: str, icon: str | None = None) -> None:
    st.page_link(shell.ROOT / entry.path, label=label, icon=icon, query_params=query | {"lang": lang})
