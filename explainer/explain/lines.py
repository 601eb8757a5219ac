"""The lines of a source, one note each: what the constructor builds, and what the forward does with this run's shapes."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from itertools import chain

from explainer.diagnosis.case import code_path
from explainer.doing import doing
from explainer.explain.idioms import widths
from explainer.explain.steps import tell
from explainer.hazards.view import View
from explainer.labels import detail_of, kind_of
from explainer.types import Call, LineNote, Module, Op, Sentence, Shape, Value, sentence

_MOST_PER_LINE, _FEW = 8, 2  # no line is cut short by so few
_MOST_INSIDE = 3


def line_notes(view: View) -> tuple[LineNote, ...]:
    """Notes in the order of the lines; a line of which the trace shows nothing has none."""
    found: dict[int, list[Sentence]] = defaultdict(list)
    for line, text in (*_built(view), *_given(view), *_done(view), *_returned(view)):
        if text not in found[line]:
            found[line].append(text)
    return tuple(LineNote(line, tuple(texts)) for line, texts in sorted(found.items()))


# The constructor


def _built(view: View) -> Iterator[tuple[int, Sentence]]:
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


def _tensor_note(name: str, value: Value) -> Sentence:
    if value.trainable:
        return sentence("A tensor of its own, {name}: {shape!s}, trained with the rest.", name=name, shape=value.shape)
    return sentence("A tensor of its own, {name}: {shape!s}, kept but not trained.", name=name, shape=value.shape)


def _could_make(value: ast.expr, module: Module, view: View) -> bool:
    """Whether an expression can have built this module: by the class that it calls, and by how much it puts into it."""
    if isinstance(value, ast.Constant):
        return False
    if not isinstance(value, ast.Call):
        return True
    name = ast.unparse(value.func).split(".")[-1]
    children = sum(1 for path in view.modules if path.rpartition(".")[0] == module.path and path)
    if name[:1].isupper() and name != module.type_name:
        return False
    if name == "Sequential" and not any(isinstance(a, ast.Starred) for a in value.args):
        return len(value.args) == children or (len(value.args) == 1 and children > 0)
    return True


def _module_note(view: View, module: Module) -> Sentence:
    name, count = code_path(module.path), view.param_counts.get(module.path, 0)
    children = [m for m in view.trace.modules if m.path.rpartition(".")[0] == module.path and m.path]
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
    return f"{detail}, {'→'.join(map(str, widths(view, op)))}" if kind_of(op) == "conv" else detail


# The forward


def _is_own(view: View, path: str) -> bool:
    """Whether the lines of a module stand in this source; the module that was called always counts."""
    module = view.modules[path]
    return not path or (not module.builtin and module.type_name in view.outline.classes)


def _owner_call(view: View, call: Call) -> Call:
    """The innermost call around it whose lines stand in this source, itself included."""
    while call.parent is not None and not _is_own(view, call.path):
        call = view.trace.calls[call.parent]
    return call


def _done(view: View) -> Iterator[tuple[int, Sentence]]:
    """What each line of a forward runs, for the first run of its class."""
    units: dict[int, list[tuple[int, int, tuple[Sentence, ...]]]] = defaultdict(list)
    shown: set[int] = set()
    for op in view.trace.ops:
        owner = _owner_call(view, view.trace.calls[op.call]) if view.trace.calls else None
        if op.line is None:
            continue
        whole = _whole_call(view, op)
        if whole is None:
            units[op.line].append((owner.id if owner else 0, op.id, tell(view, op)))
        elif whole.id not in shown and _takes(whole):
            shown.add(whole.id)
            units[op.line].append((owner.id if owner else 0, op.id, _told_whole(view, whole)))
    for call in view.trace.calls:
        if call.line is not None and call.parent is not None and _is_own(view, call.path) and _takes(call):
            owner = _owner_call(view, view.trace.calls[call.parent])
            first = view.first_op_of.get(call.id, len(view.trace.ops))
            units[call.line].append((owner.id, first, (_call_note(view, call),)))
    for line, found in units.items():
        yield from _first_run(line, found)


def _first_run(line: int, found: list[tuple[int, int, tuple[Sentence, ...]]]) -> Iterator[tuple[int, Sentence]]:
    owners = sorted({owner for owner, _, _ in found})
    mine = [texts for owner, _, texts in sorted(found, key=lambda unit: unit[1]) if owner == owners[0]]
    is_cut = len(mine) > _MOST_PER_LINE + _FEW
    for text in chain.from_iterable(mine[:_MOST_PER_LINE] if is_cut else mine):
        yield line, text
    if is_cut:
        yield line, sentence("And so on: {count} steps in all.", count=len(mine))
    if len(owners) > 1:
        yield line, sentence("This line runs {count} times; these are the shapes of the first.", count=len(owners))


def _whole_call(view: View, op: Op) -> Call | None:
    """The outermost call around an op whose insides stand in no line of this source, as those of MultiheadAttention."""
    call, found = view.trace.calls[op.call], None
    while call.parent is not None:
        module = view.modules[call.path]
        is_opaque = not _is_own(view, call.path) and module.type_name not in ("Sequential", "ModuleList")
        if is_opaque and view.ops_in_call.get(call.id, 0) > 1:
            found = call
        call = view.trace.calls[call.parent]
    return found


def _told_whole(view: View, call: Call) -> tuple[Sentence, ...]:
    """The steps of a call that depend on its input, if they are few: one that makes a state or a weight first is told by it."""
    first = view.first_op_of[call.id]
    inside = view.trace.ops[first : first + view.ops_in_call[call.id]]
    steps = [op for op in inside if op.outputs and view.flow.depends[op.outputs[0]]]
    if 0 < len(steps) <= _MOST_INSIDE:
        return tuple(chain.from_iterable(tell(view, op) for op in steps))
    numbers = {op.id for op in inside}
    attention = [gate for gate in view.gates if gate.op in numbers and gate.kind == "token-to-token"]
    return (_call_note(view, call), *[doing(view.trace.ops[gate.op], view.trace, gate) for gate in attention[:1]])


def _takes(call: Call) -> bool:
    return bool(call.inputs and call.outputs)


def _call_note(view: View, call: Call) -> Sentence:
    before, after = view.shape(call.inputs[0]), view.shape(call.outputs[0])
    kind = view.modules[call.path].type_name
    return sentence("{name} ({kind}): {before!s} → {after!s}.", name=code_path(call.path), kind=kind, before=before, after=after)


def _given(view: View) -> Iterator[tuple[int, Sentence]]:
    """What comes into each forward."""
    for forward, call in _forwards(view):
        names = [a.arg for a in forward.args.args if a.arg != "self"]
        inputs = view.trace.inputs if call.parent is None else call.inputs
        if call.parent is None:
            shapes = [(view.trace.values[v].name, view.shape(v)) for v in inputs]
        else:
            shapes = list(zip(names, (view.shape(v) for v in inputs), strict=False)) if len(names) == len(inputs) else []
        for name, shape in shapes:
            if name in names:
                yield view.outline.line(forward), sentence("{name} comes in as {shape!s}.", name=name, shape=shape)


def _returned(view: View) -> Iterator[tuple[int, Sentence]]:
    """What each forward gives back, where there is one way out only."""
    for forward, call in _forwards(view):
        ways = [n for n in ast.walk(forward) if isinstance(n, ast.Return) and n.value is not None]
        outputs: tuple[Shape, ...] = tuple(view.shape(v) for v in (view.trace.outputs if call.parent is None else call.outputs))
        if len(ways) == 1 and outputs:
            shapes = ", ".join(str(shape) for shape in outputs[:4])
            yield view.outline.line(ways[0]), sentence("Gives back {shapes}.", shapes=shapes)


def _forwards(view: View) -> Iterator[tuple[ast.FunctionDef, Call]]:
    """The forward of each class in the source, with its first call."""
    for name, owner in view.outline.classes.items():
        call = next(
            (c for c in view.trace.calls if view.modules[c.path].type_name == name and not view.modules[c.path].builtin), None
        )
        forward = next((f for f in owner.body if isinstance(f, ast.FunctionDef) and f.name == "forward"), None)
        if call is not None and forward is not None:
            yield forward, call
