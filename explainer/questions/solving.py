"""Worked solutions: one step per sentence, every number computed."""

from __future__ import annotations

from fractions import Fraction
from math import prod

from explainer.arithmetic import Axis, ConvLayer
from explainer.questions.records import decimal_text
from explainer.types import Sentence, sentence


def solve_axis(axis: Axis) -> tuple[Sentence, ...]:
    """From the padded row to the number of windows in it."""
    whole = axis.numerator // axis.stride
    return (
        _padded(axis),
        _reach(axis),
        sentence("So the first window can still move by {padded} − {reach} = {numerator} cells.",
                 padded=axis.padded, reach=axis.reach, numerator=axis.numerator),
        _steps(axis),
        sentence("The place where it starts counts too: {whole} + 1 = {output}.", whole=whole, output=axis.output),
    )  # fmt: skip


def solve_size(rows: Axis, columns: Axis) -> tuple[Sentence, ...]:
    """The height step by step, then the width in one line."""
    height = sentence(
        "Height: ⌊({size} + 2 × {padding} − {dilation} × ({kernel} − 1) − 1) / {stride}⌋ + 1 "
        "= ⌊{numerator} / {stride}⌋ + 1 = {output}.",
        **_numbers(rows),
    )
    width = sentence(
        "Width: ⌊({size} + 2 × {padding} − {dilation} × ({kernel} − 1) − 1) / {stride}⌋ + 1 "
        "= ⌊{numerator} / {stride}⌋ + 1 = {output}.",
        **_numbers(columns),
    )
    together = sentence("The output is {height} × {width}: height first.", height=rows.output, width=columns.output)
    return (height, width, together)


def solve_parameters(layer: ConvLayer) -> tuple[Sentence, ...]:
    """From one filter to all of them; the input's size has no part in it."""
    seen, sides = layer.weight_shape[1], layer.kernel_size
    if layer.groups > 1:
        first = sentence("groups={groups}: each filter sees {channels} / {groups} = {seen} input channels.",
                         groups=layer.groups, channels=layer.in_channels, seen=seen)  # fmt: skip
    else:
        first = sentence("Each filter sees all input channels: {seen}.", seen=seen)
    each = prod(layer.weight_shape[1:])
    steps = (
        first,
        sentence("So one filter has {seen} × {kernel} = {each:,} weights.", seen=seen, kernel=sides, each=each),
        sentence("Each output channel has a filter of its own: {filters} × {each:,} = {weights:,} weights.",
                 filters=layer.out_channels, each=each, weights=layer.weight_count),
    )  # fmt: skip
    if not layer.bias:
        return (*steps, sentence("bias=False adds nothing, and the input's size has no part in it: {total:,}.",
                                 total=layer.param_count))  # fmt: skip
    return (*steps, sentence("Each output channel has one bias: {weights:,} + {biases} = {total:,}.",
                             weights=layer.weight_count, biases=layer.bias_count, total=layer.param_count))  # fmt: skip


def solve_field(first: Axis, second: Axis) -> tuple[Sentence, ...]:
    """What one value of the second layer sees of the input."""
    steps = second.reach - 1
    wide = steps * first.stride
    return (
        sentence("A value of the first layer sees {dilation} × ({kernel} − 1) + 1 = {reach} cells of the input.",
                 dilation=first.dilation, kernel=first.kernel_size, reach=first.reach),
        sentence("The next value sees as many, {stride} further on: that is the first layer's stride.", stride=first.stride),
        sentence("From the first value of the second layer's window to its last it is {dilation} × ({kernel} − 1) = {steps}.",
                 dilation=second.dilation, kernel=second.kernel_size, steps=steps),
        sentence("In the input these are {steps} × {stride} = {wide} cells.", steps=steps, stride=first.stride, wide=wide),
        sentence("Together: {reach} + {wide} = {field}. The second layer's own stride has no part in it.",
                 reach=first.reach, wide=wide, field=first.reach + wide),
    )  # fmt: skip


def solve_padding(axis: Axis) -> tuple[Sentence, ...]:
    """Half of what the kernel takes away, on each side."""
    lost, padding = axis.reach - 1, axis.padding[0]
    return (
        _reach(axis),
        sentence("Without padding it can start at {lost} places fewer than there are cells: {reach} − 1 = {lost}.",
                 reach=axis.reach, lost=lost),
        sentence("Half of them go on each side: {lost} / 2 = {padding}.", lost=lost, padding=padding),
        sentence("Check: {size} + 2 × {padding} − {lost} = {size}.", size=axis.size, padding=padding, lost=lost),
    )  # fmt: skip


def _padded(axis: Axis) -> Sentence:
    size, padding = axis.size, axis.padding[0]
    if not padding:
        return sentence("There is no padding: {size} cells.", size=size)
    return sentence("Padding goes on both sides: {size} + 2 × {padding} = {padded} cells.",
                    size=size, padding=padding, padded=axis.padded)  # fmt: skip


def _reach(axis: Axis) -> Sentence:
    if axis.dilation == 1:
        return sentence("The kernel covers {kernel} cells.", kernel=axis.kernel_size)
    return sentence("With dilation={dilation} the kernel reaches over {dilation} × ({kernel} − 1) + 1 = {reach} cells.",
                    dilation=axis.dilation, kernel=axis.kernel_size, reach=axis.reach)  # fmt: skip


def _steps(axis: Axis) -> Sentence:
    whole, rest = divmod(axis.numerator, axis.stride)
    if axis.stride == 1:
        return sentence("It moves by 1, so it takes {whole} steps.", whole=whole)
    if not rest:
        return sentence("It moves by {stride}: {numerator} / {stride} = {whole} steps.",
                        stride=axis.stride, numerator=axis.numerator, whole=whole)  # fmt: skip
    quotient = decimal_text(Fraction(axis.numerator, axis.stride))
    return sentence("It moves by {stride}: {numerator} / {stride} = {quotient}, rounded down to {whole} steps.",
                    stride=axis.stride, numerator=axis.numerator, quotient=quotient, whole=whole)  # fmt: skip


def _numbers(axis: Axis) -> dict[str, int]:
    return {
        "size": axis.size,
        "padding": axis.padding[0],
        "dilation": axis.dilation,
        "kernel": axis.kernel_size,
        "stride": axis.stride,
        "numerator": axis.numerator,
        "output": axis.output,
    }
