"""An architecture table, typed or pasted: its sizes checked, and the network that it stands for."""

import streamlit as st

from ui import shell, table_panel

lang, _ = shell.enter_page()
st.html(shell.ROOT / "ui" / "charts.css")
st.fragment(table_panel.table_panel)(lang)
