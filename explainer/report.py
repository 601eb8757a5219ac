"""Everything known about one paste as the command line's JSON object: every key always, null where nothing is known."""

from __future__ import annotations

import ast
from typing import Any

from explainer.codec import to_json
from explainer.cost import macs_of, totals
from explainer.dataflow import Dataflow
from explainer.diagnosis import diagnose
from explainer.explain import explain
from explainer.gates import find_gates
from explainer.hazards import find_hazards
from explainer.language import say
from explainer.paste.result import Parameter, PasteResult, Supplied
from explainer.render.findings_text import fix_words, joined, message_of
from explainer.skips import find_skips
from explainer.types import Diagnosis, Explanation, Trace


def report(result: PasteResult, sandbox: str, lang: str = "en") -> dict[str, Any]:
    """The stable interface of ``python -m explainer --format json``; lines count from the start of ``source``."""
    trace = result.trace
    failure = trace.failure if trace else None
    diagnosis = diagnose(result)
    return {
        "source": result.source,
        "edits": [{"kind": edit.kind, "count": edit.count, "message": say(edit.message, lang)} for edit in result.edits],
        "readings": result.readings,
        "name": trace.name if trace else result.target or None,
        "arguments": {parameter.name: _value(parameter) for parameter in result.parameters},
        "inputs": [list(given.shape) for given in result.inputs],
        "supplied": {found.name: _origin(found) for found in result.supplied},
        "outputs": None if trace is None or failure else [list(trace.shape(value)) for value in trace.outputs],
        "variables": {name: list(shape) for name, shape in result.variables},
        **(_facts(trace) if trace else _NOTHING),
        "hazards": _hazards(trace, result.source, lang) if trace and not failure else None,
        "diagnosis": _diagnosis(diagnosis, lang) if diagnosis else None,
        "explanation": _explanation(explain(trace, result.source), lang) if trace else None,
        "sandbox": sandbox,
        "table": None,
    }


_NOTHING: dict[str, Any] = {
    "param_count": None, "macs": None, "uncounted": None, "ops": None, "values": None, "gates": None, "skips": None,
}  # fmt: skip


def _origin(found: Supplied) -> str:
    if not found.stands_in:
        return found.origin
    return f"{found.origin}, standing in: {found.note}" if found.note else f"{found.origin}, standing in"


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


def _diagnosis(found: Diagnosis, lang: str) -> dict[str, Any]:
    return {
        "rule": found.rule,
        "line": found.line,
        "scope": found.scope,
        "operands": [list(operand.shape) for operand in found.operands],
        "message": message_of(found, lang),
        "fixes": [{"message": fix_words(fix, lang), "diff": fix.diff, "passes": fix.passes} for fix in found.fixes],
    }


def _hazards(trace: Trace, source: str, lang: str) -> list[dict[str, Any]]:
    return [
        {"rule": hazard.rule, "line": hazard.line, "message": joined((hazard.message, hazard.why, hazard.advice), lang)}
        for hazard in find_hazards(trace, source)
    ]


def _explanation(found: Explanation, lang: str) -> dict[str, Any]:
    return {
        "title": found.title,
        "summary": joined(found.summary, lang),
        "lines": [{"line": note.line, "text": joined(note.text, lang)} for note in found.lines],
    }
