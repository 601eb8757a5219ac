"""One gate as a card: bars for channels, a map over the picture for places, a matrix for tokens; before and after it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

import streamlit as st

from explainer.attention import pictures
from explainer.attention.gate_grids import samples_grid
from explainer.attention.records import GateSeen, Grid, Triple
from explainer.language import Translator, say, say_shape, translator
from explainer.render.gate_words import gate_word
from ui import attention_state, cached_attention, draw
from ui.components.gate_pictures import component as gates
from ui.components.gate_pictures.component import Map, MapRow, Tokens

_ORDERS, _RANGES = ("sorted", "order"), ("whole", "own")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a card is: the number of its gate, how many there are, the picture and its shape, and the pictures beside it."""

    number: int
    count: int
    picture: str
    shape: tuple[int, int]
    samples: tuple[str, ...]
    lines: Mapping[int, tuple[int, str]]
    is_chosen: bool


def card(gate: GateSeen, place: Place, lang: str) -> None:
    """The whole card."""
    _ = translator(lang)
    with st.container(border=True, key=f"pane-attention-{place.number}"):
        _title(gate, place, lang)
        if gate.form == "units":
            left, right = st.columns((1.3, 1), gap="large")
            with left:
                _bars(gate, place, lang)
                _samples(gate, place, lang)
            with right:
                _triples(gate, place, lang)
        elif gate.form in ("places", "both"):
            left, right = st.columns((1, 1.25), gap="large")
            with left:
                _over_picture(gate, place, lang)
                _parts_on_places(gate, place, lang)
                if gate.form == "both":
                    _other_maps(gate, place, lang)
            with right:
                _triples(gate, place, lang)
                if gate.form == "both":
                    _bars(gate, place, lang)
                else:
                    _other_maps(gate, place, lang)
        else:
            _matrix(gate, place, lang)


def _title(gate: GateSeen, place: Place, lang: str) -> None:
    _ = translator(lang)
    where = gate.scope
    if gate.op in place.lines:
        number, text = place.lines[gate.op]
        where = _("line {line}", line=number) + f":  {text[:80]}"
    draw.pane_title(f"{place.number + 1} · {gate_word(gate.kind, lang)}", where)
    draw.muted(
        _(
            "{shape}, squashed by {squash}: from {least:.3f} to {largest:.3f}, mean {mean:.3f}, spread {deviation:.3f}",
            shape=say_shape(gate.shape), squash=gate.squash, least=gate.least, largest=gate.largest, mean=gate.mean,
            deviation=gate.deviation,
        )
    )  # fmt: skip


# Channels


def _bars(gate: GateSeen, place: Place, lang: str) -> None:
    _ = translator(lang)
    units, chosen = gate.units[0], _unit(gate, place)
    with st.container(horizontal=True, gap="small", key=f"attention-switches-{place.number}"):
        order = _switch(attention_state.ORDER, {"sorted": _("sorted"), "order": _("in order")}, _("Order"), place)
        extent = _switch(attention_state.RANGE, {"whole": _("from 0 to 1"), "own": _("enlarged")}, _("Range"), place)
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
        on_choice=lambda unit: _choose_unit(place, unit),
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


def condensing(name: str, _: Translator) -> str:
    """What a branch makes of a feature map, by the op that it uses."""
    if name in ("amax", "max") or "max_pool" in name:
        return _("maximum")
    if name == "mean" or "avg_pool" in name:
        return _("average")
    return name


def _unit(gate: GateSeen, place: Place) -> int:
    """The chosen channel of the chosen gate, else the one that is let through most."""
    asked = attention_state.number(attention_state.UNIT) if place.is_chosen else -1
    return asked if 0 <= asked < len(gate.units[0]) else max(range(len(gate.units[0])), key=gate.units[0].__getitem__)


def _choose_unit(place: Place, unit: int) -> None:
    if not place.is_chosen:
        attention_state.forget(attention_state.TOKEN, attention_state.HEAD, attention_state.EDIT)
    attention_state.put(attention_state.GATE, str(place.number + 1) if place.number else "")
    attention_state.put(attention_state.UNIT, str(unit))


