"""The numbers of one step after a real forward: which tensors tell of it, and what is shown of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from explainer.examine import Make, real_tensors
from explainer.gates import find_gates
from explainer.tensor_pictures import Picture, Spread, picture_of, spread_of, weights_picture
from explainer.types import Shape, Trace

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, slots=True)
class Wanted:
    """The values, by their ids in a trace, that tell of a step: what it ``made``, its weights, and the gate that it applies."""

    made: int
    weight: int | None = None
    gate: int | None = None

    @property
    def ids(self) -> frozenset[int]:
        return frozenset(value for value in (self.made, self.weight, self.gate) if value is not None)


@dataclass(frozen=True, slots=True)
class StepValues:
    """What a step made of a random input with random weights.

    ``weights`` are its kernels or its matrix, ``gate`` the gate that it applies, if it has any.
    """

    shape: Shape
    spread: Spread | None
    result: Picture | None
    weights: Picture | None
    gate: Picture | None = None


def wanted_by(plan: Trace, ops: Collection[int]) -> Wanted:
    """The result of the last of these ops, the weights of the first that has some, and the gate that one of them applies."""
    gate = next((found.values for found in find_gates(plan) if found.op in ops), None)
    read = [i for op in sorted(ops) for i in plan.ops[op].inputs]
    weight = next((i for i in read if plan.values[i].origin == "parameter" and len(plan.shape(i)) > 1), None)
    return Wanted(plan.ops[max(ops)].outputs[0], weight, gate)


def wanted_of_step(plan: Trace, step: str, ops: Collection[int]) -> Wanted | None:
    """The values of a box of the drawing by its id and ops; None for one that makes nothing, as the call that failed."""
    if ops:
        return wanted_by(plan, ops) if plan.ops[max(ops)].outputs else None
    if step[1:].isdecimal():
        return Wanted(int(step[1:]))
    number = step.removeprefix("out")
    return Wanted(plan.outputs[int(number)]) if number.isdecimal() else None


def step_values(
    make: Make, input_shapes: tuple[Shape, ...], plan: Trace, wanted: Wanted, device: str = "cpu", seed: int = 0
) -> StepValues:
    """The numbers of a step; ``plan`` is the module's trace. TooLarge if the tensors would not fit."""
    return values_in(real_tensors(make, input_shapes, plan, wanted.ids, device, seed), wanted)


def values_in(kept: Mapping[int, Tensor], wanted: Wanted) -> StepValues:
    """What is shown of the tensors that a forward kept; KeyError if it came to no result."""
    made = kept[wanted.made]
    tensor = made.abs().double() if made.is_complex() else made.double()
    weight, gate = (None if value is None else kept.get(value) for value in (wanted.weight, wanted.gate))
    return StepValues(
        tuple(tensor.shape),
        spread_of(tensor),
        picture_of(tensor) if tensor.numel() else None,
        None if weight is None else weights_picture(weight.double()),
        None if gate is None else picture_of(gate.double()),
    )
