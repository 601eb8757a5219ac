"""Two graphs in one picture, on one scale and starting at one height."""

from __future__ import annotations

import re
from html import escape

from explainer.label_words import say_labels
from explainer.language import translator
from explainer.render.dot import to_dot
from explainer.render.graph_svg import to_svg
from explainer.render.layout import lay_out
from explainer.render.viewer_scene import captions
from explainer.render.viewer_view import View, draw
from explainer.types import Trace

_GAP, _HEAD = 48.0, 26.0
_Drawing = tuple[str, float, float]


def graph_pair(left: tuple[str, Trace], right: tuple[str, Trace], lang: str) -> tuple[str, str]:
    """(side by side for a wide place, below each other for a narrow one) of two traces with their titles."""
    drawings = [_drawing(trace, lang) for _, trace in (left, right)]
    titles = [left[0], right[0]]
    widths, heights = [width for _, width, _ in drawings], [height for _, _, height in drawings]
    beside = [(0.0, _HEAD), (widths[0] + _GAP, _HEAD)]
    below = [(0.0, _HEAD), (0.0, heights[0] + 2 * _HEAD)]
    return (
        _sheet(drawings, titles, beside, sum(widths) + _GAP, max(heights) + _HEAD),
        _sheet(drawings, titles, below, max(widths), sum(heights) + 2 * _HEAD),
    )


def _drawing(trace: Trace, lang: str) -> _Drawing:
    """A graph that is to be looked at and not clicked: no ids, nothing to focus. (SVG, width, height)"""
    graph = say_labels(draw(trace, View()).graph, lang)
    frames = captions(graph, lang)
    _ = translator(lang)
    svg = to_svg(graph, lay_out(to_dot(graph, frames=frames)), _("Dataflow"), frames)
    svg = re.sub(r'<g id="[^"]*" (class="[^"]*") tabindex="-1" role="button"', r'<g \1 role="img"', svg)
    svg = re.sub(r'<g class="toggle".*?</g>', "", svg)
    size = re.search(r'width="(\d+)" height="(\d+)"', svg)
    assert size
    return svg, float(size[1]), float(size[2])


def _sheet(drawings: list[_Drawing], titles: list[str], places: list[tuple[float, float]], width: float, height: float) -> str:
    parts = []
    for (svg, _, _), title, (x, y) in zip(drawings, titles, places, strict=True):
        text = f'<text x="{x + 14:.0f}" y="{y - 8:.0f}" class="sheet-title">{escape(title)}</text>'
        parts.append(text + svg.replace("<svg ", f'<svg x="{x:.0f}" y="{y:.0f}" ', 1))
    style = ".sheet-title{font:600 14px var(--st-font,sans-serif);fill:var(--bl-ink,#16202e)}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" '
        f'style="--natural:{width:.0f}px;max-width:{width:.0f}px;margin-inline:auto"><style>{style}</style>{"".join(parts)}</svg>'
    )
