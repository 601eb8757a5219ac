"""The functions of a source that this run came to, each with what is known where it first ran."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from explainer.explain.knowing import Knowledge
from explainer.explain.reaching import Reached
from explainer.hazards.view import View
from explainer.types import Call, Module

_LISTS = ("ModuleList", "ModuleDict", "Sequential")


@dataclass(frozen=True, slots=True)
class Running:
    """A function in its first run: ``owner`` is the module whose method it is, None for one outside of classes."""

    function: ast.FunctionDef
    owner: Module | None
    knowledge: Knowledge
    reached: Reached


def is_own(view: View, path: str) -> bool:
    """Whether the lines of a module stand in this source; the module that was called always counts."""
    module = view.modules[path]
    return not path or (not module.builtin and module.type_name in view.outline.classes)


def owner_call(view: View, call: Call) -> Call:
    """The innermost call around it whose lines stand in this source, itself included."""
    while call.parent is not None and not is_own(view, call.path):
        call = view.trace.calls[call.parent]
    return call


def running(view: View) -> Iterator[Running]:
    """Constructors and methods of each class that was built, then functions outside of classes: those that certainly ran."""
    lines = _lines_by_call(view)
    for name, owner in view.outline.classes.items():
        instance = next((m for m in view.trace.modules if m.type_name == name and not m.builtin), None)
        if instance is None:
            continue
        for function in (f for f in owner.body if isinstance(f, ast.FunctionDef)):
            if function.name == "__init__":
                yield _built(view, function, owner, instance)
            elif (found := _ran(view, function, owner, lines)) is not None:
                yield found
    for statement in view.outline.tree.body:
        if isinstance(statement, ast.FunctionDef) and (found := _ran(view, statement, None, lines)) is not None:
            yield found


def _lines_by_call(view: View) -> dict[int, set[int]]:
    """The lines of the tree on which each call of a module of this source ran an op, a layer, or asked for a size."""
    found: dict[int, set[int]] = defaultdict(set)
    calls, shift = view.trace.calls, view.outline.shift
    if not calls:
        return found
    for line, call in (*((op.line, op.call) for op in view.trace.ops), *((read.line, read.call) for read in view.trace.sizes)):
        if line is not None:
            found[owner_call(view, calls[call]).id].add(line - shift)
    for one in calls:
        if one.line is not None and one.parent is not None:
            found[owner_call(view, calls[one.parent]).id].add(one.line - shift)
    return found


def _ran(view: View, function: ast.FunctionDef, owner: ast.ClassDef | None, lines: dict[int, set[int]]) -> Running | None:
    """A function as it ran first, None if nothing shows that it did."""
    inside = range(function.lineno, (function.end_lineno or function.lineno) + 1)
    is_forward = owner is not None and function.name == "forward"
    for call in view.trace.calls:
        module = view.modules[call.path]
        if owner is not None and (module.type_name != owner.name or module.builtin):
            continue
        ran = frozenset(line for line in lines.get(call.id, ()) if line in inside)
        if not ran and not is_forward:
            continue
        known = _knowledge(view, None if owner is None else module, _set_while_running(view))
        known.sizes = {
            read.line - view.outline.shift: view.shape(read.values[0])
            for read in view.trace.sizes
            if owner_call(view, view.trace.calls[read.call]).id == call.id and len(read.values) == 1
        }
        if is_forward:
            known.names |= _left_out(view, function, call)
        failed = _failed_in(view, inside) if view.trace.failure is not None and not call.outputs else None
        return Running(function, None if owner is None else module, known, Reached(function, known, ran, failed))
    return None


def _failed_in(view: View, inside: range) -> int:
    """The line of a function at which a failed run left it, its first one if that cannot be told."""
    failure, shift = view.trace.failure, view.outline.shift
    if failure is not None and failure.line is not None and failure.line - shift in inside:
        return failure.line - shift
    last = [c.line - shift for c in view.trace.calls if c.line is not None and not c.outputs and c.line - shift in inside]
    return last[-1] if last else inside[0]


def _left_out(view: View, function: ast.FunctionDef, call: Call) -> dict[str, Any]:
    """The constant defaults of arguments that nothing was given for."""
    arguments = [a.arg for a in function.args.args]
    defaults = function.args.defaults
    stored = {n.id for n in ast.walk(function) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    if call.parent is None:
        named = {view.trace.values[value].name.partition(".")[0] for value in view.trace.inputs}
    elif len(call.inputs) == len(arguments) - 1 - len(defaults):
        named = set(arguments[: len(arguments) - len(defaults)])
    else:
        return {}
    found = zip(arguments[len(arguments) - len(defaults) :], defaults, strict=True)
    return {
        name: default.value
        for name, default in found
        if isinstance(default, ast.Constant) and default.value is None and name not in named and name not in stored
    }


def _built(view: View, function: ast.FunctionDef, owner: ast.ClassDef, instance: Module) -> Running:
    known = _knowledge(view, instance, _set_again(view, owner) | {"training"})  # eval() comes after the constructor
    stored = {n.id for n in ast.walk(function) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    for node in ast.walk(function):  # self.stride = stride tells what stride is
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Name) and isinstance(node.targets[0], ast.Attribute):
            name, attribute = node.value.id, node.targets[0].attr
            if name not in stored and attribute in known.settings:
                known.names[name] = known.settings[attribute]
    return Running(function, instance, known, Reached(function, known, frozenset()))


def _knowledge(view: View, module: Module | None, changing: frozenset[str]) -> Knowledge:
    """What is known of a module, but for the attributes that change."""
    if module is None:
        return Knowledge()
    prefix = f"{module.path}." if module.path else ""
    tensors = (view.trace.values[value].name for value in (*module.parameters, *module.buffers))
    owned = frozenset(path[len(prefix) :] for path in (*(m.path for m in view.children[module.path]), *tensors))
    lists = {m.path[len(prefix) :]: len(view.children[m.path]) for m in view.children[module.path] if m.type_name in _LISTS}
    settings = {**dict(module.settings), "training": module.training}
    return Knowledge({name: value for name, value in settings.items() if name not in changing}, owned, lists)


def _stores(node: ast.AST) -> list[str]:
    """The attributes of ``self`` that are set in it, as often as that is written."""
    return [
        inner.attr
        for inner in ast.walk(node)
        if isinstance(inner, ast.Attribute) and isinstance(inner.ctx, (ast.Store, ast.Del)) and isinstance(inner.value, ast.Name)
    ]


def _set_while_running(view: View) -> frozenset[str]:
    """Attributes that another method than a constructor sets."""
    functions = [f for owner in view.outline.classes.values() for f in owner.body if isinstance(f, ast.FunctionDef)]
    return frozenset(name for function in functions if function.name != "__init__" for name in _stores(function))


def _set_again(view: View, owner: ast.ClassDef) -> frozenset[str]:
    """Attributes that a class, or one that it inherits from or that inherits from it, sets in more than one place."""
    bases = {ast.unparse(base) for base in owner.bases}
    family = [c for n, c in view.outline.classes.items() if c is owner or n in bases or owner.name in map(ast.unparse, c.bases)]
    stores = [name for one in family for name in _stores(one)]
    return frozenset(name for name in stores if stores.count(name) > 1)
