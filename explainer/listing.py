"""A source as numbered lines, each with the shape that it makes."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection
from dataclasses import dataclass

from explainer.labels import shape_label
from explainer.types import Gate, Trace

_NEW_LINE = re.compile(r"\r\n|\r|\n")  # Python's own; splitlines() also splits at form feeds
_ANY_SHAPE_COMMENT = re.compile(r"\s+# \([A-Z\d][^()]*\)$")
_SHAPE_COMMENT = re.compile(r"\s+# \([A-Z][^()]*\)$")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the user's file. ``shape`` is what its last op or the module that it calls makes, empty if it runs none.

    ``ops`` are those that it runs itself, not inside a module of the user's own.
    """

    number: int
    text: str
    shape: str = ""
    ops: tuple[int, ...] = ()
    is_gate: bool = False


def list_source(source: str, first_line: int, trace: Trace, gates: Collection[Gate], *, whole: bool = False) -> tuple[Line, ...]:
    """The lines of a class without its docstring, indented by two; or the ``whole`` of any text as it is.

    ``first_line`` is where it starts in the file; the lines themselves count from 1.
    """
    hidden = frozenset[int]() if whole else _docstring_lines(source)
    running: dict[int, list[int]] = {}
    for op in trace.ops:
        if op.line is not None:
            running.setdefault(op.line - first_line + 1, []).append(op.id)
    spread = {gate.op: gate for gate in gates}
    called = {call.line - first_line + 1: call.outputs[-1] for call in trace.calls if call.line is not None and call.outputs}
    found = []
    for number, text in enumerate(_NEW_LINE.split(source.rstrip()), start=1):
        if number in hidden:
            continue
        ops = tuple(running.get(number, ()))
        gate = next((spread[op] for op in ops if op in spread), None)
        shape = _shape(trace, ops, gate)
        if not ops and number in called:
            shape = shape_label(trace.shape(called[number]))
        found.append(Line(number, text.rstrip() if whole else _tidy(text), shape, ops, gate is not None))
    return tuple(found)


def _tidy(text: str) -> str:
    """Two columns per level, and no comment that only announces the shape which stands at the end of the line anyway."""
    code = _SHAPE_COMMENT.sub("", text.rstrip())
    indent = len(code) - len(code.lstrip())
    return " " * (indent // 2) + code.lstrip()


def _shape(trace: Trace, ops: tuple[int, ...], gate: Gate | None) -> str:
    if not ops:
        return ""
    made = shape_label(trace.shape(trace.ops[ops[-1]].outputs[0]))
    if gate is None or gate.kind == "token-to-token":
        return made
    spread, weights = shape_label(trace.shape(trace.ops[gate.op].outputs[0])), shape_label(gate.shape)
    return f"{weights} ⇉ {made}" if spread == made != weights else made


def _docstring_lines(source: str) -> frozenset[int]:
    """The lines of the class's own docstring and the blank ones after it."""
    body = ast.parse(source).body[0]
    if not isinstance(body, ast.ClassDef) or ast.get_docstring(body) is None:
        return frozenset()
    last = body.body[0].end_lineno or 0
    lines = source.splitlines()
    while last < len(lines) and not lines[last].strip():
        last += 1
    return frozenset(range(body.body[0].lineno, last + 1))


def annotated(source: str, trace: Trace, first_line: int = 1) -> str:
    """The source to copy, with the shape at the end of each line that makes one: ``x = self.conv(x)  # (1, 64, 28, 28)``.

    A line that ran several times has the shape of the last time. Lines that Python reads on in the next one stay as they are.
    """
    made: dict[int, tuple[int, ...]] = {}
    for op in trace.ops:
        if op.line is not None:
            made[op.line] = op.outputs
    for call in trace.calls:
        if call.line is not None and call.parent is not None and call.outputs:
            made.setdefault(call.line, call.outputs)
    lines = source.split("\n")
    for number, text in enumerate(lines, start=first_line):
        outputs = made.get(number, ())
        if outputs and text.strip() and not text.rstrip().endswith("\\"):
            shapes = ", ".join(str(trace.shape(value)) for value in outputs[:3])
            lines[number - first_line] = f"{_ANY_SHAPE_COMMENT.sub('', text.rstrip())}  # {shapes}"
    return "\n".join(lines)
