"""Which blocks can stand in the network: they take one picture, keep its shape, and have a gate whose values can be seen."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from explainer.errors import BlocklensError
from explainer.gates import find_gates
from explainer.trace import trace
from explainer.training.measures import units
from explainer.training.record import SIDES, WIDTHS
from explainer.types import Gate, Shape, Trace

if TYPE_CHECKING:
    from torch import nn


_PICTURES = 2
_ENDS = ((WIDTHS[0], SIDES[0]), (WIDTHS[-1], SIDES[-1]))


def fits(build: Callable[[int], nn.Module]) -> bool:
    """Whether a block built for the first and for the last stage does; found out on shapes alone."""
    return all(_fits(build, width, side) for width, side in _ENDS)


def gate_numbers(build: Callable[[int], nn.Module]) -> tuple[int, ...]:
    """The gates of a block of which a training tells something, counted from 0 as its ``GateMeans`` are."""
    found: set[int] = set()
    for width, side in _ENDS:
        seen = _seen(build, (_PICTURES, width, side, side))
        gates = [] if seen is None else [gate for gate in find_gates(seen) if gate.values is not None]
        found |= {number for number, gate in enumerate(gates) if seen is not None and _has_rows(seen, gate)}
    return tuple(sorted(found))


def _has_rows(seen: Trace, gate: Gate) -> bool:
    import torch

    assert gate.values is not None
    values = seen.values[gate.values]
    return units(torch.empty(values.shape, dtype=getattr(torch, values.dtype), device="meta"), gate.kind, _PICTURES) is not None


def _fits(build: Callable[[int], nn.Module], width: int, side: int) -> bool:
    shape = (_PICTURES, width, side, side)
    seen = _seen(build, shape)
    if seen is None or [seen.shape(output) for output in seen.outputs] != [shape]:
        return False
    return any(gate.values is not None and gate.shape[:1] == shape[:1] for gate in find_gates(seen))


def _seen(build: Callable[[int], nn.Module], shape: Shape) -> Trace | None:
    """What a block does with pictures of this shape; None if it cannot be built or stops."""
    import torch

    try:
        with torch.device("meta"):
            seen = trace(build(shape[1]).eval(), torch.empty(shape))
    except BlocklensError:
        return None
    return seen if seen.failure is None else None
