"""The source pane of the viewer as data: numbered lines, their coloured pieces, and the shape at the end of each."""

from __future__ import annotations

import ast
from typing import Any

from explainer.listing import Line
from explainer.render.colouring import colours

MAX_LINE = 400


def lines_of(listing: tuple[Line, ...]) -> list[dict[str, Any]]:
    """One object per line: ``n`` its number, ``code`` pieces of (text, colour), ``shape`` and ``ops`` where it runs something."""
    spans = colours("\n".join(line.text for line in listing))
    return [_line(line, spans.get(index, [])) for index, line in enumerate(listing, start=1)]


def _line(line: Line, spans: list[tuple[int, int, str]]) -> dict[str, Any]:
    pieces: list[list[str]] = []
    at = 0
    for start, end, name in spans:
        pieces += [[line.text[at:start], ""], [line.text[start:end], name]]
        at = end
    pieces.append([line.text[at:], ""])
    found: dict[str, Any] = {"n": line.number, "code": [[text[:MAX_LINE], name] for text, name in pieces if text]}
    if line.ops:
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
