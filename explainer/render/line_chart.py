"""A small chart of lines as SVG: axes with the ticks it is given, lines that say their names when they are hovered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape

_LEFT, _RIGHT, _TOP, _BOTTOM = 40, 10, 24, 34
_GLYPH = 6.4
STYLE = """
text{font:500 11px var(--bl-font,sans-serif);fill:var(--bl-muted,#566174);font-variant-numeric:tabular-nums}
.grid{stroke:var(--bl-line,#dfe3ea)}
.line{fill:none;stroke-width:1.8;stroke-linejoin:round}
.faint{stroke-width:1;opacity:.32}
.thin{stroke-width:1.2}
.line:hover{stroke-width:3.2}
.dot{stroke:none}
.with{stroke:var(--bl-gate,#c2386b)} .dot.with,text.with{fill:var(--bl-gate,#c2386b);stroke:none}
.without{stroke:var(--bl-accent,#4353d9);stroke-dasharray:5 3}
.dot.without,text.without{fill:var(--bl-accent,#4353d9);stroke:none}
.all{stroke:var(--bl-ink,#16202e);stroke-width:2.4;stroke-dasharray:2 3}
.head{font-weight:650;fill:var(--bl-ink,#16202e)}
"""
HUES = (25, 55, 95, 140, 165, 195, 235, 270, 305, 345)
CLASS_STYLE = "".join(
    f".k{number}{{stroke:light-dark(oklch(.58 .15 {hue}),oklch(.77 .13 {hue}))}}"
    f".dot.k{number}{{fill:light-dark(oklch(.58 .15 {hue}),oklch(.77 .13 {hue}));stroke:none}}"
    for number, hue in enumerate(HUES)
)
"""Ten classes, k0 to k9, each a colour that is readable on light and on dark."""


@dataclass(frozen=True, slots=True)
class Line:
    """Points in the chart's own units. ``look`` are classes of STYLE; ``name`` is told when it is hovered."""

    points: tuple[tuple[float, float], ...]
    look: str
    name: str
    dots: bool = False


@dataclass(frozen=True, slots=True)
class Axis:
    """From ``low`` to ``high``, with ``ticks`` and what stands at them."""

    low: float
    high: float
    ticks: tuple[tuple[float, str], ...] = ()
    title: str = ""


@dataclass(frozen=True, slots=True)
class Panel:
    """One chart; ``legend`` are (class, text) above it."""

    title: str
    x: Axis
    y: Axis
    lines: tuple[Line, ...]
    legend: tuple[tuple[str, str], ...] = field(default=())


def chart(panels: Sequence[Panel], columns: int, panel_size: tuple[int, int], label: str, style: str = "") -> str:
    """The panels in rows of so many, as one SVG."""
    width, height = panel_size
    rows = -(-len(panels) // columns)
    drawn = "".join(
        f'<g transform="translate({place % columns * width},{place // columns * height})">{_panel(panel, width, height)}</g>'
        for place, panel in enumerate(panels)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{escape(label, quote=True)}" '
        f'viewBox="0 0 {columns * width} {rows * height}"><style>{STYLE}{style}</style>{drawn}</svg>'
    )


def _panel(panel: Panel, width: int, height: int) -> str:
    plot = _Plot(panel.x, panel.y, width, height)
    parts = [f'<text x="{_LEFT}" y="13" class="head">{escape(panel.title)}</text>']
    at = float(width - _RIGHT)
    for look, text in reversed(panel.legend):
        parts.append(f'<text x="{at:.0f}" y="13" text-anchor="end" class="{look}">{escape(text)}</text>')
        at -= text_width(text) + 10
    parts += _grid(plot, width, height)
    parts += [_line(line, plot) for line in panel.lines]
    return "".join(parts)


def _grid(plot: _Plot, width: int, height: int) -> list[str]:
    parts = []
    for value, text in plot.y.ticks:
        y = plot.down(value)
        parts.append(f'<path class="grid" d="M{_LEFT} {y:.1f}H{width - _RIGHT}"/>')
        parts.append(f'<text x="{_LEFT - 5}" y="{y + 3.6:.1f}" text-anchor="end">{escape(text)}</text>')
    for value, text in plot.x.ticks:
        x = plot.across(value)
        parts.append(f'<text x="{x:.1f}" y="{height - _BOTTOM + 15}" text-anchor="middle">{escape(text)}</text>')
    middle = (_LEFT + width - _RIGHT) / 2
    parts.append(f'<text x="{middle:.0f}" y="{height - 4}" text-anchor="middle">{escape(plot.x.title)}</text>')
    return parts


def _line(line: Line, plot: _Plot) -> str:
    placed = [(plot.across(x), plot.down(y)) for x, y in line.points]
    if not placed:
        return ""
    name = f"<title>{escape(line.name)}</title>" if line.name else ""
    path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in placed)
    drawn = f'<path class="line {line.look}" d="{path}">{name}</path>' if len(placed) > 1 else ""
    dots = placed if line.dots else placed[-1:] if len(placed) == 1 else []
    return drawn + "".join(f'<circle class="dot {line.look}" cx="{x:.1f}" cy="{y:.1f}" r="3">{name}</circle>' for x, y in dots)


@dataclass(frozen=True, slots=True)
class _Plot:
    x: Axis
    y: Axis
    width: int
    height: int

    def across(self, value: float) -> float:
        return _LEFT + _share(value, self.x) * (self.width - _LEFT - _RIGHT)

    def down(self, value: float) -> float:
        return self.height - _BOTTOM - _share(value, self.y) * (self.height - _TOP - _BOTTOM)


def _share(value: float, axis: Axis) -> float:
    span = axis.high - axis.low
    return min(1.0, max(0.0, (value - axis.low) / span)) if span > 0 else 0.5


def text_width(text: str) -> float:
    """About how wide a text is drawn: Chinese characters are as wide as they are high."""
    return sum(_GLYPH if character.isascii() else 11 for character in text)
