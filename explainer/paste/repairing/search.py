"""The likeliest depths of lines whose indentation is lost: a beam over the blocks that are open after each line.

Paths that agree on the blocks that are open differ in the past alone. Only the best few of them go on; the others are noted at
the best one as other ways to come there, so that the readings can be put together from them at the end: two doubtful places in
each of three methods make sixty-four readings, and nine paths.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from heapq import merge
from itertools import islice
from math import exp, log1p

from explainer.paste.repairing.blocks import ROOT, Block, Stack, allowed, closed, is_main, put
from explainer.paste.repairing.judging import cast, kind_of, marks
from explainer.paste.repairing.lines import ARMS, Line
from explainer.paste.repairing.outlook import look_ahead
from explainer.paste.repairing.scoring import Scorer

_WIDTH, _ALIKE, _WORST = 32, 3, 8.5
_MOST_ASKED = 1800  # ends of blocks that are weighed, by which the beam is made narrower; a thousand take 30 ms
_BY_COLUMN, _BY_MARGIN = 9.0, 3.0
_UNSEEN = -8.0  # the most that the fit may say against an end that it has hardly seen


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
    since: _Path | None = None
    ways: list[_Way] = field(default_factory=list)

    def all_ways(self) -> list[_Way]:
        """Every way to come here that was kept."""
        return self.ways or [_Way(way.cost, self, way) for way in self.ways_before()]

    def ways_before(self) -> list[_Way]:
        return self.since.ways if self.since is not None else [_START]


@dataclass(frozen=True, slots=True)
class _Way:
    """A way to a path: over this one from where it ``since`` had others beside it, which was reached ``by`` another way.

    ``cost``: how much dearer than the path itself.
    """

    cost: float
    over: _Path | None
    by: _Way | None

    def depths(self) -> tuple[int, ...]:
        found, way = list[int](), self
        while way.over is not None and way.by is not None:
            path = way.over
            while path.before is not None and path is not way.over.since:
                found.append(path.depth)
                path = path.before
            way = way.by
        return tuple(reversed(found))


_START = _Way(0.0, None, None)


@dataclass(slots=True)
class _Step:
    """A path with the line at a depth; its blocks are put together only if it is kept. ``stack``: what is open at that depth."""

    path: _Path
    stack: Stack
    depth: int
    cost: float

    def noted(self) -> _Path:
        """The path for the record: nothing follows it."""
        since = self.path if self.path.ways else self.path.since
        return _Path((), self.cost, self.path, self.depth, since)

    def taken(self, line: Line) -> _Path:
        since = self.path if self.path.ways else self.path.since
        return _Path(put(self.stack, line, self.depth), self.cost, self.path, self.depth, since)


def find_readings(lines: Sequence[Line], most: int) -> list[Reading]:
    """The likeliest readings, the best first; none if no reading is grammatical."""
    if not lines:
        return []
    paths, left = [_Path(ROOT, 0.0, None, -1)], _MOST_ASKED
    counted = any(line.column > 1 for line in lines)
    outlooks, scorer = look_ahead(lines), Scorer(lines)
    for place, (line, ahead) in enumerate(zip(lines, outlooks, strict=True)):
        chains = [_choices(path.stack, line) for path in paths]
        asked = [stack for chain in chains for stack, _ in chain[:-1]]
        logits = scorer.score(
            [(kind_of(stack[-1], line), marks(stack, line, ahead), cast(stack, line, ahead)) for stack in asked]
        )
        ends = [_end(logit, stack, line, counted) for logit, stack in zip(logits, asked, strict=True)]
        left -= len(asked)
        width = int(left / (len(lines) - place) / max(1.0, len(asked) / max(1, len(paths))))
        paths = _taken(_steps(paths, chains, ends), line, max(1, min(_WIDTH, width)), most)
    ways = [(path.cost + way.cost, way) for path in paths for way in path.all_ways()]
    ways.sort(key=lambda found: found[0])
    return [Reading(way.depths(), cost) for cost, way in ways[:most]]


def _steps(paths: Sequence[_Path], chains: Sequence[Sequence[tuple[Stack, int]]], ends: Sequence[float]) -> list[_Step]:
    """Every path at every depth that grammar allows; ``ends``: the logits of the ends on the way, in order."""
    found, logits = list[_Step](), iter(ends)
    for path, chain in zip(paths, chains, strict=True):
        cost = path.cost
        for stack, depth in chain[:-1]:
            logit = next(logits)
            found.append(_Step(path, stack, depth, cost + _softplus(logit)))
            cost += _softplus(-logit)
        found += [_Step(path, stack, depth, cost) for stack, depth in chain[-1:]]
    return found


def _choices(stack: Stack, line: Line) -> list[tuple[Stack, int]]:
    """The depths that grammar allows for the line, the deepest first, with the blocks that are open until then."""
    found = list[tuple[Stack, int]]()
    depths = [depth for depth in range(len(stack)) if allowed(stack, line, depth)]
    arm = line.kind in ARMS
    for depth in reversed(depths):
        while len(stack) - 1 > depth + arm:
            stack = closed(stack)
        found.append((stack, depth))
    return found


def _end(logit: float, stack: Stack, line: Line, counted: bool) -> float:
    """The logit with what else is known of the end of the block."""
    block = stack[-1]
    if block.kind == "class" and _is_outside(block, line):
        logit = max(logit, _UNSEEN) + _BY_COLUMN
    if is_main(block.header) and line.kind not in ("def", "class"):
        logit -= _BY_COLUMN  # a script goes on to its end
    return logit + _by_column(block, line, counted)


def _by_column(block: Block, line: Line, counted: bool) -> float:
    """What indentation that is left says about the end of the block; a line at the margin may have lost its own."""
    first = block.lines[0].column if block.lines else -1
    if not counted or line.column < 0 or first < 0:
        return 0.0
    if line.column < first:
        return _BY_COLUMN if line.column else _BY_MARGIN
    return -_BY_COLUMN if first else 0.0


def _is_outside(block: Block, line: Line) -> bool:
    """Whether the line is no part of a class with methods; the fit has hardly seen what stands behind a class."""
    if line.kind == "def":
        return not line.decorators and line.parameters[:1] not in (("self",), ("cls",))
    if not any(other.kind == "def" for other in block.lines):
        return False
    name = block.header.name if block.header is not None else ""
    return line.kind in ("for", "while", "with", "try") or line.shape == "call" or name in line.reads


def _softplus(x: float) -> float:
    return x if x > 30 else log1p(exp(x))


def _taken(steps: list[_Step], line: Line, width: int, most: int) -> list[_Path]:
    """The paths over the cheapest steps; of those that only differ in blocks that are closed by now, the best few."""
    steps.sort(key=lambda step: step.cost)
    alike = dict[tuple[int, ...], list[_Path]]()
    kept, noted = list[_Path](), dict[int, list[_Path]]()
    for step in steps:
        if step.cost > steps[0].cost + _WORST:
            break
        key = tuple(id(block.header) for block in step.stack[: step.depth + 1])
        same = alike.setdefault(key, [])
        if len(same) < _ALIKE and len(kept) < width:
            same.append(step.taken(line))
            kept.append(same[-1])
        elif same:
            noted.setdefault(id(same[0]), []).append(step.noted())
    for path in kept:
        if id(path) in noted:
            path.ways = _ways([path, *noted[id(path)]], most)
    return kept


def _ways(paths: Sequence[_Path], most: int) -> list[_Way]:
    """The ways to the first of these paths, over itself and the others."""
    return list(islice(merge(*(_over(path, paths[0].cost) for path in paths), key=lambda way: way.cost), most))


def _over(path: _Path, least: float) -> Iterator[_Way]:
    return (_Way(path.cost - least + way.cost, path, way) for way in path.ways_before())
