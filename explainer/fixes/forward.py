"""Fixes in the lines of the forward: flatten, transpose, missing axes, other axes, a view that fits."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import takewhile

from explainer.diagnosis.case import operand_nodes
from explainer.diagnosis.rules.python import attributes_of
from explainer.diagnosis.story import way
from explainer.fixes.edits import Patch
from explainer.fixes.scene import Draft, Scene
from explainer.types import Sentence, Shape, sentence

_MOST_LINES = 6


def lines_before(scene: Scene) -> list[int]:
    """The failing line, then those that made its operands, nearest first."""
    case = scene.case
    found = [case.line] if case.line is not None else []
    if case.op:
        ops = {op.id: op for value in case.inputs for op, _, _ in way(case, value)}
        found += [op.line for _, op in sorted(ops.items(), reverse=True) if op.line is not None]
    return list(dict.fromkeys(line for line in found if line is not None))[:_MOST_LINES]


def on_line(scene: Scene, line: int) -> list[ast.expr]:
    """The expressions of a line, the innermost and last ones first."""
    nodes = [n for n in scene.text.nodes(ast.expr) if n.lineno <= line <= (n.end_lineno or 0) and n.end_lineno == n.lineno]
    return sorted(nodes, key=lambda n: ((n.end_col_offset or 0) - n.col_offset, -n.col_offset))


def applied_layers(scene: Scene, line: int) -> Iterator[ast.Call]:
    """Calls of this class's own layers: ``self.fc(x)``, and of functions with an input."""
    for node in on_line(scene, line):
        if isinstance(node, ast.Call) and node.args and not isinstance(node.args[0], ast.Starred):
            yield node


def flatten(scene: Scene) -> Iterator[Draft]:
    """What goes into the linear layer flattened, or averaged over the picture."""
    if (
        scene.rule not in ("flatten_missing", "flatten_features", "linear_features", "features_axis", "rank")
        or scene.case.line is None
    ):
        return
    leaf = scene.case.scope.rpartition(".")[2]
    calls = [c for c in applied_layers(scene, scene.case.line) if isinstance(c.func, ast.Attribute)]
    named = [c for c in calls if isinstance(c.func, ast.Attribute) and c.func.attr in (leaf, *scene.case.scope.split("."))]
    for call in named or calls:
        where = call.args[0]
        yield Draft(sentence("Flatten all axes but the batch's first."), 0, (scene.text.wrap(where, "", ".flatten(1)"),))
        yield Draft(sentence("Average over height and width first."), 1, (scene.text.wrap(where, "", ".mean((2, 3))"),))
        yield Draft(sentence("Move the channels to the last axis first."), 2, (scene.text.wrap(where, "", ".movedim(1, -1)"),))
        yield Draft(sentence("Exchange the last two axes first."), 2, (scene.text.wrap(where, "", ".transpose(-2, -1)"),))


def views(scene: Scene) -> Iterator[Draft]:
    """``view`` with -1 in the place of one size, as ``reshape``, or as ``flatten``."""
    if not scene.rule.startswith("view"):
        return
    for line in lines_before(scene)[:2]:
        for node in on_line(scene, line):
            if (
                not isinstance(node, ast.Call)
                or not isinstance(node.func, ast.Attribute)
                or node.func.attr not in ("view", "reshape", "unflatten")
            ):
                continue
            start = scene.text.span(node.func)[1] - len(node.func.attr)
            if node.func.attr == "view":
                reshape = Patch(start, start + 4, "reshape")
                yield Draft(sentence("Use reshape, which copies where it must."), 0, (reshape,))
            yield from _with_free_size(scene, node)


def _with_free_size(scene: Scene, call: ast.Call) -> Iterator[Draft]:
    sizes = call.args[0].elts if len(call.args) == 1 and isinstance(call.args[0], (ast.Tuple, ast.List)) else call.args
    text, op = scene.text, str(getattr(call.func, "attr", "view"))
    free = [node for node in sizes if written_number(node) == -1]
    agreeing = _leading_axes(scene, call, sizes)
    for node in sorted(sizes, key=lambda n: (not isinstance(n, ast.Constant), -n.col_offset)):
        if node in free or node in agreeing:
            continue
        patches = (text.replace(node, "-1"), *(text.replace(other, "1") for other in free))
        yield Draft(
            sentence("Let {op} work this size out: -1 in the place of {size}.", op=op, size=text.text(node)),
            1 + len(free),
            patches,
        )
    for node in free:
        yield from _multiples(scene, node)
    if sizes and not free:
        end = text.span(sizes[-1])[1]
        yield Draft(sentence("Let {op} add a last axis of what is left: -1.", op=op), 2, (Patch(end, end, ", -1"),))


