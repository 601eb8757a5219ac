"""What a source says about the modules of a trace: where each is built, and which attributes anything reads."""

from __future__ import annotations

import ast
from functools import cached_property

from explainer.types import Trace


class Outline:
    """The tree of a source whose first line is ``first_line`` of its file; nothing in it if it is no Python.

    ``shift``: what a line of the tree lacks to the line of the file.
    """

    def __init__(self, source: str, first_line: int = 1) -> None:
        self.shift = first_line - 1
        try:
            self.tree = ast.parse(source)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            self.tree = ast.Module([], [])

    def line(self, node: ast.stmt | ast.expr) -> int:
        """The line of the file that a node begins on."""
        return node.lineno + self.shift

    def last_line(self, node: ast.stmt | ast.expr) -> int:
        return (node.end_lineno or node.lineno) + self.shift

    @cached_property
    def classes(self) -> dict[str, ast.ClassDef]:
        return {node.name: node for node in ast.walk(self.tree) if isinstance(node, ast.ClassDef)}

    @cached_property
    def read(self) -> frozenset[str]:
        """Attributes of ``self`` that a method other than a constructor reads."""
        found = set[str]()
        for function in ast.walk(self.tree):
            if isinstance(function, ast.FunctionDef) and function.name != "__init__":
                found |= {n.attr for n in ast.walk(function) if isinstance(n, ast.Attribute) and isinstance(n.ctx, ast.Load)}
        return frozenset(found)

    def built_at(self, trace: Trace, path: str) -> int | None:
        """The line that builds the module at a path, None if this source does not."""
        kinds = {module.path: module.type_name for module in trace.modules}
        parts = path.split(".") if path else []
        for depth in range(len(parts) - 1, -1, -1):
            owner = self.classes.get(kinds.get(".".join(parts[:depth]), ""))
            value = self.assigned(owner, parts[depth]) if owner is not None else None
            if value is not None:
                return self.line(_element(value, parts[depth + 1 :]))
        return None

    def assigned(self, owner: ast.ClassDef, name: str) -> ast.expr | None:
        """The expression last given to ``self.name`` in a class."""
        found = None
        for node in ast.walk(owner):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
            for target in targets:
                is_own = isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name) and target.value.id == "self"
                if (
                    is_own
                    and isinstance(target, ast.Attribute)
                    and target.attr == name
                    and isinstance(node, (ast.Assign, ast.AnnAssign))
                ):
                    found = node.value if found is None or not _is_empty(node.value) else found
        return found


def _is_empty(value: ast.expr | None) -> bool:
    """``None``, ``nn.Sequential()``, ``nn.Identity()``: what stands in until the real thing is assigned."""
    return (
        value is None
        or (isinstance(value, ast.Constant) and value.value is None)
        or (isinstance(value, ast.Call) and not value.args)
    )


def _element(value: ast.expr, indices: list[str]) -> ast.expr:
    """The argument of a container's call that an index leads to, as far as it can be followed."""
    for index in indices:
        items = value.args if isinstance(value, ast.Call) else []
        if len(items) == 1 and isinstance(items[0], (ast.List, ast.Tuple)):
            items = items[0].elts
        if not index.isdigit() or int(index) >= len(items) or any(isinstance(item, ast.Starred) for item in items):
            return value
        value = items[int(index)]
    return value
