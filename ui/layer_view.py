"""What the Layer page shows of any layer."""

from __future__ import annotations

from html import escape

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from explainer.errors import BlocklensError
from explainer.goal import can_seek
from explainer.goal_answers import can_answer
from explainer.language import say, say_shape, translator
from explainer.layer import TorchAnswer
from explainer.layer_facts import LayerFacts, axis_rows
from explainer.render.layer_formula import NOTATIONS, has_two_notations, layer_formula_html
from explainer.sweep import parameters_of
from ui import cached, form_result, state, window_link, window_pane
from ui.answer_panel import answer_panel
from ui.draw import Fact, Tone, facts, note_html, pane_title, terms
from ui.goal_panel import goal_panel
from ui.layer_choice import RESULT, LayerChoice
from ui.layer_form import Form
from ui.panel_choice import choice as choose
from ui.sweep_panel import sweep_panel


def is_wrong(layer: str, form: Form, lang: str) -> bool:
    """Whether the form makes no layer, which it then says; else its settings are the ones to show from now on."""
    error = form_result.fault(place_of(layer), form.choice, _facts_of)
    if error is not None:
        form.complain(error, lang)
    return error is not None


def _facts_of(choice: LayerChoice | BlocklensError) -> LayerFacts:
    if isinstance(choice, BlocklensError):
        raise choice
    return cached.layer_facts_of(choice)


def show_soon(choice: LayerChoice, redraws: bool) -> None:
    """Lets the run after a change in the form draw the result first."""
    form_result.show_soon(place_of(choice.layer), choice, _worked_out, None if redraws else RESULT)


def _worked_out(choice: LayerChoice) -> None:
    """All that the first line of the result needs, before anything is drawn: what follows leaves in one piece."""
    cached.layer_facts_of(choice)
    if cached.torch_is_loaded():
        cached.torch_says(choice)


def latest(layer: str) -> LayerChoice | None:
    """The last settings that made a layer."""
    return state.last_good(place_of(layer), LayerChoice)


def place_of(layer: str) -> str:
    """The name under which the last settings of this layer are kept."""
    return f"layer {layer}"


def subtitle(found: LayerFacts | None, lang: str) -> str:
    """What comes out, in a few words; None is a layer that nothing comes out of."""
    _ = translator(lang)
    if found is None:
        return _("No output comes from these numbers yet.")
    before, after = (say_shape(shape[-found.spatial :]) for shape in (found.input_shape, found.output_shape))
    if before == after:
        return _("How an input of size {before} keeps that size.", before=before)
    if found.gaps:
        return _("How an input of size {before} becomes {after}, and what nobody looks at.", before=before, after=after)
    return _("How an input of size {before} becomes {after}.", before=before, after=after)


def facts_row(found: LayerFacts, torch: TorchAnswer | None, lang: str, place: DeltaGenerator | None) -> None:
    """Output, parameters, multiply-adds, weight; under the output whether torch agrees, None while it has not answered."""
    _ = translator(lang)
    agreement, tone = _agreement(found, torch, lang)
    cards = [
        Fact(_("Output"), say_shape(found.output_shape), agreement, tone),
        Fact(_("Parameters"), f"{found.layer.param_count:,}", found.param_product or _("no parameters")),
        Fact(_("Multiply-adds (MACs)"), f"{found.macs:,}", found.macs_product or _("no weights to multiply with")),
    ]
    if found.weight_shape is not None:
        cards.append(Fact(_("Weight"), say_shape(found.weight_shape), found.weight_axes))
    facts(cards, place)


def _agreement(found: LayerFacts, torch: TorchAnswer | None, lang: str) -> tuple[str, Tone]:
    _ = translator(lang)
    if torch is None:
        return _("asking torch …"), ""
    if torch.refusal is not None:
        return "✗ " + say(torch.refusal, lang), "bad"
    if (torch.output_shape, torch.param_count) == (found.output_shape, found.layer.param_count):
        return _("✓ torch agrees: {shape}", shape=str(torch.output_shape)), "good"
    return _("✗ torch says {shape} and {count:,} parameters", shape=str(torch.output_shape), count=torch.param_count or 0), "bad"


