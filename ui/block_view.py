"""What the Blocks page shows of a block."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import streamlit as st

from explainer.errors import BlocklensError
from explainer.examine import GateValues
from explainer.language import join_sentences, say, translator
from explainer.render.exports import File
from explainer.render.gate_words import gate_word
from explainer.types import Gate
from ui import cached, cached_viewer
from ui.attention_link import block_on_picture
from ui.block_form import run_form
from ui.chosen_block import BlockChoice
from ui.diagnosis_view import draw_explanation, draw_hazards, say_what
from ui.draw import note, pane_title
from ui.links import arrival
from ui.links.fields import Whole
from ui.panel_choice import choice as pick
from ui.panel_choice import folded
from ui.torchinfo_expander import torchinfo_expander
from ui.viewer import Step, viewer

if TYPE_CHECKING:
    from blocks import BlockSpec


def failure_note(choice: BlockChoice, lang: str) -> None:
    """Why nothing comes out, and how it came to that."""
    found = cached.failure_of(choice)
    if found is not None:
        note([say_what(found, lang), *(say(sentence, lang) for sentence in (*found.got, *found.reason, *found.story))], "bad")


@st.fragment
def panes(choice: BlockChoice, lang: str) -> None:
    """The viewer, and below it where the forward runs whose values it shows."""
    _ = translator(lang)
    above, below = st.container(), st.container(border=True, key="pane-gate")
    fields, picture = below.columns((1, 2.4), gap="medium")
    with fields:
        pane_title(_("The values of a real forward"))
        run = run_form(lang)
    with above:
        look(choice, run, lang)
    with picture:
        _gate(choice, *run, lang)


@st.fragment
def look(choice: BlockChoice, run: tuple[str, int], lang: str) -> None:
    """The viewer of the block; ``run`` is the device and the seed of the forward whose values it shows."""
    _ = translator(lang)

    def values(step: Step) -> dict[str, Any] | None:
        return cached_viewer.values_of_step(choice, step.id, step.ops, *run, lang)

    viewer(
        cached.subject_of(choice),
        key=f"viewer-{choice.block}",
        lang=lang,
        identity=repr(choice),
        values=values,
        files={
            "torchinfo": (
                _("Table of torchinfo"),
                lambda: File(f"{choice.block}_torchinfo.txt", cached.summary_of(choice)),
            ),
            "onnx": (_("ONNX with random weights"), partial(cached_viewer.onnx_of_block, choice)),
        },
    )


def _gate(choice: BlockChoice, device: str, seed: int, lang: str) -> None:
    """The block's first gate as a heatmap, or why there is none."""
    gates = cached.examination(choice).gates
    arrival.check("gate", Whole(1, len(gates)) if gates else None)
    if not gates:
        return
    _ = translator(lang)
    title = st.empty()
    number = _pick_gate(choice, gates, lang)
    with title:
        pane_title(_("The gate's values"), gate_word(gates[number].kind, lang))
    try:
        values = cached.gate_values_of(choice, device, seed)[number]
    except BlocklensError as error:
        note([_("Not computed."), say(error.sentence, lang)])
        return
    words = gate_words(values, lang)
    note([_("Untrained weights."), words])
    st.plotly_chart(
        cached.gate_chart(choice, number, device, seed, lang), key="gate-heatmap", config={"displayModeBar": False}, alt=words
    )
    block_on_picture(choice, lang)


def _pick_gate(choice: BlockChoice, gates: tuple[Gate, ...], lang: str) -> int:
    """Which of the block's gates is shown; the first, if there is nothing to choose."""
    if len(gates) == 1:
        return 0
    _ = translator(lang)
    lines = {op: line.text.strip() for line in cached.listing_of(choice) for op in line.ops}
    names = {str(place): f"{place} · {lines.get(gate.op, '')[:40]}" for place, gate in enumerate(gates, start=1)}
    return int(pick(_("Gate"), tuple(names), names.__getitem__, key="gate", bare=True)) - 1


def gate_words(values: GateValues, lang: str) -> str:
    _ = translator(lang)
    if values.least == values.largest:
        return _("Every value is {value:.3f}.", value=values.mean)
    words = _(
        "The values lie between {least:.3f} and {largest:.3f}, on average {mean:.3f}: random weights, so which of them are"
        " high means nothing yet.",
        least=values.least, largest=values.largest, mean=values.mean,
    )  # fmt: skip
    return words + (" " + _("Only the first 512 rows and columns are drawn.") if values.cut else "")


def in_words(choice: BlockChoice, lang: str) -> None:
    """What the block does, line by line, and what to look out for at these settings."""
    _ = translator(lang)
    explanation, hazards = cached.words_of(choice)
    subject = cached.subject_of(choice)
    draw_hazards(hazards, lang, subject.first_line)
    with folded(_("In words, line by line"), key="words"):
        draw_explanation(explanation, lang, subject.source, subject.first_line)


def torchinfo_table(choice: BlockChoice, lang: str) -> None:
    """The table that people know, in an expander that computes it when it is opened."""
    torchinfo_expander(lambda: cached.summary_of(choice), lang)


def about(spec: BlockSpec, lang: str) -> str:
    _ = translator(lang)
    return join_sentences(_(line) for line in spec.about)
