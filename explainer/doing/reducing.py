"""Pools and reductions: several numbers become one."""

from __future__ import annotations

from math import prod

from explainer.doing.elementwise import pair
from explainer.doing.sizes import Words, after, axis_of, before, number_of, per_axis, plain, table
from explainer.types import Fill, Op, Sentence, Trace, sentence

_BECOME_ONE = {
    "mean": sentence("Every {count:,} numbers become one, their mean."),
    "sum": sentence("Every {count:,} numbers become one, their sum."),
    "prod": sentence("Every {count:,} numbers become one, their product."),
    "amax": sentence("Of every {count:,} numbers the largest is kept."),
    "max": sentence("Of every {count:,} numbers the largest is kept."),
    "amin": sentence("Of every {count:,} numbers the smallest is kept."),
    "min": sentence("Of every {count:,} numbers the smallest is kept."),
    "std": sentence("Every {count:,} numbers become one, their standard deviation."),
    "var": sentence("Every {count:,} numbers become one, their variance."),
    "median": sentence("Every {count:,} numbers become one, their median."),
    "norm": sentence("Every {count:,} numbers become one, their norm."),
    "vector_norm": sentence("Every {count:,} numbers become one, their norm."),
    "logsumexp": sentence("Every {count:,} numbers become one, the logarithm of the sum of their exponentials."),
    "argmax": sentence("Of every {count:,} numbers the place of the largest is kept."),
    "argmin": sentence("Of every {count:,} numbers the place of the smallest is kept."),
    "all": sentence("Of every {count:,} truth values: are all true?"),
    "any": sentence("Of every {count:,} truth values: is any true?"),
}


def _rank(op: Op) -> int:
    return next((int(letter) for letter in op.name if letter.isdigit()), 2)


def _pool(op: Op, trace: Trace) -> Sentence:
    shape, result, rank = before(op, trace), after(op, trace), _rank(op)
    values: dict[str, Fill] = {"before": shape[-rank:], "after": result[-rank:]}
    is_max = "max" in op.name
    if prod(result[-rank:]) == 1 and _sees_everything(op, trace, rank):
        values = {"count": prod(shape[-rank:])}
        if is_max:
            return sentence("Every channel keeps the largest of its {count:,} positions.", **values)
        return sentence("Every channel is averaged over its {count:,} positions: one number is left of it.", **values)
    if is_max:
        return sentence("Each window keeps its largest number: {before} positions become {after}.", **values)
    divisor = number_of(op, "divisor_override")
    if divisor is not None:
        return sentence("Each window is summed up and divided by {divisor}: {before} positions become {after}.",
                        divisor=plain(divisor), **values)  # fmt: skip
    return sentence("Each window is averaged: {before} positions become {after}.", **values)


def _sees_everything(op: Op, trace: Trace, rank: int) -> bool:
    """Whether the one window is the whole map: an adaptive pool's is, another one's if it is as large and nothing is added."""
    if op.name.startswith("adaptive"):
        return True
    sizes, padding = per_axis(op, "kernel_size", rank), per_axis(op, "padding", rank, 0)
    return sizes == before(op, trace)[-rank:] and not any(padding) and number_of(op, "divisor_override") is None


def _norm_pool(op: Op, trace: Trace) -> Sentence | None:
    p, rank = number_of(op, "norm_type"), _rank(op)
    if p is None:
        return None
    return sentence("Each window becomes the {p}-norm of its numbers: {before} positions become {after}.",
                    p=plain(p), before=before(op, trace)[-rank:], after=after(op, trace)[-rank:])  # fmt: skip


def _unpool(op: Op, trace: Trace) -> Sentence:
    rank = _rank(op)
    return sentence("Every number goes back to where it was the largest, the rest becomes 0: {before} positions become {after}.",
                    before=before(op, trace)[-rank:], after=after(op, trace)[-rank:])  # fmt: skip


def _reduced(op: Op, trace: Trace) -> Sentence | None:
    count, result = prod(before(op, trace)), prod(after(op, trace))
    if result == 0 or count % result or count == result:
        return None
    return sentence(_BECOME_ONE[op.base_name].template, count=count // result)


def _loss(op: Op, trace: Trace) -> Sentence | None:
    if len(op.inputs) < 2 or op.attribute("reduction", "mean") != "mean" or op.attribute("size_average") is False:
        return None
    return sentence(_LOSSES[op.base_name].template, count=prod(before(op, trace)))


_LOSSES = {
    "mse_loss": sentence("The mean of the squared differences of {count:,} pairs of numbers: one number."),
    "l1_loss": sentence("The mean of the absolute differences of {count:,} pairs of numbers: one number."),
}


def _largest(op: Op, trace: Trace) -> Sentence | None:
    return pair(op, trace) if len(op.inputs) > 1 else _reduced(op, trace)


def _similarity(op: Op, trace: Trace) -> Sentence | None:
    shape = before(op, trace)
    axis = axis_of(op, len(shape)) if op.attribute("dim") is not None else 1
    if axis is None or len(shape) <= axis:
        return None
    return sentence("The {size} numbers along axis {axis} of both tensors become one: the cosine of the angle between them.",
                    size=shape[axis], axis=axis)  # fmt: skip


def _pools(name: str, words: Words) -> tuple[str, Words]:
    return " ".join(f"{name}{rank}d{end}" for rank in (1, 2, 3) for end in ("", "_with_indices")), words


WORDS = table(
    _pools("max_pool", _pool),
    _pools("avg_pool", _pool),
    _pools("adaptive_max_pool", _pool),
    _pools("adaptive_avg_pool", _pool),
    _pools("fractional_max_pool", _pool),
    _pools("lp_pool", _norm_pool),
    _pools("max_unpool", _unpool),
    (" ".join(name for name in _BECOME_ONE if name not in ("max", "min")), _reduced),
    ("max min", _largest),
    (" ".join(_LOSSES), _loss),
    ("cosine_similarity", _similarity),
)
