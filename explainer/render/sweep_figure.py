"""A sweep -> a plotly chart: a marker per value and steps between them, gaps where torch refuses, the present value ringed.

Colours come from Streamlit's theme, by the order of the traces, so that light and dark both fit.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from explainer.language import say, say_shape, translator
from explainer.sweep import Point, Sweep

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

_CLEAR = "rgba(0,0,0,0)"
# What Streamlit replaces by the theme's first six chart colours; its own list has ten, and plotly drops a list with gaps.
_THEME_COLOURS = [f"#{number:06d}" for number in range(1, 7)]
_HEIGHT = 330
_FLAT = 0.6
_WIDEST = 72
_MOST_CHARACTERS = 24  # of labels below the axis that stand side by side on a phone


def sweep_figure(found: Sweep, quantity: str, lang: str) -> Figure:
    """The chart of ``quantity`` (output, params, macs). Each point's customdata is the value that a click applies."""
    from plotly.graph_objects import Figure

    _ = translator(lang)
    name = _axis_name(found, quantity, lang)
    names = (_("length"),) if found.rank == 1 else (_("depth"), _("height"), _("width"))[-found.rank :]
    axes = [(-found.rank, name)]
    if quantity == "output" and not found.is_square:
        axes = list(zip(range(-found.rank, 0), names, strict=True))
    figure = Figure()
    figure.add_trace(_series(found, quantity, *axes[0], lang))
    figure.add_trace(_current(found, quantity, [axis for axis, _name in axes], lang))
    for axis in axes[1:]:
        figure.add_trace(_series(found, quantity, *axis, lang))
    low, high = _range([point.quantity(quantity, axis) for point in found.points for axis, _name in axes])
    refused = [point for point in found.points if point.refusal is not None]
    if refused:
        figure.add_trace(_refused(refused, low, lang))
    figure.update_layout(
        paper_bgcolor=_CLEAR,
        plot_bgcolor=_CLEAR,
        height=_HEIGHT,
        colorway=_THEME_COLOURS,
        margin={"l": 8, "r": 12, "t": 30 if len(figure.data) > 2 else 12, "b": 8},
        showlegend=len(figure.data) > 2,
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        hovermode="closest",
        clickmode="event+select",
        dragmode=False,
    )
    figure.update_xaxes(title=parameter_name(found, lang), zeroline=False, **_ticks(found))
    figure.update_yaxes(
        title=name, zeroline=False, range=[low, high],
        tickformat=",d" if high < 100_000 else "~s", **({"dtick": 1} if high - low <= 8 else {}),
    )  # fmt: skip
    return figure


def parameter_name(found: Sweep, lang: str) -> str:
    _ = translator(lang)
    if found.parameter == "size":
        return _("input size") if found.both else _("input depth") if found.rank == 3 else _("input height")
    if found.both:
        return found.parameter
    if found.rank == 3:
        return _("{name} for the depth", name=found.parameter)
    return _("{name} for the height", name=found.parameter)


def quantity_name(quantity: str, lang: str) -> str:
    _ = translator(lang)
    return {"output": _("output size"), "params": _("parameters"), "macs": _("multiply-adds (MACs)")}[quantity]


def describe(point: Point, found: Sweep, lang: str) -> tuple[str, ...]:
    """What a point says: its value, and the output with its costs, or the reason that there is none."""
    _ = translator(lang)
    value = f"{parameter_name(found, lang)} = {point.value:,}"
    if point.refusal is not None:
        return value, say(point.refusal, lang)
    return (
        value,
        _("output {shape}", shape=say_shape(point.output_shape)),
        *((_("{n:,} parameters", n=point.param_count or 0), _("{n:,} MACs", n=point.macs or 0)) if point.param_count else ()),
    )


def _series(found: Sweep, quantity: str, axis: int, name: str, lang: str) -> Any:
    from plotly.graph_objects import Scatter

    dense = len(found.points) > 40
    return Scatter(
        x=[point.value for point in found.points],
        y=[point.quantity(quantity, axis) for point in found.points],
        customdata=[point.value for point in found.points],
        name=name,
        mode="lines+markers",
        line={"shape": "hvh" if quantity == "output" else "linear", "width": 1.2, "dash": "dot"},
        cliponaxis=False,
        marker={"size": 6 if dense else 9, "symbol": ("diamond", "circle", "square")[axis] if found.rank > 1 else "circle"},
        connectgaps=False,
        **_hover([describe(point, found, lang) for point in found.points]),
    )


def _current(found: Sweep, quantity: str, axes: list[int], lang: str) -> Any:
    from plotly.graph_objects import Scatter

    _ = translator(lang)
    now = [point for point in found.points if point.value == found.current and point.refusal is None]
    return Scatter(
        x=[point.value for point in now for _same in axes],
        y=[point.quantity(quantity, axis) for point in now for axis in axes],
        customdata=[point.value for point in now for _same in axes],
        name=_("now"),
        mode="markers",
        marker={"size": 19, "symbol": "circle-open", "line": {"width": 3}},
        **_hover([describe(point, found, lang) for point in now for _same in axes]),
    )


def _refused(points: list[Point], low: float, lang: str) -> Any:
    from plotly.graph_objects import Scatter

    _ = translator(lang)
    return Scatter(
        x=[point.value for point in points],
        y=[low] * len(points),
        name=_("refused"),
        mode="markers",
        marker={"size": 7, "symbol": "x", "color": _THEME_COLOURS[3]},
        cliponaxis=False,
        **_hover([(str(point.value), say(point.refusal, lang)) for point in points if point.refusal]),
    )


def _hover(texts: list[tuple[str, ...]]) -> dict[str, Any]:
    return {"hovertext": ["<br>".join(_wrapped(lines)) for lines in texts], "hovertemplate": "%{hovertext}<extra></extra>"}


def _wrapped(lines: tuple[str, ...]) -> list[str]:
    """The first line bold, long ones broken between words; plotly breaks none itself."""
    from textwrap import wrap

    first, *rest = lines
    return [f"<b>{first}</b>", *(part for line in rest for part in wrap(line, _WIDEST if line.isascii() else _WIDEST // 2))]


def _axis_name(found: Sweep, quantity: str, lang: str) -> str:
    _ = translator(lang)
    if quantity != "output" or found.rank == 1 or not found.is_square:
        return quantity_name(quantity, lang)
    return _("output size (height = width)") if found.rank == 2 else _("output size (all axes)")


def _range(values: list[int | None]) -> tuple[float, float]:
    """From 0, or from below the least where all lie close together, so that steps stay visible."""
    known = [value for value in values if value is not None]
    if not known:
        return 0.0, 1.0
    least, most = min(known), max(known)
    if least == most or least < _FLAT * most:
        return 0.0, most * 1.12 or 1.0
    room = (most - least) * 0.12
    return least - room - 0.5, most + room + 0.5


def _ticks(found: Sweep) -> dict[str, Any]:
    values = [point.value for point in found.points]
    if len(values) <= 20 and not _even(values):
        return {}
    texts = [f"{value:,}" for value in values]
    if sum(map(len, texts)) <= _MOST_CHARACTERS:
        return {"tickmode": "array", "tickvals": values, "ticktext": texts}
    return {"tickformat": ",d"}


def _even(values: list[int]) -> bool:
    return len({second - first for first, second in pairwise(values)}) <= 1