def _switch(name: str, words: Mapping[str, str], label: str, place: Place) -> str:
    """A choice that all cards share."""
    options = tuple(words)
    key = f"attention-switch-{name}-{place.number}"
    st.session_state[key] = attention_state.word(name, options)
    st.segmented_control(
        label, options, format_func=words.__getitem__, key=key, label_visibility="collapsed", required=True,
        on_change=lambda: attention_state.put_word(name, st.session_state[key], options),
    )  # fmt: skip
    return str(st.session_state[key])


def _samples(gate: GateSeen, place: Place, lang: str) -> None:
    """The same gate for every picture."""
    if len(gate.units) < 2:
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


# Places


def _over_picture(gate: GateSeen, place: Place, lang: str) -> None:
    _ = translator(lang)
    if gate.grid is not None:
        _overlay(gate.grid, place, lang, hint=_over_hint(gate, lang), label=_("The gate over the picture"))


def _over_hint(gate: GateSeen, lang: str) -> str:
    _ = translator(lang)
    if gate.form == "both":
        return _("The mean over all channels at every place. Point at the picture to read it.")
    return _("One number for every place, shared by all channels. Point at the picture to read it.")


def _other_maps(gate: GateSeen, place: Place, lang: str) -> None:
    """The same gate on every other picture, on one scale."""
    if not gate.others or gate.grid is None:
        return
    _ = translator(lang)
    low = min(grid.least for grid in (gate.grid, *gate.others))
    high = max(grid.largest for grid in (gate.grid, *gate.others))
    titles = [say(pictures.title_of(name), lang) for name in place.samples[1:]]
    tiles = tuple(
        Map(title, _("The gate on another picture: {title}", title=title), grid, low, high, tint="rose")
        for title, grid in zip(titles, gate.others, strict=False)
    )
    gates.maps([MapRow(_("The same gate on other pictures"), tiles, small=True)], key=f"attention-others-{place.number}")


def _overlay(grid: Grid, place: Place, lang: str, *, hint: str, label: str, tokens: Tokens | None = None) -> None:
    _ = translator(lang)
    words = {
        "opacity": _("opacity"), "colours": _("colours"), "resolution": _("Resolution"), "coarse": _("feature map"),
        "smooth": _("picture"), "rose": _("rose"), "fire": _("fire"), "sea": _("sea"), "grey": _("grey"), "light": _("spotlight"),
        "row": _("row"), "column": _("column"), "classToken": _("class token"),
    }  # fmt: skip
    own = attention_state.own_picture()
    gates.overlay(
        cached_attention.picture_url(place.picture, *place.shape, own),
        place.shape,
        grid,
        (grid.least, grid.largest),
        attention_state.look(),
        words,
        key=f"attention-over-{place.number}",
        label=label,
        hint=hint,
        on_look=attention_state.put_look,
        tokens=tokens,
    )


def _parts_on_places(gate: GateSeen, place: Place, lang: str) -> None:
    """Two summands that differ from place to place, beside each other."""
    grids = [part.grid for part in gate.parts if part.grid is not None]
    if len(grids) != 2:
        return
    _ = translator(lang)
    bound = max(abs(bound) for grid in grids for bound in (grid.least, grid.largest)) or 1.0
    tiles = tuple(
        Map(
            condensing(part.name, _),
            _("Branch {name} before the squashing", name=part.name),
            part.grid,
            -bound,
            bound,
            signed=True,
        )
        for part in gate.parts
    )
    gates.maps([MapRow(_("What is added before the squashing"), tiles, ("+",))], key=f"attention-parts-{place.number}")


# Before, gate, after


def _triples(gate: GateSeen, place: Place, lang: str) -> None:
    if not gate.triples:
        return
    _ = translator(lang)
    rows = [_triple_row(gate, triple, _) for triple in gate.triples]
    gates.maps(rows, key=f"attention-triples-{place.number}")