def _leading_axes(scene: Scene, call: ast.Call, sizes: Sequence[ast.expr]) -> list[ast.expr]:
    """The first sizes, as far as they are the tensor's own: another number there would mix samples or places."""
    asked = re.search(r"shape '\[([\d, ]+)\]' is invalid", scene.case.message)
    wanted = [int(size) for size in asked[1].split(",")] if asked else []
    if len(wanted) != len(sizes) or not scene.case.shapes or call.end_lineno != scene.case.line:
        return []
    pairs = zip(sizes, wanted, scene.case.shapes[0], strict=False)
    return [node for node, _size, _own in takewhile(lambda pair: pair[1] == pair[2], pairs)]


def _multiples(scene: Scene, free: ast.expr) -> Iterator[Draft]:
    shape = scene.case.shapes[0] if scene.case.shapes else ()
    for size in dict.fromkeys(shape):
        yield Draft(sentence("Write {size} in the place of -1.", size=size), 4, (scene.text.replace(free, str(size)),))


def written_number(node: ast.expr) -> int | None:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Constant):
        return -node.operand.value if type(node.operand.value) is int else None
    return node.value if isinstance(node, ast.Constant) and type(node.value) is int else None


def operands(scene: Scene) -> Iterator[Draft]:
    """The operands of the failing op turned, given their missing axes, or resized to each other."""
    case, line = scene.case, scene.case.line
    if not case.op or line is None or len(case.shapes) < 2:
        return
    places = [
        found for node in scene.text.nodes(ast.AST) if _begins(node, line) and len(found := operand_nodes(node, case.op)) > 1
    ]
    for nodes in places:
        if case.op in ("matmul", "bmm", "mm"):
            yield from _turned(scene, nodes)
        elif case.op in ("cat", "stack"):
            yield from _resized(scene, nodes)
            for node in nodes if len(nodes) == 2 else ():
                words = sentence("Transpose {operand}.", operand=scene.text.text(node)[:40])
                yield Draft(words, 2, (scene.text.wrap(node, "", ".transpose(1, 2)"),))
        elif len(nodes) == 2:
            yield from _spread(scene, nodes)
            if case.shapes[0][:1] == case.shapes[1][:1]:
                yield from _resized(scene, nodes, resized=[_is_resized(scene, value) for value in case.inputs[:2]])
            if _fits_turned(case.shapes[0], case.shapes[1]):
                yield from _turned(scene, nodes)


def _fits_turned(one: Shape, other: Shape) -> bool:
    """Whether two shapes agree once the last two axes of one change places: turned, almost any two can be broadcast."""
    return len(one) > 1 and len(one) == len(other) and one == (*other[:-2], other[-1], other[-2])


def expansions(scene: Scene) -> Iterator[Draft]:
    """``w.expand_as(y)`` with one weight per channel: the axes to spread over are missing."""
    case, line = scene.case, scene.case.line
    if case.op not in ("expand", "expand_as") or line is None or not case.shapes:
        return
    wanted, given = case.trace.shape(case.inputs[1]) if len(case.inputs) > 1 else (), case.shapes[0]
    missing = len(wanted) - len(given)
    for node in on_line(scene, line) if missing > 0 and given == wanted[: len(given)] else ():
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == case.op:
            index = "[" + ", ".join([":"] * len(given) + ["None"] * missing) + "]"
            place = node.func.value
            words = sentence("Give {operand} the missing axes: {index}.", operand=scene.text.text(place)[:40], index=index)
            yield Draft(words, 0, (scene.text.wrap(place, "", index),))


def turned_norms(scene: Scene) -> Iterator[Draft]:
    """A norm over channels that stand in the last axis: turned before it, and back behind it."""
    case = scene.case
    if scene.rule != "norm_channels" or case.line is None or len(case.shapes) < 2 or len(case.shapes[0]) != 3:
        return
    if case.op == "layer_norm" or case.shapes[0][-1] != case.shapes[1][0]:
        return
    leaf = case.scope.rpartition(".")[2]
    for call in applied_layers(scene, case.line):
        if isinstance(call.func, ast.Attribute) and call.func.attr == leaf:
            end, turn = scene.text.span(call)[1], ".transpose(1, 2)"
            words = sentence("Turn the channels to axis 1 for {layer}, and back behind it.", layer=leaf)
            yield Draft(words, 0, (scene.text.wrap(call.args[0], "", turn), Patch(end, end, turn)))


