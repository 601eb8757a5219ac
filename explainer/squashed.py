"""Weights between 0 and 1 that are written out in plain arithmetic: a sigmoid by its exponential, shares of a sum."""

from __future__ import annotations

from explainer.dataflow import Dataflow
from explainer.types import Op

_SAME_NUMBERS = frozenset(
    "view reshape flatten unflatten squeeze unsqueeze permute transpose swapaxes movedim T mT contiguous clone to type view_as"
    " reshape_as type_as float half double expand expand_as repeat broadcast_to".split()
)
_AWAY_FROM_ZERO = frozenset("add clamp clamp_min clip maximum".split())  # what a sum gets before one divides by it
_REACH = 16


def is_sigmoid(op: Op, flow: Dataflow) -> bool:
    """Whether an op finishes 1 / (1 + exp(-x)) or exp(x) / (1 + exp(x))."""
    name = op.base_name
    if name == "div" and len(op.inputs) == 2:
        above, below = flow.producer(op.inputs[0]), _exponential_plus_one(op.inputs[1], flow)
        if above is None or below is None:
            return False
        return above.base_name == "ones_like" or (above.base_name == "exp" and above.inputs == below.inputs)
    turns_over = name in ("rdiv", "reciprocal") or (name == "pow" and op.attribute("exponent") == -1)
    turns_over = turns_over or (name == "div" and op.attribute("argument0") is not None)
    return turns_over and _exponential_plus_one(op.inputs[0], flow) is not None


def _exponential_plus_one(value: int, flow: Dataflow) -> Op | None:
    """The exponential to which 1 was added, if that is what a value is."""
    total = flow.producer(value)
    if total is None or total.base_name != "add" or len(total.inputs) != 1:
        return None
    exponential = flow.producer(total.inputs[0])
    is_one = 1 in (total.attribute("other"), total.attribute("argument0"))
    return exponential if is_one and exponential is not None and exponential.base_name == "exp" else None


def is_share(op: Op, flow: Dataflow) -> bool:
    """Whether an op divides what the module has computed by its own sum, so that the shares make 1.

    A mean, a root of squares or a standard deviation below the line is no sum: averages and norms are not shares.
    """
    above = _moved_from(op.inputs[0], flow)
    if len(op.inputs) != 2 or flow.producer(above) is None:  # an input of the module is a given, such as a mask
        return False
    value = op.inputs[1]
    for _ in range(_REACH):
        below = flow.producer(value)
        if below is None:
            return False
        if below.base_name == "sum":
            return _moved_from(below.inputs[0], flow) == above
        operands = flow.activations(below)
        if len(operands) != 1 or below.base_name not in _SAME_NUMBERS | _AWAY_FROM_ZERO:
            return False
        (value,) = operands
    return False


def _moved_from(value: int, flow: Dataflow) -> int:
    """The value before ops that only change its form."""
    op = flow.producer(value)
    while op is not None and op.base_name in _SAME_NUMBERS:
        value = op.inputs[0]
        op = flow.producer(value)
    return value
