"""The boxes of a drawing as the steps of the viewer: everything that is said about each, as plain JSON."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from explainer.cost import elementwise_of
from explainer.doing import doing
from explainer.labels import shape_label, times
from explainer.language import join_sentences, say, say_shape, translator
from explainer.receptive import analyse
from explainer.render.measure import shorten
from explainer.types import Attribute, Edge, Gate, Graph, Node, Op, Trace, sentence

_TEXT = 120
_FEW = 4  # ops of a box that are still said one by one
_SILENT = frozenset(("inplace", "training", "momentum", "other"))


def steps_of(graph: Graph, trace: Trace, gates: Mapping[int, Gate], first_line: int, lang: str) -> list[dict[str, Any]]:
    """One object per box in the order of the forward; unused modules last."""
    return _Steps(graph, trace, gates, first_line, lang).all()


class _Steps:
    def __init__(self, graph: Graph, trace: Trace, gates: Mapping[int, Gate], first_line: int, lang: str) -> None:
        self.graph, self.trace, self.gates, self.first_line, self.lang = graph, trace, gates, first_line, lang
        self.fields = analyse(trace)
        self.entering: dict[str, list[Edge]] = defaultdict(list)
        for edge in graph.edges:
            self.entering[edge.target].append(edge)
        self.labels = {node.id: shorten(node.label, _TEXT) for node in graph.nodes}

    def all(self) -> list[dict[str, Any]]:
        return [self._step(node) for node in self.graph.nodes]

    def _step(self, node: Node) -> dict[str, Any]:
        ops = [self.trace.ops[number] for number in node.ops]
        makes = self._makes(node, ops)
        found: dict[str, Any] = {
            "id": node.id, "kind": node.kind, "name": self.labels[node.id], "what": shorten(node.detail, _TEXT),
            "line": None if node.line is None else node.line - self.first_line + 1, "ops": list(node.ops),
            "reads": [self._read(edge) for edge in self.entering[node.id]],
            "makes": [say_shape(self.trace.shape(v)) for v in makes],
            "shape": shape_label(self.trace.shape(makes[0])) if makes else "", "say": self._sentence(node, ops),
            "params": node.param_count, "macs": node.macs, "repeat": node.repeat,
        }  # fmt: skip
        if ops:
            found |= self._inside(node, ops)
        if makes:
            found["bytes"] = sum(self.trace.values[v].size_bytes for v in makes)
            found["dtype"] = self.trace.values[makes[0]].dtype
            found["field"] = self.fields.label(makes[0])
        if node.path:
            found["path"] = node.path
        around = self._called_at(ops[0]) if ops else []
        if around:
            found["called"] = around
        if node.shared:
            found["shared"] = [*node.shared, ops[0].scope]
        if node.kind == "failed":
            found |= self._failure()
        return found

    def _called_at(self, op: Op) -> list[int]:
        """The lines that call the modules around an op, innermost first: they lead to its box without running it themselves."""
        calls = self.trace.calls
        number = op.call if calls else None
        found: list[int] = []
        while number is not None:
            line = calls[number].line
            if line is not None and line - self.first_line + 1 not in found:
                found.append(line - self.first_line + 1)
            number = calls[number].parent
        return found

    def _makes(self, node: Node, ops: list[Op]) -> tuple[int, ...]:
        """The values that leave a box; of a repeated one those of its last copy."""
        if node.kind == "input":
            return (int(node.id[1:]),)
        if node.kind == "output":
            return tuple(edge.value for edge in self.entering[node.id])
        return ops[-1].outputs if ops else ()

    def _read(self, edge: Edge) -> list[str]:
        spread = edge.broadcast_to
        wide = shape_label(spread) if spread is not None and spread != edge.shape else ""
        return [edge.source, self.labels[edge.source], say_shape(edge.shape), wide]

    def _inside(self, node: Node, ops: list[Op]) -> dict[str, Any]:
        values = self.trace.values
        weights = sorted({v for op in ops for v in op.inputs if values[v].origin == "parameter"})
        found: dict[str, Any] = {"work": sum(elementwise_of(op, self.trace) for op in ops), "scope": shorten(ops[0].scope, _TEXT)}
        if node.param_count and len(weights) <= _FEW:
            found["product"] = " + ".join(say_shape(values[v].shape) for v in weights)
        if len(ops) <= _FEW:
            found["attributes"] = [pair for op in ops for pair in _attributes(op)][:12]
        if any(op.overwrites for op in ops) and len(ops) <= _FEW:
            found["overwrites"] = True
        return found

    def _sentence(self, node: Node, ops: list[Op]) -> str:
        _ = translator(self.lang)
        if node.kind == "input":
            return _("What the block is given.")
        if node.kind == "output":
            return _("What the block returns.")
        if node.kind == "unused":
            return _("Registered, but nothing that is returned needs it.") if not self.trace.failure else _("Not reached.")
        if node.kind == "failed" or not ops:
            return ""
        if len(ops) <= _FEW:
            parts = dict.fromkeys(say(doing(op, self.trace, self.gates.get(op.id)), self.lang) for op in ops)
            return join_sentences(parts)
        before = self.trace.shape(self.entering[node.id][0].value) if self.entering[node.id] else ()
        after = self.trace.shape(ops[-1].outputs[0]) if ops[-1].outputs else ()
        words = sentence("{count:,} operations in one box: {before} → {after}.", count=len(ops), before=before, after=after)
        return say(words, self.lang)

    def _failure(self) -> dict[str, Any]:
        failure = self.trace.failure
        assert failure is not None
        values = self.trace.values
        operands = [[shorten(values[v].name, _TEXT), say_shape(values[v].shape)] for v in failure.inputs]
        attributes = [[name, _written(value)] for name, value in failure.attributes if value is not None]
        return {
            "message": f"{failure.error}: {failure.message}"[:1200],
            "operands": operands,
            "attributes": attributes[:12],
            "scope": shorten(failure.scope, _TEXT),
        }


def _attributes(op: Op) -> list[list[str]]:
    return [[name, _written(value)] for name, value in op.attributes if value is not None and name not in _SILENT]


def _written(value: Attribute) -> str:
    if isinstance(value, tuple) and value and all(type(part) is int for part in value):
        numbers = tuple(part for part in value if isinstance(part, int))
        return str(numbers[0]) if len(set(numbers)) == 1 else times(numbers)
    return shorten(str(value), 60)
