"""New tensors that no number of the input is in: filled, counted, drawn at random."""

from __future__ import annotations

from math import prod

from explainer.doing.sizes import after, number_of, plain, table
from explainer.types import Op, Sentence, Trace, sentence

_FILLED = {"zeros": 0, "zeros_like": 0, "new_zeros": 0, "ones": 1, "ones_like": 1, "new_ones": 1}


def _filled(op: Op, trace: Trace) -> Sentence | None:
    value = _FILLED.get(op.base_name, number_of(op, "fill_value"))
    if value is None:
        return None
    shape = after(op, trace)
    if not shape:
        return sentence("A new number: {value}.", value=plain(value))
    return sentence("A new tensor of {after}, filled with {value}.", after=shape, value=plain(value))


def _counted(op: Op, trace: Trace) -> Sentence | None:
    start, step, count = number_of(op, "start") or 0, number_of(op, "step"), prod(after(op, trace))
    step = 1 if step is None else step
    if count < 2:
        return None
    first, second, last = (plain(start + place * step) for place in (0, 1, count - 1))
    return sentence(
        "The {count:,} numbers {first}, {second}, … up to {last}.", count=count, first=first, second=second, last=last
    )


def _spread(op: Op, trace: Trace) -> Sentence | None:
    start, end, count = number_of(op, "start"), number_of(op, "end"), prod(after(op, trace))
    if start is None or end is None:
        return None
    return sentence(
        "{count:,} numbers from {start} to {end}, equally far apart.", count=count, start=plain(start), end=plain(end)
    )


def _drawn(op: Op, trace: Trace) -> Sentence:
    if op.base_name in ("randn", "randn_like"):
        return sentence(
            "New random numbers of mean 0 and variance 1: {after}; each forward draws others.", after=after(op, trace)
        )
    if op.base_name in ("rand", "rand_like"):
        return sentence("New random numbers between 0 and 1: {after}; each forward draws others.", after=after(op, trace))
    return sentence("New random numbers: {after}; each forward draws others.", after=after(op, trace))


def _eye(op: Op, trace: Trace) -> Sentence:
    return sentence("A new matrix of {after} with 1 on the diagonal and 0 elsewhere.", after=after(op, trace))


WORDS = table(
    (f"{' '.join(_FILLED)} full full_like new_full", _filled),
    ("arange", _counted),
    ("linspace", _spread),
    ("rand randn rand_like randn_like randint randperm bernoulli normal multinomial", _drawn),
    ("eye", _eye),
)
