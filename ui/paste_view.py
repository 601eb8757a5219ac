"""What a paste does: its facts, its picture, what it printed and what was assumed."""

from __future__ import annotations

from html import escape
from typing import Any

import streamlit as st

from explainer.examine import GateValues
from explainer.gates import find_gates
from explainer.language import is_known, say, say_shape, translator
from explainer.paste.result import PasteResult, Request, Supplied
from explainer.render.findings_text import joined
from explainer.render.gate_words import gate_word
from explainer.render.viewer_scene import Subject
from ui import block_view, cached, cached_viewer, draw
from ui.attention_link import paste_on_picture
from ui.links import arrival
from ui.links.fields import Whole
from ui.panel_choice import choice as pick
from ui.viewer import Step, viewer


def title(result: PasteResult | None, lang: str) -> str:
    _ = translator(lang)
    if result is None or not result.target:
        return _("Paste")
    return _("Script") if result.variables else result.target


def subtitle(request: Request | None, result: PasteResult | None, lang: str) -> str:
    """What the paste is, in one sentence."""
    _ = translator(lang)
    if request is None or result is None:
        return _("Paste a block as you found it; it is repaired, run behind a wall, and explained.")
    if result.trace is None:
        return _("It came to no forward.")
    if result.trace.failure is not None:
        return _("Its forward stops; everything up to there is shown.")
    if not (result.trace.ops or result.trace.inputs or result.trace.outputs or result.variables):
        return _("It ran, and made no tensor: there is nothing to show.")
    explanation = cached.paste_words(request, result).explanation
    if explanation is not None and explanation.summary:
        return say(explanation.summary[0], lang)
    count = len(result.trace.ops)
    return _("One operation, run and traced.") if count == 1 else _("{count} operations, run and traced.", count=count)


@st.fragment
def look(request: Request, result: PasteResult, lang: str) -> None:
    """The viewer of what ran, up to where it stopped, with what each line does."""
    if result.trace is not None and (result.trace.ops or result.trace.failure):
        explanation = cached.paste_words(request, result).explanation
        texts = {note.line: joined(note.text, lang) for note in explanation.lines} if explanation else {}

        def values(step: Step) -> dict[str, Any] | None:
            return cached_viewer.values_of_paste(request, result, step.id, step.ops, lang)

        viewer(Subject(result.trace, result.source), key="viewer-paste", lang=lang, texts=texts, values=values)


@st.fragment
def gate(result: PasteResult, lang: str) -> None:
    """The values of a gate after a forward with random weights, as a heatmap."""
    _ = translator(lang)
    kinds = {found.op: found for found in find_gates(result.trace)} if result.gates and result.trace is not None else {}
    known = [numbers for numbers in result.gates if numbers.op in kinds and numbers.rows and numbers.rows[0]]
    arrival.check("paste-gate", Whole(0, len(known) - 1) if known else None)
    if not known:
        return
    with st.container(border=True, key="pane-paste-gate"):
        title = st.empty()
        lines = {str(place): kinds[numbers.op].line for place, numbers in enumerate(known)}
        names = {place: f"{int(place) + 1}" if line is None else _("line {line}", line=line) for place, line in lines.items()}
        if len(set(names.values())) < len(names):  # one line may apply a gate again and again
            names = {place: f"{int(place) + 1} · {name}" for place, name in names.items()}
        place = int(pick(_("Gate"), tuple(names), names.__getitem__, key="paste-gate", bare=True)) if len(known) > 1 else 0
        numbers = known[min(place, len(known) - 1)]
        found = kinds[numbers.op]
        with title:
            draw.pane_title(_("The gate's values"), gate_word(found.kind, lang))
        values = GateValues(found, numbers.rows, numbers.least, numbers.mean, numbers.largest, numbers.cut)
        words = block_view.gate_words(values, lang)
        draw.note([_("Untrained weights."), words])
        figure = cached.paste_gate_chart(values, lang)
        st.plotly_chart(figure, key="paste-heatmap", config={"displayModeBar": False}, alt=words)
        paste_on_picture(lang)


def variables(result: PasteResult, lang: str) -> None:
    """A script's tensors by name, each with its shape."""
    _ = translator(lang)
    rows = "".join(
        f"<tr><td><code>{escape(name)}</code></td><td>{say_shape(shape)}</td></tr>" for name, shape in result.variables
    )
    heads = "".join(f"<th scope='col'>{escape(text)}</th>" for text in (_("variable"), _("shape")))
    st.html(f"<table class='bl-steps'><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>")


def assumptions(result: PasteResult, lang: str) -> None:
    """What was supplied, proposed and noted on the way."""
    _ = translator(lang)
    stood_in = [f"{found.name} → {_origin(found, lang)}" for found in result.supplied if found.stands_in]
    usual = [
        found.name if found.name == found.origin else f"{found.name} = {found.origin}"
        for found in result.supplied if not found.stands_in
    ]  # fmt: skip
    if stood_in:
        draw.note([_("Not in the paste, and stood in for:"), "; ".join(stood_in)])
    lines = [say(note, lang) for note in result.notes]
    if usual:
        lines.append(_("Imports that were missing and were supplied: {names}.", names=", ".join(usual)))
    for line in lines:
        draw.muted(line)


def _origin(found: Supplied, lang: str) -> str:
    """What stands in, in the reader's words. A paste can write anything here; only our own words are templates."""
    _ = translator(lang)
    what, note = (_(text) if is_known(text) else text for text in (found.origin, found.note))
    return _("{what} ({note})", what=what, note=note) if note else what


def printed(result: PasteResult, lang: str) -> None:
    """What the paste wrote and what it was warned of, as text."""
    _ = translator(lang)
    if not result.stdout and not result.warnings:
        return
    with st.expander(_("What it printed"), expanded=not result.trace):
        if result.stdout:
            st.code(result.stdout, language=None, wrap_lines=True)
        for warning in result.warnings:
            draw.muted(warning)
