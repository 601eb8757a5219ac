"""The glossary as a page: every term in its group, in the reader's language with the other language's word beside it."""

from __future__ import annotations

from html import escape

import streamlit as st

from explainer.glossary import GROUPS, TERMS
from explainer.language import LANGUAGES, say
from ui.wrapping import unbroken

PARAMETER = "term"


def glossary(lang: str) -> None:
    """All groups; the term that the link names is marked, and the frame's glossary component scrolls to it."""
    chosen = st.query_params.get(PARAMETER, "")
    for group in GROUPS:
        items = "".join(_item(key, lang, is_chosen=key == chosen) for key in group.keys)
        st.html(f"<h2 class='bl-group'>{escape(say(group.title, lang))}</h2><dl class='bl-glossary'>{items}</dl>")


def _item(key: str, lang: str, *, is_chosen: bool) -> str:
    other = next(code for code in LANGUAGES if code != lang)
    here, there = (escape(say(TERMS[key].words, code).split("|")[0]) for code in (lang, other))
    mark = " class='bl-chosen'" if is_chosen else ""
    tag = "zh-CN" if other == "zh" else other
    name = f"<a href='?{PARAMETER}={key}&amp;lang={lang}' target='_self'>{here}</a>"
    name += f"<span lang='{tag}'>{there}</span>" if there != here else ""
    return f"<div id='term-{key}'{mark}><dt>{name}</dt><dd>{escape(unbroken(say(TERMS[key].meaning, lang)))}</dd></div>"
