"""Skip connections, found from the dataflow: a short way around that rejoins the main path by ``+`` or ``cat``."""

from __future__ import annotations

from explainer.dataflow import SOURCE, Dataflow
from explainer.types import Op, Skip, Trace

JOINS = frozenset(("add", "cat", "stack"))


def find_skips(trace: Trace, flow: Dataflow | None = None) -> tuple[Skip, ...]:
    """Every join whose operands part at one value and whose shortest way is an identity, or at most half as long as the longest.

    A concatenation counts only with an identity: parallel branches of an Inception block are no skips. In a sum of several, each
    is measured by itself, so that parallel branches that are added up are none either.
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
    is_sum = op.base_name == "add"
    longest = max(flow.distance(fork, term) for value in operands for term in (_terms(value, fork, flow) if is_sum else [value]))
    if is_sum and len({flow.trace.shape(value) for value in operands}) > 1:
        return []  # a bias or a map that is broadcast over the other operand
    short = [
        v for v, n in lengths.items() if n == 0 < longest or (is_sum and 0 < 2 * n <= longest and _is_short(v, fork, op, flow))
    ]
    return [Skip(_origin(fork, value, lengths[value], flow), value, op.id) for value in short]


def _terms(value: int, fork: int, flow: Dataflow) -> list[int]:
    """What a value is the sum of, through sums of sums, as far as the fork."""
    found, pending = [], [value]
    while pending:
        made = flow.producer(one := pending.pop())
        if made is None or made.id == fork or made.base_name != "add" or len(flow.activations(made)) < 2:
            found.append(one)
        else:
            pending += flow.activations(made)
    return found


def _is_short(value: int, fork: int, op: Op, flow: Dataflow) -> bool:
    """Whether a way with ops of its own is a shortcut: one layer on it, or fewer than on the other way, which has some."""
    others = [term for other in flow.activations(op) if other != value for term in _terms(other, fork, flow)]
    layers = _layers_between(fork, value, flow)
    most = max(_layers_between(fork, term, flow) for term in others)
    return most > 0 and (layers <= 1 or layers < most)


def _layers_between(fork: int, value: int, flow: Dataflow) -> int:
    """How many ops on the way read a learned tensor of two axes or more: those mix channels, as no norm does."""
    ways = (flow.trace.ops[number].inputs for number in flow.branch(fork, value))
    read = ([flow.trace.values[one] for one in inputs] for inputs in ways)
    return sum(any(one.origin == "parameter" and len(one.shape) >= 2 for one in values) for values in read)


def _origin(fork: int, value: int, length: int, flow: Dataflow) -> int:
    """The value where the ways part."""
    if length == 0:
        return value
    for number in sorted(flow.branch(fork, value)):
        for source, feeder in flow.feeders(flow.trace.ops[number]):
            if feeder == fork or (fork == SOURCE and feeder == SOURCE):
                return source
    return value
