"""What is known about a failure, as the rules ask for it: the op and its operands, the code at that line, who made what."""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace
from functools import cached_property

from explainer.dataflow import Dataflow
from explainer.labels import title_of
from explainer.paste.result import PasteResult
from explainer.types import Attribute, Diagnosis, Module, Op, Operand, Sentence, Shape, Trace, Value, sentence

_LONGEST_CODE = 90
_LONGEST_NAME = 32


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule makes of a failure; ``line`` and ``scope`` only where it knows better than the failure itself."""

    rule: str
    what: Sentence
    operands: tuple[Operand, ...] = ()
    got: tuple[Sentence, ...] = ()
    reason: tuple[Sentence, ...] = ()
    story: tuple[Sentence, ...] = ()
    line: int | None = None


class Case:
    """A result whose forward failed, or that came to no forward."""

    def __init__(self, result: PasteResult) -> None:
        self.result, self.source = result, result.source
        self.failure = result.trace.failure if result.trace is not None else None
        stop = self.failure or result.mishap
        self.error = stop.error if stop else ""
        self.message = stop.message if stop else ""
        self.line = stop.line if stop else None
        self.scope = self.failure.scope if self.failure else ""
        self.op = self.failure.op.rstrip("_") if self.failure and self.failure.op else ""

    # The text

    @cached_property
    def tree(self) -> ast.Module:
        """The code; an empty one if it is no Python."""
        try:
            return ast.parse(self.source)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return ast.Module([], [])

    @cached_property
    def classes(self) -> dict[str, ast.ClassDef]:
        return {node.name: node for node in ast.walk(self.tree) if isinstance(node, ast.ClassDef)}

    @property
    def target(self) -> ast.ClassDef | None:
        """The class that was looked into."""
        return self.classes.get(self.result.target)

    def class_at(self, line: int | None) -> ast.ClassDef | None:
        """The innermost class around a line."""
        around = [c for c in self.classes.values() if line is not None and c.lineno <= line <= (c.end_lineno or 0)]
        return max(around, key=lambda c: c.lineno, default=None)

    def function_at(self, line: int | None) -> ast.FunctionDef | None:
        """The innermost function around a line."""
        functions = [node for node in ast.walk(self.tree) if isinstance(node, ast.FunctionDef)]
        around = [f for f in functions if line is not None and f.lineno <= line <= (f.end_lineno or 0)]
        return max(around, key=lambda f: f.lineno, default=None)

    def code(self, line: int | None) -> str:
        """A line's text without its indentation, cut if it is long."""
        lines = self.source.splitlines()
        text = lines[line - 1].strip() if line is not None and 0 < line <= len(lines) else ""
        return text if len(text) <= _LONGEST_CODE else text[: _LONGEST_CODE - 1] + "…"

    def nodes_at(self, line: int | None) -> list[ast.AST]:
        """Everything that begins on a line, or spans it within one statement."""
        return [
            node
            for node in ast.walk(self.tree)
            if isinstance(node, (ast.expr, ast.AugAssign, ast.Assign, ast.Return))
            and line is not None
            and node.lineno <= line <= (node.end_lineno or 0)
        ]

    # The forward

    @cached_property
    def trace(self) -> Trace:
        """The trace with the op that refused as its last op, so that the dataflow reaches it."""
        trace = self.result.trace
        assert trace is not None
        failure = trace.failure
        if failure is None or failure.op is None:
            return trace
        call = max((c.id for c in trace.calls if c.path == failure.scope), default=0)
        op = Op(len(trace.ops), failure.op, failure.scope, call, failure.inputs, (), failure.attributes, failure.line)
        return replace(trace, ops=(*trace.ops, op))

    @cached_property
    def flow(self) -> Dataflow:
        return Dataflow(self.trace)

    @property
    def refused(self) -> Op:
        """The op that refused."""
        return self.trace.ops[-1]

    @property
    def inputs(self) -> tuple[int, ...]:
        return self.failure.inputs if self.failure else ()

    @property
    def shapes(self) -> tuple[Shape, ...]:
        return tuple(self.trace.shape(value) for value in self.inputs)

    @property
    def values(self) -> tuple[Value, ...]:
        return tuple(self.trace.values[value] for value in self.inputs)

    def attribute(self, name: str, default: Attribute = None) -> Attribute:
        return self.refused.attribute(name, default) if self.op else default

    @cached_property
    def modules(self) -> dict[str, Module]:
        return {m.path: m for m in self.result.trace.modules} if self.result.trace else {}

    @property
    def layer(self) -> str:
        """The name of the layer that refused; the op's own where no layer of torch did."""
        module = self.modules.get(self.scope)
        named = module is not None and module.builtin and self.scope
        return code_path(self.scope) if named else self.op or self.error

    def name_of(self, op: Op) -> str:
        """What the code calls an op: its layer's path, else the op's name."""
        module = self.modules.get(op.scope)
        return code_path(op.scope) if op.scope and module is not None and module.builtin else title_of(op)

    def operand(self, value: int, axes: tuple[int, ...] = (), name: Sentence | None = None) -> Operand:
        """A value as an operand, called by its parameter, its input or the layer that made it."""
        found = self.trace.values[value]
        return Operand(name or self._called(found), found.shape, found.dtype, axes)

    def _called(self, value: Value) -> Sentence:
        op = self.flow.producer(value.id)
        if value.name or op is None:
            return sentence("{name}", name=value.name or value.origin)
        return sentence("result of {layer}", layer=self.name_of(op))

    def operands(self, *axes: tuple[int, ...]) -> tuple[Operand, ...]:
        """All operands of the op that refused; ``axes`` that do not fit, for the first of them."""
        padded = [*axes, *[()] * len(self.inputs)]
        return tuple(self.operand(value, padded[i]) for i, value in enumerate(self.inputs))

    @cached_property
    def texts(self) -> tuple[str, ...]:
        """The operands as the failing line writes them, if there is one way only to read it; else empty."""
        found = [operand_nodes(node, self.op) for node in self.nodes_at(self.line)]
        plain = [nodes for nodes in found if nodes]
        if len(plain) != 1:
            return ()
        return tuple(_shortened(ast.unparse(node)) for node in plain[0])


