"""Tells the browser, and with it screen readers and hyphenation, which language the page is in."""

from __future__ import annotations

import streamlit as st

_JS = """
export default function ({ data }) {
  document.documentElement.lang = data.lang;
}
"""
_set = st.components.v2.component("document_language", js=_JS)


def set_document_language(lang: str) -> None:
    _set(key="document_language", data={"lang": "zh-CN" if lang == "zh" else lang}, height=0)