def _begins(node: ast.AST, line: int) -> bool:
    return isinstance(node, (ast.expr, ast.stmt)) and node.lineno <= line <= (node.end_lineno or 0)


def _turned(scene: Scene, nodes: list[ast.expr]) -> Iterator[Draft]:
    text = scene.text
    for node in (nodes[1], nodes[0]):
        message = sentence("Transpose {operand}.", operand=text.text(node)[:40])
        yield Draft(message, 1, (text.wrap(node, "", ".transpose(-2, -1)"),))
    both = (text.replace(nodes[0], text.text(nodes[1])), text.replace(nodes[1], text.text(nodes[0])))
    yield Draft(sentence("Exchange the two operands."), 2, both)
    for node in nodes:
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in ("transpose", "permute", "t")
        ):
            bare = text.replace(node, text.text(node.func.value))
            yield Draft(sentence("Leave {op} out.", op=node.func.attr), 1, (bare,))


def _spread(scene: Scene, nodes: list[ast.expr]) -> Iterator[Draft]:
    ranks = [len(shape) for shape in scene.case.shapes[:2]]
    if ranks[0] == ranks[1]:
        return
    few = 0 if ranks[0] < ranks[1] else 1
    if isinstance(nodes[few], ast.Name) and isinstance(getattr(nodes[few], "ctx", None), ast.Store):
        return
    missing = abs(ranks[0] - ranks[1])
    index = "[" + ", ".join([":"] * ranks[few] + ["None"] * missing) + "]"
    words = sentence("Give {operand} the missing axes: {index}.", operand=scene.text.text(nodes[few])[:40], index=index)
    yield Draft(words, 0, (scene.text.wrap(nodes[few], "", index),))
    for axis in range(1, ranks[few] + 1):
        if missing == 1:
            words = sentence("Give {operand} a new axis {axis}.", operand=scene.text.text(nodes[few])[:40], axis=axis)
            yield Draft(words, 2, (scene.text.wrap(nodes[few], "", f".unsqueeze({axis})"),))


def _is_resized(scene: Scene, value: int) -> bool:
    """Whether an operand was brought to its size by a factor, which odd sizes do not survive."""
    made = scene.case.flow.producer(value)
    return made is not None and made.base_name in ("interpolate", "upsample")


def _resized(scene: Scene, nodes: list[ast.expr], resized: Sequence[bool] = (False, False)) -> Iterator[Draft]:
    shapes = scene.case.shapes
    if len(nodes) == len(shapes) == 2 and len(shapes[0]) == len(shapes[1]):
        for own, other in ((0, 1), (1, 0)):
            if shapes[own][0] == 1 < shapes[other][0]:
                rest = ", -1" * (len(shapes[own]) - 1)
                expanded = f".expand({scene.text.text(nodes[other])}.shape[0]{rest})"
                words = sentence("Repeat {operand} for every sample of the batch.", operand=scene.text.text(nodes[own])[:40])
                yield Draft(words, 1, (scene.text.wrap(nodes[own], "", expanded),))
    if len(nodes) == len(shapes) and len({len(shape) for shape in shapes}) > 1:
        yield from _same_rank(scene, nodes)
    if len(nodes) != len(shapes) or len({len(shape) for shape in shapes}) > 1 or len(shapes[0]) != 4:
        return
    text = scene.text
    for target, own in ((0, 1), (1, 0)):
        if shapes[target][2:] != shapes[own][2:]:
            size = f"{text.text(nodes[target])}.shape[2:]"
            names = {alias.asname or alias.name for alias in text.nodes(ast.alias)}
            names |= {supplied.name for supplied in scene.result.supplied}
            function = "F.interpolate" if "F" in names else "torch.nn.functional.interpolate"
            words = sentence(
                "Resize {operand} to the size of {other}.",
                operand=text.text(nodes[own])[:40],
                other=text.text(nodes[target])[:40],
            )
            yield Draft(words, 0 if resized[own] else 3 + own, (text.wrap(nodes[own], f"{function}(", f", size={size})"),))


def _same_rank(scene: Scene, nodes: list[ast.expr]) -> Iterator[Draft]:
    """A new axis for the operands that have one fewer."""
    most = max(len(shape) for shape in scene.case.shapes)
    for node, shape in zip(nodes, scene.case.shapes, strict=True):
        for axis in range(1, most) if len(shape) == most - 1 else ():
            words = sentence("Give {operand} a new axis {axis}.", operand=scene.text.text(node)[:40], axis=axis)
            yield Draft(words, 2, (scene.text.wrap(node, "", f".unsqueeze({axis})"),))


