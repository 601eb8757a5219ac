"""The source pane of the viewer as data: numbered lines, their coloured pieces, and the shape at the end of each."""

from __future__ import annotations

import ast
from typing import Any

from explainer.labels import shape_label
from explainer.listing import Line
from explainer.render.colouring import colours
from explainer.types import Trace

MAX_LINE = 400


def lines_of(listing: tuple[Line, ...], trace: Trace, first_line: int) -> list[dict[str, Any]]:
    """One object per line: ``n`` its number, ``code`` pieces of (text, colour), ``shape`` and ``ops`` where it runs something.

    Where the forward stopped the operands stand in the place of the shape.
    """
    spans = colours("\n".join(line.text for line in listing))
    found = [_line(line, spans.get(index, [])) for index, line in enumerate(listing, start=1)]
    failure = trace.failure
    for line in found:
        if failure is not None and failure.line is not None and line["n"] == failure.line - first_line + 1:
            shapes = [shape_label(trace.shape(value)) for value in failure.inputs[:2]]
            line |= {"shape": " ✗ ".join(shapes) or "✗", "failed": True}
    return found


def _line(line: Line, spans: list[tuple[int, int, str]]) -> dict[str, Any]:
    pieces: list[list[str]] = []
    at = 0
    for start, end, name in spans:
        pieces += [[line.text[at:start], ""], [line.text[start:end], name]]
        at = end
    pieces.append([line.text[at:], ""])
    found: dict[str, Any] = {"n": line.number, "code": [[text[:MAX_LINE], name] for text, name in pieces if text]}
    if line.shape:
        found |= {"shape": line.shape, "ops": list(line.ops)}
    if line.is_gate:
        found["gate"] = True
    return found


def made_at(source: str, first_line: int) -> dict[str, list[int]]:
    """For each attribute of ``self`` that a constructor sets, the line of the file where it does: ``self.conv1 = ...``."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {}
    found: dict[str, list[int]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name == "__init__":
            for statement in ast.walk(node):
                for name in _set_on_self(statement):
                    found.setdefault(name, []).append(statement.lineno + first_line - 1)  # type: ignore[attr-defined]
    return found


def _set_on_self(statement: ast.AST) -> list[str]:
    if not isinstance(statement, ast.Assign):
        return []
    targets = [part for target in statement.targets for part in (target.elts if isinstance(target, ast.Tuple) else [target])]
    return [
        target.attr
        for target in targets
        if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name) and target.value.id == "self"
    ]
