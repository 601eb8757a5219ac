"""The common mistakes with parameters, receptive fields and paddings, and with the order of height and width."""

from __future__ import annotations

from fractions import Fraction
from math import prod

from explainer.arithmetic import Axis, ConvLayer
from explainer.questions.records import Slip, WindowLayer
from explainer.types import Sentence, Shape, sentence


def _slip(name: str, number: int | Fraction, told: Sentence) -> Slip:
    return Slip(name, (Fraction(number),), told)


def order_slips(layer: WindowLayer, size: Shape) -> tuple[Slip, ...]:
    """Height and width mixed up, in the answer or among the layer's own pairs."""
    right = tuple(axis.output for axis in layer.axes(size))
    turned = tuple(axis.output for axis in layer.axes(size[::-1]))[::-1]
    swapped = sentence("Height and width are swapped. A shape in PyTorch is N, C, H, W: the height comes first.")
    pairs = sentence(
        "The two numbers of a pair are swapped. In kernel_size={kernel} the first is for the height, the second for the width.",
        kernel=layer.kernel_size,
    )
    found = [("swapped", right[::-1], swapped)]
    found += [("pair_swapped", turned, pairs)] if len(set(layer.kernel_size)) > 1 else []
    wrong = (slip for slip in found if slip[1] != right and min(slip[1]) > 0)
    return tuple(Slip(name, tuple(map(Fraction, sizes)), told) for name, sizes, told in wrong)


def parameter_slips(layer: ConvLayer, input_shape: Shape) -> tuple[Slip, ...]:
    """Every mistake that gives another count than the right one."""
    found = (*_bias(layer), *(_groups(layer) if layer.groups > 1 else ()), *_factors(layer, input_shape))
    return tuple(slip for slip in found if slip.numbers[0] != layer.param_count)


def _bias(layer: ConvLayer) -> tuple[Slip, ...]:
    weights, filters = layer.weight_count, layer.out_channels
    if not layer.bias:
        return (_slip("bias_added", weights + filters, sentence(
            "{filters} biases were counted, but bias=False leaves them out.", filters=filters,
        )),)  # fmt: skip
    return (
        _slip("bias_forgotten", weights, sentence(
            "The bias was forgotten. These are the weights alone; each of the {filters} output channels has one bias as well.",
            filters=filters,
        )),
        _slip("bias_once", weights + 1, sentence(
            "One bias was counted for the whole layer. Each of the {filters} output channels has its own.", filters=filters,
        )),
    )  # fmt: skip


def _groups(layer: ConvLayer) -> tuple[Slip, ...]:
    everything = layer.out_channels * layer.in_channels * prod(layer.kernel_size)
    return (
        _slip("groups_ignored", everything + layer.bias_count, sentence(
            "groups={groups} was ignored. A filter sees {channels} / {groups} input channels, not all {channels}.",
            groups=layer.groups, channels=layer.in_channels,
        )),
        _slip("groups_twice", layer.weight_count // layer.groups + layer.bias_count, sentence(
            "groups={groups} was divided by twice. It makes each filter thinner; there are still {filters} filters.",
            groups=layer.groups, filters=layer.out_channels,
        )),
    )  # fmt: skip


def _factors(layer: ConvLayer, input_shape: Shape) -> tuple[Slip, ...]:
    filters, seen, sides, biases = layer.out_channels, layer.weight_shape[1], layer.kernel_size, layer.bias_count
    positions = prod(layer.output_shape(input_shape)[2:])
    return (
        _slip("kernel_side_once", filters * seen * sides[0] + biases, sentence(
            "Only one side of the kernel was counted. It has {kernel} weights for each channel, not {side}.",
            kernel=sides, side=sides[0],
        )),
        _slip("in_channels_forgotten", filters * prod(sides) + biases, sentence(
            "The input channels were forgotten. A filter has {kernel} weights for each of the {seen} channels that it sees.",
            kernel=sides, seen=seen,
        )),
        _slip("one_filter", seen * prod(sides) + layer.bias, sentence(
            "That is one filter. There are {filters} output channels, each with a filter of its own.", filters=filters,
        )),
        *(_slip("positions_counted", layer.weight_count * positions + extra, sentence(
            "That counts multiplications. The same weights are used at all {positions:,} places of the output, and stored once.",
            positions=positions,
        )) for extra in dict.fromkeys((0, biases))),
    )  # fmt: skip


