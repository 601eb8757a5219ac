"""A finished forward as the hazard rules look at it."""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property

from explainer.cost import module_params
from explainer.dataflow import Dataflow
from explainer.diagnosis.case import code_path
from explainer.gates import find_gates
from explainer.labels import title_of
from explainer.outline import Outline
from explainer.skips import find_skips
from explainer.types import Gate, Module, Op, Shape, Skip, Trace


class View:
    def __init__(self, trace: Trace, outline: Outline) -> None:
        self.trace, self.outline, self.flow = trace, outline, Dataflow(trace)

    @cached_property
    def gates(self) -> tuple[Gate, ...]:
        return find_gates(self.trace, self.flow)

    @cached_property
    def skips(self) -> tuple[Skip, ...]:
        return find_skips(self.trace, self.flow)

    @cached_property
    def gate_ops(self) -> frozenset[int]:
        """Ops that only serve to compute a gate."""
        found: set[int] = set()
        for gate in self.gates:
            if gate.values is not None and gate.kind != "token-to-token":
                fork = self.flow.dominator[gate.op]
                found |= self.flow.branch(fork, gate.values) - self.flow.branch(fork, gate.target)
        return frozenset(found)

    @cached_property
    def first_op_of(self) -> dict[int, int]:
        """For each call in which an op ran the first one, calls inside it included."""
        found: dict[int, int] = {}
        for op in self.trace.ops:
            call = self.trace.calls[op.call] if self.trace.calls else None
            while call is not None and call.id not in found:
                found[call.id] = op.id
                call = None if call.parent is None else self.trace.calls[call.parent]
        return found

    @cached_property
    def param_counts(self) -> dict[str, int]:
        return module_params(self.trace)

    @cached_property
    def ops_in_call(self) -> dict[int, int]:
        """For each call how many ops ran in it, calls inside it included."""
        counts: dict[int, int] = defaultdict(int)
        for op in self.trace.ops:
            call = self.trace.calls[op.call] if self.trace.calls else None
            while call is not None:
                counts[call.id] += 1
                call = None if call.parent is None else self.trace.calls[call.parent]
        return counts

    @cached_property
    def modules(self) -> dict[str, Module]:
        return {module.path: module for module in self.trace.modules}

    @cached_property
    def children(self) -> dict[str, list[Module]]:
        """For each module those directly in it, in order."""
        found: dict[str, list[Module]] = defaultdict(list)
        for module in self.trace.modules:
            if module.path:
                found[module.path.rpartition(".")[0]].append(module)
        return found

    @cached_property
    def users(self) -> dict[int, list[Op]]:
        """For each value the ops that read it, in order."""
        found: dict[int, list[Op]] = defaultdict(list)
        for op in self.trace.ops:
            for value in dict.fromkeys(op.inputs):
                found[value].append(op)
        return found

    @cached_property
    def live_ops(self) -> list[Op]:
        return [op for op in self.trace.ops if op.id in self.flow.live]

    def shape(self, value: int) -> Shape:
        return self.trace.shape(value)

    def name_of(self, op: Op) -> str:
        """What the code calls an op: its layer's path, else the op's name."""
        module = self.modules.get(op.scope)
        return code_path(op.scope) if op.scope and module is not None and module.builtin else title_of(op)

    def only_user(self, value: int) -> Op | None:
        """The one op that reads a value, None if it is read by more, or handed out."""
        users = [op for op in self.users[value] if op.id in self.flow.live]
        return users[0] if len(users) == 1 and value not in self.trace.outputs else None
