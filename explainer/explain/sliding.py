"""Convolutions and pools in a sentence, with the formula of their size filled in; None where the numbers do not allow one."""

from __future__ import annotations

from explainer.hazards.layers import numbers
from explainer.hazards.view import View
from explainer.labels import detail_of, times
from explainer.types import Fill, Op, Sentence, Shape, sentence


def conv(view: View, op: Op) -> Sentence | None:
    given, weight, after = view.shape(op.inputs[0]), view.shape(op.inputs[1]), view.shape(op.outputs[0])
    rank = len(weight) - 2
    name = f"{view.name_of(op)} ({detail_of(op, view.trace)})"
    groups = op.attribute("groups", 1)
    formula = window_formula(given, after, weight[2:], op, rank)
    if formula is None:
        return None
    if isinstance(groups, int) and groups > 1 and weight[1] == 1:
        return sentence(
            "{name}: slides over each of the {count} channels by itself: {before!s} → {after!s}; {formula}.",
            name=name, count=given[-rank - 1], before=given, after=after, formula=formula,
        )  # fmt: skip
    split: dict[str, Fill] = {"a": given[-rank - 1], "b": weight[0], "before": given, "after": after}
    if isinstance(groups, int) and groups > 1:
        return sentence(
            "{name}: turns {a} channels into {b}, in {groups} groups that do not mix, so that each output reads {part} channels:"
            " {before!s} → {after!s}; {formula}.",
            name=name, groups=groups, part=weight[1], formula=formula, **split,
        )  # fmt: skip
    if all(size == 1 for size in weight[2:]) and formula and given[-rank:] == after[-rank:]:
        return sentence(
            "{name}: mixes {a} channels into {b} at every position by itself: {before!s} → {after!s}.", name=name, **split
        )
    if split["a"] == 1:
        return sentence(
            "{name}: turns 1 channel into {b}: {before!s} → {after!s}; {formula}.", name=name, formula=formula, **split
        )
    return sentence(
        "{name}: turns {a} channels into {b}: {before!s} → {after!s}; {formula}.", name=name, formula=formula, **split
    )


def window_formula(given: Shape, after: Shape, kernel: Shape, op: Op, rank: int) -> str | None:
    """``⌊(56 + 2·1 − 3) / 2⌋ + 1 = 28`` for each side that differs; None if the numbers are not all known or do not agree."""
    padding = op.attribute("padding", 0)
    if isinstance(padding, str):
        return None
    stride = numbers(op.attribute("stride"), rank) or numbers(op.attribute("kernel_size"), rank) or (1,) * rank
    paddings, dilation = numbers(padding, rank), numbers(op.attribute("dilation", 1), rank)
    if not len(kernel) == len(stride) == len(paddings) == len(dilation) == rank:
        return None
    opening, closing, more = ("⌈", "⌉", stride) if op.attribute("ceil_mode", default=False) else ("⌊", "⌋", (1,) * rank)
    parts = []
    for i in range(rank):
        size, made, window = given[-rank + i], after[-rank + i], dilation[i] * (kernel[i] - 1) + 1
        if (size + 2 * paddings[i] - window + more[i] - 1) // stride[i] + 1 != made:
            return None
        parts.append(f"{opening}({size} + 2·{paddings[i]} − {window}) / {stride[i]}{closing} + 1 = {made}")
    return ", ".join(dict.fromkeys(parts))


def conv_transpose(view: View, op: Op) -> Sentence | None:
    given, weight, after = view.shape(op.inputs[0]), view.shape(op.inputs[1]), view.shape(op.outputs[0])
    rank = len(weight) - 2
    name = f"{view.name_of(op)} ({detail_of(op, view.trace)})"
    parts = []
    values = [numbers(op.attribute(key, default), rank) for key, default in _TRANSPOSED]
    if any(len(found) != rank for found in values):
        return None
    for i in range(rank):
        stride, padding, extra, dilation = (found[i] for found in values)
        size, window = given[-rank + i], dilation * (weight[2 + i] - 1)
        parts.append(f"({size} − 1)·{stride} − 2·{padding} + {window} + {extra} + 1 = {after[-rank + i]}")
    groups, formula = op.attribute("groups", 1), ", ".join(dict.fromkeys(parts))
    split: dict[str, Fill] = {"a": weight[0], "b": after[-rank - 1], "before": given, "after": after}
    if isinstance(groups, int) and groups > 1:
        return sentence(
            "{name}: turns {a} channels into {b}, in {groups} groups that do not mix, and spreads every position over a window:"
            " {before!s} → {after!s}; {formula}.",
            name=name, groups=groups, formula=formula, **split,
        )  # fmt: skip
    return sentence(
        "{name}: turns {a} channels into {b} and spreads every position over a window: {before!s} → {after!s}; {formula}.",
        name=name, formula=formula, **split,
    )  # fmt: skip


_TRANSPOSED = (("stride", 1), ("padding", 0), ("output_padding", 0), ("dilation", 1))


def pool(view: View, op: Op) -> Sentence | None:
    given, after = view.shape(op.inputs[0]), view.shape(op.outputs[0])
    rank = int(next(letter for letter in op.base_name if letter.isdigit()))
    kernel = numbers(op.attribute("kernel_size"), rank)
    formula = window_formula(given, after, kernel, op, rank)
    name, size = view.name_of(op), times(kernel)
    if formula is None or op.attribute("divisor_override") is not None:
        return None
    if "max" in op.base_name:
        return sentence(
            "{name}: keeps the largest number of every window of {window}: {before!s} → {after!s}; {formula}.",
            name=name, window=size, before=given, after=after, formula=formula,
        )  # fmt: skip
    return sentence(
        "{name}: averages every window of {window}: {before!s} → {after!s}; {formula}.",
        name=name, window=size, before=given, after=after, formula=formula,
    )  # fmt: skip


def adaptive_pool(view: View, op: Op) -> Sentence:
    given, after = view.shape(op.inputs[0]), view.shape(op.outputs[0])
    rank = int(next(letter for letter in op.base_name if letter.isdigit()))
    name, size = view.name_of(op), times(after[-rank:])
    if "max" in op.base_name and set(after[-rank:]) == {1}:
        return sentence(
            "{name}: keeps the largest number of every channel: {before!s} → {after!s}.", name=name, before=given, after=after
        )
    if "max" in op.base_name:
        return sentence(
            "{name}: cuts every channel into {size} regions and keeps the largest number of each: {before!s} → {after!s}.",
            name=name, size=size, before=given, after=after,
        )  # fmt: skip
    return sentence(
        "{name}: averages every channel to {size}: {before!s} → {after!s}.", name=name, size=size, before=given, after=after
    )
