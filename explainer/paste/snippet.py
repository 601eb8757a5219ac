"""Loose lines become a module: one layer, an expression with unknown names, the lines of a forward without its class.

``self.conv1 = nn.Conv2d(1, 4, 7, stride=3)`` alone says nothing that could be run. Put into a class whose constructor takes the
unknown names of the layers, and whose forward takes the unknown names of the rest, it does; the class is shown as what was run.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field

from explainer.paste.names import missing_names, supply
from explainer.types import Shape

_SIZE = re.compile(r"(?<![\w.])(\d{1,5})\s*[*xX×]\s*(\d{1,5})(?:\s*[*xX×]\s*(\d{1,5}))?(?![\w.])")
SNIPPET = "Snippet"


@dataclass(slots=True)
class _Parts:
    build: list[ast.stmt] = field(default_factory=list)
    run: list[ast.stmt] = field(default_factory=list)
    layers: list[str] = field(default_factory=list)
    last: str = ""


def as_class(source: str) -> str | None:
    """The snippet as a class, None if it is whole by itself: it defines something, or knows all of its names."""
    tree = ast.parse(source)
    if any(isinstance(statement, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)) for statement in tree.body):
        return None
    unknown = _unknown(source)
    if not unknown:
        return None
    imports: list[ast.stmt] = [s for s in tree.body if isinstance(s, (ast.Import, ast.ImportFrom))]
    parts = _parts([s for s in tree.body if s not in imports])
    if not parts.layers:
        return None
    return _write(imports, parts)


def size_behind(text: str) -> Shape:
    """A size that somebody wrote behind a layer: ``28*28``, ``224 x 224 x 3``; empty if there is none."""
    found = _SIZE.search(re.sub(r"\([^()]*\)", "", text))
    return tuple(int(number) for number in found.groups() if number) if found else ()


def _unknown(source: str) -> frozenset[str]:
    missing = missing_names(source)
    return missing - {found.name for _, found in supply(missing)}


def _parts(statements: list[ast.stmt]) -> _Parts:
    """Statements that make layers go to the constructor, the others to the forward, with applied layers taken apart."""
    parts = _Parts()
    for statement in statements:
        if isinstance(statement, ast.Return):
            parts.run.append(statement)
            continue
        target, value = _assignment(statement)
        layer, given = _applied(value)
        if layer is None:
            parts.run.append(statement)
            continue
        name = target.removeprefix("self.") or f"layer{len(parts.layers) + 1}"
        parts.build.append(ast.parse(f"self.{name} = {ast.unparse(layer)}").body[0])
        parts.layers.append(name)
        if given is not None:
            result = target.replace("self.", "") or "x"
            parts.run.append(ast.parse(f"{result} = self.{name}({', '.join(map(ast.unparse, given))})").body[0])
            parts.last = result
    return parts


def _assignment(statement: ast.stmt) -> tuple[str, ast.expr | None]:
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        target = statement.targets[0]
        if isinstance(target, (ast.Name, ast.Attribute)):
            return ast.unparse(target), statement.value
    return "", statement.value if isinstance(statement, ast.Expr) else None


def _applied(value: ast.expr | None) -> tuple[ast.expr | None, list[ast.expr] | None]:
    """The layer that an expression makes, and what it is applied to at once; None where it makes none."""
    if not isinstance(value, ast.Call):
        return None, None
    if isinstance(value.func, ast.Call) and _is_layer(value.func):
        return value.func, value.args
    return (value, None) if _is_layer(value) else (None, None)


def _is_layer(call: ast.Call) -> bool:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else call.func.id if isinstance(call.func, ast.Name) else ""
    owner = ast.unparse(call.func.value) if isinstance(call.func, ast.Attribute) else "nn"
    return name[:1].isupper() and owner in ("nn", "torch.nn")


def _write(imports: list[ast.stmt], parts: _Parts) -> str:
    fields = _SelfToArgument(set(parts.layers))
    build = [ast.unparse(fields.visit(statement)) for statement in parts.build]
    run = [ast.unparse(statement) for statement in parts.run]
    if not run:
        run = [f"x = self.{name}(x)" for name in parts.layers]
        parts.last = "x"
    asked = sorted(_unknown("\n".join(build)) - {"self"}, key="\n".join(build).find)
    given = sorted(_unknown("\n".join(run)) - {"self"}, key="\n".join(run).find)
    if not parts.run:
        given = ["x"]
    if not run[-1].startswith("return"):
        run.append(f"return {parts.last or _last_name(parts.run) or 'x'}")
    lines = [
        *map(ast.unparse, imports),
        f"class {SNIPPET}(nn.Module):",
        f"    def __init__(self{''.join(', ' + name for name in asked)}):",
        "        super().__init__()",
        *("        " + line for text in build for line in text.split("\n")),
        "",
        f"    def forward(self{''.join(', ' + name for name in given)}):",
        *("        " + line for text in run for line in text.split("\n")),
    ]
    return "\n".join(lines) + "\n"


def _last_name(statements: list[ast.stmt]) -> str:
    for statement in reversed(statements):
        target, _ = _assignment(statement)
        if target:
            return target
    return ""


class _SelfToArgument(ast.NodeTransformer):
    """``self.reduction_ratio`` that nothing in the snippet sets becomes an argument of that name."""

    def __init__(self, layers: set[str]) -> None:
        self._layers = layers

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        if isinstance(node.value, ast.Name) and node.value.id == "self" and isinstance(node.ctx, ast.Load):
            return node if node.attr in self._layers else ast.Name(node.attr, ast.Load())
        self.generic_visit(node)
        return node
