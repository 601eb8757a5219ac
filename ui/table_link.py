"""The ways to the Table page from other pages: a stack, a module or a text that is a table."""

from __future__ import annotations

import streamlit as st

from explainer.language import translator
from explainer.stack import Stack
from explainer.table import Table, looks_like_table, solve, table_of_stack, table_of_trace, to_link
from explainer.table.link import LONGEST_LINK
from explainer.types import Trace
from ui import draw, shell, table_state

_PAGE = shell.ROOT / "pages" / "table.py"


def stack_as_table(stack: Stack, lang: str) -> None:
    """A link to a stack as an architecture table."""
    if stack.items:
        _link(table_of_stack(stack), lang)


def trace_as_table(trace: Trace, lang: str) -> None:
    """A link to a module as an architecture table, where a table can say all of it."""
    if trace.failure is not None or len(trace.inputs) != 1 or len(trace.shape(trace.inputs[0])) != 4:
        return
    table = table_of_trace(trace)
    if table.lines and solve(table).stopped is None:
        _link(table, lang)


def _link(table: Table, lang: str) -> None:
    word = to_link(table)
    if len(word) <= LONGEST_LINK:
        _ = translator(lang)
        label = _("The same as an architecture table")
        st.page_link(_PAGE, label=label, icon=":material/table:", query_params={"table": word, "lang": lang})


def text_is_table(text: str, lang: str) -> None:
    """For a text that is an architecture table and no code: what it is, and the way to the page that reads it."""
    if not looks_like_table(text):
        return
    _ = translator(lang)
    draw.note([_("This is an architecture table, not code."), _("The Table page checks its sizes and builds its network.")])
    if st.button(_("Read it as a table"), key="paste-as-table", type="primary", icon=":material/table:"):
        table_state.take_text(text)
        st.switch_page(_PAGE)
