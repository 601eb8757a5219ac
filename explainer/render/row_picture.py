"""One axis of a sliding window, drawn window by window: why a last one may not fit."""

from __future__ import annotations

from html import escape

from explainer.arithmetic import Axis
from explainer.language import translator

_CELL = 20
_WIDE, _NARROW = 28, 15
_MOST_WINDOWS = 12
_LINE = 17
_STYLE = """
text{font:500 11px var(--bl-font,sans-serif);fill:var(--bl-muted,#566174);font-variant-numeric:tabular-nums}
.cell{fill:var(--bl-accent,#4353d9);fill-opacity:.18;stroke:var(--bl-accent,#4353d9);stroke-opacity:.55}
.pad{fill:var(--bl-pad,#f0f1f4);stroke:var(--bl-pad-line,#b9c1ce);stroke-dasharray:3 2}
.beam{stroke:var(--bl-accent,#4353d9);stroke-width:2}
.tap{fill:var(--bl-accent,#4353d9)}
.out .beam{stroke:var(--bl-gate,#c2386b);stroke-dasharray:3 2}
.out .tap{fill:none;stroke:var(--bl-gate,#c2386b);stroke-width:1.4;stroke-dasharray:3 2}
.out text{fill:var(--bl-gate,#c2386b);font-weight:700}
"""


def row_picture(axis: Axis, lang: str, *, narrow: bool = False) -> str:
    """An SVG of the padded row, below it one line per window with the cells that it reads; one that hangs over is crossed.

    Of a long row only the end is drawn, less of it where the screen is ``narrow``; of many windows the first and the last ones.
    """
    _ = translator(lang)
    hangs_over = axis.numerator % axis.stride > 0
    last = (axis.output - 1 + hangs_over) * axis.stride
    end = max(axis.padded, last + axis.reach)
    first = max(0, end - (_NARROW if narrow else _WIDE))
    starts: list[int | None] = [start for start in range(0, last + 1, axis.stride) if start >= first]
    if first:
        starts = starts[-_MOST_WINDOWS:] or [last]
        first = starts[0] or 0
    elif len(starts) > _MOST_WINDOWS:
        starts = [*starts[: _MOST_WINDOWS // 3], None, *starts[-_MOST_WINDOWS // 2 :]]
    cells = "".join(_cell(axis, position, first) for position in range(first, axis.padded))
    lines = "".join(_window(axis, start, first, line) for line, start in enumerate(starts))
    before = f'<text x="0" y="{_CELL * 0.72:.0f}">…</text>' if first else ""
    width, height = 22 + (end - first) * _CELL + 26, _CELL + 10 + len(starts) * _LINE
    label = _("{padded} cells with padding, a kernel over {reach}, steps of {stride}: {output} windows fit.",
              padded=axis.padded, reach=axis.reach, stride=axis.stride, output=axis.output)  # fmt: skip
    label += " " + _("The next one would hang over the edge.") if hangs_over else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{escape(label, quote=True)}" '
        f'viewBox="0 0 {width} {height}" style="max-width:{width}px"><style>{_STYLE}</style>{before}{cells}{lines}</svg>'
    )


def _left(position: int, first: int) -> int:
    return 20 + (position - first) * _CELL


def _cell(axis: Axis, position: int, first: int) -> str:
    inside = axis.padding[0] <= position < axis.padding[0] + axis.size
    kind = "cell" if inside else "pad"
    return f'<rect class="{kind}" x="{_left(position, first) + 1}" y="1" width="{_CELL - 2}" height="{_CELL - 2}" rx="3"/>'


def _window(axis: Axis, start: int | None, first: int, line: int) -> str:
    middle = _CELL + 12 + line * _LINE
    if start is None:
        return f'<text x="{_left(line * axis.stride, 0) + 6}" y="{middle + 4}">⋮</text>'
    centres = [_left(start + step * axis.dilation, first) + _CELL // 2 for step in range(axis.kernel_size)]
    taps = "".join(f'<rect class="tap" x="{x - 5}" y="{middle - 5}" width="10" height="10" rx="2"/>' for x in centres)
    number = start // axis.stride + 1
    fits = number <= axis.output
    beam = f'<line class="beam" x1="{centres[0]}" x2="{centres[-1]}" y1="{middle}" y2="{middle}"/>'
    text = f'<text x="{centres[-1] + 11}" y="{middle + 4}">{number if fits else "✗"}</text>'
    return f'<g class="{"in" if fits else "out"}">{beam}{taps}{text}</g>'
