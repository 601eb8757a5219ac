"""What the Layer page shows of a convolution."""

from __future__ import annotations

from html import escape

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from explainer.conv_facts import ConvFacts
from explainer.errors import BlocklensError
from explainer.language import say, say_shape, translator
from explainer.layer import TorchAnswer
from explainer.render.conv_formula import formula_html
from explainer.render.conv_picture import has_cells
from ui import cached, state
from ui.components.picture.component import picture
from ui.conv_form import ConvChoice, ConvForm
from ui.draw import Fact, Tone, facts, note, pane_title


def latest(form: ConvForm, lang: str) -> tuple[ConvChoice | None, bool]:
    """The settings to show and whether they are old: the form's own, or, if they make no layer, the last that did."""
    try:
        cached.facts_of(form.choice)
    except BlocklensError as error:
        form.complain(error, lang)
        return state.last_good("layer", ConvChoice), True
    state.remember_good("layer", form.choice)
    return form.choice, False


def subtitle(choice: ConvChoice | None, lang: str) -> str:
    _ = translator(lang)
    if choice is None:
        return _("No output comes from these numbers yet.")
    found = cached.facts_of(choice)
    before, after = say_shape(found.input_shape[-2:]), say_shape(found.output_shape[-2:])
    if before == after:
        return _("How a {before} input keeps its size.", before=before)
    if found.gaps:
        return _("How a {before} input becomes {after}, and what nobody looks at.", before=before, after=after)
    return _("How a {before} input becomes {after}.", before=before, after=after)


def facts_row(found: ConvFacts, torch: TorchAnswer | None, lang: str, place: DeltaGenerator) -> None:
    """Output, parameters, multiply-adds, weight; under the output whether torch agrees, None while it has not answered."""
    _ = translator(lang)
    agreement, tone = _agreement(found, torch, lang)
    facts(
        (
            Fact(_("Output"), say_shape(found.output_shape), agreement, tone),
            Fact(_("Parameters"), f"{found.layer.param_count:,}", found.param_product),
            Fact(_("Multiply-adds (MACs)"), f"{found.macs:,}", found.macs_product),
            Fact(_("Weight"), say_shape(found.layer.weight_shape), "out × in/groups × H × W"),
        ),
        place,
    )


def _agreement(found: ConvFacts, torch: TorchAnswer | None, lang: str) -> tuple[str, Tone]:
    _ = translator(lang)
    if torch is None:
        return _("asking torch …"), ""
    if torch.refusal is not None:
        return "✗ " + say(torch.refusal, lang), "bad"
    if (torch.output_shape, torch.param_count) == (found.output_shape, found.layer.param_count):
        return _("✓ torch agrees: {shape}", shape=str(torch.output_shape)), "good"
    return _("✗ torch says {shape} and {count:,} parameters", shape=str(torch.output_shape), count=torch.param_count or 0), "bad"


def reasons(found: ConvFacts, lang: str) -> None:
    """The formula with its numbers, what is odd about the setting, and the line to copy."""
    _ = translator(lang)
    pane_title(_("Why {size}?", size=say_shape(found.output_shape[-2:])))
    st.html(formula_html(found.axes, lang))
    more = [say(sentence, lang) for sentence in found.notes]
    if found.gaps:
        note([say(sentence, lang) for sentence in found.gaps] + more)
    else:
        note([_("Every position of the input is read."), *more], "good")
    st.html(f"<p class='bl-kind'>{escape(say(found.kind, lang))}</p>")
    st.code(found.code, language="python", wrap_lines=True)


def drawing(found: ConvFacts, pictures: tuple[str, str], lang: str, *, titled: bool = True) -> None:
    """The picture of one convolution, and what its marks mean."""
    _ = translator(lang)
    if titled:
        pane_title(_("What a window reads"), _("A number says how many windows read a position.") if has_cells(found) else "")
    picture(*pictures, key="conv-picture")
    padded = any(sum(axis.padding) for axis in found.axes)
    marks = [("window", _("one window and the output it makes"))]
    marks += [("pad", _("padding"))] if padded else []
    marks += [("dead", _("no window reads it"))] if found.gaps else []
    st.html(
        "<ul class='bl-legend'>" + "".join(f"<li><i class='bl-{mark}'></i>{escape(text)}</li>" for mark, text in marks) + "</ul>"
    )
