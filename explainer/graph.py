"""Trace -> Graph: what is drawn, at any depth of the modules, with skips and gates marked.

boxes.py says which op is drawn where; here the boxes get their words, their numbers and their edges.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Hashable, Iterable

from explainer.boxes import Boxes
from explainer.cost import macs_of
from explainer.dataflow import Dataflow
from explainer.gates import find_gates
from explainer.labels import detail_of, kind_of, title_of
from explainer.repeats import collapse_repeats
from explainer.skips import find_skips
from explainer.types import Edge, EdgeRole, Gate, Graph, Group, Node, NodeKind, Op, Trace


def to_graph(trace: Trace, depth: int = 99, folded: Collection[str] = ()) -> Graph:
    """The drawing of a trace; ``folded`` are module paths to close whatever their depth. What no output needs is left out."""
    return _Builder(trace, depth, frozenset(folded)).build()


class _Builder:
    def __init__(self, trace: Trace, depth: int, folded: frozenset[str]) -> None:
        self.trace, self.flow = trace, Dataflow(trace)
        self.gates = {gate.op: gate for gate in find_gates(trace, self.flow)}
        self.skips = find_skips(trace, self.flow)
        self.boxes = Boxes(self.flow, self.gates, depth, folded)
        self._squashing = {gate.source for gate in self.gates.values()}
        self._counted: set[int] = set()
        self._counted_ops: set[int] = set()

    def build(self) -> Graph:
        gate_group = self._gate_groups()
        nodes = [self._node(box, ops, gate_group) for box, ops in self.boxes.members.items()]
        read = [i for i in self.trace.inputs if self.boxes.uses[i]]
        inputs = [Node(f"v{i}", "input", self.trace.values[i].name) for i in read]
        outputs = [Node(f"out{n}", "output", "output") for n in range(len(self.trace.outputs))]
        graph = Graph((*inputs, *nodes, *outputs), tuple(self._edges()), self._groups(nodes))
        return collapse_repeats(graph, {node.id: self._signature(node) for node in nodes if node.kind == "module"})

    def _signature(self, node: Node) -> Hashable:
        """What a folded module does, without its name: equal for identical stages."""
        trace = self.trace
        return node.detail, tuple(
            (op.name, op.attributes, tuple(trace.shape(value) for value in (*op.inputs, *op.outputs)))
            for op in (trace.ops[number] for number in node.ops)
        )

    def _node(self, box: str, ops: list[Op], gate_group: dict[int, str]) -> Node:
        first, last = ops[0], ops[-1]
        answered = [*ops, *self._behind(ops)]
        parameters = {v for op in answered for v in op.inputs if self.trace.values[v].origin == "parameter"}
        fresh = parameters - self._counted
        self._counted |= parameters
        costs = [macs_of(op, self.trace) for op in answered]
        label, detail, kind, shared = self._words(box, ops)
        gate = self.gates.get(first.id) if len(ops) == 1 else None
        squashes = not self._squashing.isdisjoint(op.id for op in ops)
        if kind not in ("module", "attention") and (squashes or gate is not None):
            kind = "gate"
        return Node(
            id=box,
            kind=kind,
            label=label,
            detail=detail,
            ops=tuple(op.id for op in ops),
            group=gate_group.get(last.id, ""),
            line=last.line,
            param_count=sum(self.trace.values[v].element_count for v in fresh),
            macs=None if None in costs else sum(cost for cost in costs if cost is not None),
            shared=shared,
        )

    def _behind(self, ops: list[Op]) -> list[Op]:
        """Ops that feed these but depend on no input, as a class token's expansion: drawn nowhere, costed here, once."""
        found: list[Op] = []
        pending = [value for op in ops for value in op.inputs if not self.flow.depends[value]]
        while pending:
            op = self.flow.producer(pending.pop())
            if op is not None and op.id not in self._counted_ops:
                self._counted_ops.add(op.id)
                found.append(op)
                pending += op.inputs
        return found

    def _words(self, box: str, ops: list[Op]) -> tuple[str, str, NodeKind, tuple[int, int] | None]:
        """(label, detail, kind, which of how many calls) of a box."""
        first = ops[0]
        kind = kind_of(first)
        names = [self._name(op) for op in ops]
        details = [detail_of(op, self.trace) for op in ops]
        shared = None
        if box.startswith("c"):
            call = self.trace.calls[int(box[1:])]
            module = self.boxes.modules[call.path]
            names[0] = _short(call.path)
            inside = [op for op in ops if self.boxes.own_box(op) == box]
            if len(inside) > 1:
                details[: len(inside)], names[1 : len(inside)] = [module.type_name], []
                kind = "attention" if "Attention" in module.type_name and module.builtin else "module"
            if module.call_count > 1 and module.parameters:
                shared = (call.number, module.call_count)
        elif kind == "merge" and len(self.flow.activations(first)) < 2:
            kind = "other"
        return " · ".join(dict.fromkeys(names)), ", ".join(dict.fromkeys(details)), kind, shared

    def _name(self, op: Op) -> str:
        call = self.trace.calls[op.call] if self.trace.calls else None
        if call is not None and call.parent is not None and not self.boxes.is_open[call.id]:
            return title_of(op) if "[" in _short(call.path) else _short(call.path)
        return title_of(op)

    def _gate_groups(self) -> dict[int, str]:
        """For each op that only serves to compute a gate, that gate's group."""
        found: dict[int, str] = {}
        for gate in self.gates.values():
            if gate.values is None or gate.kind == "token-to-token":
                continue
            for number in self._serving(gate):
                found.setdefault(number, f"gate{gate.op}")
        return found

    def _serving(self, gate: Gate) -> frozenset[int]:
        fork = self.flow.dominator[gate.op]
        assert gate.values is not None
        return self.flow.branch(fork, gate.values) - self.flow.branch(fork, gate.target)

    def _groups(self, nodes: list[Node]) -> tuple[Group, ...]:
        counts: Counter[str] = Counter()
        for node in nodes:
            if node.group:
                counts[node.group] += node.param_count
        kinds = {f"gate{gate.op}": gate.kind for gate in self.gates.values()}
        return tuple(Group(name, kinds[name], f"{count:,}" if count else "", role="gate") for name, count in counts.items())

    def _edges(self) -> Iterable[Edge]:
        trace = self.trace
        skipping = self._skip_ways()
        gating = self._gate_ways()
        seen: set[tuple[str, str, int]] = set()
        for op in trace.ops:
            if op.id not in self.boxes.box:
                continue
            for operand in dict.fromkeys(self.flow.activations(op)):
                source, value = self._source_node(operand)
                target = self.boxes.box[op.id]
                if source is None or source == target or (source, target, value) in seen:
                    continue
                seen.add((source, target, value))
                role: EdgeRole = "skip" if (operand, op.id) in skipping else "gate" if (operand, op.id) in gating else "main"
                gate = self.gates.get(op.id)
                spread = trace.shape(op.outputs[0]) if gate is not None and self._is_weights(operand, gate) else None
                yield Edge(source, target, value, trace.shape(value), role, spread)
        for number, output in enumerate(trace.outputs):
            source, value = self._source_node(output)
            if source is not None:
                yield Edge(source, f"out{number}", value, trace.shape(value))

    def _is_weights(self, value: int, gate: Gate) -> bool:
        return gate.kind != "token-to-token" and value != gate.target

    def _source_node(self, value: int) -> tuple[str | None, int]:
        """The node that a value comes from, looking through what is not drawn, and the value that leaves it."""
        if not self.flow.depends[value]:
            return None, value
        op = self.flow.producer(value)
        while op is not None and op.id not in self.boxes.box:
            operands = self.flow.activations(op)
            if not operands:
                return None, value
            value = operands[0]
            op = self.flow.producer(value)
        return (f"v{value}" if op is None else self.boxes.box[op.id]), value

    def _skip_ways(self) -> set[tuple[int, int]]:
        """(value, op) pairs on the way of a skip, from where it leaves to where it rejoins."""
        found: set[tuple[int, int]] = set()
        for skip in self.skips:
            found.add((skip.value, skip.op))
            for number in self.flow.branch(self.flow.dominator[skip.op], skip.value):
                found.update((value, number) for value in self.flow.activations(self.trace.ops[number]))
        return found

    def _gate_ways(self) -> set[tuple[int, int]]:
        found: set[tuple[int, int]] = set()
        for gate in self.gates.values():
            if gate.values is None:
                continue
            found.update((value, gate.op) for value in self.trace.ops[gate.op].inputs if value != gate.target)
            for number in self._serving(gate):
                found.update((value, number) for value in self.flow.activations(self.trace.ops[number]))
        return found


def _short(path: str) -> str:
    """The last name of a module path; an index keeps the name of its container: ``fc[0]``."""
    parts = path.split(".")
    return f"{parts[-2]}[{parts[-1]}]" if parts[-1].isdigit() and len(parts) > 1 else parts[-1]
