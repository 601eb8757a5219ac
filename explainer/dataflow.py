"""The trace as a graph of ops: who feeds whom, what depends on the input, what every path passes through."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from explainer.types import Op, Trace

SOURCE = -1  # stands for the module's inputs, where every path begins


class Dataflow:
    """Relations between the ops of one trace, each computed once and in linear time. Ops are known by id."""

    def __init__(self, trace: Trace) -> None:
        self.trace = trace

    def producer(self, value: int) -> Op | None:
        made_by = self.trace.values[value].producer
        return None if made_by is None else self.trace.ops[made_by]

    def activations(self, op: Op) -> tuple[int, ...]:
        """The operands that depend on the module's inputs: not weights, buffers or constants."""
        operands = op.inputs[:1] if op.base_name.endswith("_as") else op.inputs  # expand_as takes only a shape from its second
        return tuple(value for value in operands if self.depends[value])

    @cached_property
    def depends(self) -> list[bool]:
        """For each value whether it depends on an input of the module; where there is none, on what is made from no tensor."""
        found = [value.origin == "input" for value in self.trace.values]
        begins = not self.trace.inputs  # a script makes its own tensors: `x = torch.randn(...)`
        for op in self.trace.ops:
            if any(found[value] for value in op.inputs) or (begins and not op.inputs):
                for value in op.outputs:
                    found[value] = True
        return found

    @cached_property
    def live(self) -> frozenset[int]:
        """Ops that the outputs need; in a failed trace all ops."""
        if self.trace.failure is not None:
            return frozenset(op.id for op in self.trace.ops)
        wanted = set(self.trace.outputs)
        found = set()
        for op in reversed(self.trace.ops):
            if not wanted.isdisjoint(op.outputs):
                found.add(op.id)
                wanted.update(op.inputs)
        return frozenset(found)

    def feeders(self, op: Op) -> Iterator[tuple[int, int]]:
        """(value, the op that made it) for each operand that depends on the input; SOURCE for the input itself."""
        for value in self.activations(op):
            made_by = self.trace.values[value].producer
            yield value, SOURCE if made_by is None else made_by

    @cached_property
    def depth(self) -> list[int]:
        """The longest way from the inputs, in ops; 1 for an op on the input."""
        found: list[int] = []
        for op in self.trace.ops:
            found.append(1 + max((found[feeder] if feeder >= 0 else 0 for _, feeder in self.feeders(op)), default=0))
        return found

    @cached_property
    def dominator(self) -> list[int]:
        """For each op the last op that every path from the inputs to it goes through; SOURCE if they part at the input."""
        found: list[int] = []
        level: list[int] = []

        def meet(a: int, b: int) -> int:
            while a != b:
                if a == SOURCE or b == SOURCE:
                    return SOURCE
                if level[a] < level[b]:
                    b = found[b]
                else:
                    a = found[a]
            return a

        for op in self.trace.ops:
            feeders = [feeder for _, feeder in self.feeders(op)]
            common = feeders[0] if feeders else SOURCE
            for feeder in feeders[1:]:
                common = meet(common, feeder)
            found.append(common)
            level.append(0 if common == SOURCE else level[common] + 1)
        return found

    def distance(self, fork: int, value: int) -> int:
        """Ops on the longest way from a dominator to a value; 0 for the fork's own result."""
        made_by = self.trace.values[value].producer
        if made_by is None or made_by == fork:
            return 0
        return self.depth[made_by] - (self.depth[fork] if fork != SOURCE else 0)

    def branch(self, fork: int, value: int) -> frozenset[int]:
        """The ops between a dominator and a value, the fork itself not among them."""
        found: set[int] = set()
        pending = [value]
        while pending:
            made_by = self.trace.values[pending.pop()].producer
            if made_by is not None and made_by != fork and made_by not in found:
                found.add(made_by)
                pending += self.activations(self.trace.ops[made_by])
        return frozenset(found)
