"""Everything known about one traced module as the command line's JSON object: every key always, null where nothing is known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from explainer.codec import to_json
from explainer.cost import macs_of, totals
from explainer.dataflow import Dataflow
from explainer.gates import find_gates
from explainer.skips import find_skips
from explainer.types import Failure, Trace

TRUSTED = "none: trusted, ran with the user's own rights"


def report(trace: Trace, source: str, arguments: Mapping[str, Any], first_line: int = 1) -> dict[str, Any]:
    """The stable interface of ``python -m explainer --format json``; lines count from the start of ``source``."""
    cost, flow = totals(trace), Dataflow(trace)
    shift = first_line - 1

    def line(number: int | None) -> int | None:
        return None if number is None else number - shift

    return {
        "source": source,
        "edits": [],
        "readings": 1,
        "name": trace.name,
        "arguments": {name: to_json(value) if isinstance(value, tuple) else value for name, value in arguments.items()},
        "inputs": [list(trace.shape(value)) for value in trace.inputs],
        "supplied": {},
        "outputs": None if trace.failure else [list(trace.shape(value)) for value in trace.outputs],
        "variables": {},
        "param_count": cost.param_count,
        "macs": cost.macs,
        "uncounted": list(cost.uncounted),
        "ops": [
            {
                "id": op.id, "name": op.name, "scope": op.scope, "line": line(op.line), "inputs": list(op.inputs),
                "outputs": list(op.outputs), "attributes": {name: to_json(value) for name, value in op.attributes},
                "macs": macs_of(op, trace),
            }
            for op in trace.ops
        ],
        "values": [{"id": v.id, "shape": list(v.shape), "dtype": v.dtype, "origin": v.origin} for v in trace.values],
        "gates": [
            {"kind": gate.kind, "shape": list(gate.shape), "line": line(gate.line), "op": gate.op}
            for gate in find_gates(trace, flow)
        ],
        "skips": [{"from": skip.source, "to": skip.value, "op": skip.op} for skip in find_skips(trace, flow)],
        "hazards": None,
        "diagnosis": None if trace.failure is None else _diagnosis(trace.failure, trace, line(trace.failure.line)),
        "explanation": None,
        "sandbox": TRUSTED,
    }  # fmt: skip


def _diagnosis(failure: Failure, trace: Trace, line: int | None) -> dict[str, Any]:
    return {
        "rule": None,
        "line": line,
        "scope": failure.scope,
        "operands": [list(trace.shape(value)) for value in failure.inputs],
        "message": f"{failure.op}: {failure.message}" if failure.op else f"{failure.error}: {failure.message}",
        "fixes": [],
    }
