"""The first view of the Attention page: every gate of a module, drawn on a picture."""

from __future__ import annotations

import streamlit as st

from explainer.attention.records import GateSeen, Seen, Wanted, Weights
from explainer.errors import BlocklensError
from explainer.language import say, translator
from explainer.render.gate_words import gate_word
from ui import (
    attention_cards,
    attention_effects,
    attention_input,
    attention_source,
    attention_state,
    attention_weights,
    cached,
    draw,
    shell,
)
from ui.attention_place import Place
from ui.attention_source import Source
from ui.block_choice import attention_link
from ui.links import arrival
from ui.links.arrival import say_dropped
from ui.links.fields import Whole
from ui.links.pages import OF_PASTE

_MOST_CARDS = 3
_OF_GATE = (attention_state.UNIT, attention_state.TOKEN, attention_state.HEAD, attention_state.OUT)


def gates_panel(lang: str) -> None:
    """Everything below the switch."""
    _ = translator(lang)
    st.html(shell.ROOT / "ui" / "attention.css")
    attention_state.open_link()
    cached.catalogue()
    is_old, notes = False, st.container()
    with st.container(horizontal=True, vertical_alignment="center", key="attention-head"):
        kind = attention_source.pick_source(lang)
        spec = attention_source.pick_block(lang) if kind == "catalogue" else None
        source = attention_source.network_source(lang) if kind == "network" else None
    with notes:
        say_dropped(attention_link({} if kind != "paste" else {"device": OF_PASTE["device"]}), lang)
    if spec is not None:
        source, is_old = attention_source.block_source(spec, lang)
    elif kind == "paste":
        source = attention_source.paste_source(lang)
    if source is None:
        if kind == "catalogue":
            draw.empty(_("Correct the marked field and the result appears here."))
        return
    with draw.result("attention-result", old=_("Still shown: the last settings that worked.") if is_old else ""):
        _on_picture(source, lang)


@st.fragment
def _on_picture(source: Source, lang: str) -> None:
    """The picture, the weights, and what becomes of them: whatever is clicked in here leaves the rest of the page alone."""
    _ = translator(lang)
    left, right = st.columns((3.2, 1), gap="medium")
    with left:
        picture = attention_input.pick_picture(lang)
    with right:
        seed = attention_weights.seed_field(lang)
    about, own = st.columns((3.2, 1), gap="medium")
    with own, st.popover(_("Your own"), icon=":material/upload:", help=_("A picture and weights of your own"), width="stretch"):
        attention_input.upload(lang)
        weights = attention_weights.weights_file(seed, lang)
    shape = attention_input.picture_shape(source.inputs)
    edited = attention_weights.with_edit(weights)
    try:
        seen = source.see(attention_input.photos_for(picture, shape), edited, _wanted())
    except BlocklensError as error:
        _check_edit(error)
        attention_effects.refused(error, lang)
        return
    arrival.judge(attention_state.EDIT)
    with about:
        draw.muted(attention_input.how_fed(seen, lang))
    _show(source, seen, picture, shape, edited, lang)


def _wanted() -> Wanted:
    """The gate that is looked into and what of it, as the link says."""
    own = attention_state
    edit = own.edit()
    name, index = ("", ()) if edit is None else (edit.name, edit.index)
    return Wanted(
        max(own.number(own.GATE) - 1, 0), own.number(own.UNIT), own.number(own.TOKEN), max(own.number(own.HEAD), 0), name, index
    )


def _check_edit(error: BlocklensError) -> None:
    """A link may set a number that this module does not have: then it is as if it set none."""
    if attention_state.edit() is not None and arrival.is_unjudged(attention_state.EDIT):
        arrival.judge(attention_state.EDIT, error.sentence, leave=attention_state.forget)


def _show(source: Source, seen: Seen, picture: str, shape: tuple[int, int], weights: Weights, lang: str) -> None:
    _ = translator(lang)
    if seen.gates or seen.report is not None:
        attention_weights.what_they_are(weights, seen, lang, is_trained=source.is_trained)
    for note in seen.notes:
        draw.note([say(note, lang)])
    if not seen.gates:
        for name in (*_OF_GATE, attention_state.GATE):
            arrival.check(name, None, leave=attention_state.forget)
        draw.empty(_("There is no gate in this module: nothing in it multiplies a feature map by squashed weights."))
        return
    chosen = min(_wanted().gate, len(seen.gates) - 1)
    _check_link(seen.gates, chosen)
    shown = range(len(seen.gates)) if len(seen.gates) <= _MOST_CARDS else (chosen,)
    if len(seen.gates) > _MOST_CARDS:
        _choice(seen.gates, chosen, source, lang)
    for number in shown:
        place = Place(number, len(seen.gates), picture, shape, seen.samples, source.lines, number == chosen)
        attention_cards.card(seen.gates[number], place, lang)
    if 1 < len(seen.gates) <= _MOST_CARDS:
        _choice(seen.gates, chosen, source, lang)
    attention_weights.edit_form(seen, lang)
    _effects(source, seen.gates[chosen], chosen, picture, shape, weights, lang)


def _check_link(gates: tuple[GateSeen, ...], chosen: int) -> None:
    """What the link looks into that these gates do not have."""
    gate, own = gates[chosen], attention_state
    columns = gate.matrix.columns if gate.matrix is not None and gate.form == "memory" else 0
    counts = {
        own.UNIT: len(gate.units[0]) if gate.units else columns,
        own.TOKEN: gate.matrix.rows if gate.matrix is not None and gate.form == "matrix" else 0,
        own.HEAD: gate.heads,
    }
    arrival.check(own.GATE, Whole(1, len(gates)), leave=own.forget)
    for name, count in counts.items():
        arrival.check(name, Whole(0, count - 1) if count else None, leave=own.forget)


def _choice(gates: tuple[GateSeen, ...], chosen: int, source: Source, lang: str) -> None:
    """Which gate is looked into: its weights can be set, and what it changes is shown."""
    _ = translator(lang)
    lines = source.lines
    names = [
        f"{number + 1} · {gate_word(gate.kind, lang)}"
        + (f" · {_('line {line}', line=lines[gate.op][0])}" if gate.op in lines else "")
        for number, gate in enumerate(gates)
    ]
    st.session_state["attention-gate"] = chosen
    st.pills(
        _("Look into"), range(len(gates)), format_func=names.__getitem__, key="attention-gate", on_change=_choose_gate,
        required=True,
    )  # fmt: skip


def _choose_gate() -> None:
    number = int(st.session_state["attention-gate"])
    attention_source.forget_gate()
    attention_state.put(attention_state.GATE, str(number + 1) if number else "")


def _effects(
    source: Source, gate: GateSeen, number: int, picture: str, shape: tuple[int, int], weights: Weights, lang: str
) -> None:
    own = attention_state
    unit = own.number(own.UNIT)
    if unit < 0 and gate.units:
        unit = max(range(len(gate.units[0])), key=gate.units[0].__getitem__)
    photo = attention_input.photos_for(picture, shape)[0]
    try:
        found = source.effects(photo, weights, number, unit, own.number(own.OUT))
    except BlocklensError as error:
        attention_effects.refused(error, lang)
        return
    channels = max((len(row.channels) for row in found.rows), default=0)
    arrival.check(own.OUT, Whole(0, channels - 1) if channels else None, leave=own.forget)
    attention_effects.effects_panel(gate, found, lang)
