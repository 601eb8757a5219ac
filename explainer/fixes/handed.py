"""Fixes of what a layer is handed: layers in a list, a first state of another size than it keeps."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from explainer.diagnosis.rules.values import state_sizes
from explainer.fixes.edits import Patch
from explainer.fixes.scene import Draft, Scene
from explainer.types import sentence


def stars(scene: Scene) -> Iterator[Draft]:
    """``nn.Sequential(*[...])``."""
    if scene.rule != "layers_in_list":
        return
    for call in scene.text.nodes(ast.Call):
        if ast.unparse(call.func).endswith("Sequential") and len(call.args) == 1 and not isinstance(call.args[0], ast.Starred):
            start = scene.text.span(call.args[0])[0]
            yield Draft(sentence("Put a star in front of the list."), 0, (Patch(start, start, "*"),))


def states(scene: Scene) -> Iterator[Draft]:
    """The number in the first state that is not what the layer keeps."""
    sizes = state_sizes(scene.case.message) if scene.rule == "state_size" else None
    for wanted, given in zip(*sizes, strict=True) if sizes else ():
        places = [
            node
            for call in scene.text.nodes(ast.Call)
            if ast.unparse(call.func).split(".")[-1] in ("zeros", "ones", "randn", "rand", "new_zeros", "empty")
            for node in ast.walk(call)
            if isinstance(node, ast.Constant) and node.value == given and wanted != given
        ]
        if places:
            message = sentence("Line {line}: {right} in the place of {wrong}.", line=places[0].lineno, right=wanted, wrong=given)
            yield Draft(message, 0, tuple(scene.text.replace(node, str(wanted)) for node in places))
