"""Fixes that turn axes: a layer that looks for its channels where they do not stand."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from explainer.fixes.edits import Patch
from explainer.fixes.forward import applied_layers
from explainer.fixes.layers import wanted_and_given
from explainer.fixes.scene import Draft, Scene
from explainer.types import sentence


def misplaced(scene: Scene) -> bool:
    """Whether what a layer was made for is the size of another axis: then the axes are to be turned, not the layer changed."""
    found, case = wanted_and_given(scene), scene.case
    if found is None or not case.op or not case.shapes:
        return False
    shape, wanted = case.shapes[0], found[0]
    if case.op in ("layer_norm", "rms_norm"):
        return len(shape) > 2 and shape[1] == wanted
    if case.op == "linear":
        return len(shape) == 3 and shape[1] == wanted
    is_own = case.values[0].origin == "input"  # which is turned where the forward begins
    return scene.rule == "channels_last" and shape[-1] == wanted and not is_own


def turned_inputs(scene: Scene) -> Iterator[Draft]:
    """What goes into the layer turned, and for a norm turned back behind it."""
    case = scene.case
    if case.line is None or not misplaced(scene):
        return
    rank, leaf = len(case.shapes[0]), case.scope.rpartition(".")[2]
    for call in applied_layers(scene, case.line):
        if not isinstance(call.func, ast.Attribute) or call.func.attr != leaf:
            continue
        where, end = call.args[0], scene.text.span(call)[1]
        if case.op == "linear":
            words = sentence("Move the channels to the last axis first.")
            yield Draft(words, 0, (scene.text.wrap(where, "", ".transpose(1, 2)"),))
        elif case.op.startswith("conv"):
            turn = ".transpose(1, 2)" if rank == 3 else ".movedim(-1, 1)"
            yield Draft(sentence("Move the channels to axis 1 first."), 0, (scene.text.wrap(where, "", turn),))
        else:
            words = sentence("Turn the channels to the last axis for {layer}, and back behind it.", layer=leaf)
            back = Patch(end, end, ".movedim(-1, 1)")
            yield Draft(words, 0, (scene.text.wrap(where, "", ".movedim(1, -1)"), back))
