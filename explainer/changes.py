"""What differs between two settings of a module: shapes, costs, reach and gates, and what each knob is responsible for."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from explainer.cost import totals
from explainer.dataflow import Dataflow
from explainer.errors import BlocklensError
from explainer.examine import Make
from explainer.gates import find_gates
from explainer.receptive import output_labels
from explainer.trace import trace
from explainer.types import Sentence, Shape, Trace

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True, slots=True)
class Measured:
    """What can be said about a module at given input shapes in one number or shape each.

    ``outputs`` is empty if the forward fails. ``field`` is the receptive field of the first output. ``gates`` are the shapes of
    the attention weights, ``step_count`` the operations that the outputs need.
    """

    inputs: tuple[Shape, ...]
    outputs: tuple[Shape, ...]
    param_count: int
    macs: int
    elementwise: int
    peak_bytes: int
    field: str | None
    gates: tuple[Shape, ...]
    step_count: int

    def differs(self, other: Measured) -> tuple[str, ...]:
        """The names of what is not the same."""
        return tuple(own.name for own in fields(self) if getattr(self, own.name) != getattr(other, own.name))


@dataclass(frozen=True, slots=True)
class Change:
    """What one other value of one knob does. ``after`` is None where it makes no module, and ``refused`` says why.

    ``rewired``: the operations, their settings or their connections differ. A change that neither measures nor rewires
    anything cannot be seen at all.
    """

    knob: str
    value: int | float | str
    after: Measured | None
    differs: tuple[str, ...] = ()
    rewired: bool = False
    refused: Sentence | None = None

    @property
    def fails(self) -> bool:
        return self.after is not None and not self.after.outputs


Variant = tuple[str, "int | float | str", Make, tuple[Shape, ...]]


def measure(make: Make, *input_shapes: Shape) -> Measured:
    """The figures of a module in evaluation mode; nothing is computed or allocated."""
    return measure_trace(_trace(make, input_shapes))


def measure_trace(found: Trace) -> Measured:
    cost, flow = totals(found), Dataflow(found)
    return Measured(
        inputs=tuple(map(found.shape, found.inputs)),
        outputs=() if found.failure else tuple(map(found.shape, found.outputs)),
        param_count=cost.param_count,
        macs=cost.macs,
        elementwise=cost.elementwise,
        peak_bytes=cost.peak_bytes,
        field=next(iter(output_labels(found)), None),
        gates=tuple(gate.shape for gate in find_gates(found, flow)),
        step_count=len(flow.live),
    )


def what_changes(make: Make, input_shapes: tuple[Shape, ...], variants: Iterable[Variant]) -> tuple[Change, ...]:
    """What each variant (knob, its value, how to build, input shapes) changes against the module that ``make`` builds."""
    base = _trace(make, input_shapes)
    before, wiring = measure_trace(base), _wiring(base)
    return tuple(_change(variant, before, wiring) for variant in variants)


def _change(variant: Variant, before: Measured, wiring: Hashable) -> Change:
    knob, value, make, shapes = variant
    try:
        found = _trace(make, shapes)
    except BlocklensError as error:
        return Change(knob, value, None, refused=error.sentence)
    after = measure_trace(found)
    return Change(knob, value, after, before.differs(after), _wiring(found) != wiring)


def _trace(make: Make, input_shapes: tuple[Shape, ...]) -> Trace:
    import torch

    with torch.device("meta"):
        module: nn.Module = make().eval()
        return trace(module, *map(torch.empty, input_shapes))


def _wiring(found: Trace) -> Hashable:
    """Everything about the operations except sizes."""
    return tuple((op.name, op.inputs, op.attributes) for op in found.ops)