def _triple_row(gate: GateSeen, triple: Triple, _: Translator) -> MapRow:
    """Before, gate and after; before and after on one scale."""
    low, high = min(triple.before.least, triple.after.least), max(triple.before.largest, triple.after.largest)
    signed = low < 0 < high
    if signed:
        high = max(-low, high)
        low = -high
    name = _("mean of all channels") if triple.unit < 0 else _("Channel {number}", number=unit_name(gate, triple.unit))
    if gate.units:
        name += " · " + _role(gate, triple, _)
    bounds = (gate.grid.least, gate.grid.largest) if gate.grid and triple.gate and gate.form == "places" else None
    least, largest = bounds or ((triple.gate.least, triple.gate.largest) if triple.gate else (0.0, 1.0))
    return MapRow(
        name,
        (
            Map(_("before"), _("{name} before the gate", name=name), triple.before, low, high, signed=signed),
            Map(
                _("gate"), _("The gate: {value:.3f}", value=triple.value), triple.gate, least, largest, tint="rose",
                number=f"{triple.value:.3f}",
            ),
            Map(_("after"), _("{name} after the gate", name=name), triple.after, low, high, signed=signed),
        ),
        ("×", "="),
    )  # fmt: skip


def _role(gate: GateSeen, triple: Triple, _: Translator) -> str:
    """Why this channel is shown."""
    units = gate.units[0]
    if triple.unit == max(range(len(units)), key=units.__getitem__):
        return _("let through most")
    if triple.unit == min(range(len(units)), key=units.__getitem__):
        return _("held back most")
    return _("chosen")


def unit_name(gate: GateSeen, unit: int) -> str:
    """A channel's number, behind that of its branch where there are several."""
    count = len(gate.units[0]) // gate.branches if gate.units else 0
    return f"{unit // count}·{unit % count}" if gate.branches > 1 and count else str(unit)


# Tokens


def _matrix(gate: GateSeen, place: Place, lang: str) -> None:
    _ = translator(lang)
    if gate.heads > 1:
        _heads(gate, place, lang)
    left, right = st.columns((1, 1), gap="large")
    first = int(gate.has_class_token)
    with left:
        if gate.row is not None and gate.form == "matrix":
            tokens = Tokens(gate.token, gate.places, first, lambda token: _choose_token(place, token))
            hint = _("What token {token} takes from each place. Click another one.", token=gate.token)
            _overlay(gate.row, place, lang, hint=hint, label=_("Tokens on the picture"), tokens=tokens)
        elif gate.row is not None:
            hint = _("Where memory slot {slot} is looked up. Click another column of the matrix.", slot=gate.token)
            _overlay(gate.row, place, lang, hint=hint, label=_("A slot of the memory on the picture"))
    with right:
        if gate.matrix is not None and gate.form == "memory":
            words = (
                _("each row is a token, each column a slot of the memory"),
                _("Click a column to see where it is looked up."),
            )
            _cells(gate, gate.matrix, place, {"row": _("token"), "column": _("slot")}, words, lang)
        elif gate.matrix is not None:
            words = (_("each row is a token and adds up to 1"), _("Click a row to see it on the picture."))
            _cells(gate, gate.matrix, place, {"row": _("token"), "column": _("from token")}, words, lang)


def _cells(gate: GateSeen, matrix: Grid, place: Place, names: Mapping[str, str], words: tuple[str, str], lang: str) -> None:
    _, is_memory = translator(lang), gate.form == "memory"

    def choose(row: int, column: int) -> None:
        if is_memory:
            _choose_unit(place, column)
        else:
            _choose_token(place, row)

    gates.heat(
        matrix,
        (matrix.least, matrix.largest),
        names,
        key=f"attention-matrix-{place.number}",
        label=_("Attention weights"),
        axis=words[0],
        hint=words[1],
        row=None if is_memory else gate.token,
        column=gate.token if is_memory else None,
        square=matrix.rows <= 2 * matrix.columns <= 4 * matrix.rows,
        on_cell=choose,
    )


def _heads(gate: GateSeen, place: Place, lang: str) -> None:
    _ = translator(lang)
    key, options = f"attention-head-{place.number}", tuple(range(min(gate.heads, 64)))
    st.session_state[key] = min(gate.head, len(options) - 1)
    st.pills(
        _("Head"), options, format_func=lambda head: _("head {number}", number=head), key=key, required=True,
        label_visibility="collapsed", on_change=lambda: _choose_head(place, int(st.session_state[key])),
    )  # fmt: skip


def _choose_head(place: Place, head: int) -> None:
    attention_state.put(attention_state.GATE, str(place.number + 1) if place.number else "")
    attention_state.put(attention_state.HEAD, str(head) if head else "")


def _choose_token(place: Place, token: int) -> None:
    attention_state.put(attention_state.GATE, str(place.number + 1) if place.number else "")
    attention_state.put(attention_state.TOKEN, str(token))
