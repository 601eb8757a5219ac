"""torchinfo's table as text to copy, for a block and for a paste."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from explainer.errors import BlocklensError
from explainer.language import say, translator
from ui import draw


def torchinfo_expander(key: str, make: Callable[[], str | None], lang: str) -> None:
    """An expander that computes the table when it is opened."""
    _ = translator(lang)
    panel = st.expander(_("The same as a torchinfo table, to copy"), key=key, on_change="rerun")
    if not panel.open:
        return
    with panel:
        try:
            table = make()
        except BlocklensError as error:
            draw.note([_("No answer."), say(error.sentence, lang)], "bad")
            return
        if table is None:
            draw.muted(_("torchinfo cannot sum this module up: it runs the forward in a way of its own, and that failed."))
            return
        st.code(table, language=None)
        draw.muted(
            _("torchinfo sees modules only and counts biases as multiply-adds; the numbers above come from every operation.")
        )
