"""From a trace to the receptive field of every value: one pass over the ops, each field from those of its operands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial, reduce
from typing import TypeAlias

from explainer.receptive import mixing, moving, sliding
from explainer.receptive.links import Call, Links, Plan
from explainer.receptive.memory import Memory, follow
from explainer.receptive.reach import WHOLE, Reach, settle, unite
from explainer.types import Op, Shape, Trace

_RULES = {**mixing.RULES, **moving.RULES, **sliding.RULES}
_Field: TypeAlias = tuple[tuple[Reach, ...] | None, ...]


@dataclass(frozen=True, slots=True)
class Field:
    """What one value reads: for each input of the trace a Reach along each of its axes, or None if it reads nothing of it."""

    inputs: tuple[tuple[Reach, ...] | None, ...]


@dataclass(frozen=True, slots=True)
class Analysis:
    """``fields`` by value id, None for what depends on no input. ``spatial`` names the axes of each input along which windows
    slide. ``unknown`` are the ops that no rule understood: what follows them counts as reading everything.
    """

    fields: tuple[Field | None, ...]
    spatial: tuple[tuple[int, ...], ...]
    unknown: tuple[int, ...]

    def spatial_reaches(self, value: int, number: int = 0) -> tuple[Reach, ...] | None:
        """What a value reads along the spatial axes of an input, by its number; None if it reads nothing of it."""
        field = self.fields[value]
        reaches = field.inputs[number] if field and number < len(field.inputs) else None
        return None if reaches is None else tuple(reaches[axis] for axis in self.spatial[number])

    def label(self, value: int, number: int = 0) -> str | None:
        """``427×427``, ``7×global`` or ``global``; None if the value reads nothing of the input or that has no spatial axes."""
        reaches = self.spatial_reaches(value, number)
        if not reaches:
            return None
        if all(reach.unbounded for reach in reaches):
            return "global"
        return "×".join("global" if reach.size is None else str(reach.size) for reach in reaches)


def receptive_fields(trace: Trace) -> tuple[Field | None, ...]:
    """The receptive field of every value, by value id; None for what depends on no input."""
    return analyse(trace).fields


def analyse(trace: Trace) -> Analysis:
    """The receptive fields, which axes they run along, and which ops were not understood."""
    run = _Pass(trace)
    for op in trace.ops:
        run.add(op)
    fields = tuple(None if field is None else _published(field) for field in run.fields)
    return Analysis(
        fields, tuple(_spatial(trace, value, run.slid[k]) for k, value in enumerate(trace.inputs)), tuple(run.unknown)
    )


def output_labels(trace: Trace) -> tuple[str | None, ...]:
    """For each output its field with respect to the first input that has spatial axes: ``427×427``, ``global``."""
    found = analyse(trace)
    number = next((k for k, spatial in enumerate(found.spatial) if spatial), 0)
    return tuple(found.label(value, number) for value in trace.outputs)


class _Pass:
    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self.fields: list[_Field | None] = [None] * len(trace.values)
        self.slid: list[set[int]] = [set() for _ in trace.inputs]
        self.unknown: list[int] = []
        self._memory = Memory(trace)
        for number, value in enumerate(trace.inputs):
            own = tuple(Reach(axis) for axis in range(len(trace.shape(value))))
            self.fields[value] = tuple(own if k == number else None for k in range(len(trace.inputs)))

    def add(self, op: Op) -> None:
        """The fields of an op's results."""
        operands = [(position, field) for position, value in enumerate(op.inputs) if (field := self.fields[value]) is not None]
        plan = self._plan(op)
        self._memory.note(op, plan)
        is_known = True
        for number, value in enumerate(op.outputs):
            if op.overwrites and number:
                self.fields[value] = self._rewritten(value, op.outputs[0])
                continue
            rows = plan[number] if plan is not None and number < len(plan) else {}
            is_known = is_known and all(position in rows for position, _ in operands)
            parts = [_through(field, rows, position) for position, field in operands]
            self.fields[value] = _united([part for part in parts if part is not None], self.trace.shape(value))
        if not is_known:
            self.unknown.append(op.id)
        elif operands and operands[0][0] == 0 and op.base_name in sliding.RULES:
            self._note_slide(op, operands[0][1])

    def _plan(self, op: Op) -> Plan | None:
        rule = _RULES.get(op.base_name)
        inputs = tuple([self.trace.shape(value) for value in op.inputs])
        outputs = tuple([self.trace.shape(value) for value in op.outputs])
        if rule is None or not inputs or any(0 in shape for shape in (*inputs, *outputs)):
            return None
        return rule(Call(op, inputs, outputs))

    def _rewritten(self, value: int, writer: int) -> _Field | None:
        """A tensor read again after another one of its memory was written: what it read, and what was written since."""
        before = self._memory.before(value, writer)
        if before is None:
            return tuple((WHOLE,) * len(self.trace.shape(given)) for given in self.trace.inputs)
        written = self._memory.writes_since(before, self.trace.values[value].storage)
        parts = [
            _through(field, {0: self._memory.links(source, value)}, 0) for source in written if (field := self.fields[source])
        ]
        own = self.fields[before]
        return _united([part for part in (own, *parts) if part is not None], self.trace.shape(value))

    def _note_slide(self, op: Op, field: _Field) -> None:
        first = len(self.trace.shape(op.inputs[0])) - sliding.window_rank(op, len(self.trace.shape(op.inputs[0])))
        for number, reaches in enumerate(field):
            axes = enumerate(reaches or ())
            self.slid[number].update(axis for axis, reach in axes if reach.axis is not None and reach.axis >= first)


def _through(field: _Field, rows: Mapping[int, Links | None], position: int) -> _Field | None:
    """What a result reads through one operand; all of it if the op was not understood."""
    if position not in rows:
        return tuple(reaches and (WHOLE,) * len(reaches) for reaches in field)
    links = rows[position]
    return None if links is None else tuple(reaches and follow(reaches, links) for reaches in field)


def _united(parts: list[_Field], shape: Shape) -> _Field | None:
    if len(parts) < 2:
        return parts[0] if parts else None
    return tuple(_united_reaches(rows, shape) for rows in zip(*parts, strict=True))


def _united_reaches(rows: Sequence[tuple[Reach, ...] | None], shape: Shape) -> tuple[Reach, ...] | None:
    found = [row for row in rows if row is not None]
    return tuple(reduce(partial(unite, shape=shape), axis) for axis in zip(*found, strict=True)) if found else None


def _published(field: _Field) -> Field:
    return Field(tuple(reaches and tuple(settle(reach) for reach in reaches) for reaches in field))


def _spatial(trace: Trace, value: int, slid: set[int]) -> tuple[int, ...]:
    """The axes along which windows slide; where too few do, those that the rank suggests: N C H W, and N L D for sequences."""
    rank = len(trace.shape(value))
    if len(slid) > 1 or (slid and rank < 4):
        return tuple(sorted(slid))
    if rank > 3:
        return tuple(range(2, rank))
    is_tokens = rank == 2 and "int" in trace.values[value].dtype
    return (1,) if rank == 3 or is_tokens else ()
