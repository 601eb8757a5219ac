"""Question mode: sizes, parameters and receptive fields to work out, and what went wrong where they are not right."""

import streamlit as st

from ui import draw, practice, shell
from ui.links import arrival
from ui.links import pages as link_fields

lang, _ = shell.enter_page()

draw.heading(_("Practice"), _("Work a number out yourself; if it is not right, see which step went wrong."))
arrival.say_dropped(link_fields.PRACTICE, lang)
with st.container(key="practice"):
    st.fragment(practice.practice)(lang)
