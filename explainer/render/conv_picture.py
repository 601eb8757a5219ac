"""A convolution as a drawing: the padded input, how often each position is read, one window, and the output it makes."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Protocol

from explainer.arithmetic import Axis
from explainer.language import say_shape, translator
from explainer.types import Sentence

_MOST_CELLS = 26
_SIDE = 338.0
_TOP = 34.0
_GAP = 90.0
_WIDTH = 580.0
_NARROW = 300.0
_STYLE = """
text{font:500 12px var(--bl-font,sans-serif);fill:var(--bl-muted,#566174)}
.title{font-weight:600;font-size:13px;fill:var(--bl-ink,#16202e)}
.count{font-size:10px;text-anchor:middle;fill:var(--bl-ink,#16202e);font-variant-numeric:tabular-nums}
.input{fill:var(--bl-accent,#4353d9)}
.pad{fill:var(--bl-pad,#f0f1f4);stroke:var(--bl-pad-line,#b9c1ce);stroke-dasharray:3 2}
.back{fill:var(--bl-card,#fff)}
.hatch{stroke:var(--bl-warn,#b86e00);stroke-width:1.7}
.out{fill:var(--bl-accent,#4353d9);fill-opacity:.16}
.tap{fill:var(--bl-gate,#c2386b);fill-opacity:.2}
.window{fill:none;stroke:var(--bl-gate,#c2386b);stroke-width:2.6}
.beam{fill:none;stroke:var(--bl-gate,#c2386b);stroke-width:1.5;stroke-dasharray:4 3}
.read{fill:var(--bl-gate,#c2386b);font-weight:600}
"""

_HATCH = (
    '<defs><pattern id="PATTERN" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<line class="hatch" x1="0" y1="0" x2="0" y2="6"/></pattern></defs>'
)


class Slides(Protocol):
    """Two axes of windows, the input positions that none reads, and the sentences about them."""

    @property
    def axes(self) -> tuple[Axis, ...]: ...
    @property
    def unread(self) -> tuple[tuple[int, ...], ...]: ...
    @property
    def gaps(self) -> tuple[Sentence, ...]: ...


@dataclass(frozen=True, slots=True)
class _Board:
    """Where a grid stands on the paper and how large a position is; ``offset`` cells of padding come before position 0."""

    x: float
    y: float
    cell: float
    offset: tuple[int, int]

    def box(self, row: float, column: float, height: float, width: float, inset: float = 0.0) -> str:
        x, y = self.x + (column + self.offset[1]) * self.cell + inset, self.y + (row + self.offset[0]) * self.cell + inset
        wide, high = max(width * self.cell - 2 * inset, 1.5), max(height * self.cell - 2 * inset, 1.5)
        return f'x="{x:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{high:.1f}"'

    def centre(self, row: float, column: float) -> tuple[float, float]:
        return self.x + (column + self.offset[1] + 0.5) * self.cell, self.y + (row + self.offset[0] + 0.5) * self.cell


def has_cells(facts: Slides) -> bool:
    """Whether every position is drawn, with how many windows read it; large inputs are drawn as outlines."""
    return max(max(axis.padded, axis.output) for axis in facts.axes) <= _MOST_CELLS


def conv_picture(facts: Slides, lang: str, *, stacked: bool = False) -> str:
    """An SVG with the output beside the input, or below it for a narrow screen."""
    _ = translator(lang)
    rows, columns = facts.axes
    is_row = rows == Axis(1, 1)
    side = _WIDTH if is_row and not stacked else _SIDE
    pattern = f"dead-{'stacked' if stacked else 'beside'}"
    stacked = stacked or is_row
    cell = min(30.0, side / max(axis.padded for axis in facts.axes), side / max(axis.output for axis in facts.axes))
    if not stacked:
        cell = min(cell, (_WIDTH - _GAP) / (columns.padded + columns.output))
    down, across = rows.padded * cell, columns.padded * cell
    board = _Board(2, _TOP, cell, (rows.padding[0], columns.padding[0]))
    beside = (across + _GAP, _TOP + max(0.0, (down - rows.output * cell - 40) / 2))
    out = _Board(*((2.0, _TOP + down + 62) if stacked else beside), cell, (0, 0))
    output_size = _size(facts, rows.output, columns.output)
    parts = [
        _title(2, 20, _input_title(facts, lang)),
        (_cells if has_cells(facts) else _scaled)(facts, board),
        _title(out.x, out.y - 10, _("output {size}", size=output_size)),
        _output(facts, out),
        _window(facts, board, out, lang),
    ]
    width = max(_NARROW, across, out.x + max(columns.output * cell, *map(_text_width, _captions(facts, lang)))) + 4
    height = max(_TOP + down, out.y + rows.output * cell + 40) + 4
    label = escape(_("{before} becomes {after}", before=_input_title(facts, lang), after=output_size), quote=True)
    size = f'viewBox="0 0 {width:.0f} {height:.0f}" style="max-width:{1.25 * width:.0f}px"'
    svg = f"<style>{_STYLE}</style>{_HATCH}{''.join(parts)}".replace("PATTERN", pattern)
    return f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{label}" {size}>{svg}</svg>'


def _size(facts: Slides, rows: int, columns: int) -> str:
    """Height and width, or the length alone of a single row."""
    return str(columns) if facts.axes[0] == Axis(1, 1) else say_shape((rows, columns))


def _input_title(facts: Slides, lang: str) -> str:
    _ = translator(lang)
    rows, columns = facts.axes
    size, padded = _size(facts, rows.size, columns.size), _size(facts, rows.padded, columns.padded)
    if (rows.padded, columns.padded) == (rows.size, columns.size):
        return _("input {size}", size=size)
    return _("input {size}, padded to {padded}", size=size, padded=padded)


def _captions(facts: Slides, lang: str) -> tuple[str, str]:
    """Which output is shown, and which rows and columns of the input it reads."""
    _ = translator(lang)
    row, column = _chosen(facts)
    read = _span(facts.axes[0].window(row)), _span(facts.axes[1].window(column))
    return _("output ({row}, {column}) reads", row=row, column=column), _(
        "rows {rows}, columns {columns}", rows=read[0], columns=read[1]
    )


def _chosen(facts: Slides) -> tuple[int, int]:
    """An output near the middle."""
    rows, columns = facts.axes
    return (rows.output - 1) // 2, (columns.output - 1) // 2


def _text_width(text: str) -> float:
    """About how wide a caption becomes: Chinese characters are square."""
    return sum(12.5 if ord(character) > 0x2E80 else 7.0 for character in text)


def _title(x: float, y: float, text: str) -> str:
    return f'<text class="title" x="{x:.1f}" y="{y:.1f}">{escape(text)}</text>'


def _cells(facts: Slides, board: _Board) -> str:
    """Every position as a cell: the darker, the more windows read it; the number says how many."""
    rows, columns = facts.axes
    high, wide = _read_counts(rows), _read_counts(columns)
    most = max(high.values()) * max(wide.values()) or 1
    parts = []
    for row, reads_down in high.items():
        for column, reads_across in wide.items():
            inside = 0 <= row < rows.size and 0 <= column < columns.size
            dead = inside and (row in facts.unread[0] or column in facts.unread[1])
            reads = reads_down * reads_across
            box = board.box(row, column, 1, 1, 1.0)
            if not inside:
                parts.append(f'<rect class="pad" {box} rx="3"/>')
            elif dead:
                parts.append(f'<rect class="back" {box} rx="3"/><rect class="dead" {box} rx="3" fill="url(#PATTERN)"/>')
            else:
                parts.append(f'<rect class="input" {box} rx="3" fill-opacity="{0.06 + 0.4 * reads / max(most, 3):.2f}"/>')
            if inside and not dead and board.cell >= 18:
                x, y = board.centre(row, column)
                parts.append(f'<text class="count" x="{x:.1f}" y="{y + 3.5:.1f}">{reads}</text>')
    return "".join(parts)


def _read_counts(axis: Axis) -> dict[int, int]:
    return {cell: len(axis.reached_by(cell)) for cell in range(-axis.padding[0], axis.size + axis.padding[1])}


def _scaled(facts: Slides, board: _Board) -> str:
    """Only outlines: the padded input, the input in it, and at its end what no window reaches."""
    rows, columns = facts.axes
    (top, left), (height, width) = board.offset, (rows.size, columns.size)
    parts = [
        f'<rect class="pad" {board.box(-top, -left, rows.padded, columns.padded)} rx="4"/>',
        f'<rect class="back" {board.box(0, 0, height, width)} rx="2"/>',
        f'<rect class="input" {board.box(0, 0, height, width)} rx="2" fill-opacity=".22"/>',
    ]
    thinnest = 3 / board.cell
    if facts.unread[0] and rows.unread:
        strip = min(height, max(rows.unread, thinnest))
        parts.append(f'<rect fill="url(#PATTERN)" {board.box(height - strip, 0, strip, width)}/>')
    if facts.unread[1] and columns.unread:
        strip = min(width, max(columns.unread, thinnest))
        parts.append(f'<rect fill="url(#PATTERN)" {board.box(0, width - strip, height, strip)}/>')
    return "".join(parts)


def _output(facts: Slides, board: _Board) -> str:
    rows, columns = facts.axes
    if not has_cells(facts):
        return f'<rect class="out" {board.box(0, 0, rows.output, columns.output)} rx="2"/>'
    boxes = (board.box(row, column, 1, 1, 1.0) for row in range(rows.output) for column in range(columns.output))
    return "".join(f'<rect class="out" {box} rx="3"/>' for box in boxes)


def _window(facts: Slides, board: _Board, out: _Board, lang: str) -> str:
    """The window of one output, the cells it multiplies, and the cell it makes."""
    rows, columns = facts.axes
    chosen = _chosen(facts)
    down, across = rows.window(chosen[0]), columns.window(chosen[1])
    parts = []
    if board.cell >= 6:
        parts += [f'<rect class="tap" {board.box(row, column, 1, 1, 1.0)} rx="3"/>' for row in down for column in across]
    parts.append(f'<rect class="window" {board.box(down[0], across[0], rows.reach, columns.reach, -1.0)} rx="5"/>')
    parts.append(f'<rect class="window" {out.box(*chosen, 1, 1, -0.5)} rx="4"/>')
    if out.x > board.x:
        x, y = board.centre((down[0] + down[-1]) / 2, across[-1] + 0.5)
        end_x, end_y = out.centre(chosen[0], chosen[1] - 0.5)
        bend = (x + end_x) / 2
        parts.append(
            f'<path class="beam" d="M{x:.1f} {y:.1f}C{bend:.1f} {y:.1f} {bend:.1f} {end_y:.1f} {end_x:.1f} {end_y:.1f}"/>'
        )
    below = out.y + rows.output * out.cell
    read, where = _captions(facts, lang)
    parts.append(f'<text class="read" x="{out.x:.1f}" y="{below + 20:.1f}">{escape(read)}</text>')
    parts.append(f'<text x="{out.x:.1f}" y="{below + 37:.1f}">{escape(where)}</text>')
    return "".join(parts)


def _span(positions: tuple[int, ...]) -> str:
    if len(positions) == 1:
        return str(positions[0])
    if positions[1] - positions[0] == 1:
        return f"{positions[0]}–{positions[-1]}"
    return ", ".join(map(str, positions)) if len(positions) <= 5 else f"{positions[0]}, {positions[1]}, …, {positions[-1]}"