def field_slips(first: Axis, second: Axis) -> tuple[Slip, ...]:
    """Every mistake that gives another receptive field of two layers than the right one."""
    near, far = first.reach - 1, second.reach - 1
    right = 1 + near + far * first.stride
    found = (*_field_strides(first, second), *_field_kernels(first, second),
        _slip("one_missing", right - 1, sentence(
            "The + 1 is missing. {steps} steps lead from the first cell to the last, and the first one counts too.",
            steps=right - 1,
        )),
        _slip("one_twice", right + 1, sentence(
            "1 was added twice. {steps} steps lead from the first cell to the last, and only the first one comes on top.",
            steps=right - 1,
        )),
    )  # fmt: skip
    return tuple(slip for slip in found if slip.numbers[0] != right)


def _field_strides(first: Axis, second: Axis) -> tuple[Slip, ...]:
    near, far = first.reach - 1, second.reach - 1
    own = sentence(
        "A layer's own stride was counted in its own window. A stride spreads only the layers after it: "
        "the second window is stretched by {stride}, the first by nothing.", stride=first.stride,
    )  # fmt: skip
    wrong: Shape = (1 + near + far * first.stride * second.stride, 1 + near * first.stride + far * first.stride * second.stride)
    wrong += (1 + near + far * second.stride,) if second.stride > 1 else ()
    forgotten = sentence(
        "The stride was forgotten. Two neighbours after the first layer look at cells that lie {stride} apart.",
        stride=first.stride,
    )
    return (
        _slip("stride_forgotten", 1 + near + far, forgotten),
        *(_slip("own_stride", number, own) for number in dict.fromkeys(wrong)),
    )


def _field_kernels(first: Axis, second: Axis) -> tuple[Slip, ...]:
    step, kernels = first.stride, (first.kernel_size, second.kernel_size)
    taken = (first.dilation * kernels[0], second.dilation * kernels[1])
    whole = sentence(
        "k was used instead of k − 1. Windows overlap: another kernel of {kernel} adds {kernel} − 1 cells, not {kernel}.",
        kernel=kernels[1],
    )
    numbers = (1 + taken[0] + taken[1] * step, first.reach + taken[1] * step, first.reach + second.reach * step)
    return (
        _slip("dilation_ignored", kernels[0] + (kernels[1] - 1) * step, sentence(
            "The dilation was ignored. It spreads the cells of a kernel without adding any.",
        )),
        *(_slip("k_for_k_minus_1", number, whole) for number in dict.fromkeys(numbers)),
        _slip("fields_multiplied", first.reach * second.reach, sentence(
            "The two kernels were multiplied. Their windows overlap: the second adds only {steps} × {stride} cells.",
            steps=second.reach - 1, stride=step,
        )),
        *(_slip("one_layer", number, sentence(
            "That is one layer alone. The other one looks through it and sees more.",
        )) for number in dict.fromkeys((first.reach, second.reach))),
    )  # fmt: skip


def padding_slips(axis: Axis) -> tuple[Slip, ...]:
    """Every mistake that gives another padding than the one that keeps the size."""
    right, taken = axis.padding[0], axis.dilation * axis.kernel_size
    found = (
        _slip("both_sides", 2 * right, sentence(
            "That is the padding of both sides together. PyTorch adds the number on each side.",
        )),
        _slip("dilation_ignored", Fraction(axis.kernel_size - 1, 2), sentence(
            "The dilation was ignored. With dilation={dilation} the kernel reaches over more than {kernel} cells.",
            dilation=axis.dilation, kernel=axis.kernel_size,
        )),
        _slip("k_for_k_minus_1", Fraction(taken, 2), sentence(
            "k was used instead of k − 1: {taken} / 2. The kernel takes away one cell less than it covers.", taken=taken,
        )),
        _slip("one_missing", right - 1, sentence("It is one too few on each side.")),
        _slip("one_twice", right + 1, sentence("It is one too many on each side.")),
    )  # fmt: skip
    return tuple(slip for slip in found if slip.numbers[0] != right)
