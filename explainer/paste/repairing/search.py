"""The likeliest depths of lines whose indentation is lost: a beam over the blocks that are open after each line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log1p

from explainer.paste.repairing.blocks import ROOT, Block, Stack, allowed, closed, is_main, put
from explainer.paste.repairing.judging import Outlook, look_ahead, marks
from explainer.paste.repairing.lines import ARMS, Line
from explainer.paste.repairing.scoring import score

_WIDTH = 28
_ALIKE = 13
_WORST = 6.5
_MOST_STEPS = 2000
_BY_COLUMN, _BY_MARGIN = 9.0, 3.0


@dataclass(frozen=True, slots=True)
class Reading:
    """A depth for every line, and the cost: minus the logarithm of how likely it is."""

    depths: tuple[int, ...]
    cost: float


@dataclass(slots=True)
class _Path:
    stack: Stack
    cost: float
    before: _Path | None
    depth: int


def find_readings(lines: Sequence[Line], most: int) -> list[Reading]:
    """The likeliest readings, the best first; none if no reading is grammatical."""
    paths = [_Path(ROOT, 0.0, None, -1)]
    counted = any(line.column > 1 for line in lines)
    width = max(1, min(_WIDTH, _MOST_STEPS // (len(lines) + 1)))
    for line, ahead in zip(lines, look_ahead(lines), strict=True):
        grown = [longer for path in paths for longer in _longer(path, line, ahead, counted)]
        paths = _best(grown, width)
    return [Reading(_depths(path), path.cost) for path in paths[:most]]


def _longer(path: _Path, line: Line, ahead: Outlook, counted: bool) -> list[_Path]:
    """The path with the line at every depth that grammar allows."""
    top = len(path.stack) - 1
    depths = [depth for depth in range(top + 1) if allowed(path.stack, line, depth)]
    if len(depths) < 2:
        return [_Path(put(path.stack, line, depth), path.cost, path, depth) for depth in depths]
    found, cost, stack = list[_Path](), path.cost, path.stack
    arm = line.kind in ARMS
    for depth in range(top - arm, depths[0] - 1, -1):
        if depth == depths[0]:
            found.append(_Path(put(stack, line, depth), cost, path, depth))
            break
        ends = score(marks(stack, line, ahead)) + _by_column(stack[-1], line, counted)
        if is_main(stack[-1].header) and line.kind not in ("def", "class"):
            ends -= _BY_COLUMN  # what a script does under its guard goes on to its end
        if depth in depths:
            found.append(_Path(put(stack, line, depth), cost + _softplus(ends), path, depth))
            cost += _softplus(-ends)
        stack = closed(stack)
    return found


def _by_column(block: Block, line: Line, counted: bool) -> float:
    """What indentation that is left says about the end of the block; a line at the margin may have lost its own."""
    first = block.lines[0].column if block.lines else -1
    if not counted or line.column < 0 or first < 0:
        return 0.0
    if line.column < first:
        return _BY_COLUMN if line.column else _BY_MARGIN
    return -_BY_COLUMN if first else 0.0


def _softplus(x: float) -> float:
    return x if x > 30 else log1p(exp(x))


def _best(paths: list[_Path], width: int) -> list[_Path]:
    """The cheapest paths, with no more than a few of those that only differ in blocks that are closed by now."""
    paths.sort(key=lambda path: path.cost)
    kept, alike = list[_Path](), dict[tuple[int, ...], int]()
    for path in paths:
        key = tuple(id(block.header) for block in path.stack)
        alike[key] = alike.get(key, 0) + 1
        if alike[key] <= _ALIKE and path.cost <= paths[0].cost + _WORST:
            kept.append(path)
            if len(kept) == width:
                break
    return kept


def _depths(path: _Path) -> tuple[int, ...]:
    depths = []
    while path.before is not None:
        depths.append(path.depth)
        path = path.before
    return tuple(reversed(depths))
