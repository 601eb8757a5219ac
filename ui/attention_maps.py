"""A gate's places as a map over the picture, and feature maps before and after it."""

from __future__ import annotations

from explainer.attention import pictures
from explainer.attention.records import GateSeen, Grid, Triple
from explainer.language import Translator, say, translator
from ui import attention_state, cached_attention
from ui.attention_place import Place, condensing, unit_name
from ui.components.gate_pictures import component as gates
from ui.components.gate_pictures.component import Map, MapRow, Tokens


def over_picture(gate: GateSeen, place: Place, lang: str) -> None:
    _ = translator(lang)
    if gate.grid is not None:
        overlay(gate.grid, place, lang, hint=_over_hint(gate, lang), label=_("The gate over the picture"))


def _over_hint(gate: GateSeen, lang: str) -> str:
    _ = translator(lang)
    if gate.form == "both":
        return _("The mean over all channels at every place. Point at the picture to read it.")
    return _("One number for every place, shared by all channels. Point at the picture to read it.")


def other_maps(gate: GateSeen, place: Place, lang: str) -> None:
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


def overlay(grid: Grid, place: Place, lang: str, *, hint: str, label: str, tokens: Tokens | None = None) -> None:
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


def parts_on_places(gate: GateSeen, place: Place, lang: str) -> None:
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


def triples(gate: GateSeen, place: Place, lang: str) -> None:
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
