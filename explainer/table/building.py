"""Operations with all their numbers to the steps of a network."""

from __future__ import annotations

from dataclasses import dataclass, field

from explainer.errors import InvalidLayer, TooLarge
from explainer.stack import Item
from explainer.table.conventions import BIAS, BLOCKS, FLAT, ORDER, Conventions
from explainer.table.filling import parts_of
from explainer.table.operation import Around, Wanted
from explainer.table.steps import NORMS, Step, layers_for, shape_behind, way_around
from explainer.types import Sentence, Shape

MOST_STEPS = 400


@dataclass(slots=True)
class Builder:
    """Grows the network line by line. ``entered``: the first step and the input of every line; ``used``: the conventions met."""

    conventions: Conventions
    steps: list[Step] = field(default_factory=list)
    entered: list[tuple[int, Shape]] = field(default_factory=list)
    used: dict[Sentence, None] = field(default_factory=dict)

    def add(self, line: int, wanted: Wanted, around: Around | None, shape: Shape) -> Shape:
        """Appends the line's steps and returns what they make; raises BlocklensError and appends nothing where they cannot be."""
        steps, made = (
            self._block(line, wanted, around, shape) if wanted.kind == "block" else self._one(line, wanted, around, shape)
        )
        if len(self.steps) + len(steps) > MOST_STEPS:
            raise TooLarge("A table may stand for at most {limit} steps.", limit=MOST_STEPS)
        self.steps += steps
        return made

    def _one(self, line: int, wanted: Wanted, around: Around | None, shape: Shape) -> tuple[list[Step], Shape]:
        step, made = self._step(line, wanted, around, shape, self._source(line, around, shape), 0)
        return [step], made

    def _source(self, line: int, around: Around | None, shape: Shape) -> tuple[int, Shape]:
        """The step whose input goes around, and that input."""
        if around is None or around.source is None:
            return len(self.steps), shape
        if not 1 <= around.source <= line + 1 or not self.entered[around.source - 1][1]:
            raise InvalidLayer(
                "A shortcut starts at its own line or above it; there is no line {number} to start from.",
                field="shortcut", number=around.source,
            )  # fmt: skip
        return self.entered[around.source - 1]

    def _block(self, line: int, wanted: Wanted, around: Around | None, shape: Shape) -> tuple[list[Step], Shape]:
        steps: list[Step] = []
        if wanted.repeat * len(wanted.parts) > MOST_STEPS:
            raise TooLarge("A table may stand for at most {limit} steps.", limit=MOST_STEPS)
        for repeat in range(wanted.repeat):
            source, parts = (len(self.steps) + len(steps), shape), list(parts_of(wanted, repeat))
            for place, part in enumerate(parts):
                way = self._way(around, repeat) if place == len(parts) - 1 else None
                step, shape = self._step(line, part, way, shape, source, repeat)
                steps.append(step)
        if around is not None and wanted.repeat * len(wanted.parts) > 1:
            self.used[BLOCKS] = None
        return steps, shape

    @staticmethod
    def _way(around: Around | None, repeat: int) -> Around | None:
        return around if around is None or repeat == 0 else Around(fit=True)

    def _step(
        self, line: int, wanted: Wanted, around: Around | None, shape: Shape, source: tuple[int, Shape], repeat: int
    ) -> tuple[Step, Shape]:
        then = self.conventions.then(wanted, line)
        items = layers_for(wanted, shape, then)
        self._note(items)
        if around is None:
            return Step(line, items, repeat=repeat), shape_behind(items, shape)
        behind = next((place for place, name in enumerate(then) if name not in NORMS), len(then))
        main, after = items[: len(items) - len(then) + behind], items[len(items) - len(then) + behind :]
        made = shape_behind(main, shape)
        shortcut = way_around(around, source[1], made, normed=behind > 0)
        if behind:
            self.used[ORDER] = None
        return Step(line, main, source[0], shortcut, after, repeat), shape_behind(after, made)

    def _note(self, items: tuple[Item, ...]) -> None:
        if any(one.name in ("Conv2d", "ConvTranspose2d") for one in items):
            self.used[BIAS] = None
        if items and items[0].name == "Flatten" and len(items) > 1:
            self.used[FLAT] = None
