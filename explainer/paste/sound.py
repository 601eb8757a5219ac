"""Whether a result that a paste gave about itself hangs together, so that reading it can neither fail nor take long."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass
from typing import Any

from explainer.language import is_known, say
from explainer.paste.result import PasteResult
from explainer.sandbox.frame import broken
from explainer.types import Sentence, Shape, Trace

_MOST_AXES = 16
_LARGEST_SIZE = 1 << 40
_MOST_OPS = 20_000
_LONGEST_FILL = 4000
_MOST_SETTINGS = 40
_LONGEST_SOURCE = 256 << 10
_DEEPEST = 120


def check_sound(result: PasteResult) -> None:
    """InvalidInput if an id leads nowhere, a size is no size, or there is more than a paste can do."""
    _check(_is_readable(result.source, must_parse=result.trace is not None))
    for found in _sentences(result):
        _check(is_sound(found))
    _check(all(parameter.name.isidentifier() for parameter in result.parameters))
    _check(all(_is_shape(given.shape) for given in result.inputs))
    _check(all(_is_shape(shape) for _, shape in result.variables))
    _check(all(name.isidentifier() for fix in result.fixes for name, _ in fix.arguments))
    _check(all(_is_shape(given.shape) for fix in result.fixes for given in fix.inputs))
    if result.trace is not None:
        _check_trace(result.trace)
        _check(all(0 <= gate.op < len(result.trace.ops) for gate in result.gates))
    else:
        _check(result.mishap is not None and not result.gates)


def _check_trace(trace: Trace) -> None:
    values, ops, calls = range(len(trace.values)), range(len(trace.ops)), range(len(trace.calls))
    _check(len(ops) <= _MOST_OPS)
    for place, value in enumerate(trace.values):
        _check(value.id == place and _is_shape(value.shape) and 0 <= value.storage <= place)
        _check(value.producer is None or value.producer in ops)
    for place, op in enumerate(trace.ops):
        _check(op.id == place and op.call in calls)
        _check(_all_in(values, (*op.inputs, *op.outputs, *op.overwrites)))
        _check(all(trace.values[output].producer == place for output in op.outputs))
        _check(all((trace.values[given].producer or 0) <= place for given in op.inputs))
    for place, call in enumerate(trace.calls):
        _check(call.id == place and _all_in(values, (*call.inputs, *call.outputs)))
        _check(call.parent is None or 0 <= call.parent < place)
    for module in trace.modules:
        _check(_all_in(values, (*module.parameters, *module.buffers)))
        _check(len(module.settings) <= _MOST_SETTINGS and all(len(repr(value)) <= _LONGEST_FILL for _, value in module.settings))
    _check(all(read.call in calls and _all_in(values, read.values) for read in trace.sizes))
    _check(_all_in(values, (*trace.inputs, *trace.outputs)))
    if trace.failure is not None:
        _check(_all_in(values, trace.failure.inputs))


def _is_readable(source: str, *, must_parse: bool) -> bool:
    """Whether the server may parse the source, which only its words need: neither too long nor too deep for plain recursion."""
    if len(source) > _LONGEST_SOURCE:
        return False
    try:
        waiting: list[tuple[ast.AST, int]] = [(ast.parse(source), 0)]
    except (SyntaxError, ValueError):
        return not must_parse
    except (RecursionError, MemoryError):
        return False
    while waiting:
        node, depth = waiting.pop()
        if depth > _DEEPEST:
            return False
        waiting += [(inner, depth + 1) for inner in ast.iter_child_nodes(node)]
    return True


def is_sound(found: Sentence) -> bool:
    """Whether a sentence is one of ours, filled with what it is made for.

    A template from outside could reach into the values it is filled with, or ask for a text of any length.
    """
    if not is_known(found.template) or any(isinstance(value, str) and len(value) > _LONGEST_FILL for _, value in found.values):
        return False
    try:
        say(found, "en")
    except (ValueError, KeyError, TypeError, AttributeError, IndexError):
        return False
    return True


def _sentences(record: Any) -> Iterator[Sentence]:
    """Every sentence in a record, at any depth."""
    if isinstance(record, Sentence):
        yield record
    elif isinstance(record, tuple):
        for item in record:
            yield from _sentences(item)
    elif is_dataclass(record):
        for field in fields(record):
            yield from _sentences(getattr(record, field.name))


def _all_in(known: range, ids: Iterable[int]) -> bool:
    return all(number in known for number in ids)


def _is_shape(shape: Shape) -> bool:
    return len(shape) <= _MOST_AXES and all(0 <= size < _LARGEST_SIZE for size in shape)


def _check(holds: bool) -> None:
    if not holds:
        raise broken()
