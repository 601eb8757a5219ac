"""The common mistakes with an output size, each recomputed with the question's own numbers."""

from __future__ import annotations

from fractions import Fraction

from explainer.arithmetic import Axis
from explainer.questions.records import Slip, decimal_text
from explainer.types import Sentence, sentence


def axis_slips(axis: Axis, *, stride_is_written: bool = True) -> tuple[Slip, ...]:
    """Every mistake that gives another number than the right one on this axis."""
    found = (*_rounding(axis), *_counting(axis), *_padding(axis), *_kernel(axis), _stride(axis, stride_is_written))
    return tuple(slip for slip in found if slip.numbers[0] != axis.output and slip.numbers[0] >= 0)


def _slip(name: str, number: int | Fraction, told: Sentence) -> Slip:
    return Slip(name, (Fraction(number),), told)


def _windows(axis: Axis, numerator: int) -> int:
    return numerator // axis.stride + 1


def _rounding(axis: Axis) -> tuple[Slip, ...]:
    exact = Fraction(axis.numerator, axis.stride)
    written: dict[str, int | str] = {"numerator": axis.numerator, "stride": axis.stride, "quotient": decimal_text(exact)}
    return (
        _slip("floor_forgotten", exact + 1, sentence(
            "The floor is missing. {numerator} / {stride} is {quotient}, and a part of a step is no step: "
            "round down before you add 1.", **written,
        )),
        _slip("rounded_up", -(-axis.numerator // axis.stride) + 1, sentence(
            "It was rounded up. {numerator} / {stride} is {quotient}, but the last window would hang over the edge: "
            "round down.", **written,
        )),
    )  # fmt: skip


def _counting(axis: Axis) -> tuple[Slip, ...]:
    steps = axis.numerator // axis.stride
    return (
        _slip("one_missing", steps, sentence(
            "The + 1 is missing. {steps} is how many steps the window takes; the place where it starts counts too.", steps=steps,
        )),
        _slip("one_twice", steps + 2, sentence(
            "1 was added twice. The window takes {steps} steps, and only the place where it starts comes on top.", steps=steps,
        )),
    )  # fmt: skip


def _padding(axis: Axis) -> tuple[Slip, ...]:
    size, padding = axis.size, axis.padding[0]
    if not padding:
        return ()
    return (
        _slip("padding_once", _windows(axis, size + padding - axis.reach), sentence(
            "The padding was counted once, {size} + {padding} = {cells} cells. padding={padding} means {padding} on each side.",
            size=size, padding=padding, cells=size + padding,
        )),
        _slip("padding_forgotten", _windows(axis, size - axis.reach), sentence(
            "The padding was forgotten: you worked with {size} cells. padding={padding} adds {padding} on each side.",
            size=size, padding=padding,
        )),
    )  # fmt: skip


def _kernel(axis: Axis) -> tuple[Slip, ...]:
    kernel, dilation, padded = axis.kernel_size, axis.dilation, axis.padded
    taken = dilation * kernel
    return (
        _slip("dilation_ignored", _windows(axis, padded - kernel), sentence(
            "The dilation was ignored. The {kernel} cells of the kernel lie {dilation} apart, so it covers more than {kernel}.",
            kernel=kernel, dilation=dilation,
        )),
        _slip("kernel_kept", _windows(axis, padded) if kernel > 1 else axis.output, sentence(
            "The kernel was not subtracted: {padded} / {stride} lets a window start in every cell, but it has to fit in whole.",
            padded=padded, stride=axis.stride,
        )),
        _slip("k_for_k_minus_1", _windows(axis, padded - taken - 1), sentence(
            "k was used instead of k − 1: {dilation} × {kernel} + 1 = {cells} cells were subtracted. "
            "From its first cell to its last the kernel covers {dilation} × ({kernel} − 1) + 1.",
            dilation=dilation, kernel=kernel, cells=taken + 1,
        )),
        _slip("k_for_k_minus_1", _windows(axis, padded - taken), sentence(
            "k was used instead of k − 1: {dilation} × {kernel} = {cells} cells were subtracted. "
            "From its first cell to its last the kernel covers {dilation} × ({kernel} − 1) + 1.",
            dilation=dilation, kernel=kernel, cells=taken,
        )),
        _slip("minus_one_forgotten", _windows(axis, padded - taken + dilation), sentence(
            "The − 1 before the division is missing: {padded} − {dilation} × ({kernel} − 1) = {left} still contains one cell "
            "of the kernel.", padded=padded, dilation=dilation, kernel=kernel, left=padded - taken + dilation,
        )),
    )  # fmt: skip


def _stride(axis: Axis, is_written: bool) -> Slip:
    told = sentence(
        "The stride was forgotten: that many windows would fit if they moved by 1. These move by {stride}.", stride=axis.stride
    )
    if not is_written:
        told = sentence("The stride was taken as 1. Where a pool names no stride, it moves by its kernel size, {stride}.",
                        stride=axis.stride)  # fmt: skip
    return _slip("stride_forgotten", axis.numerator + 1, told)
