"""Gate values -> a plotly heatmap. Labels are translated, numbers are the run's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from explainer.examine import GateValues
from explainer.language import translator

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

_ROSE = ((0.0, "#fdf1f5"), (0.35, "#efa9c3"), (0.7, "#c2386b"), (1.0, "#5e1230"))
_CLEAR = "rgba(0,0,0,0)"
_FOLDED_WIDTHS = (8, 16, 32, 64)
_SEPARATE = 32  # more cells along an axis are narrower on a phone than the lines between them look good


def gate_figure(found: GateValues, lang: str) -> Figure:
    """A heatmap of a gate: channels folded into rows for one sample, samples x channels for several, else the map itself."""
    from plotly.graph_objects import Figure, Heatmap

    _ = translator(lang)
    rows, column_axis, row_axis = found.rows, _("column"), _("row")
    width = len(rows[0])
    hover = f"{row_axis} %{{y}}, {column_axis} %{{x}}: %{{z:.3f}}<extra></extra>"
    names: list[list[int]] | None = None
    if found.gate.kind == "channel":
        column_axis, row_axis = _("channel"), _("sample")
        hover = f"{row_axis} %{{y}}, {column_axis} %{{x}}: %{{z:.3f}}<extra></extra>"
        if len(rows) == 1:
            width = _folded_width(len(rows[0]))
            rows, names = _fold(rows[0], width)
            hover = f"{column_axis} %{{customdata}}: %{{z:.3f}}<extra></extra>"
    elif found.gate.kind == "token-to-token":
        column_axis, row_axis = _("key position"), _("query position")
    starts = [index * width for index in range(len(rows))] if names else list(range(len(rows)))
    heatmap = Heatmap(
        z=[list(row) + [None] * (width - len(row)) for row in rows],
        customdata=names,
        colorscale=[list(stop) for stop in _ROSE],
        zmin=found.least,
        zmax=found.largest if found.largest > found.least else found.least + 1e-6,
        hovertemplate=hover,
        xgap=1 if width <= _SEPARATE else 0,
        ygap=1 if len(rows) <= _SEPARATE else 0,
        colorbar={"thickness": 10, "tickformat": ".2f", "nticks": 5, "outlinewidth": 0},
    )
    shown = range(0, len(rows), _step(len(rows)))
    layout = {
        "paper_bgcolor": _CLEAR,
        "plot_bgcolor": _CLEAR,
        "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
        "height": max(150, min(340, 26 * len(rows) + 60)),
        "xaxis": {"title": {"text": _("channel = row + column") if names else column_axis}, "showgrid": False, "zeroline": False},
        "yaxis": {
            "title": None if names else {"text": row_axis},
            "autorange": "reversed", "showgrid": False, "zeroline": False,
            "tickmode": "array", "tickvals": list(shown), "ticktext": [str(starts[row]) for row in shown],
        },
    }  # fmt: skip
    return Figure(heatmap, layout)  # at once: each later update walks through the whole template again


def _folded_width(count: int) -> int:
    """The width of a grid that is nearly square."""
    return next((width for width in _FOLDED_WIDTHS if count <= width * width), _FOLDED_WIDTHS[-1])


def _fold(values: tuple[float, ...], width: int) -> tuple[tuple[tuple[float, ...], ...], list[list[int]]]:
    starts = range(0, len(values), width)
    return tuple(values[s : s + width] for s in starts), [list(range(s, min(s + width, len(values)))) for s in starts]


def _step(count: int) -> int:
    return max(1, -(-count // 8))
