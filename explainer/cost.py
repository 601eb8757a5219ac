"""What a forward costs, from its Trace alone.

The convention, once: a MAC is one multiply-add of a convolution, a linear layer or a matrix product; FLOPs are twice the MACs.
Biases, activations, normalisation, pooling and other elementwise work are counted apart, as ``elementwise``. An operation
without a formula is ``None`` and listed as uncounted, never 0.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from explainer.formulas import ELEMENTWISE, FORMULAS, MOVING, REDUCING
from explainer.types import Op, Trace


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over a trace. Shared parameters count once. ``uncounted`` names the operations without a MAC formula, each once.

    ``activation_bytes`` is the memory of all results; ``peak_bytes`` the most that is alive at one moment, inputs included and
    parameters not, if each tensor is freed after its last use.
    """

    param_count: int
    trainable_count: int
    buffer_count: int
    param_bytes: int
    buffer_bytes: int
    macs: int
    elementwise: int
    uncounted: tuple[str, ...]
    activation_bytes: int
    peak_bytes: int

    @property
    def frozen_count(self) -> int:
        return self.param_count - self.trainable_count

    @property
    def flops(self) -> int:
        return 2 * self.macs


def macs_of(op: Op, trace: Trace) -> int | None:
    """Multiply-adds of one op; None if it has no formula."""
    return _work_of(op, trace)[0]


def elementwise_of(op: Op, trace: Trace) -> int:
    """Elements that an op computes one by one: results of elementwise work, operands of a reduction."""
    return _work_of(op, trace)[1]


def _work_of(op: Op, trace: Trace) -> tuple[int | None, int]:
    """(multiply-adds or None, elements computed one by one), of all samples under ``torch.vmap``."""
    macs, elements = _work_per_sample(op, trace)
    samples = op.sample_count
    return (macs, elements) if samples == 1 else (macs and macs * samples, elements * samples)


def _work_per_sample(op: Op, trace: Trace) -> tuple[int | None, int]:
    """An op with a formula has no elementwise work, the rest no multiply-adds."""
    name, values = op.base_name, trace.values
    known = FORMULAS.get(name)
    if known is not None:
        return known(op, tuple([values[i].shape for i in op.inputs]), tuple([values[i].shape for i in op.outputs])), 0
    if name in ELEMENTWISE:
        return 0, values[op.outputs[0]].element_count
    if name in REDUCING:
        return 0, values[op.inputs[0]].element_count if op.inputs else 0
    return 0 if name in MOVING else None, 0


def totals(trace: Trace) -> Totals:
    """The costs of a whole trace, in time linear in its ops."""
    macs = elementwise = 0
    uncounted: dict[str, None] = {}
    for op in trace.ops:
        cost, elements = _work_of(op, trace)
        if cost is None:
            uncounted[op.base_name] = None
        else:
            macs += cost
        elementwise += elements
    param_count = trainable_count = buffer_count = param_bytes = buffer_bytes = 0
    for value in trace.values:
        if value.origin == "parameter":
            count = value.element_count
            param_count += count
            param_bytes += value.size_bytes
            trainable_count += count if value.trainable else 0
        elif value.origin == "buffer":
            buffer_count += value.element_count
            buffer_bytes += value.size_bytes
    activation_bytes, peak_bytes = _memory(trace)
    return Totals(
        param_count=param_count,
        trainable_count=trainable_count,
        buffer_count=buffer_count,
        param_bytes=param_bytes,
        buffer_bytes=buffer_bytes,
        macs=macs,
        elementwise=elementwise,
        uncounted=tuple(uncounted),
        activation_bytes=activation_bytes,
        peak_bytes=peak_bytes,
    )


def module_macs(trace: Trace) -> dict[str, int | None]:
    """MACs by module path, each module with all that runs inside it, ``""`` the whole; None if an op in it has no formula."""
    sums: dict[str, int | None] = {}
    for op in trace.ops:
        cost = macs_of(op, trace)
        for path in _with_parents(op.scope):
            known = sums.get(path, 0)
            sums[path] = None if cost is None or known is None else known + cost
    return sums


def module_params(trace: Trace) -> dict[str, int]:
    """Parameters by module path, each module with all that it contains; a parameter shared inside a module counts once there."""
    owned: dict[str, set[int]] = {}
    for module in trace.modules:
        for path in _with_parents(module.path):
            owned.setdefault(path, set()).update(module.parameters)
    return {path: sum(trace.values[i].element_count for i in ids) for path, ids in owned.items()}


def _with_parents(path: str) -> Iterable[str]:
    yield path
    while path:
        path = path.rpartition(".")[0]
        yield path


def _memory(trace: Trace) -> tuple[int, int]:
    """(bytes of all results, most bytes alive at once). Values in one storage are one piece of memory."""
    size: dict[int, int] = {}
    birth: dict[int, int] = {}
    death: dict[int, int] = {}
    values = trace.values
    for value in values:
        if value.origin in ("input", "op") and value.storage == value.id:
            producer = value.producer
            size[value.id] = value.size_bytes * (1 if producer is None else trace.ops[producer].sample_count)
            birth[value.id] = death[value.id] = -1 if producer is None else producer
    for op in trace.ops:
        number = op.id
        for i in op.inputs:
            death[values[i].storage] = number
        for i in op.outputs:
            death[values[i].storage] = number
    for i in trace.outputs:
        death[values[i].storage] = len(trace.ops)
    change = [0] * (len(trace.ops) + 3)
    for storage, amount in size.items():
        change[birth[storage] + 1] += amount
        change[death[storage] + 2] -= amount
    alive = peak = 0
    for amount in change:
        alive += amount
        peak = max(peak, alive)
    return sum(amount for storage, amount in size.items() if birth[storage] >= 0), peak
