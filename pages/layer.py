"""One convolution: its numbers, the size that comes out and why, what it costs and what it never reads."""

import streamlit as st

from ui import cached, conv_view, draw, shell
from ui.conv_form import conv_form

lang, _ = shell.enter_page()

head = st.container()
form = conv_form(lang)
choice, is_old = conv_view.latest(form, lang)

with head:
    draw.heading("Conv2d", conv_view.subtitle(choice, lang))
if choice is None:
    draw.empty(_("Correct the marked field and the result appears here."))
else:
    facts = cached.facts_of(choice)
    with draw.result("layer-result", old=_("Still shown: the last settings that worked.") if is_old else ""):
        row = st.empty()
        if not cached.torch_is_loaded():
            conv_view.facts_row(facts, None, lang, row)
        left, right = st.columns((1.75, 1), gap="small")
        with left.container(border=True, height="stretch", key="pane-picture"):
            conv_view.drawing(facts, cached.pictures_of(choice, lang), lang)
        with right.container(border=True, height="stretch", key="pane-reasons"):
            conv_view.reasons(facts, lang)
        # Last, because the first visitor waits here until torch is loaded, with everything else on the screen already.
        conv_view.facts_row(facts, cached.torch_says(choice), lang, row)
