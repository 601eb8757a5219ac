"""One gate as a card: bars for channels, a map over the picture for places, a matrix for tokens; before and after it."""

from __future__ import annotations

import streamlit as st

from explainer.attention.records import GateSeen
from explainer.language import say_shape, translator
from explainer.render.gate_words import gate_word
from ui import draw
from ui.attention_channels import bars, samples
from ui.attention_maps import other_maps, over_picture, parts_on_places, triples
from ui.attention_place import Place
from ui.attention_tokens import matrix


def card(gate: GateSeen, place: Place, lang: str) -> None:
    """The whole card."""
    _ = translator(lang)
    with st.container(border=True, key=f"pane-attention-{place.number}"):
        _title(gate, place, lang)
        if gate.form == "units":
            left, right = st.columns((1.3, 1), gap="large")
            with left:
                bars(gate, place, lang)
            with left if gate.triples else right:
                samples(gate, place, lang)
            with right:
                triples(gate, place, lang)
        elif gate.form in ("places", "both"):
            left, right = st.columns((1, 1.25), gap="large")
            with left:
                over_picture(gate, place, lang)
                parts_on_places(gate, place, lang)
                if gate.form == "both":
                    other_maps(gate, place, lang)
            with right:
                triples(gate, place, lang)
                if gate.form == "both":
                    bars(gate, place, lang)
                else:
                    other_maps(gate, place, lang)
        else:
            matrix(gate, place, lang)


def _title(gate: GateSeen, place: Place, lang: str) -> None:
    _ = translator(lang)
    where = gate.scope
    if gate.op in place.lines:
        number, text = place.lines[gate.op]
        where = _("line {line}", line=number) + f" · {text[:80]}"
    draw.pane_title(f"{place.number + 1} · {gate_word(gate.kind, lang)}", where)
    draw.muted(
        _(
            "{shape}, squashed by {squash}: from {least:.3f} to {largest:.3f}, mean {mean:.3f}, spread {deviation:.3f}",
            shape=say_shape(gate.shape), squash=gate.squash, least=gate.least, largest=gate.largest, mean=gate.mean,
            deviation=gate.deviation,
        )
    )  # fmt: skip
