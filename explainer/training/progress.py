"""What a child says about a training, believed only as far as it hangs together: checked message by message, and collected.

The block may be a paste, and may say what it likes about itself. What is checked here is that every message comes in its turn and
that its numbers can be drawn: how many there are, in which bounds.
"""

from __future__ import annotations

from base64 import b64decode
from binascii import Error as NoBase64
from dataclasses import dataclass, field
from math import prod
from typing import Any

from explainer.codec import from_json
from explainer.errors import InvalidInput, SandboxRefused
from explainer.paste.sound import is_sound
from explainer.sandbox.frame import broken
from explainer.training.record import (
    CLASSES,
    MOST_UNITS,
    WIDTHS,
    Finish,
    GateMeans,
    Message,
    Net,
    Recipe,
    Refusal,
    Score,
    Start,
    Step,
    Weight,
)  # fmt: skip

_MOST_STEPS, _MOST_LOSSES, _MOST_PICTURES = 4000, 100, 10_000
_LARGEST = 1e9
_MOST_GATES = 8 * len(WIDTHS)
_MOST_NAME = 80


@dataclass(frozen=True, slots=True)
class Seen:
    """A network so far: the loss of every batch; after each round how many pictures it names rightly."""

    losses: tuple[float, ...] = ()
    correct: tuple[int, ...] = ()
    train_correct: tuple[int, ...] = ()


@dataclass(slots=True)
class Progress:
    """Everything that was said so far. ``hear`` adds a message; InvalidInput if it does not fit to what came before."""

    recipe: Recipe
    start: Start | None = None
    nets: dict[Net, Seen] = field(default_factory=dict)
    gates: tuple[GateMeans, ...] = ()
    history: tuple[tuple[GateMeans, ...], ...] = ()
    finish: Finish | None = None
    refusal: Refusal | None = None

    @property
    def is_complete(self) -> bool:
        return self.finish is not None or self.refusal is not None

    @property
    def share_done(self) -> float:
        """Of all batches of all networks, from 0 to 1."""
        if self.start is None:
            return 0.0
        done = sum(len(seen.losses) for seen in self.nets.values())
        return min(1.0, done / (self.start.steps * len(self.recipe.nets)))

    def close(self) -> None:
        """To be called when nothing more comes; SandboxRefused if it stopped half way."""
        if not self.is_complete:
            raise SandboxRefused("The training ended before it had a result: the block's code stopped its own process.")

    def hear(self, message: Any) -> None:
        try:
            content = from_json(Message, message).content
        except InvalidInput:
            raise broken() from None
        _check(not self.is_complete)
        if isinstance(content, Refusal):
            _check(self.start is None and is_sound(content.reason))
            self.refusal = content
        elif isinstance(content, Start):
            self._begin(content)
        elif isinstance(content, Step):
            self._go_on(content)
        else:
            self._end(content)

    def _begin(self, start: Start) -> None:
        _check(self.start is None and 0 < start.steps <= _MOST_STEPS and len(start.name) <= _MOST_NAME)
        _check(all(0 < count <= _MOST_PICTURES for count in (start.train_count, start.test_count)))
        _check(tuple(cost.net for cost in start.costs) == self.recipe.nets)
        _check(all(0 <= number < _LARGEST**2 for cost in start.costs for number in (cost.param_count, cost.macs)))
        self.start, self.nets = start, {net: Seen() for net in self.recipe.nets}

    def _go_on(self, step: Step) -> None:
        start, seen = self.start, self.nets.get(step.net)
        _check(start is not None and seen is not None)
        assert start is not None
        assert seen is not None
        losses = seen.losses + step.losses
        _check(0 < len(step.losses) <= _MOST_LOSSES and step.step == len(losses) <= start.steps)
        _check(all(abs(loss) < _LARGEST for loss in step.losses))
        _check((step.correct is None) == (step.train_correct is None))
        if step.correct is None or step.train_correct is None:
            _check(not step.gates)
            self.nets[step.net] = Seen(losses, seen.correct, seen.train_correct)
            return
        _check(0 <= step.correct <= start.test_count and 0 <= step.train_correct <= start.train_count)
        self.nets[step.net] = Seen(losses, (*seen.correct, step.correct), (*seen.train_correct, step.train_correct))
        if step.net == "with":
            self._take_gates(step.gates)
        else:
            _check(not step.gates)

    def _take_gates(self, gates: tuple[GateMeans, ...]) -> None:
        _check(len(gates) <= _MOST_GATES and len({(gate.stage, gate.gate) for gate in gates}) == len(gates))
        _check(all(map(_is_gate, gates)))
        self.gates = gates
        self.history = (*self.history, gates)

    def _end(self, finish: Finish) -> None:
        start = self.start
        _check(start is not None)
        assert start is not None
        _check(all(len(seen.losses) == start.steps for seen in self.nets.values()))
        _check(tuple(score.net for score in finish.scores) == self.recipe.nets)
        _check(len(finish.class_counts) == CLASSES and sum(finish.class_counts) == start.test_count)
        _check(all(count > 0 for count in finish.class_counts) and 0 <= finish.cpu_ms < _LARGEST)
        _check(all(_is_score(score, finish) for score in finish.scores))
        _check(len(finish.weights) <= MOST_UNITS and all(map(_is_weight, finish.weights)))
        history = self.history
        self._take_gates(finish.gates)
        self.history, self.finish = history, finish


def _is_gate(gate: GateMeans) -> bool:
    widths = {len(row) for row in gate.means}
    numbers = (gate.between, gate.within, gate.mean, gate.least, gate.largest, *(x for row in gate.means for x in row))
    return (
        0 <= gate.stage < len(WIDTHS)
        and 0 <= gate.gate < _MOST_GATES
        and len(gate.means) == CLASSES
        and len(widths) == 1
        and 1 <= next(iter(widths)) <= MOST_UNITS
        and len(gate.shape) <= len(WIDTHS) + 1
        and all(0 <= size < _LARGEST for size in gate.shape)
        and all(abs(number) < _LARGEST for number in numbers)
        and min(gate.between, gate.within) >= 0
        and (gate.shuffled is None or 0 <= gate.shuffled <= 1)
    )


def _is_score(score: Score, finish: Finish) -> bool:
    return (
        len(score.by_class) == CLASSES
        and sum(score.by_class) == score.correct
        and all(0 <= right <= count for right, count in zip(score.by_class, finish.class_counts, strict=True))
    )


def _is_weight(weight: Weight) -> bool:
    if len(weight.name) > 200 or len(weight.shape) > 8 or not all(0 <= size < 1 << 24 for size in weight.shape):
        return False
    try:
        size = len(b64decode(weight.data, validate=True))
    except NoBase64:
        return False
    return size == prod(weight.shape) * (4 if weight.dtype == "float32" else 8)


def _check(holds: bool) -> None:
    if not holds:
        raise broken()
