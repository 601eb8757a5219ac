"""The first page's cards: a way into every page, with examples to open."""

from __future__ import annotations

from html import escape

import streamlit as st

from explainer.language import say, translator
from ui import shell


def promise(lang: str) -> str:
    _ = translator(lang)
    return _("Set a layer's numbers or open a block. What you read is computed from the real thing, and torch checks it.")


def entry_cards(lang: str) -> None:
    """One card per page that exists."""
    with st.grid("auto", min_column_width=320, gap="small"):
        for entry in shell.available():
            with st.container(border=True, height="stretch", key=f"entry-{entry.url_path}"):
                _card(entry, lang)


def _card(entry: shell.PageEntry, lang: str) -> None:
    _ = translator(lang)
    st.page_link(shell.ROOT / entry.path, label=f"**{say(entry.title, lang)}**", icon=entry.icon)
    st.html(f"<p class='bl-about'>{escape(say(entry.about, lang))}</p>")
    if entry.examples:
        st.html(f"<p class='bl-muted'>{escape(_('Open an example'))}</p>")
        with st.container(horizontal=True, gap="xsmall", key=f"examples-{entry.url_path}"):
            for title, query in entry.examples:
                st.page_link(shell.ROOT / entry.path, label=say(title, lang), query_params=dict(query) | {"lang": lang})
