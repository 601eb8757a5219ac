"""A worked-out table -> a plotly chart: height and channels along the depth, what the table declares otherwise marked."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from explainer.language import say_shape, translator
from explainer.table.solve import Line, Solution
from explainer.table.steps import turned
from explainer.types import Shape

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

_CLEAR = "rgba(0,0,0,0)"
# What Streamlit replaces by the theme's first six chart colours; see sweep_figure.
_THEME_COLOURS = [f"#{number:06d}" for number in range(1, 7)]
_HEIGHT = 320
_MOST_TICKS = 16


def size_figure(solution: Solution, fields: tuple[str | None, ...], lang: str) -> Figure:
    """Steps from line to line on a logarithmic axis, as sizes halve and channels double; ``fields`` are the receptive fields."""
    from plotly.graph_objects import Figure

    _ = translator(lang)
    shapes = [solution.input_shape, *(line.after for line in solution.lines)]
    texts = _texts(solution, fields, lang)
    figure = Figure()
    square = all(len(shape) < 3 or shape[1] == shape[2] for shape in shapes)
    figure.add_trace(_series(shapes, 1, _("height = width") if square else _("height"), texts))
    figure.add_trace(_series(shapes, 0, _("channels"), texts, dash="dot", symbol="diamond"))
    if not square:
        figure.add_trace(_series(shapes, 2, _("width"), texts, symbol="square"))
    wrong = [(number, line) for number, line in enumerate(solution.lines, 1) if line.declared_plane is not None]
    if wrong:
        figure.add_trace(_declared(wrong, texts, _("declared height, wrong")))
    names = ["", *(f"{number}" for number in range(1, len(shapes)))]
    step = max(1, -(-len(shapes) // _MOST_TICKS))
    figure.update_layout(
        paper_bgcolor=_CLEAR, plot_bgcolor=_CLEAR, height=_HEIGHT, colorway=_THEME_COLOURS,
        margin={"l": 8, "r": 12, "t": 34, "b": 8}, hovermode="closest", dragmode=False,
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
    )  # fmt: skip
    figure.update_xaxes(
        title=_("line of the table"), zeroline=False, tickmode="array", tickvals=list(range(0, len(shapes), step)),
        ticktext=[names[place] or _("input") for place in range(0, len(shapes), step)],
    )  # fmt: skip
    figure.update_yaxes(type="log", zeroline=False, tickmode="array", **_powers(shapes))
    return figure


def _series(shapes: list[Shape], axis: int, name: str, texts: list[str], dash: str = "solid", symbol: str = "circle") -> Any:
    from plotly.graph_objects import Scatter

    sizes = [shape[axis] if len(shape) == 3 else (shape[0] if shape and axis == 0 else None) for shape in shapes]
    return Scatter(
        x=list(range(len(shapes))), y=sizes, name=name, mode="lines+markers", connectgaps=False, cliponaxis=False,
        line={"shape": "hv", "width": 1.6, "dash": dash}, marker={"size": 7, "symbol": symbol},
        hovertext=texts, hovertemplate="%{hovertext}<extra></extra>",
    )  # fmt: skip


def _declared(wrong: list[tuple[int, Line]], texts: list[str], name: str) -> Any:
    from plotly.graph_objects import Scatter

    return Scatter(
        x=[number for number, _line in wrong], y=[line.declared_plane for _number, line in wrong], name=name, mode="markers",
        marker={"size": 12, "symbol": "x-open", "color": _THEME_COLOURS[3], "line": {"width": 2.5}}, cliponaxis=False,
        hovertext=[texts[number] for number, _line in wrong], hovertemplate="%{hovertext}<extra></extra>",
    )  # fmt: skip


def _texts(solution: Solution, fields: tuple[str | None, ...], lang: str) -> list[str]:
    """What stands at every point: the line, its size and costs. The table's own words are escaped: plotly reads HTML."""
    _ = translator(lang)
    found = [f"<b>{_('input')}</b><br>{say_shape(turned(solution.input_shape))}"]
    for number, line in enumerate(solution.lines, 1):
        parts = [f"<b>{number}: {escape(line.filled.operation)}</b>"]
        parts += [say_shape(turned(line.after))] if line.after else [_("not known")]
        parts += [_("{n:,} parameters", n=line.param_count)] if line.param_count is not None else []
        parts += [_("{n:,} MACs", n=line.macs)] if line.macs is not None else []
        field = fields[number - 1] if number <= len(fields) else None
        parts += [_("each value sees {field}", field=_("everything") if field == "global" else field)] if field else []
        found.append("<br>".join(parts))
    return found


def _powers(shapes: list[Shape]) -> dict[str, Any]:
    """Ticks at powers of two, four apart where there are many."""
    largest = max((size for shape in shapes for size in shape), default=2)
    exponents = range(max(largest - 1, 1).bit_length() + 1)
    shown = [2**exponent for exponent in exponents if len(exponents) < 9 or exponent % 2 == 0]
    return {"tickvals": shown, "ticktext": [f"{size:,}" for size in shown]}
