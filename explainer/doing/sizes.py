"""What the sentences about an op read of it: its shapes, its axes and its numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from explainer.types import Op, Sentence, Shape, Trace

Words: TypeAlias = Callable[[Op, Trace], "Sentence | None"]


def table(*rows: tuple[str, Words]) -> Mapping[str, Words]:
    """The words of each op, from the names of those that share them."""
    return {name: words for names, words in rows for name in names.split()}


def always(text: Sentence) -> Words:
    """The same sentence, whatever the sizes are."""
    return lambda _op, _trace: text


def before(op: Op, trace: Trace) -> Shape:
    """The shape of the first operand; () if there is none."""
    return trace.shape(op.inputs[0]) if op.inputs else ()


def after(op: Op, trace: Trace) -> Shape:
    """The shape of the first result; () if there is none."""
    return trace.shape(op.outputs[0]) if op.outputs else ()


def given(op: Op, trace: Trace) -> tuple[Shape, ...]:
    """The shapes of the operands that are no weights of the module."""
    return tuple(trace.shape(value) for value in op.inputs if trace.values[value].origin not in ("parameter", "buffer"))


def has_weights(op: Op, trace: Trace) -> bool:
    """Whether an operand after the first is a weight."""
    return any(trace.values[value].origin == "parameter" for value in op.inputs[1:])


def axis_of(op: Op, rank: int, name: str = "dim") -> int | None:
    """The axis that an argument names, counted from the front; None if it names none of a tensor of so many axes."""
    axis = op.attribute(name)
    return axis % rank if isinstance(axis, int) and -rank <= axis < rank else None


def number_of(op: Op, *names: str) -> float | None:
    """The first of these arguments that is a number."""
    found = (op.attribute(name) for name in names)
    return next((value for value in found if isinstance(value, (int, float)) and not isinstance(value, bool)), None)


def plain(number: float) -> str:
    """A number as short as it can be.

    >>> plain(2.0), plain(2**-0.5), plain(-1)
    ('2', '0.7071', '−1')
    """
    return f"{number:.4g}".replace("-", "−")


def per_axis(op: Op, name: str, rank: int, default: int | None = None) -> Shape:
    """One whole number for each spatial axis; () if the argument says no such thing."""
    value = op.attribute(name, default)
    numbers = tuple(n for n in value if isinstance(n, int)) if isinstance(value, tuple) else (value,)
    whole = tuple(n for n in numbers if isinstance(n, int))
    whole = whole * rank if len(whole) == 1 else whole
    return whole if len(whole) == rank else ()
