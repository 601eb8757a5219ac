"""How an operand got its size: the ops on its way that changed it, in order."""

from __future__ import annotations

from dataclasses import dataclass

from explainer.dataflow import SOURCE
from explainer.diagnosis.case import Case
from explainer.labels import times
from explainer.types import Op, Shape

_MOST_STEPS = 6


@dataclass(frozen=True, slots=True)
class Step:
    """One op that changed the size of the axis looked at."""

    op: int
    label: str
    before: int
    after: int

    def __str__(self) -> str:
        return f"{self.label} {self.before} → {self.after}"


def way(case: Case, value: int, fork: int | None = None) -> list[tuple[Op, int, int]]:
    """(op, value before, value after) on the way to a value, first op first, from the input or from behind ``fork``.

    Where an op reads several values, the way goes on through the one most like its result.
    """
    steps: list[tuple[Op, int, int]] = []
    op = case.flow.producer(value)
    while op is not None and op.id != fork:
        operands = case.flow.activations(op)
        if not operands:
            break
        made = case.trace.shape(value)
        before = max(operands, key=lambda v: (_likeness(case.trace.shape(v), made), v == operands[0]))
        steps.append((op, before, value))
        value, op = before, case.flow.producer(before)
    return steps[::-1]


def _likeness(one: Shape, other: Shape) -> int:
    return sum(a == b for a, b in zip(one, other, strict=True)) if len(one) == len(other) else -1


def axis_steps(case: Case, value: int, axis: int, fork: int | None = None) -> list[Step]:
    """The steps that changed the size of one axis; those before the number of axes changed do not count."""
    steps: list[Step] = []
    rank = len(case.trace.shape(value))
    for op, before, after in way(case, value, fork):
        sizes, made = case.trace.shape(before), case.trace.shape(after)
        if len(sizes) != rank or len(made) != rank or op.base_name in ("permute", "transpose"):
            steps = []
        elif sizes[axis] != made[axis]:
            steps.append(Step(op.id, case.name_of(op), sizes[axis], made[axis]))
    return steps


def told(steps: list[Step]) -> str:
    """``conv1 56 → 28, conv2 28 → 14``; the last few if there are many."""
    shown = steps[-_MOST_STEPS:]
    return ("… " if len(steps) > len(shown) else "") + ", ".join(map(str, shown))


def shape_steps(case: Case, value: int) -> str:
    """``conv1 3×32×32 → 16×28×28, flatten → 12544``: every op on the way that changed more than the batch axis; empty if none."""
    parts: list[str] = []
    for op, before, after in way(case, value):
        sizes, made = case.trace.shape(before), case.trace.shape(after)
        if sizes[1:] != made[1:]:
            start = f"{times(sizes[1:])} " if not parts else ""
            parts.append(f"{case.name_of(op)} {start}→ {times(made[1:]) or times(made)}")
    shown = parts[-_MOST_STEPS:]
    return ("… " if len(parts) > len(shown) else "") + ", ".join(shown)


def fork_of(case: Case) -> int:
    """Where the two arms of the op that refused part; SOURCE for the module's inputs."""
    return case.flow.dominator[case.refused.id] if case.refused.id < len(case.flow.dominator) else SOURCE


def uneven_cut(case: Case) -> tuple[Op, int] | None:
    """The op that cut one tensor into the operands, and its axis, if it made parts of different sizes."""
    fork = fork_of(case)
    if fork == SOURCE or case.trace.ops[fork].base_name not in ("chunk", "split", "unbind", "tensor_split"):
        return None
    cut = case.trace.ops[fork]
    parts = [case.trace.shape(value) for value in cut.outputs]
    axis = next((axis for axis, sizes in enumerate(zip(*parts, strict=True)) if len(set(sizes)) > 1), None)
    return None if axis is None else (cut, axis)


def arms(case: Case) -> tuple[int, int] | None:
    """(main path, shortcut): the two operands that depend on the input, the longer way first; None if there are not two.

    They are arms of a residual if they part somewhere inside, or at one and the same input.
    """
    operands = list(dict.fromkeys(case.flow.activations(case.refused)))
    if len(operands) != 2:
        return None
    fork = fork_of(case)
    first, second = operands
    lengths = [case.flow.distance(fork, value) for value in operands]
    if fork == SOURCE and _source_of(case, first) != _source_of(case, second):
        return None
    return (first, second) if lengths[0] >= lengths[1] else (second, first)


def _source_of(case: Case, value: int) -> int:
    """The module's input that a value's main way begins at."""
    steps = way(case, value)
    return steps[0][1] if steps else value
