"""Hazards of what is built and does not count: modules never called, parameters that reach no output or no optimiser."""

from __future__ import annotations

from collections.abc import Iterator

from explainer.diagnosis.case import code_path
from explainer.hazards.view import View
from explainer.types import Hazard, Module, sentence

_SILENT = frozenset(("Identity", "Sequential", "ModuleList", "ModuleDict", "ParameterList", "ParameterDict"))


def never_called(view: View) -> Iterator[Hazard]:
    """A module that the forward never calls and that no other code mentions."""
    busy = _busy_paths(view)
    idle = [module for module in view.trace.modules if module.path and module.path not in busy]
    paths = {module.path for module in idle}
    for module in idle:
        if module.path.rpartition(".")[0] in paths or _is_mentioned(view, module.path):
            continue
        if module.type_name in _SILENT and not _own_and_below(view, module):
            continue
        count = sum(view.trace.values[v].element_count for v in _own_and_below(view, module))
        yield Hazard(
            "never_called",
            view.outline.built_at(view.trace, module.path),
            sentence("{layer} is built and never called.", layer=code_path(module.path)),
            sentence("Its {count:,} parameters are stored and saved, but never trained.", count=count)
            if count
            else sentence("Whatever it was meant to do, it does not happen."),
            sentence("Call it in forward, or leave it out."),
        )


def _below(view: View, module: Module) -> list[Module]:
    return [other for other in view.trace.modules if other.path == module.path or other.path.startswith(module.path + ".")]


def _own_and_below(view: View, module: Module) -> list[int]:
    return [value for other in _below(view, module) for value in other.parameters]


def _busy_paths(view: View) -> set[str]:
    """Modules that were called or of whose parameters some op reads one, and all modules around these."""
    found: set[str] = set()
    for module in view.trace.modules:
        path = module.path
        if module.call_count or any(view.users[value] for value in module.parameters):
            while path and path not in found:
                found.add(path)
                path = path.rpartition(".")[0]
    return found


def _is_mentioned(view: View, path: str) -> bool:
    """Whether a method other than the constructor names it: then it may be for training, or for another branch."""
    return any(part in view.outline.read for part in path.split(".") if not part.isdigit())


def dead_parameters(view: View) -> Iterator[Hazard]:
    """Parameters that are computed with, but whose result reaches no output."""
    told: set[str] = set()
    for op in view.trace.ops:
        if op.id in view.flow.live or op.scope in told:
            continue
        owned = [v for v in op.inputs if view.trace.values[v].origin == "parameter"]
        dead = [v for v in owned if not any(user.id in view.flow.live for user in view.users[v])]
        if not dead:
            continue
        told.add(op.scope)
        yield Hazard(
            "dead_result",
            op.line,
            sentence("what {layer} computes here reaches no output.", layer=view.name_of(op)),
            sentence("Its {count:,} parameters get no gradient.", count=sum(view.trace.values[v].element_count for v in dead)),
            sentence("Use the result, or leave the layer out."),
        )


def dead_own_parameters(view: View) -> Iterator[Hazard]:
    """A parameter of a module that runs, which no op reads and no code mentions."""
    for module in view.trace.modules:
        for value in module.parameters if module.call_count and not module.builtin else ():
            name = view.trace.values[value].name
            if view.users[value] or name.rpartition(".")[2] in view.outline.read or value in view.trace.outputs:
                continue
            yield Hazard(
                "dead_parameter",
                view.outline.built_at(view.trace, name),
                sentence("the parameter {name} is never read.", name=name),
                sentence("Its {count:,} numbers get no gradient.", count=view.trace.values[value].element_count),
                sentence("Use it in forward, or leave it out."),
            )


def unregistered(view: View) -> Iterator[Hazard]:
    """Weights that the module does not know: layers in a plain list, or built anew in every forward."""
    told: set[int | None] = set()
    for op in view.live_ops:
        roots = [view.trace.values[view.trace.values[v].storage] for v in op.inputs]
        strangers = [root for root in roots if root.origin == "parameter" and not root.name]
        if not strangers or op.line in told or not view.flow.activations(op):
            continue
        told.add(op.line)
        yield Hazard(
            "unregistered",
            op.line,
            sentence("{op} runs with weights that the module does not know.", op=op.base_name),
            sentence("parameters() does not list them, so an optimiser never trains them and state_dict() does not save them."),
            sentence("Build the layer in the constructor, and keep several in nn.ModuleList, not in a list."),
        )
