"""Two blocks, or two settings of one block, side by side."""

import streamlit as st

from ui import block_choice, block_form, compare_chart, compare_view, draw, shell
from ui.links import arrival

lang, _ = shell.enter_page()
st.html(shell.ROOT / "ui" / "catalogue.css")


@st.fragment
def compare_page() -> None:
    head = block_choice.place_of_heading(_("Compare"), lang)
    with head.container():
        draw.heading(_("Compare"), _("Two blocks, or two settings of one block, side by side."))

    note = st.container()
    chosen, specs, is_old = [], [], False
    sides = zip(st.columns(2, gap="small"), compare_view.LETTERS, block_choice.FIRST_PAIR, strict=True)
    for place, letter, default in sides:
        with place, st.container(border=True, key=f"side-{letter}", height="stretch"):
            prefix = f"{letter.lower()}_"
            spec = block_choice.pick_block(lang, prefix=prefix, default=default, letter=letter)
            specs.append(spec)
            draw.muted(_(spec.about[0]), spec.formula)
            form = block_form.block_form(spec, lang, prefix=prefix)
            choice, old = compare_view.latest(form, lang)
            chosen.append(choice)
            is_old = is_old or old

    with note:
        arrival.say_dropped(block_choice.compare_link((specs[0], specs[1])), lang)
    left, right = chosen
    if left is None or right is None:
        draw.empty(_("Correct the marked field and the result appears here."))
        return

    with draw.result("compare-result", old=_("Still shown: the last settings that worked.") if is_old else ""):
        with st.container(border=True, key="pane-figures"):
            compare_view.figures(left, right, lang)
        with st.container(border=True, key="pane-pair"):
            compare_view.graphs(left, right, lang)
            compare_view.steps(left, right, lang)
        with st.container(border=True, key="pane-clock"):
            compare_view.clock(left, right, lang)
        with st.container(border=True, key="pane-chart"):
            compare_chart.chart(left, right, lang)


compare_page()
