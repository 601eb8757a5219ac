"""Parameters against multiply-adds of many blocks, on logarithmic axes with a place for zero."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil, log10
from typing import TYPE_CHECKING, Any

from explainer.language import translator

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

_CLEAR = "rgba(0,0,0,0)"
_THEME_COLOURS = [f"#{number:06d}" for number in range(1, 7)]  # what Streamlit replaces by the theme's chart colours
_SYMBOLS = ("circle", "square", "diamond", "triangle-up", "x", "cross")
_ZERO = 0.25  # where a logarithmic axis has its zero


@dataclass(frozen=True, slots=True)
class Dot:
    """A block in the chart. ``mark`` is the letter of one that was chosen, empty for the others."""

    title: str
    family: str
    param_count: int
    macs: int
    mark: str = ""


def cost_figure(dots: Sequence[Dot], lang: str) -> Figure:
    """One symbol and colour per family; chosen blocks as lettered stars."""
    from plotly.graph_objects import Figure

    _ = translator(lang)
    figure = Figure()
    families = dict.fromkeys(dot.family for dot in dots if not dot.mark)
    for number, family in enumerate(families):
        inside = [dot for dot in dots if dot.family == family and not dot.mark]
        figure.add_trace(_series(inside, family, {"size": 8, "symbol": _SYMBOLS[number % len(_SYMBOLS)], "opacity": 0.85}, lang))
    chosen = [dot for dot in dots if dot.mark]
    figure.add_trace(_series(chosen, _("chosen"), {"size": 17, "symbol": "star", "line": {"width": 1}}, lang))
    figure.update_layout(
        paper_bgcolor=_CLEAR,
        plot_bgcolor=_CLEAR,
        height=460,
        colorway=_THEME_COLOURS,
        margin={"l": 8, "r": 12, "t": 48, "b": 8},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        hovermode="closest",
        dragmode=False,
    )
    figure.update_xaxes(title=_("parameters"), **_axis(dot.param_count for dot in dots))
    figure.update_yaxes(title=_("multiply-adds (MACs)"), **_axis(dot.macs for dot in dots))
    return figure


def _series(dots: Sequence[Dot], name: str, marker: dict[str, Any], lang: str) -> Any:
    from plotly.graph_objects import Scatter

    _ = translator(lang)
    return Scatter(
        x=[dot.param_count or _ZERO for dot in dots],
        y=[dot.macs or _ZERO for dot in dots],
        name=name,
        mode="markers+text" if dots and dots[0].mark else "markers",
        text=[f"<b>{dot.mark}</b>" for dot in dots],
        textposition="top center",
        cliponaxis=False,
        marker=marker,
        hovertext=[
            "<br>".join((dot.title, _("{n:,} parameters", n=dot.param_count), _("{n:,} MACs", n=dot.macs))) for dot in dots
        ],
        hovertemplate="%{hovertext}<extra></extra>",
    )


def _axis(values: Iterable[int]) -> dict[str, Any]:
    known = list(values)
    top = ceil(log10(max([10, *known])))
    step = 1 if top <= 7 else 2
    powers = [10**power for power in range(0, top + 1, step)]
    ticks, words = [float(power) for power in powers], [_short(power) for power in powers]
    if 0 in known:
        ticks, words = [_ZERO, *ticks], ["0", *words]
    low = log10(_ZERO) - 0.15 if 0 in known else max(0.0, log10(max(1, min(known, default=1))) - 0.3)
    high = log10(max([10, *known])) + 0.3
    return {"type": "log", "tickvals": ticks, "ticktext": words, "range": [low, high], "zeroline": False}


def _short(number: int) -> str:
    """``10k`` for ten thousand, as engineers write it in every language."""
    for size, letter in ((10**9, "G"), (10**6, "M"), (10**3, "k")):
        if number >= size:
            return f"{number // size}{letter}"
    return str(number)