_SIGNS: dict[str, tuple[type[ast.operator], ...]] = {
    "add": (ast.Add,), "sub": (ast.Sub,), "mul": (ast.Mult,), "div": (ast.Div,), "matmul": (ast.MatMult,),
}  # fmt: skip


def operand_nodes(node: ast.AST, op: str) -> list[ast.expr]:
    """The operands of a node that performs this op: of ``a + b``, ``a += b``, ``torch.cat([a, b], 1)``, ``torch.add(a, b)``."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, _SIGNS.get(op, ())):
        return [node.left, node.right]
    if isinstance(node, ast.AugAssign) and isinstance(node.op, _SIGNS.get(op, ())):
        return [node.target, node.value]
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or node.func.attr.rstrip("_") != op:
        return []
    if op in ("cat", "stack"):
        first = node.args[0] if node.args else None
        return list(first.elts) if isinstance(first, (ast.List, ast.Tuple)) else []
    if op in _SIGNS or op in ("bmm", "mm"):
        given = node.args[:2] if ast.unparse(node.func.value) in ("torch", "F") else [node.func.value, *node.args[:1]]
        return given if len(given) == 2 else []
    return []


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST_NAME else text[: _LONGEST_NAME - 1] + "…"


def code_path(path: str) -> str:
    """A module's path as code writes it.

    >>> code_path("layer1.0.conv1")
    'layer1[0].conv1'
    """
    return "".join(f"[{part}]" if part.isdigit() else f".{part}" for part in path.split(".")).removeprefix(".")


def finish(case: Case, finding: Finding) -> Diagnosis:
    """The finding as a Diagnosis, with the place in words and the fixes that were tried."""
    line = finding.line if finding.line is not None else case.line
    code = case.code(line)
    where = (
        sentence("Line {line}, {code}:", line=line, code=code.rstrip(":"))
        if line is not None and code
        else sentence("In this code:")
    )
    return Diagnosis(
        rule=finding.rule,
        line=line,
        scope=case.scope,
        op=case.op or None,
        operands=finding.operands or (case.operands() if case.op else ()),
        where=where,
        what=finding.what,
        got=finding.got,
        reason=finding.reason,
        story=finding.story,
        torch=f"{case.error}: {case.message}" if case.error else "",
        fixes=case.result.fixes,
        unfinished=case.result.unfinished,
    )
