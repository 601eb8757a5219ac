"""A stack of layers below each other: sizes, jumps and receptive fields row by row, and what the rows cost together."""

import streamlit as st

from ui import draw, shell, stack_panel, stack_state
from ui.links import arrival
from ui.links import pages as link_fields

lang, _ = shell.enter_page()
stack_panel.style()


@st.fragment(key=stack_state.PAGE)
def stack_page() -> None:
    head = draw.heading_place()
    draw.main_title(_("Stack"), head)
    arrival.say_dropped(link_fields.STACK, lang)
    stack_panel.stack_panel(head, lang)


stack_page()
