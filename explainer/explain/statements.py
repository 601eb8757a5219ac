"""Lines on which no layer runs: what is kept, which sizes are unpacked, which way a branch goes, what a loop goes through."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from explainer.explain.knowing import UNKNOWN, is_self
from explainer.explain.running import Running
from explainer.hazards.view import View
from explainer.types import Module, Sentence, sentence

_LONGEST = 60
_FEW = 4
_WRAPPERS = ("enumerate", "reversed", "list", "iter")


def statement_notes(view: View, found: tuple[Running, ...]) -> Iterator[tuple[int, Sentence]]:
    """One note for each statement of the kinds told here that certainly ran, with its line of the file."""
    functions = {f"self.{one.function.name}" if one.owner else one.function.name: one for one in found}
    for one in found:
        for statement in one.reached.statements:
            for text in _told(view, one, functions, statement):
                yield view.outline.line(statement), text
        for statement in _in_doubt(one):  # what stands there in the end shows that these ran
            for text in _shown_in_the_end(view, one, statement):
                yield view.outline.line(statement), text
        for branch, holds in one.reached.branches.items():
            is_training = one.owner is not None and one.owner.training
            yield view.outline.line(branch), _branch(branch, holds=holds, is_training=is_training)


def _told(view: View, found: Running, functions: dict[str, Running], statement: ast.stmt) -> Iterator[Sentence]:
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        yield from _assigned(found, statement.targets[0], statement.value)
    elif isinstance(statement, ast.Assert):
        yield sentence("Checks that “{condition}” is true; here it is.", condition=_code(statement.test))
    elif isinstance(statement, ast.For):
        yield from _loop(found, statement)
    elif isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        yield from _called(view, found, statement.value)
    if isinstance(statement, (ast.Assign, ast.AugAssign, ast.Expr, ast.Return)):
        yield from _own_functions(functions, found, statement)


def _in_doubt(found: Running) -> Iterator[ast.stmt]:
    """The statements of a constructor of which it is not certain that they ran."""
    certain = set(found.reached.statements)
    for node in ast.walk(found.function) if found.function.name == "__init__" else ():
        if isinstance(node, ast.stmt) and node not in certain:
            yield node


def _shown_in_the_end(view: View, found: Running, statement: ast.stmt) -> Iterator[Sentence]:
    if isinstance(statement, ast.Assign) and isinstance(target := statement.targets[0], ast.Attribute) and is_self(target):
        yield from _kept(found, target.attr, statement.value)
    call = statement.value if isinstance(statement, ast.Expr) else None
    if isinstance(call, ast.Call) and (name := _own_list(call)) is not None:
        yield from _filled(view, found, name)


def _own_list(call: ast.Call) -> str | None:
    """``layers`` of ``self.layers.append(…)``."""
    function = call.func
    if not isinstance(function, ast.Attribute) or function.attr not in ("append", "extend"):
        return None
    return function.value.attr if isinstance(function.value, ast.Attribute) and is_self(function.value) else None


# Assignments


def _assigned(found: Running, target: ast.expr, value: ast.expr) -> Iterator[Sentence]:
    if isinstance(target, ast.Attribute) and is_self(target):
        yield from _kept(found, target.attr, value)
    elif isinstance(target, ast.Name):
        yield from _named(found, target.id, value)
    elif isinstance(target, (ast.Tuple, ast.List)) and all(isinstance(one, ast.Name) for one in target.elts):
        yield from _unpacked(found, [one.id for one in target.elts if isinstance(one, ast.Name)], value)


def _kept(found: Running, name: str, value: ast.expr) -> Iterator[Sentence]:
    """``self.k = k``: what stands there when the forward begins, if that is what this line put there."""
    kept = found.knowledge.settings.get(name, UNKNOWN) if found.function.name == "__init__" else UNKNOWN
    known = found.knowledge.value(value)
    if kept is not UNKNOWN and (known is UNKNOWN or known == kept):
        yield sentence("Keeps {name} = {value}.", name=name, value=_value(kept))


def _named(found: Running, name: str, value: ast.expr) -> Iterator[Sentence]:
    known = found.knowledge.value(value)
    if isinstance(value, (ast.List, ast.Dict, ast.ListComp, ast.DictComp)) or _is_empty(value):
        yield from _collection(name, value)
    elif isinstance(value, ast.Name):
        yield sentence("{name} is a second name for {other}; nothing is copied.", name=name, other=value.id)
    elif isinstance(value, ast.JoinedStr):
        yield sentence("A text with values filled in, {name}.", name=name)
    elif known is not UNKNOWN and not isinstance(value, ast.Constant) and isinstance(known, (int, float, tuple)):
        yield _sized(found, f"{name} = {_value(known)}", value)


def _unpacked(found: Running, names: list[str], value: ast.expr) -> Iterator[Sentence]:
    known = found.knowledge.value(value)
    if isinstance(known, tuple) and len(known) == len(names) and all(isinstance(one, (int, float)) for one in known):
        told = ", ".join(f"{name} = {_value(one)}" for name, one in zip(names, known, strict=True) if name.strip("_"))
        if told:
            yield _sized(found, told, value)


def _sized(found: Running, told: str, value: ast.expr) -> Sentence:
    """Numbers that a line works out; those that are sizes as they stand are told as such."""
    tensor = _asked(value)
    if tensor is not None and value.lineno in found.knowledge.sizes:
        return sentence("{told}: from the shape of {tensor}, {shape!s}.",
                        told=told, tensor=_code(tensor), shape=found.knowledge.sizes[value.lineno])  # fmt: skip
    return sentence("{told}.", told=told)


def _asked(value: ast.expr) -> ast.expr | None:
    """The tensor of ``x.shape``, ``x.size(0)``, ``x.shape[2:]``."""
    if isinstance(value, ast.Subscript):
        return _asked(value.value)
    if isinstance(value, ast.Call):
        value = value.func
        return value.value if isinstance(value, ast.Attribute) and value.attr in ("size", "dim") else None
    return value.value if isinstance(value, ast.Attribute) and value.attr in ("shape", "ndim") else None


def _is_empty(value: ast.expr) -> bool:
    kinds = ("list", "dict", "OrderedDict")
    return isinstance(value, ast.Call) and ast.unparse(value.func).split(".")[-1] in kinds and not value.args


def _collection(name: str, value: ast.expr) -> Iterator[Sentence]:
    if isinstance(value, (ast.ListComp, ast.DictComp)):
        return
    is_dict = isinstance(value, ast.Dict) or (isinstance(value, ast.Call) and not ast.unparse(value.func).endswith("list"))
    items = value.elts if isinstance(value, ast.List) else value.values if isinstance(value, ast.Dict) else []
    held = ", ".join(ast.unparse(item) for item in items)
    if not items:
        yield sentence("An empty dict, {name}.", name=name) if is_dict else sentence("An empty list, {name}.", name=name)
    elif len(held) <= _LONGEST:
        words = sentence("A dict, {name}, that holds {items}.") if is_dict else sentence("A list, {name}, that holds {items}.")
        yield sentence(words.template, name=name, items=held)


# Branches, loops, calls


def _branch(branch: ast.If, *, holds: bool, is_training: bool) -> Sentence:
    condition = _code(branch.test)
    if "self.training" in ast.unparse(branch.test) and not holds and not is_training:
        return sentence("“{condition}” is false here, as it is after eval(): its lines are left out.",
                        condition=condition)  # fmt: skip
    if holds:
        return sentence("“{condition}” is true here: its lines run.", condition=condition)
    return sentence("“{condition}” is false here: its lines are left out.", condition=condition)


def _loop(found: Running, loop: ast.For) -> Iterator[Sentence]:
    values, ends_early = found.knowledge.value(loop.iter), any(isinstance(n, (ast.Break, ast.Return)) for n in ast.walk(loop))
    for node in _gone_through(loop.iter):
        count = found.knowledge.count(node)
        if count and isinstance(node, ast.Attribute):
            yield sentence("Goes through {name}, which holds {count} modules.", name=node.attr, count=count)
            return
    if isinstance(values, (range, tuple)) and len(values) and isinstance(loop.target, ast.Name) and not ends_early:
        shown = [*map(_value, values[:2]), "…", _value(values[-1])] if len(values) > _FEW else map(_value, values)
        told = ", ".join(shown)
        yield sentence("Runs {count} times: {name} = {values}.", count=len(values), name=loop.target.id, values=told)


def _gone_through(iterated: ast.expr) -> Iterator[ast.expr]:
    """``self.layers`` in ``enumerate(self.layers)``, ``self.layers.items()``."""
    yield iterated
    function = iterated.func if isinstance(iterated, ast.Call) else None
    if isinstance(iterated, ast.Call) and isinstance(function, ast.Name) and function.id in _WRAPPERS and iterated.args:
        yield from _gone_through(iterated.args[0])
    elif isinstance(function, ast.Attribute) and function.attr in ("items", "values", "keys", "children", "named_children"):
        yield function.value


def _called(view: View, found: Running, call: ast.Call) -> Iterator[Sentence]:
    function = call.func
    if not isinstance(function, ast.Attribute):
        return
    if function.attr in ("append", "extend") and isinstance(function.value, ast.Name):
        if _is_list(found.function, function.value.id) and len(call.args) == 1:
            yield sentence(_APPENDED[function.attr].template, name=function.value.id, item=_code(call.args[0]))
    elif (name := _own_list(call)) is not None:
        yield from _filled(view, found, name)
    elif function.attr == "register_buffer" and call.args and isinstance(call.args[0], ast.Constant) and found.owner is not None:
        yield from _buffer(view, found.owner, str(call.args[0].value))
    elif ast.unparse(function.value) in ("nn.init", "init", "torch.nn.init") and call.args and _of_self(call.args[0]):
        yield sentence(
            "Sets the numbers that {name} starts with.", name=_code(call.args[0]).removeprefix("self.").removesuffix(".data")
        )


def _is_list(function: ast.FunctionDef, name: str) -> bool:
    """Whether a name is only ever given a list in a function."""
    given = [n.value for n in ast.walk(function) if isinstance(n, ast.Assign) and name in map(ast.unparse, n.targets)]
    return bool(given) and all(isinstance(value, (ast.List, ast.ListComp)) for value in given)


_APPENDED = {
    "append": sentence("Puts {item} at the end of the list {name}."),
    "extend": sentence("Puts what is in {item}, one by one, at the end of the list {name}."),
}


def _filled(view: View, found: Running, name: str) -> Iterator[Sentence]:
    """``self.layers.append(…)`` where nothing else puts anything into that list."""
    owner = found.owner
    count = found.knowledge.layers.get(name, 0)
    if owner is None or not count:
        return
    source = ast.unparse(found.function)
    made = [n for n in ast.walk(found.function) if isinstance(n, ast.Assign) and f"self.{name}" in map(ast.unparse, n.targets)]
    empty = len(made) == 1 and isinstance(made[0].value, ast.Call) and ast.unparse(made[0].value).endswith(("()", "([])"))
    if empty and sum(source.count(f"self.{name}.{way}(") for way in ("append", "extend", "insert", "add_module")) == 1:
        children = view.children[f"{owner.path}.{name}" if owner.path else name]
        kinds = ", ".join(dict.fromkeys(child.type_name for child in children))
        yield sentence("Fills {name}: {count} modules ({kinds}).", name=name, count=count, kinds=kinds[:_LONGEST])


def _buffer(view: View, owner: Module, name: str) -> Iterator[Sentence]:
    path = f"{owner.path}.{name}" if owner.path else name
    value = next((view.trace.values[v] for v in owner.buffers if view.trace.values[v].name == path), None)
    if value is not None:
        yield sentence("A tensor of its own, {name}: {shape!s}, kept but not trained.", name=name, shape=value.shape)


def _of_self(node: ast.expr) -> bool:
    return ast.unparse(node).startswith("self.")


def _own_functions(functions: dict[str, Running], found: Running, statement: ast.stmt) -> Iterator[Sentence]:
    """Calls of functions whose lines stand in this source and were run."""
    told = set[str]()
    for node in ast.walk(statement):
        name = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
        if name in functions and name not in told and functions[name].function is not found.function:
            told.add(name)
            yield sentence("Runs {name}, from line {line} on.", name=name, line=functions[name].function.lineno)


def _code(node: ast.expr) -> str:
    text = ast.unparse(node)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _value(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
