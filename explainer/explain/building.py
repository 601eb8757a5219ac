"""The lines of constructors: what each of them builds, with the numbers of the module that stands there in the end."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator

from explainer.diagnosis.case import code_path
from explainer.explain.idioms import widths
from explainer.hazards.view import View
from explainer.labels import detail_of, kind_of, times
from explainer.types import Module, Sentence, Value, sentence


def built(view: View) -> Iterator[tuple[int, Sentence]]:
    for name, owner in view.outline.classes.items():
        instance = next((m for m in view.trace.modules if m.type_name == name and not m.builtin), None)
        made = next((f for f in owner.body if isinstance(f, ast.FunctionDef) and f.name == "__init__"), None)
        if instance is None or made is None:
            continue
        count = sum(m.type_name == name and not m.builtin for m in view.trace.modules)
        if count > 1:
            words = sentence("This class is used for {count} modules; the numbers below are those of the first.", count=count)
            yield view.outline.line(owner), words
        for statement in ast.walk(made):
            if (
                isinstance(statement, ast.Expr)
                and ast.unparse(statement).startswith("super(")
                and ".__init__(" in ast.unparse(statement)
            ):
                yield view.outline.line(statement), sentence("Starts nn.Module, which keeps the list of layers and parameters.")
        yield from _attributes(view, made, instance.path)


def _attributes(view: View, made: ast.FunctionDef, path: str) -> Iterator[tuple[int, Sentence]]:
    """One note for each ``self.name = …`` whose result is the module or parameter that stands there in the end."""
    given: dict[str, list[tuple[ast.stmt, ast.expr]]] = defaultdict(list)
    for node in ast.walk(made):
        if isinstance(node, ast.Assign):
            for attribute, value in _assigned(node):
                given[attribute].append((node, value))
    prefix = path + "." if path else ""
    for attribute, statements in given.items():
        module = view.modules.get(prefix + attribute)
        tensor = next(
            (v for v in view.trace.values if v.name == prefix + attribute and v.origin in ("parameter", "buffer")), None
        )
        fitting = [statement for statement, value in statements if module is None or _could_make(value, module, view)]
        if len(fitting) != 1:
            continue
        line = view.outline.line(fitting[0])
        if module is not None:
            yield line, _module_note(view, module)
            yield from _parts(view, fitting[0], module)
        elif tensor is not None:
            yield line, _tensor_note(attribute, tensor)


def _assigned(node: ast.Assign) -> Iterator[tuple[str, ast.expr]]:
    """The attributes that a statement sets, with what they are set to: also ``self.a, self.b = A(), B()``."""
    for target in node.targets:
        if isinstance(target, ast.Attribute):
            yield target.attr, node.value
        elif isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple) and len(target.elts) == len(node.value.elts):
            for one, value in zip(target.elts, node.value.elts, strict=True):
                if isinstance(one, ast.Attribute):
                    yield one.attr, value


def _parts(view: View, statement: ast.stmt, module: Module) -> Iterator[tuple[int, Sentence]]:
    """The layers that are written out in a container's call, each on its line, if that is not the line of the statement."""
    value = getattr(statement, "value", None)
    items = value.args if isinstance(value, ast.Call) else []
    if len(items) == 1 and isinstance(items[0], (ast.List, ast.Tuple)):
        items = items[0].elts
    children = view.children[module.path]
    if module.type_name not in ("Sequential", "ModuleList") or len(items) != len(children):
        return
    for item, child in zip(items, children, strict=True):
        made = ast.unparse(item.func).split(".")[-1] if isinstance(item, ast.Call) else ""
        if made == child.type_name and item.lineno != statement.lineno:
            yield view.outline.line(item), _module_note(view, child)


def _tensor_note(name: str, value: Value) -> Sentence:
    if value.trainable:
        return sentence("A tensor of its own, {name}: {shape!s}, trained with the rest.", name=name, shape=value.shape)
    return sentence("A tensor of its own, {name}: {shape!s}, kept but not trained.", name=name, shape=value.shape)


def _could_make(value: ast.expr, module: Module, view: View) -> bool:
    """Whether an expression can have built this module: by the class that it calls, and by how much it puts into it."""
    if isinstance(value, (ast.Constant, ast.List, ast.Dict)):
        return False
    if not isinstance(value, ast.Call):
        return True
    name = ast.unparse(value.func).split(".")[-1]
    children = len(view.children[module.path])
    if name[:1].isupper() and name != module.type_name:
        return False
    if name == "Sequential" and not any(isinstance(a, ast.Starred) for a in value.args):
        return len(value.args) == children or (len(value.args) == 1 and children > 0)
    return True


def _module_note(view: View, module: Module) -> Sentence:
    name, count = code_path(module.path), view.param_counts.get(module.path, 0)
    children = view.children[module.path]
    if module.type_name in ("ModuleList", "ModuleDict") and children:
        kinds = ", ".join(dict.fromkeys(child.type_name for child in children[:6]))
        return sentence(
            "Builds {name}: a {kind} that holds {length} modules ({kinds}), {count:,} parameters.",
            name=name, kind=module.type_name, length=len(children), kinds=kinds, count=count,
        )  # fmt: skip
    if module.type_name == "Sequential":
        if not children:
            return sentence("Builds {name}, which is empty: it hands its input on unchanged.", name=name)
        kinds = ", ".join(child.type_name for child in children[:6]) + (", …" if len(children) > 6 else "")
        return sentence(
            "Builds {name}: {length} layers in a row ({kinds}), {count:,} parameters.",
            name=name, length=len(children), kinds=kinds, count=count,
        )  # fmt: skip
    detail = _layer_detail(view, module)
    if count:
        return sentence("Builds {name}: {detail}, {count:,} parameters.", name=name, detail=detail, count=count)
    return sentence("Builds {name}: {detail}, no parameters.", name=name, detail=detail)


def _layer_detail(view: View, module: Module) -> str:
    """What a layer is, with this run's numbers where its class alone does not say it: ``Conv2d 3×3, stride 2, 64→128``."""
    kinds = ("conv", "linear", "pool")
    op = next((op for op in view.trace.ops if op.scope == module.path and kind_of(op) in kinds), None)
    if op is None or not module.builtin or op.base_name == "embedding":
        return module.type_name
    if module.type_name.removeprefix("Parametrized") not in detail_of(op, view.trace) and kind_of(op) != "pool":
        return module.type_name
    detail = detail_of(op, view.trace)
    if kind_of(op) == "pool":  # its class instead of the words "max pool", which are English
        rank = next((int(letter) for letter in op.base_name if letter.isdigit()), 2)
        return f"{module.type_name} {detail.partition('pool ')[2] or '→ ' + times(view.shape(op.outputs[0])[-rank:])}"
    return f"{detail}, {'→'.join(map(str, widths(view, op)))}" if kind_of(op) == "conv" else detail
