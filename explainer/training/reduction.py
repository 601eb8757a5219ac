"""What a block costs at each reduction ratio: hidden width, parameters and multiply-adds, all read from its trace on shapes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from explainer.cost import totals
from explainer.dataflow import Dataflow
from explainer.errors import BlocklensError
from explainer.gates import find_gates
from explainer.trace import trace
from explainer.types import Shape, Trace

if TYPE_CHECKING:
    from torch import nn

_LAYERS = frozenset(("conv1d", "conv2d", "conv3d", "linear"))
RATIOS = (1, 2, 4, 8, 16, 32, 64)


@dataclass(frozen=True, slots=True)
class Ratio:
    """A block at one reduction ratio. ``hidden`` is the narrowest layer on the way to its first gate, None without one."""

    reduction: int
    hidden: int | None
    param_count: int
    macs: int


def ratios(make: Callable[[int], nn.Module], shape: Shape, reductions: Sequence[int] = RATIOS) -> tuple[Ratio, ...]:
    """The block at every ratio that makes one; nothing is computed but shapes."""
    import torch

    found = []
    for reduction in reductions:
        try:
            with torch.device("meta"):
                seen = trace(make(reduction).eval(), torch.empty(shape))
        except BlocklensError:
            continue  # too few channels for this ratio: the block says so itself
        cost = totals(seen)
        found.append(Ratio(reduction, hidden_width(seen), cost.param_count, cost.macs))
    return tuple(found)


def hidden_width(seen: Trace) -> int | None:
    """The fewest channels that stand between two layers on the way to the first gate; None if there is no such place."""
    flow = Dataflow(seen)
    gates = find_gates(seen, flow)
    widths, waiting, known = list[int](), [(gate.source, False) for gate in gates[:1]], set[tuple[int, bool]]()
    while waiting:
        place = waiting.pop(0)
        if place in known:
            continue
        known.add(place)
        op, leads_on = seen.ops[place[0]], place[1]
        if op.base_name in _LAYERS:
            shape = seen.shape(op.outputs[0])
            if leads_on:
                widths.append(shape[-1] if op.base_name == "linear" else shape[1])
            leads_on = True
        waiting += [(producer.id, leads_on) for value in op.inputs if (producer := flow.producer(value)) is not None]
    return min(widths, default=None)
