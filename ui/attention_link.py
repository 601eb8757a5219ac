"""From a gate on another page to the same gate on a picture."""

from __future__ import annotations

import streamlit as st

from explainer.language import translator
from ui import attention_state, cached, paste_state, shell
from ui.chosen_block import BlockChoice
from ui.links.pages import SIZE_KEYS

_PAGE = shell.ROOT / "pages" / "attention.py"


def block_on_picture(choice: BlockChoice, lang: str) -> None:
    """The way to this block with these settings on the Attention page."""
    spec = cached.catalogue()[choice.block]
    query = {"block": choice.block, "lang": lang}
    for name, value in choice.settings:
        if name != "batch" and value != spec.defaults[name]:
            query[SIZE_KEYS.get(name, name) if name in spec.sizes else name] = (
                str(value).lower() if isinstance(value, bool) else str(value)
            )
    _link(query, lang)


def paste_on_picture(lang: str) -> None:
    """The way to the paste with everything that was chosen for it."""
    query: dict[str, str | list[str]] = {attention_state.SOURCE: "paste", "lang": lang}
    for name in paste_state.PARAMETERS:
        values = st.query_params.get_all(name)
        if values:
            query[name] = values
    _link(query, lang)


def _link(query: dict[str, str] | dict[str, str | list[str]], lang: str) -> None:
    _ = translator(lang)
    st.page_link(_PAGE, label=_("See it on a picture"), icon=":material/visibility:", query_params=query)
