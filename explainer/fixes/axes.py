"""Fixes of the axes that calls in the forward name: another one, a missing one, another order."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator

from explainer.fixes.edits import Patch
from explainer.fixes.forward import lines_before, on_line, written_number
from explainer.fixes.scene import Draft, Scene
from explainer.types import sentence

_REDUCING = frozenset("mean sum max min amax amin std var".split())


_AXIS_NAMES = frozenset(("dim", "axis", "start_dim", "end_dim", "dim0", "dim1", "dims"))


_WITH_AXES = frozenset(
    "cat concat stack softmax log_softmax mean sum amax amin max min std var transpose swapaxes permute flatten unsqueeze squeeze"
    " chunk split unbind cumsum norm normalize argmax roll flip gather Softmax Flatten LogSoftmax".split()
)


_WITHIN_SAMPLES = frozenset("softmax log_softmax Softmax LogSoftmax normalize".split())  # along axis 0 they would mix samples


def axes(scene: Scene) -> Iterator[Draft]:
    """Every axis that the lines before name, tried at its other values."""
    if scene.case.failure is None:
        return
    rank = max((len(shape) for shape in scene.case.shapes), default=4)
    for distance, line in enumerate(lines_before(scene)):
        for node in on_line(scene, line):
            if isinstance(node, ast.Call) and _called(node) in _WITH_AXES:
                yield from _other_axes(scene, node, rank, distance)


def _called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else call.func.id if isinstance(call.func, ast.Name) else ""


def _other_axes(scene: Scene, call: ast.Call, rank: int, distance: int) -> Iterator[Draft]:
    name, text = _called(call), scene.text
    plain = [n for n in (*call.args, *(w.value for w in call.keywords if w.arg in _AXIS_NAMES)) if written_number(n) is not None]
    if name == "permute":
        yield from _permutations(scene, call, distance)
        return
    for node in plain:
        now = written_number(node)
        last = (-1, -2) if scene.rule != "axis" else ()  # where an axis is missing, the same one from the end is no other fix
        for value in (*range(1, rank), *(() if name in _WITHIN_SAMPLES else (0,)), *last):
            if value != now:
                message = sentence("{op} along axis {axis}.", op=name, axis=value)
                yield Draft(message, 2 + distance, (text.replace(node, str(value)),))
    yield from _missing_axes(scene, call, distance)
    for node in [n for n in (*call.args, *(w.value for w in call.keywords)) if isinstance(n, ast.Tuple) and name in _REDUCING]:
        for pair in ((2, 3), (1, 2), (-2, -1)):
            yield Draft(sentence("{op} over axes {axes!s}.", op=name, axes=pair), 2 + distance, (text.replace(node, str(pair)),))
    if name in _REDUCING and not any(word.arg == "keepdim" for word in call.keywords) and (call.args or call.keywords):
        end = text.span(call)[1] - 1
        message = sentence("Let {op} keep its axes at size 1: keepdim=True.", op=name)
        yield Draft(message, 1 + distance, (Patch(end, end, ", keepdim=True"),))


def _missing_axes(scene: Scene, call: ast.Call, distance: int) -> Iterator[Draft]:
    """An axis where the call names none: ``softmax()``, ``cat([a, b])``, ``transpose(1)``, ``mean()``."""
    name, end = _called(call), scene.text.span(call)[1] - 1
    if any(word.arg in _AXIS_NAMES for word in call.keywords):
        return
    numbers = [node for node in call.args if written_number(node) is not None]
    wanted = {"transpose": 2, "swapaxes": 2}.get(name, 1)
    if len(numbers) >= wanted or any(isinstance(node, ast.Tuple) for node in call.args):
        return
    comma = ", " if call.args or call.keywords else ""
    word = "dim=" if wanted == 1 and name != "flatten" else ""
    for axes in ("1", "-1", "2", "(2, 3)" if name in _REDUCING else "0"):
        message = sentence("{op} along axis {axis}.", op=name, axis=axes)
        yield Draft(message, 1 + distance, (Patch(end, end, f"{comma}{word}{axes}"),))


def _permutations(scene: Scene, call: ast.Call, distance: int) -> Iterator[Draft]:
    nodes = call.args[0].elts if len(call.args) == 1 and isinstance(call.args[0], (ast.Tuple, ast.List)) else call.args
    now = [written_number(node) for node in nodes]
    if not len(nodes) >= 2 or None in now:
        return
    if len(nodes) > 4:
        yield from _one_axis_changed(scene, nodes, distance)
        return
    shape_rank = len(scene.case.shapes[0]) if scene.rule == "permute_rank" and scene.case.shapes else len(nodes)
    orders = list(itertools.permutations(range(min(shape_rank, 4))))
    orders.sort(key=lambda order: (order[0] != 0, sum(a != b for a, b in zip(order, now, strict=False))))
    start, end = scene.text.span(nodes[0])[0], scene.text.span(nodes[-1])[1]
    for order in orders:
        if list(order) != now:
            message = sentence("Permute the axes to {order!s}.", order=order)
            yield Draft(message, 2 + distance, (Patch(start, end, ", ".join(map(str, order))),))


def _one_axis_changed(scene: Scene, nodes: list[ast.expr], distance: int) -> Iterator[Draft]:
    """Orders of many axes that differ from the written one in one place, or in two that change places."""
    now = [written_number(node) or 0 for node in nodes]
    start, end = scene.text.span(nodes[0])[0], scene.text.span(nodes[-1])[1]
    for order in itertools.permutations(range(len(now))):
        if 0 < sum(a != b for a, b in zip(order, now, strict=True)) <= (1 if len(set(now)) < len(now) else 2):
            message = sentence("Permute the axes to {order!s}.", order=order)
            yield Draft(message, 2 + distance, (Patch(start, end, ", ".join(map(str, order))),))
