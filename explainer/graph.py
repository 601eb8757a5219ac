"""Trace -> Graph: what is drawn, at any depth of the modules, with skips and gates marked.

boxes.py says which op is drawn where, frames.py what stands around them, remains.py what is drawn beside the flow: the call
that failed and the modules that nothing needs. Here the boxes get their words, their numbers and their edges.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Hashable, Iterable, Mapping

from explainer.boxes import Boxes
from explainer.cost import macs_of
from explainer.dataflow import Dataflow
from explainer.frames import nest, parents_of
from explainer.gates import find_gates
from explainer.labels import detail_of, kind_of, title_of
from explainer.remains import UNUSED, failed_node, unused_nodes
from explainer.repeats import collapse_repeats, signature
from explainer.skips import find_skips
from explainer.types import Edge, EdgeRole, Gate, Graph, Group, Node, NodeKind, Op, Shape, Trace

_STRETCHING = frozenset(("add", "sub", "mul", "div", "maximum", "minimum", "pow", "where"))


def to_graph(trace: Trace, depth: int = 99, folded: Collection[str] = (), opened: Collection[str] = ()) -> Graph:
    """The drawing of a trace; ``folded`` and ``opened`` are module paths to close or to open whatever their depth.

    What no output needs is left out of the flow; its modules stand beside it as ``unused``.
    """
    return _Builder(trace, depth, frozenset(folded), frozenset(opened)).build()


def depth_limit(trace: Trace) -> int:
    """The least depth at which the drawing shows everything."""
    return Boxes(Dataflow(trace), (), 0).depth_limit()


class _Builder:
    def __init__(self, trace: Trace, depth: int, folded: frozenset[str], opened: frozenset[str]) -> None:
        self.trace, self.flow = trace, Dataflow(trace)
        self.gates = {gate.op: gate for gate in find_gates(trace, self.flow)}
        self.skips = find_skips(trace, self.flow)
        self.boxes = Boxes(self.flow, self.gates, depth, folded, opened)
        self._squashing = {gate.source for gate in self.gates.values()}
        self._counted: set[int] = set()
        self._counted_ops: set[int] = set()

    def build(self) -> Graph:
        members = self.boxes.members
        gate_groups = self._gate_groups()
        gates = {box: gate_groups[ops[-1].id] for box, ops in members.items() if ops[-1].id in gate_groups}
        nested = nest({box: self._modules_around(box, ops[0]) for box, ops in members.items()}, gates)
        group_of = {box: frames[-1] if frames else "" for box, frames in nested.items()}
        nodes = [self._node(box, ops, group_of[box]) for box, ops in members.items()]
        groups = self._groups(parents_of(nested.values()), Counter({n.id: n.param_count for n in nodes}), nested)
        outputs = [Node(f"out{n}", "output", "output") for n in range(len(self.trace.outputs))]
        edges = [*self._edges()]
        broken = failed_node(self.trace, groups)
        if broken is not None:
            outputs = [broken]
            edges += self._failed_edges(broken.id)
        sources = {edge.source for edge in edges}
        inputs = [
            Node(f"v{i}", "input", self.trace.values[i].name)
            for i in self.trace.inputs
            if self.boxes.uses[i] or f"v{i}" in sources  # a call that failed is no use
        ]
        unused = unused_nodes(self.trace, self.flow)
        shown = (*groups, UNUSED) if unused else groups
        graph = Graph((*inputs, *nodes, *outputs, *unused), tuple(edges), shown)
        return collapse_repeats(graph, {node.id: self._signature(node) for node in nodes if node.kind == "module"})

    def _modules_around(self, box: str, first: Op) -> tuple[str, ...]:
        """The frames of the unfolded modules around a box, outermost first."""
        calls = self.trace.calls
        number = calls[int(box[1:])].parent if box.startswith("c") else first.call if calls else None
        found: list[str] = []
        while number is not None and calls[number].parent is not None:
            found.append(f"m{number}")
            number = calls[number].parent
        return tuple(reversed(found))

    def _signature(self, node: Node) -> Hashable:
        """What a folded module does, without its name: equal for identical stages."""
        return node.detail, signature(self.trace, (self.trace.ops[number] for number in node.ops))

    def _node(self, box: str, ops: list[Op], group: str) -> Node:
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
            group=group,
            line=last.line,
            param_count=sum(self.trace.values[v].element_count for v in fresh),
            macs=None if None in costs else sum(cost for cost in costs if cost is not None),
            shared=shared,
            path=self._path_inside(box),
        )

    def _path_inside(self, box: str) -> str:
        """The module that a box hides, if there is more to see in it."""
        call = self.trace.calls[int(box[1:])] if box.startswith("c") else None
        return call.path if call is not None and self.boxes.can_open(call) else ""

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

    def _groups(
        self, parents: Mapping[str, str], param_counts: Mapping[str, int], nested: Mapping[str, tuple[str, ...]]
    ) -> tuple[Group, ...]:
        counts: Counter[str] = Counter()
        for box, frames in nested.items():
            counts.update(dict.fromkeys(frames, param_counts[box]))
        kinds = {f"gate{gate.op}": gate.kind for gate in self.gates.values()}
        found = []
        for name, parent in parents.items():
            count = f"{counts[name]:,}" if counts[name] else ""
            if name in kinds:
                found.append(Group(name, kinds[name], count, parent, role="gate"))
            else:
                path = self.trace.calls[int(name[1:])].path
                found.append(Group(name, _short(path), self.boxes.modules[path].type_name, parent, path=path))
        return tuple(found)

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
                yield Edge(source, target, value, trace.shape(value), role, self._spread(op, operand, value))
        for number, output in enumerate(trace.outputs):
            source, value = self._source_node(output)
            if source is not None:
                yield Edge(source, f"out{number}", value, trace.shape(value))

    def _failed_edges(self, broken: str) -> Iterable[Edge]:
        """What the call that failed was given; plain Python is drawn behind the last call."""
        failure, ops = self.trace.failure, self.trace.ops
        assert failure is not None
        operands = failure.inputs or (ops[-1].outputs[:1] if ops else self.trace.inputs[:1])
        for operand in dict.fromkeys(operands):
            source, value = self._source_node(operand)
            if source is not None:
                yield Edge(source, broken, value, self.trace.shape(value))

    def _spread(self, op: Op, operand: int, value: int) -> Shape | None:
        """The shape that an operand is broadcast to: the weights of a gate, or the smaller side of a sum."""
        made = self.trace.shape(op.outputs[0])
        gate = self.gates.get(op.id)
        if gate is not None and self._is_weights(operand, gate):
            return made
        return made if op.base_name in _STRETCHING and self.trace.shape(value) != made else None

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
