"""The lines of a source, one note each: what the constructor builds, and what the forward does with this run's shapes."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from itertools import chain

from explainer.diagnosis.case import code_path
from explainer.doing import doing
from explainer.explain.building import built
from explainer.explain.running import Running, is_own, owner_call, running
from explainer.explain.statements import statement_notes
from explainer.explain.steps import tell
from explainer.hazards.view import View
from explainer.types import Call, LineNote, Op, Sentence, Shape, sentence

_MOST_PER_LINE, _FEW = 8, 2  # no line is cut short by so few
_MOST_INSIDE = 3


def line_notes(view: View) -> tuple[LineNote, ...]:
    """Notes in the order of the lines; a line of which the trace shows nothing has none."""
    found: dict[int, list[Sentence]] = defaultdict(list)
    functions = tuple(running(view))
    told = (*built(view), *_given(view), *_done(view), *statement_notes(view, functions), *_returned(view, functions))
    for line, text in told:
        if text not in found[line]:
            found[line].append(text)
    return tuple(LineNote(line, tuple(texts)) for line, texts in sorted(found.items()))


def _done(view: View) -> Iterator[tuple[int, Sentence]]:
    """What each line of a forward runs, for the first run of its class."""
    units: dict[int, list[tuple[int, float, tuple[Sentence, ...]]]] = defaultdict(list)
    shown: set[int] = set()
    for op in view.trace.ops:
        owner = owner_call(view, view.trace.calls[op.call]) if view.trace.calls else None
        if op.line is None:
            continue
        whole = _whole_call(view, op)
        if whole is None:
            units[op.line].append((owner.id if owner else 0, op.id, tell(view, op)))
        elif whole.id not in shown and _takes(whole):
            shown.add(whole.id)
            units[op.line].append((owner.id if owner else 0, op.id, _told_whole(view, whole)))
    for call in view.trace.calls:
        if call.line is not None and call.parent is not None and is_own(view, call.path) and _takes(call):
            owner = owner_call(view, view.trace.calls[call.parent])
            first = view.first_op_of.get(call.id, _behind_inputs(view, call))
            units[call.line].append((owner.id, first, (_call_note(view, call),)))
    for line, found in units.items():
        yield from _first_run(line, found)


def _behind_inputs(view: View, call: Call) -> float:
    """The place among the ops of a call that runs none: behind those that made what it was given."""
    return max((view.trace.values[value].producer or 0 for value in call.inputs), default=0) + 0.5


def _first_run(line: int, found: list[tuple[int, float, tuple[Sentence, ...]]]) -> Iterator[tuple[int, Sentence]]:
    owners = sorted({owner for owner, _, _ in found})
    mine = [texts for owner, _, texts in sorted(found, key=lambda unit: unit[1]) if owner == owners[0]]
    is_cut = len(mine) > _MOST_PER_LINE + _FEW
    for text in chain.from_iterable(mine[:_MOST_PER_LINE] if is_cut else mine):
        yield line, text
    if is_cut:
        yield line, sentence("And so on: {count} steps in all.", count=len(mine))
    if len(owners) > 1:
        yield line, sentence("This line runs {count} times; these are the shapes of the first.", count=len(owners))


def _whole_call(view: View, op: Op) -> Call | None:
    """The outermost call around an op whose insides stand in no line of this source, as those of MultiheadAttention."""
    call, found = view.trace.calls[op.call], None
    while call.parent is not None:
        module = view.modules[call.path]
        is_opaque = not is_own(view, call.path) and module.type_name not in ("Sequential", "ModuleList")
        if is_opaque and view.ops_in_call.get(call.id, 0) > 1:
            found = call
        call = view.trace.calls[call.parent]
    return found


def _told_whole(view: View, call: Call) -> tuple[Sentence, ...]:
    """The steps of a call that depend on its input, if they are few: one that makes a state or a weight first is told by it."""
    first = view.first_op_of[call.id]
    inside = view.trace.ops[first : first + view.ops_in_call[call.id]]
    steps = [op for op in inside if op.outputs and view.flow.depends[op.outputs[0]]]
    if 0 < len(steps) <= _MOST_INSIDE:
        return tuple(chain.from_iterable(tell(view, op) for op in steps))
    numbers = {op.id for op in inside}
    attention = [gate for gate in view.gates if gate.op in numbers and gate.kind == "token-to-token"]
    return (_call_note(view, call), *[doing(view.trace.ops[gate.op], view.trace, gate) for gate in attention[:1]])


def _takes(call: Call) -> bool:
    return bool(call.inputs and call.outputs)


def _call_note(view: View, call: Call) -> Sentence:
    before, after = (", ".join(str(view.shape(value)) for value in values[:4]) for values in (call.inputs, call.outputs))
    kind = view.modules[call.path].type_name
    return sentence("{name} ({kind}): {before!s} → {after!s}.", name=code_path(call.path), kind=kind, before=before, after=after)


def _given(view: View) -> Iterator[tuple[int, Sentence]]:
    """What comes into each forward."""
    for forward, call in _forwards(view):
        names = [a.arg for a in forward.args.args if a.arg != "self"]
        inputs = view.trace.inputs if call.parent is None else call.inputs
        if call.parent is None:
            shapes = [(view.trace.values[v].name, view.shape(v)) for v in inputs]
        else:
            shapes = list(zip(names, (view.shape(v) for v in inputs), strict=False)) if len(names) == len(inputs) else []
        for name, shape in shapes:
            if name in names:
                yield view.outline.line(forward), sentence("{name} comes in as {shape!s}.", name=name, shape=shape)


def _returned(view: View, found: tuple[Running, ...]) -> Iterator[tuple[int, Sentence]]:
    """What each forward gives back, at the one way out that there is or that this run took."""
    exits = {one.function: one.reached.exit for one in found}
    for forward, call in _forwards(view):
        ways = [n for n in ast.walk(forward) if isinstance(n, ast.Return) and n.value is not None]
        taken = exits.get(forward) or (ways[0] if len(ways) == 1 else None)
        outputs: tuple[Shape, ...] = tuple(view.shape(v) for v in (view.trace.outputs if call.parent is None else call.outputs))
        if taken is not None and outputs:
            shapes = ", ".join(str(shape) for shape in outputs[:4])
            yield view.outline.line(taken), sentence("Gives back {shapes}.", shapes=shapes)


def _forwards(view: View) -> Iterator[tuple[ast.FunctionDef, Call]]:
    """The forward of each class in the source, with its first call."""
    for name, owner in view.outline.classes.items():
        call = next(
            (c for c in view.trace.calls if view.modules[c.path].type_name == name and not view.modules[c.path].builtin), None
        )
        forward = next((f for f in owner.body if isinstance(f, ast.FunctionDef) and f.name == "forward"), None)
        if call is not None and forward is not None:
            yield forward, call
