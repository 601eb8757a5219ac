"""The receptive field of one value drawn on the input: what it reads, what its padding adds, and the field of its neighbour."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import TypeVar

from explainer.language import say_shape, translator
from explainer.stack.reading import Span
from explainer.types import Shape

_Kind = TypeVar("_Kind")

_SIDE = 300.0
_TOP = 30.0
_BELOW = 44.0
_MOST_CELLS = 40
_STYLE = """
text{font:500 12px var(--bl-font,sans-serif);fill:var(--bl-muted,#566174)}
.title{font-weight:600;font-size:13px;fill:var(--bl-ink,#16202e)}
.input{fill:var(--bl-accent,#4353d9);fill-opacity:.1;stroke:var(--bl-accent,#4353d9);stroke-opacity:.55}
.cell{fill:var(--bl-accent,#4353d9);fill-opacity:.13}
.field{fill:var(--bl-gate,#c2386b);fill-opacity:.24;stroke:var(--bl-gate,#c2386b);stroke-width:2.4}
.padded{fill:none;stroke:var(--bl-gate,#c2386b);stroke-width:1.5;stroke-dasharray:4 3}
.next{fill:none;stroke:var(--bl-pool,#0b7f8c);stroke-width:1.5;stroke-dasharray:2 3}
.read{fill:var(--bl-gate,#c2386b);font-weight:600}
"""


@dataclass(frozen=True, slots=True)
class FieldView:
    """One value and what it reads, on the last one or two axes of the input: ``real`` is what is there, None if nothing is;
    ``padded`` also counts the padding; ``following`` is the padded field of the neighbour below and to the right.
    """

    input_sizes: Shape
    position: Shape
    real: tuple[Span, ...] | None
    padded: tuple[Span, ...]
    following: tuple[Span, ...] | None = None


def field_picture(view: FieldView, lang: str) -> str:
    """An SVG; a row of one axis is drawn as a strip."""
    _ = translator(lang)
    sizes, padded, following = _two(view.input_sizes, 1), _two(view.padded, (0, 0)), _two(view.following or (), (0, 0))
    shown = [_shown(size, span) for size, span in zip(sizes, padded, strict=True)]
    (top, bottom), (left, right) = shown
    unit = min(_SIDE / (right - left + 1), _SIDE / (bottom - top + 1), 26.0)
    tall = max(unit, 22.0) if len(view.input_sizes) == 1 else unit
    board = _Board(left, top, unit, tall)
    parts = [f'<text class="title" x="2" y="18">{escape(_("input {size}", size=say_shape(view.input_sizes)))}</text>']
    width, height = (right - left + 1) * unit + 4, (bottom - top + 1) * tall + _TOP + _BELOW
    # An SVG in the SVG cuts off what runs out of the drawing.
    shift = f'<g transform="translate(0 {2 - _TOP})">'
    parts.append(f'<svg x="0" y="{_TOP - 2}" width="{width:.1f}" height="{height - _TOP - _BELOW + 4:.1f}">{shift}')
    parts += _input(sizes, board)
    if view.following is not None and following != padded:
        parts.append(f'<rect class="next" {board.box(following)} rx="3"/>')
    if padded != _two(view.real or (), (0, 0)):
        parts.append(f'<rect class="padded" {board.box(padded)} rx="3"/>')
    if view.real is not None:
        parts.append(f'<rect class="field" {board.box(_two(view.real, (0, 0)))} rx="3"/>')
    parts.append("</g></svg>")
    read, where = field_words(view, lang)
    parts.append(f'<text class="read" x="2" y="{height - 24:.1f}">{escape(read)}</text>')
    parts.append(f'<text x="2" y="{height - 7:.1f}">{escape(where)}</text>')
    width = max(width, 240.0)
    size = f'viewBox="0 0 {width:.0f} {height:.0f}" style="max-width:{1.15 * width:.0f}px"'
    label = escape(f"{read} {where}", quote=True)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{label}" {size}><style>{_STYLE}</style>'
        f"{''.join(parts)}</svg>"
    )


def field_words(view: FieldView, lang: str) -> tuple[str, str]:
    """Which value is shown, and what it reads."""
    _ = translator(lang)
    if not view.position:
        return _("every value reads"), _("the whole input")
    value = "(" + ", ".join(map(str, view.position)) + ")"
    if view.real is None:
        return _("value {position} reads nothing", position=value), _("no window reaches it, or only padding")
    spans = [f"{first}–{last}" if first < last else str(first) for first, last in view.real]
    if len(spans) == 1:
        return _("value {position} reads", position=value), _("positions {positions}", positions=spans[0])
    return _("value {position} reads", position=value), _("rows {rows}, columns {columns}", rows=spans[-2], columns=spans[-1])


@dataclass(frozen=True, slots=True)
class _Board:
    left: int
    top: int
    unit: float
    tall: float

    def box(self, spans: Sequence[Span], inset: float = 0.0) -> str:
        (top, bottom), (left, right) = spans
        x, y = 2 + (left - self.left) * self.unit + inset, _TOP + (top - self.top) * self.tall + inset
        wide = max((right - left + 1) * self.unit - 2 * inset, 2.0)
        high = max((bottom - top + 1) * self.tall - 2 * inset, 2.0)
        return f'x="{x:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{high:.1f}"'


def _two(values: Sequence[_Kind], missing: _Kind) -> tuple[_Kind, _Kind]:
    """The last two, or a first one that is missing in front."""
    padded = (missing, missing, *values)
    return padded[-2], padded[-1]


def _shown(size: int, span: Span) -> Span:
    """What part of the axis is drawn: the input, and a field beyond it up to half of the input's size."""
    most = max(size // 2, 3)
    return max(min(0, span[0]), -most), min(max(size - 1, span[1]), size - 1 + most)


def _input(sizes: Sequence[int], board: _Board) -> list[str]:
    rows, columns = sizes
    whole = board.box(((0, rows - 1), (0, columns - 1)))
    if max(sizes) > _MOST_CELLS:
        return [f'<rect class="input" {whole} rx="3"/>']
    cells = (((row, row), (column, column)) for row in range(rows) for column in range(columns))
    return [f'<rect class="cell" {board.box(cell, 0.7)} rx="2"/>' for cell in cells]
