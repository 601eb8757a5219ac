"""Somebody's code: repaired, run behind a wall, and shown as what it does."""

import streamlit as st

from ui import paste_panel, shell

lang, _ = shell.enter_page()
st.fragment(paste_panel.paste_panel)(lang)
