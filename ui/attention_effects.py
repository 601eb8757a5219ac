"""What a gate changes: the module without it, with it wide open, evened out, one channel shut; output and gradient of each."""

from __future__ import annotations

from dataclasses import replace
from html import escape

import streamlit as st

from explainer.attention.gate_grids import samples_grid
from explainer.attention.records import Effect, Effects, GateSeen
from explainer.errors import BlocklensError
from explainer.language import Translator, say, translator
from ui import attention_state, draw
from ui.attention_place import unit_name
from ui.components.gate_pictures import component as gates
from ui.components.gate_pictures.component import Map, MapRow

_MOST_NAMED = 3


def effects_panel(gate: GateSeen, found: Effects, lang: str) -> None:
    """The table of changes, and below it the output and the gradient of each as maps."""
    _ = translator(lang)
    with st.container(border=True, key="pane-attention-effects"):
        draw.pane_title(_("What this gate changes"), _("gate {number}", number=found.gate + 1))
        for note in found.notes:
            draw.note([say(note, lang)])
        _table(found, gate, lang)
        left, right = st.columns((1.7, 1), gap="large")
        with left:
            _maps(found, gate, lang)
        with right:
            _channels(found, gate, lang)
        draw.muted(
            _(
                "Change: the size of the difference (L2 norm) as a share of the size of the unchanged output. Gradient: the size"
                " of the gradient of half the squared output with respect to the module's input; its change is measured alike."
            )
        )


def words_of(effect: Effect, gate: GateSeen, unit: int, _: Translator) -> tuple[str, str]:
    """The name of a change and what was done."""
    mixes = gate.form in ("matrix", "memory") or (gate.form == "places" and not gate.triples)
    if effect.kind == "on":
        return _("on"), _("as it is")
    if effect.kind == "off":
        if gate.form == "matrix":
            return _("off"), _("every token keeps its own value")
        return _("off"), _("every place counts alike") if mixes else _("not multiplied: everything passes as it is")
    if effect.kind == "ones":
        return _("forced to 1"), _("{squash} returns 1 everywhere", squash=gate.squash)
    if effect.kind == "even":
        return _("evened out"), _("its mean in the place of every weight: the same amount, no choice")
    if effect.kind == "zero":
        return _("channel {number} to 0", number=unit_name(gate, unit)), _("the others as they are")
    return _("held"), _("the same numbers, but no gradient flows through the gate")


def _table(found: Effects, gate: GateSeen, lang: str) -> None:
    _ = translator(lang)
    head = "".join(f"<th scope='col'>{escape(text)}</th>" for text in _heads(_))
    most = max((row.change or 0.0 for row in found.rows), default=0.0) or 1.0
    rows = "".join(_row(row, found, gate, most, _) for row in found.rows)
    draw.table("bl-effects", _("What this gate changes"), head, rows)


def _heads(_: Translator) -> tuple[str, ...]:
    return (
        *(_("the gate"), _("what is done"), _("change of the output")),
        *(_("most changed channels"), _("gradient"), _("its change")),
    )


def _cell(head: str, text: str, kind: str = "") -> str:
    """A cell that says on a phone what it is, where the column has no head."""
    return f"<td class='{kind}{' bl-none' if text == '–' else ''}' data-label='{head}'>{text}</td>"


def _row(row: Effect, found: Effects, gate: GateSeen, most: float, _: Translator) -> str:
    name, told = words_of(row, gate, found.unit, _)
    if row.kind == "ones" and replace(row, kind="off") in found.rows:
        told += _(" (here the same as off)")
    share = 100 * (row.change or 0.0) / most
    track = f"<span class='bl-track'><i style='width:{share:.1f}%'></i></span>"
    change = "–" if row.kind == "on" else f"<b>{_percent(row.change)}</b>{track}"
    gradient = "–" if row.gradient is None else f"{row.gradient:.4g}".replace("-", "−")
    turned = "–" if row.kind == "on" else _percent(row.gradient_change)
    heads = tuple(escape(text, quote=True) for text in _heads(_))
    numbers = "".join(_cell(head, text, "bl-num") for head, text in zip(heads[4:], (gradient, turned), strict=True))
    cells = f"<td>{escape(told)}</td><td class='bl-num'>{change}</td>{_cell(heads[3], _named(row, _))}"
    return f"<tr><th scope='row'>{escape(name)}</th>{cells}{numbers}</tr>"


def _named(row: Effect, _: Translator) -> str:
    """The channels that changed most, relative to their own size."""
    known = [(number, change) for number, change in enumerate(row.channels) if change]
    if not known or row.kind in ("on", "held"):
        return "–" if row.kind == "on" else _("none")
    known.sort(key=lambda pair: -pair[1])
    return ", ".join(f"<b>{number}&nbsp;<span>({_percent(change)})</span></b>" for number, change in known[:_MOST_NAMED])


def _percent(share: float | None) -> str:
    if share is None:
        return "–"
    if 0 < share < 0.001:
        return "&lt; 0.1 %"
    return f"{100 * share:.1f} %" if share < 10 else f"{100 * share:,.0f} %"


def _maps(found: Effects, gate: GateSeen, lang: str) -> None:
    """One channel of the output under each change on one scale, and the gradient at each place."""
    _ = translator(lang)
    shown = [row for row in found.rows if row.kind not in ("held", "ones")]
    outputs = [row.output for row in shown if row.output is not None]
    rows = []
    if outputs:
        low, high = min(grid.least for grid in outputs), max(grid.largest for grid in outputs)
        signed = low < 0 < high
        if signed:
            high = max(-low, high)
            low = -high
        tiles = tuple(
            Map(name, _("Output, gate {how}", how=name), row.output, low, high, signed=signed)
            for row in shown
            for name in (words_of(row, gate, found.unit, _)[0],)
        )
        rows.append(MapRow(_("Channel {number} of the output, on one scale", number=found.channel), tiles))
    shown = [row for row in found.rows if row.kind != "ones" and row.sensitivity is not None]
    if shown:
        high = max(row.sensitivity.largest for row in shown if row.sensitivity is not None)
        tiles = tuple(
            Map(name, _("Gradient, gate {how}", how=name), row.sensitivity, 0.0, high, tint="fire")
            for row in shown
            for name in (words_of(row, gate, found.unit, _)[0],)
        )
        rows.append(MapRow(_("Size of the gradient at each place of the input, on one scale"), tiles))
    if rows:
        gates.maps(rows, key="attention-effect-maps")


def _channels(found: Effects, gate: GateSeen, lang: str) -> None:
    """Every output channel under every change; a click shows its map."""
    _ = translator(lang)
    shown = [row for row in found.rows if row.kind not in ("on", "held")]
    if not shown or len(shown[0].channels) < 2:
        return
    grid = samples_grid([[change or 0.0 for change in row.channels] for row in shown])
    st.html(f"<h3 class='bl-small-title'>{escape(_('Change of every output channel'))}</h3>")
    gates.heat(
        grid,
        (0.0, max(grid.largest, 1e-9)),
        {"row": _("change"), "column": _("channel")},
        key="attention-effect-channels",
        label=_("Change of every output channel"),
        axis=_("output channels"),
        hint=_("Relative to the channel's own size. Click a column to see its map."),
        names=[words_of(row, gate, found.unit, _)[0] for row in shown],
        column=found.channel,
        on_cell=lambda _row, column: attention_state.put(attention_state.OUT, str(column)),
    )


def refused(error: BlocklensError, lang: str) -> None:
    _ = translator(lang)
    draw.note([_("Not computed."), say(error.sentence, lang)])
