"""Two traces side by side: which step of one stands for which step of the other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

from explainer.cost import macs_of
from explainer.dataflow import Dataflow
from explainer.labels import step_of
from explainer.types import Op, Shape, Trace


@dataclass(frozen=True, slots=True)
class Step:
    """One operation of a trace: where it runs, what it is, the shape it makes, and what it costs."""

    scope: str
    text: str
    shape: Shape
    param_count: int
    macs: int | None


@dataclass(frozen=True, slots=True)
class Pair:
    """Two steps that stand for each other, or a step that only one side has."""

    left: Step | None
    right: Step | None

    @property
    def is_same(self) -> bool:
        return self.left is not None and self.right is not None and self.left == self.right


def align(left: Trace, right: Trace) -> tuple[Pair, ...]:
    """The steps of both, in order; those of one kind face each other where the order allows it."""
    before, after = _live(left), _live(right)
    matcher = SequenceMatcher(None, [op.base_name for op in before], [op.base_name for op in after], autojunk=False)
    return tuple(_pairs(matcher, [_step(op, left) for op in before], [_step(op, right) for op in after]))


def _pairs(matcher: SequenceMatcher[str], left: list[Step], right: list[Step]) -> Iterator[Pair]:
    for kind, start, end, other_start, other_end in matcher.get_opcodes():
        if kind == "equal":
            for here, there in zip(left[start:end], right[other_start:other_end], strict=True):
                yield Pair(here, there)
        else:
            yield from (Pair(step, None) for step in left[start:end])
            yield from (Pair(None, step) for step in right[other_start:other_end])


def _live(trace: Trace) -> list[Op]:
    live = Dataflow(trace).live
    return [op for op in trace.ops if op.id in live]


def _step(op: Op, trace: Trace) -> Step:
    owned = {value for value in op.inputs if trace.values[value].origin == "parameter"}
    return Step(
        op.scope,
        step_of(op, trace),
        trace.shape(op.outputs[0]),
        sum(trace.values[value].element_count for value in owned),
        macs_of(op, trace),
    )
