"""Question mode: sizes, parameters and receptive fields to work out, and what went wrong where they are not right."""

import streamlit as st

from ui import draw, practice, shell

lang, _ = shell.enter_page()

draw.heading(_("Practice"), _("Work a number out yourself; if it is not right, see which step went wrong."))
with st.container(key="practice"):
    st.fragment(practice.practice)(lang)
