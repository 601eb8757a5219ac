"""Gates whose squashing adds two branches, as the average and the maximum of CBAM: found from the dataflow, not by name."""

from __future__ import annotations

from explainer.dataflow import Dataflow
from explainer.formulas import ELEMENTWISE
from explainer.types import Gate, Op

_RESHAPING = frozenset("view reshape flatten unflatten squeeze unsqueeze contiguous expand expand_as clone to".split())
_CONDENSING = frozenset(
    "mean adaptive_avg_pool1d adaptive_avg_pool2d avg_pool1d avg_pool2d amax max adaptive_max_pool1d adaptive_max_pool2d"
    " max_pool1d max_pool2d std var sum logsumexp lp_pool2d norm".split()
)
_REACH = 64


def summands(flow: Dataflow, gate: Gate) -> tuple[int, int] | None:
    """The two values that are added before a gate is squashed; None if it squashes no such sum."""
    source = flow.trace.ops[gate.source]
    operands = flow.activations(source)
    op = flow.producer(operands[0]) if operands else None
    while op is not None and op.base_name in _RESHAPING:
        op = flow.producer(op.inputs[0])
    if op is None or op.base_name != "add":
        return None
    added = flow.activations(op)
    return (added[0], added[1]) if len(added) == 2 else None


def condensed_with(flow: Dataflow, value: int) -> str:
    """The name of the op that a branch condenses its feature map with; of its last op that computes, if there is none."""
    first = ""
    for _ in range(_REACH):
        op = flow.producer(value)
        if op is None or not flow.activations(op):
            return first
        if op.base_name in _CONDENSING:
            return op.base_name
        if not first and op.base_name not in _RESHAPING | ELEMENTWISE:
            first = op.base_name
        value = flow.activations(op)[0]
    return first


def way_to(flow: Dataflow, gate: Gate) -> tuple[int, ...]:
    """The parameters on the way to a gate, the nearest first.

    Behind the feature map that it multiplies nothing is its own; but what makes queries and keys often makes the values as well.
    """
    trace = flow.trace
    before = frozenset[int]() if gate.kind == "token-to-token" else _behind(flow, gate.target)
    found: list[int] = []
    pending, seen = [trace.ops[gate.source]], set[int]()
    while pending:
        op = pending.pop(0)
        if op.id in seen or op.id in before:
            continue
        seen.add(op.id)
        found += [value for value in op.inputs if trace.values[value].origin == "parameter" and value not in found]
        pending += [made for value in op.inputs if (made := flow.producer(value)) is not None]
    return tuple(found)


def layer_with(flow: Dataflow, parameter: int) -> tuple[int, int] | None:
    """The input of the linear layer or convolution whose weight this is, behind the axis that the weight's second axis meets.

    None for any other parameter.
    """
    for op in flow.trace.ops:
        given = flow.activations(op)
        if parameter in op.inputs[1:2] and given:
            axis = -1 if op.base_name == "linear" else 1 if op.base_name.startswith("conv") else None
            return None if axis is None else (axis, given[0])
    return None


def _behind(flow: Dataflow, value: int) -> frozenset[int]:
    """The ops that a value needs."""
    first = flow.producer(value)
    pending: list[Op] = [] if first is None else [first]
    seen = set[int]()
    while pending:
        op = pending.pop()
        if op.id not in seen:
            seen.add(op.id)
            pending += [made for given in op.inputs if (made := flow.producer(given)) is not None]
    return frozenset(seen)
