"""The values of a paste's gates after a forward with random weights on random numbers."""

from __future__ import annotations

from dataclasses import replace

import torch

from explainer.cost import totals
from explainer.gates import find_gates
from explainer.paste.attempt import Attempt, real_tensors
from explainer.paste.result import GateNumbers, PasteResult, Request
from explainer.sandbox import limits
from explainer.types import sentence


def with_gates(found: PasteResult, attempt: Attempt, request: Request) -> PasteResult:
    """The values of every gate after a forward on real numbers, if that is small enough."""
    assert found.trace is not None
    cost = totals(found.trace)
    gates = [gate for gate in find_gates(found.trace) if gate.values is not None]
    if cost.peak_bytes + cost.param_bytes > limits.REAL_BYTES or cost.macs > limits.REAL_MACS:
        note = sentence("The gate's values need more memory or time than a paste gets here; a smaller input shows them.")
        return replace(found, notes=(*found.notes, note))
    wanted = frozenset(gate.values for gate in gates if gate.values is not None)
    kept = real_tensors(attempt.plan, attempt.inputs, request.seed, wanted)
    numbers = [_numbers(gate.op, gate.kind, kept[gate.values]) for gate in gates if gate.values in kept]
    return replace(found, gates=tuple(numbers))


def _numbers(op: int, kind: str, values: torch.Tensor) -> GateNumbers:
    table = values.reshape(values.shape[0], -1) if kind == "channel" else values
    while table.dim() > 2:
        table = table[0]
    table = table.reshape(1, -1) if table.dim() < 2 else table
    rows = tuple(tuple(round(x, 6) for x in row) for row in table[:128, :512].double().tolist())
    exact = values.double()
    cut = table.shape[0] > 128 or table.shape[1] > 512
    return GateNumbers(op, rows, float(exact.min()), float(exact.mean()), float(exact.max()), cut)
