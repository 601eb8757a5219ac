"""One block of the catalogue: every tensor on its way through, the gate it computes, and what it costs."""

import streamlit as st

from ui import block_choice, block_form, block_result, block_view, cached, change_list, draw, fact_cards, form_result, shell
from ui.links import arrival

lang, _ = shell.enter_page()
st.html(shell.ROOT / "ui" / "catalogue.css")
PLACE = "block"


@st.fragment
def blocks_page() -> None:
    form_result.form_and_result((PLACE,), is_wrong, result)


def is_wrong() -> bool:
    """Draws the heading and the form; whether that is wrong."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="block-head"):
        words = block_choice.place_of_heading(_("Blocks"), lang)
        spec = block_choice.pick_block(lang)
    with words.container():
        draw.heading(_(spec.title), _(spec.about[0]), formula=spec.formula)
    arrival.say_dropped(block_choice.blocks_link(spec), lang)
    form = block_form.block_form(spec, lang, tell=block_result.teller(PLACE, block_result.BLOCK))
    return block_result.is_wrong(form, lang, PLACE)


@st.fragment(key=block_result.BLOCK)
def result(is_old: bool) -> None:
    choice = block_result.latest(PLACE)
    if choice is None:
        draw.empty(_("Correct the marked field and the result appears here."))
        return
    with draw.result("block-result", old=_("Still shown: the last settings that worked.") if is_old else ""):
        fact_cards.fact_cards(cached.examination(choice).trace, lang, cached.text_of(choice.block)[1])
        block_view.failure_note(choice, lang)
        block_view.panes(choice, lang)
        change_list.changes_panel(choice, lang)
        block_view.in_words(choice, lang)
        block_view.torchinfo_table(choice, lang)
        spec = cached.catalogue()[choice.block]
        draw.muted(f"{block_view.about(spec, lang)} {spec.paper}.")


blocks_page()
