"""What a module consists of, walked once: paths, parameters, buffers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn
from torch.nn.parameter import is_lazy


@dataclass(slots=True)
class Inventory:
    """The parts of one module.

    ``paths``: every path of each submodule, the first one first. ``parameters``, ``buffers``: each tensor once, by first name.
    ``tables``: (the instance's own dict, how it was filled), to see afterwards what the forward rebound.
    """

    paths: dict[nn.Module, list[str]]
    parameters: dict[str, Tensor]
    buffers: dict[str, Tensor]
    tables: list[tuple[dict[str, Any], list[tuple[str, Tensor | None]]]]
    training: list[tuple[nn.Module, bool]]
    is_lazy: bool = False

    @property
    def tensors(self) -> list[Tensor]:
        return [*self.parameters.values(), *self.buffers.values()]


def take_inventory(module: nn.Module) -> Inventory:
    """The parts of a module; uninitialised parameters of lazy layers are only noted."""
    found = Inventory({}, {}, {}, [], [])
    seen: set[int] = set()
    pending = [("", module)]
    while pending:
        path, instance = pending.pop()
        known = found.paths.get(instance)
        if known is not None:
            known.append(path)
            continue
        found.paths[instance] = [path]
        found.training.append((instance, instance.training))
        prefix = path + "." if path else ""
        both: tuple[tuple[dict[str, Any], dict[str, Tensor]], ...]
        both = ((instance._parameters, found.parameters), (instance._buffers, found.buffers))
        for table, names in both:
            rows = list(table.items())
            found.tables.append((table, rows))
            for name, tensor in rows:
                if tensor is not None and id(tensor) not in seen:
                    seen.add(id(tensor))
                    if is_lazy(tensor):
                        found.is_lazy = True
                    else:
                        names[prefix + name] = tensor
        children = [(prefix + name, child) for name, child in instance._modules.items() if child is not None]
        pending.extend(reversed(children))
    return found
