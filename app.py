"""Blocklens: the entry script, run anew for every interaction."""

import streamlit as st

from ui import cached, shell, state

st.set_page_config(page_title="Blocklens", page_icon=shell.ICON, layout="wide", initial_sidebar_state=228)
lang = state.language()
page = shell.open_app(lang)
page.run()
cached.warm_up()
