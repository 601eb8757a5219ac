"""Skip connections, found from the dataflow: a short way around that rejoins the main path by ``+`` or ``cat``."""

from __future__ import annotations

from explainer.dataflow import SOURCE, Dataflow
from explainer.types import Op, Skip, Trace

JOINS = frozenset(("add", "cat", "stack"))


def find_skips(trace: Trace, flow: Dataflow | None = None) -> tuple[Skip, ...]:
    """Every join whose operands part at one value and whose shortest way is an identity, or at most half as long as the longest.

    A concatenation counts only with an identity: parallel branches of an Inception block are no skips.
    """
    flow = flow or Dataflow(trace)
    found = []
    for op in trace.ops:
        if op.base_name in JOINS and op.id in flow.live:
            found += _skips_of(op, flow)
    return tuple(found)


def _skips_of(op: Op, flow: Dataflow) -> list[Skip]:
    operands = list(dict.fromkeys(flow.activations(op)))
    if len(operands) < 2:
        return []
    fork = flow.dominator[op.id]
    lengths = {value: flow.distance(fork, value) for value in operands}
    longest = max(lengths.values())
    is_sum = op.base_name == "add"
    if is_sum and len({flow.trace.shape(value) for value in operands}) > 1:
        return []  # a bias or a map that is broadcast over the other operand
    short = [v for v, n in lengths.items() if n < longest and (n == 0 or (is_sum and 2 * n <= longest))]
    return [Skip(_origin(fork, value, lengths[value], flow), value, op.id) for value in short]


def _origin(fork: int, value: int, length: int, flow: Dataflow) -> int:
    """The value where the ways part."""
    if length == 0:
        return value
    for number in sorted(flow.branch(fork, value)):
        for source, feeder in flow.feeders(flow.trace.ops[number]):
            if feeder == fork or (fork == SOURCE and feeder == SOURCE):
                return source
    return value