def unwanted_ops(scene: Scene) -> Iterator[Draft]:
    """One call of a method too many, which changes the form: ``.flatten(1)``, ``.squeeze()``, ``.unsqueeze(1)``."""
    if not scene.case.op and scene.rule not in ("norm_rank", "unpack_rank", "features"):
        return
    for distance, line in enumerate(lines_before(scene)[:4]):
        for node in on_line(scene, line):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in _FORMS
                and _is_method(node)
            ):
                bare = scene.text.replace(node, scene.text.text(node.func.value))
                yield Draft(sentence("Leave {op} out.", op=node.func.attr), 3 + distance, (bare,))


_FORMS = frozenset("flatten squeeze unsqueeze transpose permute t mean sum view reshape".split())


def _is_method(call: ast.Call) -> bool:
    assert isinstance(call.func, ast.Attribute)
    return not (isinstance(call.func.value, ast.Name) and call.func.value.id in ("torch", "F", "nn"))


def other_ranks(scene: Scene) -> Iterator[Draft]:
    """A layer for another number of axes, ``BatchNorm1d`` for ``BatchNorm2d``; as many names as a shape has sizes."""
    if scene.rule in ("norm_rank", "rank"):
        for site in scene.origins.get(scene.case.scope, ())[:1]:
            name = scene.text.text(site.call.func)
            for digit in "123" if name[-1:] == "d" and name[-2:-1].isdigit() else "":
                words = sentence("Use {name}.", name=name[:-2] + digit + "d")
                yield Draft(words, 0, (scene.text.replace(site.call.func, name[:-2] + digit + "d"),))
    if scene.rule in ("unpack_rank", "unpack"):
        for statement in scene.text.nodes(ast.Assign):
            target = statement.targets[0]
            if statement.lineno == scene.case.line and isinstance(target, ast.Tuple):
                yield from _more_names(scene, target)


def _more_names(scene: Scene, target: ast.Tuple) -> Iterator[Draft]:
    text = scene.text
    last = text.span(target.elts[-1])[1]
    for count in (1, 2):
        yield Draft(sentence("Unpack {count} more.", count=count), count - 1, (Patch(last, last, ", _" * count),))
        if len(target.elts) > count + 1:
            start = text.span(target.elts[-count - 1])[1]
            yield Draft(sentence("Unpack {count} fewer.", count=count), count, (Patch(start, last, ""),))


def forgotten_layers(scene: Scene) -> Iterator[Draft]:
    """A layer that is built and nowhere used, put around what the lines before compute."""
    owner = scene.case.class_at(scene.case.line)
    if owner is None or scene.case.failure is None:
        return
    read = {n.attr for n in ast.walk(owner) if isinstance(n, ast.Attribute) and isinstance(n.ctx, ast.Load)}
    known = {path.partition(".")[0] for path in scene.case.modules if path}
    idle = [name for name in attributes_of(owner) if name in known and name not in read]
    for distance, line in enumerate(lines_before(scene)):
        for node in on_line(scene, line):
            is_value = isinstance(node, (ast.Name, ast.Call, ast.BinOp)) and not isinstance(getattr(node, "ctx", None), ast.Store)
            for name in idle if is_value else ():
                words = sentence("Apply {layer}, which is built and not used.", layer=name)
                yield Draft(words, 1 + distance, (scene.text.wrap(node, f"self.{name}(", ")"),))


def moved_axes(scene: Scene) -> Iterator[Draft]:
    """An input of another layout turned where the forward begins."""
    if scene.rule not in ("channels_last", "batch_missing", "rank", "norm_rank", "unpack_rank", "conv_channels"):
        return
    function = scene.text.function(scene.case.line) if scene.case.line is not None else None
    if function is None or function.name != "forward" or len(function.args.args) < 2:
        return
    name = function.args.args[1].arg
    indent = " " * function.body[0].col_offset
    changes: Iterable[tuple[Sentence, str, int]] = (
        (
            sentence("Move the channels to axis 1 where the forward begins."),
            f"{name} = {name}.movedim(-1, 1)",
            0 if scene.rule == "channels_last" else 2,
        ),
        (sentence("Add the batch axis where the forward begins."), f"{name} = {name}.unsqueeze(0)", 2),
        (sentence("Add the channel axis where the forward begins."), f"{name} = {name}.unsqueeze(1)", 2),
    )
    first = function.body[1] if len(function.body) > 1 and ast.get_docstring(function) is not None else function.body[0]
    for message, line, rank in changes:
        yield Draft(message, rank, (scene.text.new_line(first.lineno, indent + line),))
