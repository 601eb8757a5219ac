"""Writes through views: what a tensor reads after another tensor of the same memory was written."""

from __future__ import annotations

from typing import TypeAlias

from explainer.receptive.links import Link, Links, Plan, at, mix, phases
from explainer.receptive.reach import Reach, read
from explainer.types import Op, Shape, Trace

Place: TypeAlias = tuple[Reach, ...]  # which indices of the memory's first tensor each axis of that tensor runs along


class Memory:
    """Where each value lies in its storage, and which values wrote to it, in order."""

    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        self._places: dict[int, Place | None] = {}
        self._writes: dict[int, list[int]] = {}
        self._blurred: set[int] = set()  # storages that turned out to share memory with one another
        self._latest: dict[tuple[int, Shape], int | None] = {}  # None: two tensors of this shape lie there differently

    def note(self, op: Op, plan: Plan | None) -> None:
        """Remembers the results of an op that share memory with something older."""
        for number, value in enumerate(op.outputs[:1] if op.overwrites else op.outputs):
            storage = self._trace.values[value].storage
            if op.overwrites:
                self._writes.setdefault(storage, []).append(value)
                self._set(value, self.place(op.overwrites[0]))
            elif storage != value:
                links = plan[number].get(0) if plan is not None and number < len(plan) else None
                source = op.inputs[0] if op.inputs else value
                is_view = links is not None and self._trace.values[source].storage == storage
                before = self.place(source)
                self._set(value, follow(before, links) if is_view and before is not None and links is not None else None)

    def place(self, value: int) -> Place | None:
        if value in self._places:
            return self._places[value]
        if self._trace.values[value].storage != value:
            return None
        return tuple(Reach(axis) for axis in range(len(self._trace.shape(value))))

    def before(self, value: int, written: int) -> int | None:
        """The value that this tensor was before ``written`` was found to have changed it; None if the trace leaves it open."""
        shape, storage = self._trace.shape(value), self._trace.values[value].storage
        if storage != self._trace.values[written].storage:  # both are views of a tensor that torch kept to itself
            self._blurred |= {storage, self._trace.values[written].storage}
        if storage in self._blurred:
            return None
        found = self._latest.get((storage, shape), storage if shape == self._trace.shape(storage) else None)
        if found is not None and storage != found and shape == self._trace.shape(storage):
            found = found if self.place(found) == self.place(storage) else None
        self._set(value, self.place(found) if found is not None else None)
        return found

    def writes_since(self, value: int, storage: int) -> list[int]:
        found = []
        for written in reversed(self._writes.get(storage, [])):
            if written < value:
                break
            found.append(written)
        return found

    def links(self, source: int, target: int) -> Links:
        """How ``target`` reads ``source``, two tensors of one memory."""
        a, b, shape = self.place(source), self.place(target), self._trace.shape(source)
        if a is None or b is None:
            return tuple(mix(size) for size in shape)
        return tuple(_meet(axis, size, a, b) for axis, size in enumerate(shape))

    def _set(self, value: int, place: Place | None) -> None:
        self._places[value] = place
        key = (self._trace.values[value].storage, self._trace.shape(value))
        known = self._latest.get(key, value)
        is_same = place is not None and known is not None and self._places.get(known, place) == place
        self._latest[key] = value if is_same else None


def follow(field: Place, links: Links) -> Place:
    """What a result reads through these links of its operand."""
    return tuple(reach if reach.axis is None else links[reach.axis](reach) for reach in field)


def _meet(axis: int, size: int, source: Place, target: Place) -> Link:
    """Index ``i`` of ``source`` along an axis is the index ``j`` of ``target`` that lies in the same cell of the memory."""
    shared = [(a, b) for a, b in zip(source, target, strict=True) if a.axis == axis]
    if len(shared) != 1 or size == 1:
        return mix(size)
    a, b = shared[0]
    if len(a.windows) != 1 or len(b.windows) != 1 or a.size != 1 or b.size != 1 or a.start is None or b.start is None:
        return mix(size)
    first, divisor = b.start - a.start, a.step
    if divisor < 1:
        return mix(size)
    if b.axis is None:
        return at(first // divisor)
    step, cells = phases(b.step, first, divisor)
    return lambda reach: read(reach, b.axis, step, cells)
