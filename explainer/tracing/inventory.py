"""What a module consists of, walked once: paths, parameters, buffers."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor, nn
from torch.nn import Parameter
from torch.nn.parameter import is_lazy


@dataclass(slots=True)
class Inventory:
    """The parts of one module.

    ``paths``: every path of each submodule, the first one first. ``parameters``, ``buffers``: each tensor once, by first name.
    """

    paths: dict[nn.Module, list[str]]
    parameters: dict[str, Tensor]
    buffers: dict[str, Tensor]
    is_lazy: bool = False

    @property
    def tensors(self) -> list[Tensor]:
        return [*self.parameters.values(), *self.buffers.values()]


def take_inventory(module: nn.Module) -> Inventory:
    """The parts of a module; uninitialised parameters of lazy layers are only noted."""
    found = Inventory({}, {}, {})
    seen: set[int] = set()
    pending = [("", module)]
    while pending:
        path, instance = pending.pop()
        known = found.paths.get(instance)
        if known is not None:
            known.append(path)
            continue
        found.paths[instance] = [path]
        prefix, own = path + "." if path else "", vars(instance)
        for table, names in ((own["_parameters"], found.parameters), (own["_buffers"], found.buffers)):
            if not table:
                continue
            for name, tensor in table.items():
                if tensor is None or id(tensor) in seen:
                    continue
                seen.add(id(tensor))
                if type(tensor) is not Parameter and is_lazy(tensor):
                    found.is_lazy = True
                else:
                    names[prefix + name] = tensor
        if children := own["_modules"]:
            pending += [(prefix + name, child) for name, child in reversed(children.items()) if child is not None]
    return found
