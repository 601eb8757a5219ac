"""A stack of layers below each other: sizes, jumps and receptive fields row by row, and what the rows cost together."""

import streamlit as st

from ui import draw, shell, stack_panel, stack_state
from ui.links import arrival
from ui.links import pages as link_fields
from ui.links.missing import missing

lang, _ = shell.enter_page()
st.html(shell.ROOT / "ui" / "panels.css")


@st.fragment
def stack_page() -> None:
    stack = stack_state.current()
    rows = stack_panel.worked_out(stack)
    draw.heading(_("Stack"), stack_panel.subtitle(stack, rows, lang), missing=missing("stack"))
    arrival.say_dropped(link_fields.STACK, lang)
    stack_panel.stack_panel(stack, rows, lang)


stack_page()