def panes(choice: LayerChoice, found: LayerFacts, lang: str) -> None:
    """The picture beside the reasons; without windows to draw, the reasons beside what happens to each axis."""
    _ = translator(lang)
    windows = window_pane.can_show(found)
    if not windows:
        window_link.no_drawing()
    with st.container(horizontal=True, gap="small", key="panes-picture" if windows else "panes-formula"):
        if windows:
            with _pane("picture"):
                window_pane.window_pane(choice, found, lang)
                if len(found.axes) == 1:
                    st.html(_axes_table(found, lang))
            with _pane("reasons"):
                why(found, lang)
                remarks(found, lang)
            return
        with _pane("formula"):
            why(found, lang)
        with _pane("axes"):
            pane_title(_("Axis by axis"))
            st.html(_axes_table(found, lang))
            remarks(found, lang)


def _pane(name: str) -> DeltaGenerator:
    return st.container(border=True, height="stretch", key=f"pane-{name}")


def questions_back(choice: LayerChoice, lang: str) -> None:
    """From a wanted output to the settings that give it, and one number run through its range; each where the layer has it."""
    _ = translator(lang)
    goal = goal_panel if can_seek(choice.layer) else answer_panel if can_answer(choice.layer) else None
    panels = {"goal": (_("I want an output of …"), goal)} if goal is not None else {}
    if parameters_of(choice.layer):
        panels["sweep"] = (_("Run a number through its range"), sweep_panel)
    if not panels:
        return
    with st.container(border=True, key="pane-back"):
        title, panel = next(iter(panels.values()))
        if len(panels) == 1:
            pane_title(title)
        else:
            asked = choose(_("What to ask"), tuple(panels), lambda word: panels[word][0], key="back", bare=True)
            panel = panels[asked][1]
        panel(choice, lang)


def why(found: LayerFacts, lang: str) -> None:
    """The formula with the numbers of this layer, in the notation of the switch."""
    _ = translator(lang)
    pane_title(_("Why {size}?", size=say_shape(found.output_shape[-found.spatial :])))
    notation = NOTATIONS[0]
    if has_two_notations(found):
        chosen = state.notation(NOTATIONS)
        notation = next(one for one in NOTATIONS if one == chosen)
        st.segmented_control(
            _("Notation of the formula"),
            NOTATIONS,
            format_func={"pytorch": "PyTorch", "textbook": _("K, S, P")}.__getitem__,
            key=state.NOTATION_KEY,
            on_change=state.push_notation,
            args=(NOTATIONS[0],),
            label_visibility="collapsed",
            required=True,
        )
    st.html(layer_formula_html(found, notation, lang))


def remarks(found: LayerFacts, lang: str) -> None:
    """What is odd about the setting, what kind of layer it is, and the line to copy."""
    _ = translator(lang)
    more = [say(sentence, lang) for sentence in found.notes]
    said = ""
    if found.gaps:
        said = note_html([say(sentence, lang) for sentence in found.gaps] + more)
    elif found.slides_over_input:
        said = note_html([_("Every position of the input is read."), *more], "good")
    elif more:
        said = note_html(more, "" if found.name.startswith("Adaptive") else "warn")
    st.html(f"{said}<p class='bl-kind'>{terms(say(found.kind, lang), lang)}</p>")
    st.code(found.code, language="python", wrap_lines=True)


def _axes_table(found: LayerFacts, lang: str) -> str:
    _ = translator(lang)
    stays, changes = escape(_("stays")), escape(_("changes"))
    heads = "".join(f"<th scope='col'>{escape(text)}</th>" for text in (_("axis"), _("input"), _("output"), _("change")))
    rows = "".join(
        f"<tr class='{'' if old == new else 'bl-changed'}'><td>{name}</td><td>{old}</td><td>{new}</td>"
        f"<td>{stays if old == new else changes}</td></tr>"
        for name, old, new in axis_rows(found)
    )
    return f"<table class='bl-steps bl-axes'><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
