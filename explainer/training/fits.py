"""Which blocks can stand in the network: they take one picture, keep its shape, and have a gate whose values can be seen."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from explainer.errors import BlocklensError
from explainer.gates import find_gates
from explainer.trace import trace
from explainer.training.record import SIDES, WIDTHS

if TYPE_CHECKING:
    from torch import nn


def fits(build: Callable[[int], nn.Module]) -> bool:
    """Whether a block built for the first and for the last stage does; found out on shapes alone."""
    return all(_fits(build, width, side) for width, side in ((WIDTHS[0], SIDES[0]), (WIDTHS[-1], SIDES[-1])))


def _fits(build: Callable[[int], nn.Module], width: int, side: int) -> bool:
    import torch

    shape = (2, width, side, side)
    try:
        with torch.device("meta"):
            seen = trace(build(width).eval(), torch.empty(shape))
    except BlocklensError:
        return False
    if seen.failure is not None or [seen.shape(output) for output in seen.outputs] != [shape]:
        return False
    return any(gate.values is not None and gate.shape[:1] == shape[:1] for gate in find_gates(seen))
