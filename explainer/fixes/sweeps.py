"""The last resort: numbers and arguments of the nearest layers and lines, tried one by one."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from explainer.diagnosis.story import way
from explainer.fixes.layers import MOST_LAYERS, first_number, keeping_size
from explainer.fixes.scene import Draft, Scene
from explainer.outline import Outline
from explainer.types import Op, sentence

_SWEPT: tuple[tuple[str, tuple[int, ...]], ...] = (
    ("stride", (1, 2)), ("padding", (0, 1)), ("kernel_size", (3, 1)), ("dilation", (1,)), ("output_padding", (0, 1)),
    ("groups", (1,)),
)  # fmt: skip
_TAKE_AXES = (
    "unsqueeze", "squeeze", "transpose", "permute", "flatten", "chunk", "split", "cat", "stack", "movedim", "mean", "sum",
)  # fmt: skip


def sweep(scene: Scene) -> Iterator[Draft]:
    """The last resort for sizes: every layer on the way to the operands with the usual numbers, nearest first."""
    case = scene.case
    if not case.op:
        return
    for op in _nearest(scene)[: 2 * MOST_LAYERS]:
        yield from keeping_size(scene, op, 5)
        for name, values in _SWEPT:
            for value in values:
                if first_number(op.attribute(name)) != value and op.attribute(name) is not None:
                    yield from scene.settings(op.scope, name, value, 6)


def other_arguments(scene: Scene) -> Iterator[Draft]:
    """Every whole number that the module is built with, a little smaller and larger."""
    for name, value in scene.whole_arguments.items():
        for other in dict.fromkeys((value - 1, value + 1, value // 2, 2 * value, 1)):
            if other > 0 and other != value:
                yield scene.built_with(name, other, 6)


def literals(scene: Scene) -> Iterator[Draft]:
    """Every whole number on the failing line and in the calls that built the layers before, a little smaller and larger."""
    case, text = scene.case, scene.text
    if scene.rule == "cut_unevenly":  # a last part of one number would be broadcast
        return
    lines = [case.line] if case.line is not None else []
    outline = Outline(scene.result.source)
    for operand in case.values:
        line = outline.built_at(case.trace, operand.name) if operand.origin == "parameter" else None
        lines += [line] if line is not None else []
    for op in _nearest(scene):
        lines += [site.call.lineno for site in scene.origins.get(op.scope, ())[:1]]
        lines += [op.line] if op.line is not None else []
    wanted = list(dict.fromkeys(lines))[:MOST_LAYERS]
    nothing = _may_be_nothing(scene)
    nodes = [n for n in text.nodes(ast.Constant) if type(n.value) is int and n.lineno in wanted]
    for node in sorted(nodes, key=lambda n: wanted.index(n.lineno)):
        value = node.value
        assert isinstance(value, int)
        for other in dict.fromkeys((value - 1, value + 1, value // 2, 2 * value, value - 2)):
            if (other > 0 or (other == 0 and node in nothing)) and other != value:
                message = sentence("Line {line}: {right} in the place of {wrong}.", line=node.lineno, right=other, wrong=value)
                yield Draft(message, 7, (text.replace(node, str(other)),))


def _may_be_nothing(scene: Scene) -> set[ast.AST]:
    """Numbers that may be 0: indices, axes and paddings. A window or a stride of 0 is none, even where torch lets it pass."""
    inside = [n.slice for n in scene.text.nodes(ast.Subscript)]
    inside += [w.value for w in scene.text.nodes(ast.keyword) if w.arg in ("dim", "axis", "padding", "output_padding")]
    inside += [a for c in scene.text.nodes(ast.Call) if ast.unparse(c.func).split(".")[-1] in _TAKE_AXES for a in c.args]
    return {node for part in inside for node in ast.walk(part)}


def counterparts(scene: Scene) -> Iterator[Draft]:
    """A written size that does not fit, as large as the one it meets, in all places of its line at once."""
    case, text = scene.case, scene.text
    if scene.rule != "broadcast" or case.line is None or len(case.shapes) < 2:
        return
    pairs = zip(case.shapes[0][::-1], case.shapes[1][::-1], strict=False)
    wrong = dict.fromkeys((a, b) for one, other in pairs if one != other for a, b in ((one, other), (other, one)))
    nodes = [n for n in text.nodes(ast.Constant) if type(n.value) is int]
    for size, fitting in wrong:
        for line in dict.fromkeys(node.lineno for node in nodes if node.value == size and size > 1 and fitting > 1):
            places = [node for node in nodes if node.lineno == line and node.value == size]
            message = sentence("Line {line}: {right} in the place of {wrong}.", line=line, right=fitting, wrong=size)
            yield Draft(message, 2, tuple(text.replace(node, str(fitting)) for node in places))


def _nearest(scene: Scene) -> list[Op]:
    """The op that refused and those before it, nearest first."""
    case = scene.case
    if not case.op:
        return []
    found = [case.refused, *(op for value in case.inputs for op, _, _ in reversed(way(case, value)))]
    return list({op.id: op for op in found}.values())


def swapped(scene: Scene) -> Iterator[Draft]:
    """The first two arguments the other way round, in calls on the failing line and in those that built the nearest layers."""
    text, line = scene.text, scene.case.line
    calls = [c for c in text.nodes(ast.Call) if c.lineno == line] if line is not None else []
    calls += [site.call for op in _nearest(scene)[:4] for site in scene.origins.get(op.scope, ())[:1]]
    for call in calls:
        if len(call.args) > 1:
            one, other = call.args[:2]
            patches = (text.replace(one, text.text(other)), text.replace(other, text.text(one)))
            yield Draft(sentence("Exchange the first two arguments of {name}.", name=text.text(call.func)[:40]), 4, patches)
