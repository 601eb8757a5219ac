"""The first page: what this is, shown on a real convolution, and the ways in."""

import streamlit as st

from ui import draw, home, shell
from ui.links import arrival
from ui.links import pages as link_fields

lang, _ = shell.enter_page()

with st.container(key="home"):  # a grid: on a phone the specimen stands between the promise and the pastes
    with st.container(key="welcome"):
        draw.heading(_("See what a block really does"), home.promise(lang))
        arrival.say_dropped(link_fields.HOME, lang)
    with st.container(border=True, key="pane-specimen"):
        home.specimen(lang)
    with st.container(key="brought"):
        home.brought(lang)
home.cards(lang)
