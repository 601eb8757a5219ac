"""One layer: its numbers, the size that comes out and why, what it costs and what it never reads."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from ui import cached, draw, form_result, layer_choice, layer_form, layer_view, shell, state
from ui.links import arrival
from ui.links import pages as link_fields

lang, _ = shell.enter_page()
st.html(shell.ROOT / "ui" / "panels.css")
st.html(shell.ROOT / "ui" / "charts.css")


@st.fragment(key=layer_choice.PAGE)
def layer_page() -> None:
    state.set_asked_fields()
    with st.container(horizontal=True, vertical_alignment="bottom", key="layer-head"):
        head = draw.heading_place()
        layer = layer_form.pick_layer(lang)
    draw.main_title(layer, head)
    arrival.say_dropped(link_fields.layer_fields(layer), lang)
    place = layer_view.place_of(layer)
    form_result.form_and_result((place,), lambda: is_wrong(layer), lambda is_old: result(layer, head, is_old))


def is_wrong(layer: str) -> bool:
    return layer_view.is_wrong(layer, layer_form.layer_form(layer, lang, layer_view.show_soon), lang)


@st.fragment(key=layer_choice.RESULT)
def result(layer: str, head: DeltaGenerator, is_old: bool) -> None:
    choice = layer_view.latest(layer)
    facts = None if choice is None else cached.layer_facts_of(choice)
    draw.below_title(layer_view.subtitle(facts, lang), head)
    if choice is None or facts is None:
        draw.empty(_("Correct the marked field and the result appears here."))
        return
    has_torch = cached.torch_is_loaded()
    with draw.result("layer-result", old=_("Still shown: the last settings that worked.") if is_old else ""):
        row = None if has_torch else st.empty()  # emptied at every change, it would be seen to blink
        layer_view.facts_row(facts, cached.torch_says(choice) if has_torch else None, lang, row)
        layer_view.panes(choice, facts, lang)
        if not is_old:
            layer_view.questions_back(choice, lang)
        if not has_torch:  # the first visitor waits here until it is loaded, with everything else on the screen already
            layer_view.facts_row(facts, cached.torch_says(choice), lang, row)


layer_page()
