"""Everything known about one paste as the command line's JSON object: every key always, null where nothing is known."""

from __future__ import annotations

import ast
from typing import Any

from explainer.codec import to_json
from explainer.cost import macs_of, totals
from explainer.dataflow import Dataflow
from explainer.gates import find_gates
from explainer.paste.result import Mishap, Parameter, PasteResult
from explainer.skips import find_skips
from explainer.types import Failure, Trace


def report(result: PasteResult, sandbox: str) -> dict[str, Any]:
    """The stable interface of ``python -m explainer --format json``; lines count from the start of ``source``."""
    trace = result.trace
    failure = trace.failure if trace else None
    return {
        "source": result.source,
        "edits": [{"kind": edit.kind, "count": edit.count, "message": str(edit.message)} for edit in result.edits],
        "readings": result.readings,
        "name": trace.name if trace else result.target or None,
        "arguments": {parameter.name: _value(parameter) for parameter in result.parameters},
        "inputs": [list(given.shape) for given in result.inputs],
        "supplied": dict(result.supplied),
        "outputs": None if trace is None or failure else [list(trace.shape(value)) for value in trace.outputs],
        "variables": {name: list(shape) for name, shape in result.variables},
        **(_facts(trace) if trace else _NOTHING),
        "hazards": None,
        "diagnosis": _diagnosis(failure, trace) if trace and failure else _stopped(result.mishap) if result.mishap else None,
        "explanation": None,
        "sandbox": sandbox,
        "table": None,
    }


_NOTHING: dict[str, Any] = {
    "param_count": None, "macs": None, "uncounted": None, "ops": None, "values": None, "gates": None, "skips": None,
}  # fmt: skip


def _facts(trace: Trace) -> dict[str, Any]:
    cost, flow = totals(trace), Dataflow(trace)
    return {
        "param_count": cost.param_count,
        "macs": cost.macs,
        "uncounted": list(cost.uncounted),
        "ops": [
            {
                "id": op.id, "name": op.name, "scope": op.scope, "line": op.line, "inputs": list(op.inputs),
                "outputs": list(op.outputs), "attributes": {name: to_json(value) for name, value in op.attributes},
                "macs": macs_of(op, trace),
            }
            for op in trace.ops
        ],
        "values": [{"id": v.id, "shape": list(v.shape), "dtype": v.dtype, "origin": v.origin} for v in trace.values],
        "gates": [{"kind": g.kind, "shape": list(g.shape), "line": g.line, "op": g.op} for g in find_gates(trace, flow)],
        "skips": [{"from": skip.source, "to": skip.value, "op": skip.op} for skip in find_skips(trace, flow)],
    }  # fmt: skip


def _value(parameter: Parameter) -> Any:
    """A plain value where the expression is one, else its text."""
    try:
        return to_json(ast.literal_eval(parameter.value))
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return parameter.value


def _diagnosis(failure: Failure, trace: Trace) -> dict[str, Any]:
    return {
        "rule": None,
        "line": failure.line,
        "scope": failure.scope,
        "operands": [list(trace.shape(value)) for value in failure.inputs],
        "message": f"{failure.op}: {failure.message}" if failure.op else f"{failure.error}: {failure.message}",
        "fixes": [],
    }


def _stopped(mishap: Mishap) -> dict[str, Any]:
    message = f"{mishap.error}: {mishap.message}"
    return {"rule": None, "line": mishap.line, "scope": "", "operands": [], "message": message, "fixes": []}
