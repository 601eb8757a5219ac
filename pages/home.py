"""The first page: what this is, shown on a real convolution, and the ways in."""

import streamlit as st

from ui import draw, home, shell

lang, _ = shell.enter_page()

with st.container(key="home"):
    left, right = st.columns((1, 1.1), gap="medium")
with left.container(key="welcome"):
    draw.heading(_("See what a block really does"), home.promise(lang))
    home.first_cards(lang)
with right.container(border=True, key="pane-specimen"):
    home.specimen(lang)
home.other_cards(lang)
