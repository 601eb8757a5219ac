"""A gate's channels as bars, its two branches below them, and the same channels for other pictures."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

import streamlit as st

from explainer.attention import pictures
from explainer.attention.gate_grids import samples_grid
from explainer.attention.records import GateSeen
from explainer.language import say, translator
from ui import attention_state, draw, state
from ui.attention_place import Place, choose_unit, condensing
from ui.components.gate_pictures import component as gates

_ORDERS = ("sorted", "order")


def bars(gate: GateSeen, place: Place, lang: str) -> None:
    _ = translator(lang)
    units, chosen = gate.units[0], _unit(gate, place)
    with st.container(horizontal=True, gap="small", key=f"attention-switches-{place.number}"):
        order = switch(attention_state.ORDER, {"sorted": _("sorted"), "order": _("in order")}, _("Order"), place)
        extent = switch(attention_state.RANGE, {"whole": _("from 0 to 1"), "own": _("enlarged")}, _("Range"), place)
    parts = [(condensing(part.name, _), part.units) for part in gate.parts if part.units] if len(gate.parts) == 2 else []
    gates.gate_bars(
        units,
        parts if len(parts) == 2 else (),
        {
            "gate": _("gate"), "channel": _("channel"), "sum": _("their sum, which is squashed"),
            "hint": _("Point at a bar to read it, click to look into its channel."),
        },
        key=f"attention-bars-{place.number}",
        label=_("Gate {number}: {count} channels", number=place.number + 1, count=len(units)),
        chosen=chosen,
        is_sorted=order == "sorted",
        fit=extent == "own",
        channels=len(units) // gate.branches,
        on_choice=lambda unit: choose_unit(place, unit),
    )  # fmt: skip
    if len(parts) == 2:
        _which_branch(gate, parts[0][0], parts[1][0], lang)


def _which_branch(gate: GateSeen, first: str, second: str, lang: str) -> None:
    """How the two summands share in the sum."""
    _ = translator(lang)
    left, right = (sum(abs(number) for number in part.units) for part in gate.parts)
    share = left / (left + right) if left + right else 0.5
    draw.muted(
        _(
            "What is squashed is a sum of two branches: {first} makes {share:.0%} of its size, {second} {rest:.0%}.",
            first=first, second=second, share=share, rest=1 - share,
        )
    )  # fmt: skip


def _unit(gate: GateSeen, place: Place) -> int:
    """The chosen channel of the chosen gate, else the one that is let through most."""
    asked = attention_state.number(attention_state.UNIT) if place.is_chosen else -1
    return asked if 0 <= asked < len(gate.units[0]) else max(range(len(gate.units[0])), key=gate.units[0].__getitem__)


def switch(name: str, words: Mapping[str, str], label: str, place: Place) -> str:
    """A choice that all cards share."""
    options = tuple(words)
    key = f"attention-switch-{name}-{place.number}"
    state.set_shown(key, attention_state.word(name, options))
    st.segmented_control(
        label, options, format_func=words.__getitem__, key=key, label_visibility="collapsed", required=True,
        on_change=lambda: attention_state.put_word(name, st.session_state[key], options),
    )  # fmt: skip
    return str(st.session_state[key])


def samples(gate: GateSeen, place: Place, lang: str) -> None:
    """The same gate for every picture."""
    if min(len(gate.units), len(place.samples)) < 2:
        return
    _ = translator(lang)
    st.html(f"<h3 class='bl-small-title'>{escape(_('The same gate on other pictures'))}</h3>")
    grid = samples_grid(gate.units, is_sorted=attention_state.word(attention_state.ORDER, _ORDERS) == "sorted")
    gates.heat(
        grid,
        (grid.least, grid.largest),
        {"row": _("picture"), "column": _("channel")},
        key=f"attention-samples-{place.number}",
        label=_("Channels by pictures"),
        axis=_("channels, as above"),
        hint=_("Rows that differ: the gate answers to the picture. Rows that are alike: it hardly looks."),
        names=[say(pictures.title_of(name), lang) for name in place.samples],
        row=0,
    )
