"""The sweep on the Layer page: one number runs through its values; a click on a point applies it."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

import streamlit as st

from explainer.arithmetic import LAYERS
from explainer.language import join_sentences, say, say_shape, translator
from explainer.render.sweep_figure import parameter_name, quantity_name, sweep_figure
from explainer.sweep import Sweep, parameters_of, quantities_of, spatial_rank, sweep
from explainer.types import Shape
from ui import draw, state
from ui.layer_choice import PAGE, SHAPED, SIDES, LayerChoice, is_text, suffixes
from ui.panel_choice import choice as choose
from ui.panel_choice import folded

_CHART = "sweep-chart"


def sweep_panel(choice: LayerChoice, lang: str) -> None:
    """The choices, the chart, and the same as a table; ``choice`` must make a layer that can be swept."""
    _ = translator(lang)

    def spoken(word: str) -> str:
        return _("input size") if word == "size" else word

    with st.container(key="sweep"):
        with st.container(horizontal=True, gap="small", key="sweep-choices"):
            parameter = choose(_("Run through"), parameters_of(choice.layer), spoken, key="sweep_over")
            quantity, *others = quantities_of(choice.layer)
            if others:
                quantity = choose(
                    _("and watch"), (quantity, *others), lambda word: quantity_name(word, lang), key="sweep_of"
                )  # fmt: skip
        found = sweep(choice.layer, dict(choice.arguments), choice.input_shape, parameter)
        draw.chart(
            sweep_figure(found, quantity, lang), key=_CHART, on_select=_apply, selection_mode="points",
            alt=_words(found, quantity, lang),
        )  # fmt: skip
        draw.muted(_hint(found, lang))
        with folded(_("The same as a table"), key="sweep-table"):
            st.html(_table(found, lang))
    st.session_state["sweep-fields"] = {
        point.value: fields_of(found, point.value, point.input_shape) for point in found.points if point.refusal is None
    }


def fields_of(found: Sweep, value: int, input_shape: Shape) -> dict[str, object]:
    """The values of the Layer page's fields that apply a point."""
    name, rank = found.parameter, spatial_rank(found.layer, input_shape)
    if name == "size" and found.layer not in SHAPED:
        keys = tuple(SIDES[rank])
        return dict.fromkeys(keys if found.both else keys[:1], value)
    fields: dict[str, object] = {}
    if found.layer in SHAPED and name in ("size", "in_features"):
        fields["shape"] = " x ".join(map(str, input_shape))
    if name == "size":
        return fields
    parameter = next(known for known in LAYERS[found.layer].parameters if known.name == name)
    fields[name] = str(value) if is_text(parameter) else value
    if parameter.kind == "per_axis" and not is_text(parameter) and found.both:
        fields |= dict.fromkeys((name + suffix for suffix in suffixes(rank)), None)
    return fields | ({f"{name}_as": "int"} if parameter.kind == "per_axis" and parameter.choices else {})


def _apply() -> None:
    """Sets the fields to the point that was clicked; a click on nothing, or on a refused value, changes nothing."""
    sent: Mapping[str, Any] = st.session_state.get(_CHART) or {}
    points = (sent.get("selection") or {}).get("points") or []
    value = next((point.get("x") for point in points), None)
    fields = st.session_state.get("sweep-fields", {}).get(value)
    if fields is not None:
        state.ask_fields(fields, PAGE)


def _hint(found: Sweep, lang: str) -> str:
    _ = translator(lang)
    texts = [_("Click a point to use its value.")]
    if found.current is None and found.parameter == "padding":
        texts.append(_("padding is no single number at present; a click makes it one."))
    elif not found.both and found.rank == 3:
        texts.append(_("The axes have different numbers here: the depth changes, the others stay."))
    elif not found.both:
        texts.append(_("Height and width have different numbers here: the height changes, the width stays."))
    if any(point.refusal for point in found.points):
        texts.append(_("A cross stands where PyTorch refuses; hover it for the reason."))
    return join_sentences(texts)


def _words(found: Sweep, quantity: str, lang: str) -> str:
    _ = translator(lang)
    known = [point for point in found.points if point.refusal is None]
    if not known:
        return _("PyTorch refuses every value.")
    first, last = known[0], known[-1]
    return _(
        "{quantity} against {parameter}: {low:,} at {first:,}, {high:,} at {last:,}.",
        quantity=quantity_name(quantity, lang), parameter=parameter_name(found, lang), first=first.value, last=last.value,
        low=first.quantity(quantity, -found.rank) or 0, high=last.quantity(quantity, -found.rank) or 0,
    )  # fmt: skip


def _table(found: Sweep, lang: str) -> str:
    _ = translator(lang)
    costs = len(quantities_of(found.layer)) > 1
    heads = (parameter_name(found, lang), _("output"), *((_("parameters"), _("MACs")) if costs else ()))
    head = "".join(f"<th scope='col' class='bl-num'>{escape(text)}</th>" for text in heads)
    rows = []
    for point in found.points:
        mark = " class='bl-chosen' aria-current='true'" if point.value == found.current else ""
        if point.refusal is not None:
            cells = f"<td colspan='{len(heads) - 1}' class='bl-refused'>{escape(say(point.refusal, lang))}</td>"
        else:
            numbers = (say_shape(point.output_shape), *((f"{point.param_count:,}", f"{point.macs:,}") if costs else ()))
            cells = "".join(f"<td class='bl-num'>{escape(text)}</td>" for text in numbers)
        rows.append(f"<tr{mark}><td class='bl-num'>{point.value:,}</td>{cells}</tr>")
    return f"<table class='bl-sweep'><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
