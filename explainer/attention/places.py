"""Where numbers lie on a picture: which axes of a tensor are channels, which are places, and in which order.

``Axes.lay`` brings any feature map into one form: samples, units (branches times channels), rows, columns.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from explainer.attention.stem import token_places
from explainer.dataflow import Dataflow
from explainer.formulas import ELEMENTWISE
from explainer.gates import layout_of, turned_order
from explainer.types import Gate, Trace

_TURNING = ("permute", "transpose", "swapaxes")
_ALIKE = frozenset(("contiguous", "clone", "detach", "to", "type", "float"))


@dataclass(frozen=True, slots=True)
class Axes:
    """The axes of a tensor by what they count; ``channel`` is None where nothing is a channel."""

    channel: int | None
    branches: tuple[int, ...]
    places: tuple[int, ...]

    def lay(self, tensor: Tensor) -> Tensor:
        """(samples, units, rows, columns); one row of tokens, a single place for vectors, the mean of what is deeper."""
        units = (*self.branches, *(() if self.channel is None else (self.channel,)))
        laid = tensor.permute(0, *units, *self.places)
        count = 1
        for axis in units:
            count *= tensor.shape[axis]
        laid = laid.reshape(len(laid), count, *(tensor.shape[axis] for axis in self.places))
        while laid.dim() > 4:
            laid = laid.mean(2)
        return laid.reshape(*laid.shape[:2], *(1,) * (4 - laid.dim()), *laid.shape[2:])


def axes_of(flow: Dataflow, value: int, rank: int, free: frozenset[int] = frozenset()) -> Axes:
    """The axes of a feature map, counted as in a tensor of ``rank`` (a product may have more than its operand).

    ``free`` is the axis along which weights differ: where no layer tells, it is the channels'.
    """
    trace = flow.trace
    added = rank - len(trace.shape(value))
    found = layout_of(trace, value, flow)
    if found is not None:
        channel, branches = found[0] + added, tuple(sorted(axis + added for axis in found[1]))
    else:
        channel, branches = (next(iter(free)) if len(free) == 1 else 1 if rank > 3 else rank - 1), ()
    if channel == 0:
        return Axes(None, (), tuple(range(1, rank)))
    roots = _roots(flow, value)
    places = [axis for axis in range(1, rank) if axis != channel and axis not in branches]
    return Axes(channel, branches, tuple(sorted(places, key=lambda axis: roots[axis - added] if axis >= added else axis)))


def _roots(flow: Dataflow, value: int) -> list[int]:
    """For each axis of a value the axis that it was before axes changed their places."""
    trace = flow.trace
    rank = len(trace.shape(value))
    order = list(range(rank))
    while (op := flow.producer(value)) is not None and op.inputs and len(trace.shape(op.inputs[0])) == rank:
        if op.base_name in _TURNING:
            turn = turned_order(op, rank)
            if turn is None:
                break
            order = [turn[axis] for axis in order]
        elif len(flow.activations(op)) != 1 or op.base_name not in _ALIKE | ELEMENTWISE:
            break
        value = op.inputs[0]
    return order


def places_of(trace: Trace, count: int, before: int) -> tuple[int, int, bool]:
    """Rows and columns in which ``count`` numbers in a row lie on the picture, and whether one more stands before them.

    They are the places of a feature map that was there before value ``before``, or of the tokens of an input.
    """
    if any(len(trace.shape(value)) == 3 and trace.shape(value)[1] == count for value in trace.inputs):
        return token_places(count)
    for value in reversed(trace.values[:before]):
        if len(value.shape) == 4 and min(value.shape[2:]) > 1:
            rows, columns = value.shape[2:]
            if rows * columns in (count, count - 1):
                return rows, columns, rows * columns == count - 1
    return token_places(count)


def aligned(trace: Trace, gate: Gate, values: Tensor, rank: int) -> Tensor:
    """The weights with as many axes as their product, 1 where they do not differ."""
    product = trace.ops[gate.op]
    if product.base_name != "einsum":
        return values.reshape((1,) * (rank - values.dim()) + tuple(values.shape))
    left, _, result = str(product.attribute("equation")).replace(" ", "").partition("->")
    term = left.split(",")[0 if product.inputs[0] != gate.target else 1]
    turned = values.permute(*sorted(range(len(term)), key=lambda axis: result.index(term[axis])))
    sizes = iter(turned.shape)
    return turned.reshape(tuple(next(sizes) if letter in term else 1 for letter in result))
