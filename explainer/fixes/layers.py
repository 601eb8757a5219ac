"""Fixes that give a layer another number: channels, features, stride, padding, groups, a projection in the shortcut."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from math import gcd

from explainer.diagnosis.case import code_path, operand_nodes
from explainer.diagnosis.story import arms, fork_of, uneven_cut, way
from explainer.fixes.edits import Patch
from explainer.fixes.scene import Draft, Scene
from explainer.types import Op, sentence

MOST_LAYERS = 8


def channels(scene: Scene) -> Iterator[Draft]:
    """For a layer whose input has other channels or features than it was made for: either side, the argument, the input."""
    found = wanted_and_given(scene)
    if found is None:
        return
    wanted, given = found
    case = scene.case
    is_form = scene.rule in ("flatten_missing", "features_axis", "channels_last", "batch_missing")
    late = 4 if is_form or _mixes_samples(scene) or _stands_elsewhere(scene, wanted) else 0
    on_input = not case.inputs or not any(op.inputs[1:] for op, _, _ in way(case, case.inputs[0]))
    for name, value in scene.whole_arguments.items():
        if value == wanted:
            yield scene.built_with(name, given, late + (0 if on_input else 3))
    yield from scene.taken_as(case.scope, given, late + 1)
    if case.inputs:
        yield from _feeding(scene, wanted)
    if on_input:
        yield from _other_input(scene, wanted, given)
    for name, value in scene.whole_arguments.items():
        if value == given:
            yield scene.built_with(name, wanted, 3)


def _stands_elsewhere(scene: Scene, wanted: int) -> bool:
    """Whether what the layer was made for is the size of axis 1, which it does not look at."""
    case = scene.case
    is_last = case.op in ("linear", "layer_norm", "rms_norm")
    return is_last and len(case.shapes[0]) > 2 and case.shapes[0][1] == wanted


def _mixes_samples(scene: Scene) -> bool:
    """Whether the batch axis was lost on the way to a linear layer."""
    case = scene.case
    batch = [case.trace.shape(value)[:1] for value in case.trace.inputs[:1]] if case.inputs else []
    return (
        case.op == "linear"
        and len(case.shapes[0]) < 3
        and bool(batch)
        and (case.shapes[0][:1] != batch[0] or len(case.shapes[0]) < 2)
    )


def wanted_and_given(scene: Scene) -> tuple[int, int] | None:
    """(what the layer was made for, what it gets), from the shapes or from the message."""
    case = scene.case
    numbers = re.search(r"Expected (\d+), got (\d+)|dimension of (\d+), but got (\d+)", case.message)
    if numbers:
        first, second = [int(n) for n in numbers.groups() if n]
        return first, second
    if not case.op or len(case.shapes) < 2 or not case.shapes[0]:
        return None
    given, weight = case.shapes[:2]
    if case.op == "linear" and len(weight) == 2:
        pair = weight[1], given[-1]
    elif case.op.startswith("conv") and len(given) >= len(weight) - 1:
        groups = case.attribute("groups", 1)
        count = groups if isinstance(groups, int) else 1
        axis = len(given) - len(weight) + 1
        pair = (weight[0] if "transpose" in case.op else weight[1] * count), given[max(axis, 0)]
    elif case.op in ("batch_norm", "instance_norm", "group_norm") and len(given) > 1:
        pair = weight[0], given[1]
    elif case.op in ("layer_norm", "rms_norm"):
        pair = weight[-1] if weight else 0, given[-1]
    else:
        return None
    return pair if pair[0] != pair[1] else None


def _feeding(scene: Scene, wanted: int) -> Iterator[Draft]:
    """The nearest layers before, made to give what is wanted."""
    seen = 0
    for op, _, _ in reversed(way(scene.case, scene.case.inputs[0])):
        if scene.first_of(op.scope, ("out_channels", "out_features", "hidden_size")):
            yield from scene.given_as(op.scope, wanted, 2 + seen)
            seen += 1
        if seen == 2:
            return


def _other_input(scene: Scene, wanted: int, given: int) -> Iterator[Draft]:
    for i, own in enumerate(scene.result.inputs):
        for axis, size in enumerate(own.shape):
            if size == given and (axis > 0 or len(own.shape) == 1):
                shape = (*own.shape[:axis], wanted, *own.shape[axis + 1 :])
                inputs = scene.result.inputs
                yield from scene.with_inputs((*inputs[:i], replace(own, shape=shape), *inputs[i + 1 :]), 4)


def two_arms(scene: Scene) -> Iterator[Draft]:
    """For two operands of different size: a stride, a padding or channels on either way to them, or a projection."""
    case = scene.case
    if not case.op or len(case.inputs) < 2:
        return
    pair = arms(case) or (case.inputs[0], case.inputs[1])
    one, other = (case.trace.shape(value) for value in pair)
    if len(one) == len(other):
        yield from _strides(scene, pair)
        yield from _paddings(scene, pair)
        yield from _widths(scene, pair)
    if arms(case) is not None:
        yield from projection(scene, pair)


def _ways(scene: Scene, pair: tuple[int, ...]) -> list[list[Op]]:
    fork = fork_of(scene.case)
    return [[op for op, _, _ in way(scene.case, value, fork)][::-1] for value in pair]


def _strides(scene: Scene, pair: tuple[int, ...]) -> Iterator[Draft]:
    """Less stride on the way to the smaller one, last layer first; then more on the way to the larger one."""
    sizes = [scene.case.trace.shape(value)[-1] for value in pair]
    small, large = (0, 1) if sizes[0] < sizes[1] else (1, 0)
    if sizes[0] == sizes[1]:
        return
    both = _ways(scene, pair)
    ratio = round(sizes[large] / max(sizes[small], 1))
    for place, op in enumerate([op for op in both[small] if first_number(op.attribute("stride")) > 1][:MOST_LAYERS]):
        yield from scene.settings(op.scope, "stride", 1, 3 if place else 1 if scene.rule == "shortcut_stride" else 0)
    for op in [op for op in both[large] if op.attribute("stride") is not None][:MOST_LAYERS]:
        more = ratio * first_number(op.attribute("stride"))
        yield from scene.settings(op.scope, "stride", more, 0 if scene.rule == "shortcut_stride" else 2)


def _paddings(scene: Scene, pair: tuple[int, ...]) -> Iterator[Draft]:
    for op in [op for both in _ways(scene, pair) for op in both[:MOST_LAYERS]]:
        yield from keeping_size(scene, op, 0)


def keeping_size(scene: Scene, op: Op, rank: int) -> Iterator[Draft]:
    """The padding with which a layer keeps the size at stride 1; the output_padding that a transposed one may lack."""
    case = scene.case
    if op.base_name.startswith("conv") and len(op.inputs) > 1:
        kernel, dilation = case.trace.shape(op.inputs[1])[-1], max(first_number(op.attribute("dilation")), 1)
        if "transpose" in op.base_name:
            for extra in (1, 0):
                yield from scene.settings(op.scope, "output_padding", extra, rank + 1)
            yield from scene.settings(op.scope, "kernel_size", first_number(op.attribute("stride")), rank + 1)
            return
        if first_number(op.attribute("padding")) != dilation * (kernel - 1) // 2:
            yield from scene.settings(op.scope, "padding", dilation * (kernel - 1) // 2, rank)
        fitting = 2 * first_number(op.attribute("padding")) // dilation + 1
        if fitting != kernel:
            yield from scene.settings(op.scope, "kernel_size", fitting, rank + 1)
        if dilation > 1:
            yield from scene.settings(op.scope, "dilation", 1, rank + 1)
    elif "pool" in op.base_name and op.attribute("kernel_size") is not None:
        yield from scene.settings(op.scope, "padding", first_number(op.attribute("kernel_size")) // 2, rank + 1)
        yield from scene.settings(op.scope, "ceil_mode", "True", rank + 2)


def _widths(scene: Scene, pair: tuple[int, ...]) -> Iterator[Draft]:
    """Equal channels: what the shortcut gives made what the main path gives, and the other way round."""
    shapes = [scene.case.trace.shape(value) for value in pair]
    if len(shapes[0]) < 2:
        return
    axis = 1 if len(shapes[0]) in (2, 4, 5) else len(shapes[0]) - 1
    if shapes[0][axis] == shapes[1][axis]:
        return
    both = _ways(scene, pair)
    for side in (1, 0):
        layers = [op for op in both[side] if scene.first_of(op.scope, ("out_channels", "out_features", "hidden_size"))]
        for op in layers[:2]:
            yield from scene.given_as(op.scope, shapes[1 - side][axis], 1)
    for name, value in scene.whole_arguments.items():
        for size, other in ((shapes[0][axis], shapes[1][axis]), (shapes[1][axis], shapes[0][axis])):
            if value == size:
                yield scene.built_with(name, other, 3)


def projection(scene: Scene, pair: tuple[int, ...]) -> Iterator[Draft]:
    """A 1×1 convolution with the right stride, built in the constructor and put around the shortcut."""
    case, line = scene.case, scene.case.line
    shapes = [case.trace.shape(value) for value in pair]
    if case.op != "add" or line is None or len(shapes[0]) != len(shapes[1]) or len(shapes[0]) not in (3, 4, 5):
        return
    owner = case.class_at(line)
    made = next((f for f in owner.body if isinstance(f, ast.FunctionDef) and f.name == "__init__"), None) if owner else None
    if made is None:
        return
    places = [nodes for node in scene.text.nodes(ast.AST) if _on(node, line) and (nodes := operand_nodes(node, case.op))]
    if len(places) != 1:
        return
    main, short = shapes
    stride = max(1, -(-short[-1] // max(main[-1], 1)))
    order = list(case.inputs).index(pair[1]) if pair[1] in case.inputs else 1
    layer = f"nn.Conv{len(main) - 2}d({short[1]}, {main[1]}, 1" + (f", stride={stride})" if stride > 1 else ")")
    last = made.body[-1].end_lineno or made.lineno
    indent = " " * made.body[0].col_offset
    patches = (
        scene.text.new_line(last + 1, f"{indent}self.projection = {layer}"),
        scene.text.wrap(places[0][min(order, 1)], "self.projection(", ")"),
    )
    yield Draft(sentence("Put a 1×1 convolution into the shortcut: {layer}.", layer=layer), 2, patches)


def _on(node: ast.AST, line: int) -> bool:
    return isinstance(node, (ast.expr, ast.stmt)) and node.lineno <= line <= (node.end_lineno or 0)


def windows(scene: Scene) -> Iterator[Draft]:
    """For a window larger than its input: padding, a smaller window, less stride before."""
    case = scene.case
    if scene.rule != "kernel_too_large" or not case.shapes:
        return
    op = case.refused
    yield from keeping_size(scene, op, 0)
    yield from scene.settings(op.scope, "kernel_size", max(min(case.shapes[0][2:], default=1), 1), 1)
    strided = [op for op, _, _ in way(case, case.inputs[0]) if first_number(op.attribute("stride")) > 1]
    for op in strided[::-1][:MOST_LAYERS]:
        yield from scene.settings(op.scope, "stride", 1, 2)


def even_parts(scene: Scene) -> Iterator[Draft]:
    """The layer in front of a cut made wide enough for parts of one size."""
    case = scene.case
    found = uneven_cut(case) if scene.rule == "cut_unevenly" else None
    made = None if found is None else case.flow.producer(found[0].inputs[0])
    if found is None or made is None:
        return
    cut, axis = found
    size, count = case.trace.shape(cut.inputs[0])[axis], len(cut.outputs)
    for wider in (size + -size % count, count * size):
        for name in ("out_features", "out_channels"):
            yield from scene.settings(made.scope, name, wider, 0)


def groups(scene: Scene) -> Iterator[Draft]:
    """For channels that do not divide: other numbers of groups or heads, at the call or by an argument."""
    if scene.rule != "groups":
        return
    case = scene.case
    if case.op == "pixel_shuffle" and case.inputs:
        yield from _squares(scene)
        return
    calls = [c for c in scene.text.nodes(ast.Call) if case.line is not None and c.lineno <= case.line <= (c.end_lineno or 0)]
    numbers = [int(n) for n in re.findall(r"\((\d+)\)", case.message)]
    for call in sorted(calls, key=lambda c: -c.col_offset):
        yield from _other_groups(scene, call, numbers)
    for name, value in scene.whole_arguments.items():
        if re.search(r"group|head", name):
            others = [n for other, n in scene.whole_arguments.items() if other != name]
            for count in _divisors_near(value, others) or [n for n in (value // 2, value - 1, 4, 2, 1) if 0 < n < value]:
                yield scene.built_with(name, count, 0)
        elif re.search(r"chan|dim|embed|plane|feat|width", name):
            for other in scene.whole_arguments.values():
                if 0 < other < value:
                    yield scene.built_with(name, -(-value // other) * other, 1)


def _squares(scene: Scene) -> Iterator[Draft]:
    """The layer in front of a pixel shuffle with as many channels as make whole squares."""
    case = scene.case
    factor, count = first_number(case.attribute("upscale_factor", 2)), case.shapes[0][-3]
    near = [n for n in (-(-count // factor**2) * factor**2, count // factor**2 * factor**2) if n > 0]
    for op, _, _ in reversed(way(case, case.inputs[0])):
        if scene.first_of(op.scope, ("out_channels",)):
            for place, wanted in enumerate(near):
                yield from scene.given_as(op.scope, wanted, place)
            return


def _divisors_near(count: int, numbers: Iterable[int]) -> list[int]:
    """The numbers nearest to a count that deal one of these out evenly; 1, which deals nothing out, last.

    >>> _divisors_near(8, [100])
    [10, 5, 4, 1]
    """
    fit = {n for number in numbers for n in range(2, min(number, 2 * count) + 1) if number % n == 0} - {count}
    return [*sorted(fit, key=lambda n: (abs(n - count), n))[:3], 1] if fit else []


def _other_groups(scene: Scene, call: ast.Call, numbers: list[int]) -> Iterator[Draft]:
    keyword = next((word for word in call.keywords if word.arg in ("groups", "num_groups", "num_heads")), None)
    node = keyword.value if keyword else None
    text = scene.text.text(call.func)
    name = (
        keyword.arg
        if keyword and keyword.arg
        else "num_groups"
        if "GroupNorm" in text
        else "num_heads"
        if "Attention" in text
        else ""
    )
    if node is None and name:
        place = 0 if name == "num_groups" else 1
        node = call.args[place] if len(call.args) > place else None
    if node is None:
        return
    present = node.value if isinstance(node, ast.Constant) and isinstance(node.value, int) else 32
    likely = [gcd(*numbers)] if len(numbers) == 2 else []
    for count in dict.fromkeys((*likely, *(n for n in (16, 8, 6, 4, 3, 2, 1) if n < present))):
        message = sentence("Use {name}={value}.", name=name, value=count)
        rank = 2 if isinstance(node, ast.Name) and node.id in scene.whole_arguments else 0
        yield Draft(message, rank, (scene.text.replace(node, str(count)),))


def first_number(value: object) -> int:
    first = value[0] if isinstance(value, tuple) and value else value
    return first if isinstance(first, int) else 0


def layer_in_front(scene: Scene) -> Iterator[Draft]:
    """``nn.Flatten(1)`` in a Sequential, in front of the linear layer that needs it."""
    if scene.rule not in ("flatten_missing", "flatten_features", "linear_features", "features_axis"):
        return
    sites = scene.origins.get(scene.case.scope, ())
    parent = scene.case.modules.get(scene.case.scope.rpartition(".")[0])
    if not sites or parent is None or parent.type_name != "Sequential":
        return
    for layer, rank in (("nn.Flatten(1)", 0), ("nn.AdaptiveAvgPool2d(1), nn.Flatten(1)", 2)):
        start = scene.text.span(sites[0].call)[0]
        message = sentence("Put {layer} in front of {name}.", layer=layer, name=code_path(scene.case.scope))
        yield Draft(message, rank, (Patch(start, start, f"{layer}, "),))
