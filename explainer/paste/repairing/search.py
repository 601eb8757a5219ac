"""The likeliest depths of lines whose indentation is lost: a beam over the blocks that are open after each line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log1p

from explainer.paste.repairing.blocks import ROOT, Block, Stack, allowed, closed, is_main, put
from explainer.paste.repairing.judging import cast, kind_of, marks
from explainer.paste.repairing.lines import ARMS, Line
from explainer.paste.repairing.outlook import look_ahead
from explainer.paste.repairing.scoring import Scorer

_WIDTH, _ALIKE, _WORST = 48, 32, 8.5
_MOST_ASKED = 1800  # ends of blocks that are weighed, by which the beam is made narrower; a thousand take 30 ms
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


@dataclass(slots=True)
class _Step:
    """A path with the line at a depth; its blocks are put together only if it is kept. ``stack``: what is open at that depth."""

    path: _Path
    stack: Stack
    depth: int
    cost: float

    def taken(self, line: Line) -> _Path:
        return _Path(put(self.stack, line, self.depth), self.cost, self.path, self.depth)


def find_readings(lines: Sequence[Line], most: int) -> list[Reading]:
    """The likeliest readings, the best first; none if no reading is grammatical."""
    paths, left = [_Path(ROOT, 0.0, None, -1)], _MOST_ASKED
    counted = any(line.column > 1 for line in lines)
    outlooks, scorer = look_ahead(lines), Scorer(lines)
    for place, (line, ahead) in enumerate(zip(lines, outlooks, strict=True)):
        chains = [_choices(path.stack, line) for path in paths]
        asked = [stack for chain in chains for stack, _ in chain[:-1]]
        logits = scorer.score(
            [(kind_of(stack[-1], line), marks(stack, line, ahead), cast(stack, line, ahead)) for stack in asked]
        )
        ends = [logit + _by_column(stack, line, counted) for logit, stack in zip(logits, asked, strict=True)]
        left -= len(asked)
        width = int(left / (len(lines) - place) / max(1.0, len(asked) / max(1, len(paths))))
        steps = _best(_steps(paths, chains, ends), line, max(1, min(_WIDTH, width)))
        paths = [step.taken(line) for step in steps]
    return [Reading(_depths(path), path.cost) for path in paths[:most]]


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


def _by_column(stack: Stack, line: Line, counted: bool) -> float:
    """What indentation that is left says about the end of the block; a line at the margin may have lost its own."""
    block = stack[-1]
    said = -_BY_COLUMN if is_main(block.header) and line.kind not in ("def", "class") else 0.0  # a script goes on to its end
    if block.kind == "class" and _is_outside(block, line):
        said += _BY_COLUMN
    first = block.lines[0].column if block.lines else -1
    if not counted or line.column < 0 or first < 0:
        return said
    if line.column < first:
        return said + (_BY_COLUMN if line.column else _BY_MARGIN)
    return said - (_BY_COLUMN if first else 0.0)


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


def _best(steps: list[_Step], line: Line, width: int) -> list[_Step]:
    """The cheapest steps, with no more than a few of those that only differ in blocks that are closed by now."""
    steps.sort(key=lambda step: step.cost)
    kept, alike = list[_Step](), dict[tuple[int, ...], int]()
    for step in steps:
        if step.cost > steps[0].cost + _WORST or len(kept) == width:
            break
        key = (*(id(block.header) for block in step.stack[: step.depth + 1]), id(line))
        alike[key] = alike.get(key, 0) + 1
        if alike[key] <= _ALIKE:
            kept.append(step)
    return kept


def _depths(path: _Path) -> tuple[int, ...]:
    depths = []
    while path.before is not None:
        depths.append(path.depth)
        path = path.before
    return tuple(reversed(depths))
