"""The sweep on the Layer page: one number runs through its values; a click on a point applies it."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

import streamlit as st

from explainer.language import say, say_shape, translator
from explainer.render.sweep_figure import parameter_name, quantity_name, sweep_figure
from explainer.sweep import PARAMETERS, QUANTITIES, Sweep, sweep
from ui import draw, state
from ui.conv_form import ConvChoice
from ui.panel_choice import choice as choose

_CHART = "sweep-chart"


def sweep_panel(choice: ConvChoice, lang: str) -> None:
    """Two choices, the chart, and the same as a table; ``choice`` must make a layer."""
    _ = translator(lang)

    def spoken(word: str) -> str:
        return _("input size") if word == "size" else word

    with st.container(key="sweep"):
        with st.container(horizontal=True, gap="small", key="sweep-choices"):
            parameter = choose(_("Run through"), PARAMETERS, spoken, key="sweep_over")
            quantity = choose(_("and watch"), QUANTITIES, lambda word: quantity_name(word, lang), key="sweep_of")
        found = sweep(choice.arguments(), choice.input_shape, parameter)
        st.plotly_chart(
            sweep_figure(found, quantity, lang), key=_CHART, on_select=_apply, selection_mode="points",
            config={"displayModeBar": False, "scrollZoom": False}, alt=_words(found, quantity, lang),
        )  # fmt: skip
        draw.muted(_hint(found, lang))
        with st.expander(_("The same as a table")):
            st.html(_table(found, lang))
    st.session_state["sweep-fields"] = {point.value: fields_of(found, point.value) for point in found.points
                                        if point.refusal is None}  # fmt: skip


def fields_of(found: Sweep, value: int) -> dict[str, object]:
    """The values of the Layer page's fields that apply a point."""
    if found.parameter == "size":
        return dict.fromkeys(("height", "width") if found.both else ("height",), value)
    fields: dict[str, object] = {found.parameter: value}
    if found.parameter in ("kernel_size", "stride", "padding", "dilation") and found.both:
        fields[f"{found.parameter}_w"] = None
    return fields | ({"padding_as": "int"} if found.parameter == "padding" else {})


def _apply() -> None:
    """Sets the fields to the point that was clicked; a click on nothing, or on a refused value, changes nothing."""
    sent: Mapping[str, Any] = st.session_state.get(_CHART) or {}
    points = (sent.get("selection") or {}).get("points") or []
    value = next((point.get("x") for point in points), None)
    fields = st.session_state.get("sweep-fields", {}).get(value)
    if fields is not None:
        state.set_fields(fields)


def _hint(found: Sweep, lang: str) -> str:
    _ = translator(lang)
    texts = [_("Click a point to use its value.")]
    if found.current is None:
        texts.append(_("padding is a word at present; a click makes it a number."))
    elif not found.both:
        texts.append(_("Height and width have different numbers here: the height changes, the width stays."))
    if any(point.refusal for point in found.points):
        texts.append(_("A cross stands where PyTorch refuses; hover it for the reason."))
    return " ".join(texts)


def _words(found: Sweep, quantity: str, lang: str) -> str:
    _ = translator(lang)
    known = [point for point in found.points if point.refusal is None]
    if not known:
        return _("PyTorch refuses every value.")
    first, last = known[0], known[-1]
    return _(
        "{quantity} against {parameter}: {low:,} at {first:,}, {high:,} at {last:,}.",
        quantity=quantity_name(quantity, lang), parameter=parameter_name(found, lang), first=first.value, last=last.value,
        low=first.quantity(quantity) or 0, high=last.quantity(quantity) or 0,
    )  # fmt: skip


def _table(found: Sweep, lang: str) -> str:
    _ = translator(lang)
    heads = (parameter_name(found, lang), _("output"), _("parameters"), _("MACs"))
    head = "".join(f"<th scope='col' class='bl-num'>{escape(text)}</th>" for text in heads)
    rows = []
    for point in found.points:
        mark = " class='bl-chosen' aria-current='true'" if point.value == found.current else ""
        if point.refusal is not None:
            cells = f"<td colspan='3' class='bl-refused'>{escape(say(point.refusal, lang))}</td>"
        else:
            numbers = (say_shape(point.output_shape), f"{point.param_count:,}", f"{point.macs:,}")
            cells = "".join(f"<td class='bl-num'>{escape(text)}</td>" for text in numbers)
        rows.append(f"<tr{mark}><td class='bl-num'>{point.value:,}</td>{cells}</tr>")
    return f"<table class='bl-sweep'><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
