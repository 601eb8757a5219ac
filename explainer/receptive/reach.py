"""What one axis of a value reads along one axis of an input, and how two such reaches compose and unite."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import gcd, lcm
from typing import TypeAlias

from explainer.types import Shape

Window: TypeAlias = tuple[int, int]  # first and last position
Cells: TypeAlias = tuple[int, int, int]  # first and last position, and the distance from one cell to the next

MAX_PHASES = 512


@dataclass(frozen=True, slots=True)
class Reach:
    """Output index ``i`` along ``axis`` depends at most on the input positions ``positions(i)``.

    ``windows`` holds the first and last position of the indices 0, 1, ...; after so many indices the same pattern comes again,
    ``step`` positions further. A stack of convolutions has one window; upsampling by two has two, its even and its odd outputs.
    A window is None where the output reads nothing. ``axis`` is None where no axis of the value moves the window.
    ``unbounded``: the whole input axis. ``slack``: reflected positions that a window of the next op still has to cover.
    """

    axis: int | None
    step: int = 1
    windows: tuple[Window | None, ...] = ((0, 0),)
    slack: int = 0

    @property
    def unbounded(self) -> bool:
        return not self.windows

    @property
    def size(self) -> int | None:
        """The most positions from first to last that one output reads; None if unbounded."""
        return None if self.unbounded else max(window[1] - window[0] + 1 if window else 0 for window in self.windows)

    @property
    def jump(self) -> Fraction | None:
        """How far the window moves per index, on average over the pattern; None if unbounded."""
        return None if self.unbounded else Fraction(self.step, len(self.windows))

    @property
    def start(self) -> int | None:
        """The first position that output 0 reads, negative in the padding; None if unbounded or if it reads nothing."""
        return self.windows[0][0] if self.windows and self.windows[0] else None

    def positions(self, index: int) -> range | None:
        """The positions from the first to the last that output ``index`` reads; None if unbounded.

        >>> Reach(2, 2, ((-3, 3),)).positions(10)
        range(17, 24)
        """
        if self.unbounded:
            return None
        window = self.window(index)
        return range(window[0], window[1] + 1) if window else range(0)

    def window(self, index: int) -> Window | None:
        turn, phase = divmod(index, len(self.windows))
        window = self.windows[phase]
        return window and (window[0] + turn * self.step, window[1] + turn * self.step)


WHOLE = Reach(None, 0, ())
NOTHING = Reach(None, 0, (None,))


def read(inner: Reach, axis: int | None, step: int, cells: Sequence[Cells | None]) -> Reach:
    """The reach of a result whose index ``i`` along ``axis`` reads ``inner``'s value at given cells of its axis.

    ``cells`` are those of the indices 0, 1, ...; after so many indices the pattern comes again ``step`` cells further.
    """
    inner, cells = _settled(inner, cells)
    period = len(cells) * (len(inner.windows) // gcd(len(inner.windows), step))
    if period > MAX_PHASES:
        return WHOLE
    windows = []
    for phase in range(period):
        turn, place = divmod(phase, len(cells))
        cell = cells[place]
        windows.append(cell and _hull(inner, cell[0] + turn * step, cell[1] + turn * step, cell[2]))
    new_step = period // len(cells) * step // len(inner.windows) * inner.step
    return _tidy(Reach(axis, new_step, tuple(windows)))


def settle(reach: Reach) -> Reach:
    """The reach with its slack paid: reflected positions lie inside the window that stands for them."""
    return reach if not reach.slack else read(reach, reach.axis, 1, ((0, 0, 1),))


def _settled(inner: Reach, cells: Sequence[Cells | None]) -> tuple[Reach, Sequence[Cells | None]]:
    slack = inner.slack
    if not slack:
        return inner, cells
    if len(inner.windows) > 1 or any(cell and cell[1] - cell[0] < slack for cell in cells):
        cells = [cell and (cell[0] - slack, cell[1] + slack, 1) for cell in cells]
    return replace(inner, slack=0), cells


def _hull(inner: Reach, first: int, last: int, stride: int) -> Window | None:
    """The window around what ``inner`` reads at these cells; where it repeats itself both ends of the row tell everything."""
    count = min((last - first) // stride + 1, len(inner.windows))
    found = [inner.window(first + stride * k) for k in range(count)]
    found += [inner.window(last - stride * k) for k in range(count)]
    windows = [window for window in found if window]
    return (min(low for low, _ in windows), max(high for _, high in windows)) if windows else None


def _tidy(reach: Reach) -> Reach:
    """The same with the shortest pattern, and without an axis if nothing moves."""
    windows, period = reach.windows, len(reach.windows)
    if not any(windows):
        return NOTHING
    for length in range(1, period):
        if period % length == 0 and reach.step * length % period == 0:
            shorter = replace(reach, step=reach.step * length // period, windows=windows[:length])
            if all(shorter.window(index) == windows[index] for index in range(length, period)):
                reach = shorter
                break
    return Reach(None, 0, reach.windows) if len(reach.windows) == 1 and reach.step == 0 else reach


def refit(reach: Reach, size: int) -> Reach:
    """The same on an axis of ``size`` indices, with a shorter pattern if those fit one: a table of windows becomes a movement."""
    if reach.axis is None or not 2 <= size <= len(reach.windows):
        return reach
    rows = [reach.window(index) for index in range(size)]
    for length in range(1, size // 2 + 1):
        one, other = rows[0], rows[length]
        step = other[0] - one[0] if one and other else 0
        shorter = Reach(reach.axis, step, tuple(rows[:length]))
        if all(shorter.window(index) == rows[index] for index in range(length, size)):
            return _tidy(shorter)
    return reach


def unite(a: Reach, b: Reach, shape: Shape) -> Reach:
    """What a value of that shape reads if it reads both. Windows that move differently unite to the whole axis."""
    if a is b or a == b or b == NOTHING:
        return a
    if a == NOTHING:
        return b
    if a.unbounded or b.unbounded:
        return WHOLE
    if a.axis != b.axis or a.step * len(b.windows) != b.step * len(a.windows):
        if any(reach.axis is not None and shape[reach.axis] != 1 for reach in (a, b)):
            return WHOLE
        a, b = (read(reach, None, 0, ((0, 0, 1),)) for reach in (a, b))
    period = lcm(len(a.windows), len(b.windows))
    if period > MAX_PHASES:
        return WHOLE
    pairs = [(a.window(index), b.window(index)) for index in range(period)]
    windows = tuple(_around(one, other) for one, other in pairs)
    step = a.step * (period // len(a.windows))
    return replace(_tidy(Reach(a.axis, step, windows)), slack=max(a.slack, b.slack))


def _around(a: Window | None, b: Window | None) -> Window | None:
    return (min(a[0], b[0]), max(a[1], b[1])) if a and b else a or b
