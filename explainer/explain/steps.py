"""One op of a forward as sentences: its name in the code and its shapes, and what it does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from explainer.dataflow import SOURCE
from explainer.doing import doing
from explainer.doing.sizes import given
from explainer.explain.sliding import adaptive_pool, conv, conv_transpose, pool
from explainer.hazards.view import View
from explainer.labels import title_of
from explainer.types import Op, Sentence, sentence

_Teller: TypeAlias = Callable[[View, Op], "Sentence | None"]


def tell(view: View, op: Op) -> tuple[Sentence, ...]:
    """The sentences for an op: with the formula of its size or its part in the dataflow, where it has one."""
    teller = next((teller for start, teller in _TELLERS.items() if op.base_name.startswith(start)), None)
    own = teller(view, op) if teller else None
    if own is not None:
        return (own,)
    gate = next((gate for gate in view.gates if gate.op == op.id), None)
    told = doing(op, view.trace, gate)
    return (*_named(view, op, told), told)


def _named(view: View, op: Op, told: Sentence) -> tuple[Sentence, ...]:
    """Whose step it is, and its shapes where ``told`` does not have them."""
    name, after = view.name_of(op), view.shape(op.outputs[0]) if op.outputs else ()
    before = given(op, view.trace)
    if any(value in (after, *before) for _, value in told.values if isinstance(value, tuple)):
        return () if name == title_of(op) else (sentence("{name}:", name=name),)
    if not before:
        return ()
    if all(shape == after for shape in before):
        return (sentence("{name}: {shape!s}.", name=name, shape=after),)
    return (sentence("{name}: {before} → {after!s}.", name=name, before=", ".join(map(str, before[:4])), after=after),)


def _shortcut(view: View, op: Op) -> Sentence | None:
    skip = next((skip for skip in view.skips if skip.op == op.id), None)
    if skip is None:
        return None
    after, fork = view.shape(op.outputs[0]), view.flow.dominator[op.id]
    if fork == SOURCE and len(view.trace.inputs) > 1:
        return None  # two inputs meet: nothing went around
    if view.flow.distance(fork, skip.value) == 0:
        return sentence("Adds what went around the layers unchanged, number by number: {after!s}.", after=after)
    return sentence("Adds the shortcut to the main path, number by number: both are {after!s}.", after=after)


_TELLERS: Mapping[str, _Teller] = {
    "conv_transpose": conv_transpose,
    "conv": conv,
    "max_pool": pool,
    "avg_pool": pool,
    "adaptive_": adaptive_pool,
    "add": _shortcut,
}
