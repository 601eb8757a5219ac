"""Two blocks, or two settings of one block, side by side."""

import streamlit as st

from ui import block_choice, block_form, block_result, compare_chart, compare_view, draw, form_result, shell
from ui.links import arrival

lang, _ = shell.enter_page()
st.html(shell.ROOT / "ui" / "catalogue.css")
st.html(shell.ROOT / "ui" / "charts.css")
PLACES = tuple(f"compare-{letter}" for letter in compare_view.LETTERS)


@st.fragment
def compare_page() -> None:
    form_result.form_and_result(PLACES, is_wrong, result)


def is_wrong() -> bool:
    """Draws the heading and the two forms; whether one of them is wrong."""
    head = block_choice.place_of_heading(_("Compare"), lang)
    with head.container():
        draw.heading(_("Compare"), _("Two blocks, or two settings of one block, side by side."))

    note = st.container()
    specs, found = [], False
    sides = zip(st.columns(2, gap="small"), compare_view.LETTERS, PLACES, block_choice.FIRST_PAIR, strict=True)
    for where, letter, place, default in sides:
        with where, st.container(border=True, key=f"side-{letter}", height="stretch"):
            prefix = f"{letter.lower()}_"
            spec = block_choice.pick_block(lang, prefix=prefix, default=default, letter=letter)
            specs.append(spec)
            draw.muted(_(spec.about[0]), spec.formula)
            form = block_form.block_form(spec, lang, prefix=prefix, tell=block_result.teller(place, block_result.PAIR))
            found = block_result.is_wrong(form, lang, place) or found

    with note:
        arrival.say_dropped(block_choice.compare_link((specs[0], specs[1])), lang)
    return found


@st.fragment(key=block_result.PAIR)
def result(is_old: bool) -> None:
    left, right = map(block_result.latest, PLACES)
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
