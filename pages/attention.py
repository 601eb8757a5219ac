"""Attention: the gates of a module on real pictures, and what they become when they are trained."""

import streamlit as st

from ui import attention_views, draw, shell

lang, _ = shell.enter_page()

draw.heading(_("Attention"), _("What a gate lets through, on a picture that you know."))
st.fragment(attention_views.draw_views)(lang)
