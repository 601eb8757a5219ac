"""The Table page: a grid to type in, a field to paste into, and what the table stands for."""

from __future__ import annotations

from html import escape

import streamlit as st

from explainer.language import say, translator
from explainer.table import Network, Solution, Table
from ui import cached, draw, shell, table_editor, table_lines, table_state, table_text, table_view
from ui.links.arrival import say_dropped
from ui.links.missing import missing
from ui.links.pages import TABLE
from ui.panel_choice import folded


def table_panel(lang: str) -> None:
    """Everything on the page."""
    _ = translator(lang)
    st.html(shell.ROOT / "ui" / "table.css")
    table = table_state.current()
    solution = cached.table_solution(table)
    draw.heading(_("Table"), table_view.subtitle(solution, lang), missing=missing("table"))
    say_dropped(TABLE, lang)
    for sentence in table_state.said():
        st.html(f"<div class='bl-note bl-warn' role='status'>{escape(say(sentence, lang))}</div>")
    table_editor.controls(lang)
    has_torch = cached.torch_is_loaded()
    network = _network(table, solution) if has_torch else None
    facts = st.empty()
    with facts.container():
        table_view.facts_row(solution, network, lang)
    _typed(table, lang)
    lines = st.container(border=True, key="pane-lines")
    place = lines.empty()
    with place.container():
        table_lines.worked_out(solution, network, lang)
    with lines:
        table_lines.fixes(solution, lang)
    with st.container(key="table-panes"):
        left, right = st.columns((1.1, 1), gap="small")
    below = st.container(key="table-below")
    if not has_torch:  # the first visitor waits here until it is loaded, with everything else on the screen already
        network = _network(table, solution)
        with facts.container():
            table_view.facts_row(solution, network, lang)
        with place.container():
            table_lines.worked_out(solution, network, lang)
    with left.container(border=True, key="pane-sizes", height="stretch"):
        table_view.size_plot(solution, network, lang)
    with right.container(border=True, key="pane-rules", height="stretch"):
        table_view.rules(table, solution, lang)
    if network is not None:
        with below.container(key="table-network"):
            table_view.network_graph(network, lang)
    label = _("To take along: PyTorch code, CSV, Markdown, LaTeX")
    with below.expander(label, key="table-take-along", icon=":material/download:"):
        table_text.take_along(solution, network, lang)


def _network(table: Table, solution: Solution) -> Network | None:
    return cached.table_network(table) if solution.steps else None


def _typed(table: Table, lang: str) -> None:
    _ = translator(lang)
    with folded(_("Paste a table"), key="table-paste", icon=":material/content_paste:"):
        table_text.paste(table, lang)
    with st.container(border=True, key="pane-editor"):
        table_editor.editor(lang)
