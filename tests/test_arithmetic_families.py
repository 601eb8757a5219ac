"""What random arguments do not show of the other families: worked examples, values, sentences, and ``output_size``."""

from __future__ import annotations

import ast
import re
from itertools import product
from pathlib import Path
from string import Formatter
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

import explainer.arithmetic
from explainer.arithmetic import (
    LAYERS,
    AdaptivePoolLayer,
    ConvTransposeLayer,
    adaptive_bins,
    avg_pool_layer,
    conv_transpose_layer,
    fold_layer,
    max_pool_layer,
    padding_layer,
    unfold_layer,
)
from explainer.errors import InvalidLayer
from tests.test_arithmetic_oracle import REFUSALS, SOME, our_answer, torch_answer

SOURCES = sorted(Path(explainer.arithmetic.__file__).parent.glob("*.py"))


@pytest.mark.parametrize(
    ("name", "arguments", "shape", "output"),
    [
        pytest.param("ConvTranspose2d", (64, 32, 4, 2, 1), (1, 64, 16, 16), (1, 32, 32, 32), id="doubles"),
        pytest.param("ConvTranspose1d", (3, 5, 3, 2, 1, 1), (3, 7), (5, 14), id="output-padding"),
        pytest.param("ConvTranspose2d", (3, 5, (3, 1), (2, 3), 0, 0, 1, True, (2, 1)), (3, 4, 4), (5, 11, 10), id="pairs"),
        pytest.param("ConvTranspose2d", (3, 8, 3), (0, 3, 0, 4), (0, 8, 2, 6), id="no-batch-and-no-rows"),
        pytest.param("MaxPool2d", (3, 2, 1), (1, 64, 112, 112), (1, 64, 56, 56), id="resnet-pool"),
        pytest.param("MaxPool2d", (3, 2, 0, 1, False, True), (1, 64, 112, 112), (1, 64, 56, 56), id="squeezenet-ceil"),
        pytest.param("MaxPool2d", (2,), (64, 7, 7), (64, 3, 3), id="stride-is-kernel"),
        pytest.param("MaxPool1d", (2, 2, 1, 1, False, True), (1, 3, 9), (1, 3, 5), id="ceil-last-window-outside"),
        pytest.param("AvgPool1d", (3, 1, 1), (2, 3, 9), (2, 3, 9), id="smoothing"),
        pytest.param("LPPool2d", (2, (3, 2), 2), (1, 8, 9, 9), (1, 8, 4, 4), id="lp"),
        pytest.param("AdaptiveAvgPool2d", (1,), (2, 512, 7, 9), (2, 512, 1, 1), id="global"),
        pytest.param("AdaptiveMaxPool3d", ((None, 2, 20),), (2, 3, 4, 5, 6), (2, 3, 4, 2, 20), id="keep-one"),
        pytest.param("Unfold", (16, 1, 0, 16), (1, 3, 224, 224), (1, 768, 196), id="vit-patches"),
        pytest.param("Fold", (224, 16, 1, 0, 16), (1, 768, 196), (1, 3, 224, 224), id="vit-back"),
        pytest.param("Upsample", (None, 1.5), (1, 3, 7, 9), (1, 3, 10, 13), id="floor"),
        pytest.param("Upsample", ((5, 6), None, "bilinear"), (1, 3, 7, 9), (1, 3, 5, 6), id="size"),
        pytest.param("Upsample", (None, 0.1, "area"), (1, 3, 8, 30), (1, 3, 0, 3), id="area-to-nothing"),
        pytest.param("PixelShuffle", (3,), (1, 27, 4, 5), (1, 3, 12, 15), id="shuffle"),
        pytest.param("PixelUnshuffle", (3,), (3, 12, 15), (27, 4, 5), id="unshuffle"),
        pytest.param("ReflectionPad2d", ((1, 2, 3, 0),), (1, 3, 8, 8), (1, 3, 11, 11), id="reflect"),
        pytest.param("ZeroPad2d", ((-1, 0, 0, -2),), (8, 8), (6, 7), id="crop"),
        pytest.param("CircularPad1d", ((4, 0),), (1, 3, 4), (1, 3, 8), id="whole-turn"),
        pytest.param("Linear", (512, 10), (2, 49, 512), (2, 49, 10), id="last-axis-only"),
        pytest.param("Flatten", (), (2, 512, 7, 7), (2, 25088), id="flatten"),
        pytest.param("Flatten", (0, 1), (2, 3, 4), (6, 4), id="flatten-front"),
        pytest.param("Unflatten", (1, (3, -1)), (2, 12, 5), (2, 3, 4, 5), id="unflatten"),
    ],
)
def test_table(name: str, arguments: tuple[Any, ...], shape: tuple[int, ...], output: tuple[int, ...]) -> None:
    assert LAYERS[name].make(*arguments).output_shape(shape) == output
    assert torch_answer(lambda: getattr(nn, name)(*arguments), shape) == (output, LAYERS[name].make(*arguments).param_count)


SAMPLES: dict[str, tuple[tuple[Any, ...], ...]] = {
    "Conv": (
        (4, 4, 2),
        (4, 4, 3, 1, 3),
        (0, 4, 2),
        (4, 4, 2, 1, 1, 1, 1, True, "reflect"),
        (4, 4, 2, 1, 0, 1, 1, True, "circular"),
    ),
    "ConvTranspose": ((4, 4, 3), (4, 2, 3, 2, 0, 1, 2)),
    "MaxPool": ((2,), (2, 1, 1)),
    "AvgPool": ((2,), (2, 1, 1)),
    "LPPool": ((2, 2), (float("inf"), 2)),
    "AdaptiveAvgPool": ((1,), (3,), (0,)),
    "AdaptiveMaxPool": ((1,), (3,), (0,)),
    "Unfold": ((2,), (2, 1, 2)),
    "Fold": ((3, 2), (1, 1)),
    "Upsample": (
        (3,),
        (None, 2),
        (3, None, "area"),
        (None, 2, "area"),
        (3, None, "bilinear"),
        (3, None, "trilinear"),
        (3, None, "linear"),
    ),
    "PixelShuffle": ((1,), (2,)),
    "PixelUnshuffle": ((1,),),
    "ZeroPad": ((1,), (-2,), (-4,), (0,)),
    "ConstantPad": ((1, 2.5), (-2, 0)),
    "ReflectionPad": ((1,), (-2,), (0,)),
    "ReplicationPad": ((1,), (-2,), (0,)),
    "CircularPad": ((1,), (-2,), (0,)),
    "Linear": ((4, 4), (0, 4), (4, 0)),
    "Flatten": ((), (0, -1), (-1,)),
    "Unflatten": ((1, (2, -1)), (0, (0, 3)), (-1, (0, -1)), (-1, (4,))),
}


@pytest.mark.parametrize("name", LAYERS)
def test_empty_inputs_and_numbers_of_dimensions(name: str) -> None:
    """Every way to fill none to five dimensions with 0 and 4, with at most two 0 among five."""
    shapes = [shape for count in range(6) for shape in product((0, 4), repeat=count) if count < 5 or shape.count(0) < 3]
    for arguments in SAMPLES[re.sub(r"\dd$", "", name)]:
        for shape in shapes:
            case = (name, arguments, shape)
            ours = our_answer(lambda case=case: LAYERS[case[0]].make(*case[1]), shape)
            theirs = torch_answer(lambda case=case: getattr(nn, case[0])(*case[1]), shape)
            assert isinstance(ours, str) == isinstance(theirs, str), (case, ours, theirs)
            assert isinstance(ours, str) or ours == theirs, case


@pytest.mark.parametrize(
    ("name", "arguments", "shape", "param_count", "macs"),
    [
        pytest.param("ConvTranspose2d", (8, 4, 3, 2), (2, 8, 5, 5), 8 * 4 * 9 + 4, 2 * 8 * 25 * 4 * 9, id="transposed"),
        pytest.param("ConvTranspose1d", (8, 4, 2, 2, 0, 0, 4, False), (8, 5), 16, 8 * 5 * 2, id="transposed-groups"),
        pytest.param("Linear", (512, 10), (2, 49, 512), 5130, 2 * 49 * 10 * 512, id="linear"),
        pytest.param("Linear", (512, 10, False), (512,), 5120, 5120, id="linear-without-bias"),
        pytest.param("MaxPool2d", (2,), (64, 7, 7), 0, 0, id="pool"),
        pytest.param("Upsample", (None, 2), (1, 3, 7, 7), 0, 0, id="upsample"),
    ],
)
def test_costs(name: str, arguments: tuple[Any, ...], shape: tuple[int, ...], param_count: int, macs: int) -> None:
    layer = LAYERS[name].make(*arguments)
    assert (layer.param_count, layer.macs(shape)) == (param_count, macs)


@pytest.mark.parametrize(
    ("name", "arguments", "shape", "field", "message"),
    [
        ("ConvTranspose2d", (3, 8, 3, 2, 1, 2), (3, 4, 4), "output_padding",
         "output_padding=2 is too large: it must be smaller than the stride (2) or the dilation (1), so at most 1."),
        ("ConvTranspose2d", (3, 8, 3, 2, 5), (3, 4, 4), "padding",
         ("Dimension 1 would have -1 cells: padding removes more than the kernels write. "
          "The largest padding that leaves a cell is 4.")),
        ("ConvTranspose1d", (3, 8, 3, 1, "same"), (3, 4), "padding",
         "A transposed convolution takes no padding='same'; write a number."),
        ("ConvTranspose1d", (3, 8, 3, 1, 0, 0, 1, True, 1, "reflect"), (3, 4), "padding_mode",
         "A transposed convolution takes padding_mode='zeros' only, not 'reflect'."),
        ("MaxPool2d", (3, 2, 2), (3, 8, 8), "padding", "padding=2 is more than half of kernel_size=3; a pool takes at most 1."),
        ("MaxPool2d", (9, 2, 1), (3, 4, 8), "kernel_size",
         "The kernel reaches over 9 cells, but dimension 1 has 6 with padding (4 + 1 + 1). The smallest padding that fits is 3."),
        ("LPPool2d", (2, 9, 2), (3, 8, 8), "kernel_size",
         ("The kernel reaches over 9 cells, but dimension 1 has 8 with padding (8 + 0 + 0), and padding can be at most 0 here. "
          "Make the kernel smaller.")),
        ("AvgPool3d", (3, 2, 1), (3, 2, 8, 8), "kernel_size",
         ("The kernel covers 3 cells, but dimension 1 has 2. A 3d average pool wants them without padding: "
          "make the kernel smaller.")),
        ("AvgPool2d", (2, None, 0, False, True, 0), (3, 8, 8), "divisor_override", "divisor_override must not be 0."),
        ("AvgPool1d", (2, None, 0, False, True, 2), (3, 8), "divisor_override", "AvgPool1d has no divisor_override."),
        ("LPPool2d", (0, 2), (3, 8, 8), "norm_type", "norm_type must not be 0."),
        ("LPPool2d", ("two", 2), (3, 8, 8), "norm_type", "norm_type must be a number, not 'two'."),
        ("LPPool2d", (1e30, 2), (3, 8, 8), "norm_type", "norm_type=1e+30 is too large."),
        ("LPPool1d", (2, (2,)), (3, 8), "kernel_size", "LPPool1d takes one number as kernel_size, not a tuple."),
        ("AdaptiveAvgPool2d", (None,), (3, 8, 8), "output_size",
         "output_size must be a whole number or one per axis, not None."),
        ("AdaptiveAvgPool2d", ((1, 2, 3),), (3, 8, 8), "output_size",
         "output_size needs one number, or one for each of the 2 axes; 3 were given."),
        ("AdaptiveMaxPool1d", ((None,),), (3, 8), "output_size", "With one axis, output_size must be a whole number, not None."),
        ("Fold", (8, 3), (1, 26, 36), "kernel_size",
         "The 26 rows of input (1, 26, 36) do not divide by the 9 cells of the kernel."),
        ("Fold", ((8, 9), 3), (27, 36), "output_size",
         "Input (27, 36) has 36 windows, but output_size=(8, 9) has 42 of them (6 down, 7 across)."),
        ("Fold", (8, 3), (27,), "input_shape",
         "Input (27,) has 1 dimensions; Fold takes 3 (batch, rows and windows), or 2 without the batch."),
        ("Upsample", (), (1, 3, 8), "size", "Give either size or scale_factor, and only one of them."),
        ("Upsample", (5, 2), (1, 3, 8), "size", "Give either size or scale_factor, and only one of them."),
        ("Upsample", (5, None, "nearest", True), (1, 3, 8), "align_corners",
         "align_corners is for the modes linear, bilinear, bicubic, trilinear; leave it out with mode='nearest'."),
        ("Upsample", (5, None, "bilinear"), (1, 3, 8), "mode",
         "mode='bilinear' needs an input with batch, channels and 2 more dimensions; (1, 3, 8) has 3 in all."),
        ("Upsample", (None, 0.1), (1, 3, 8), "scale_factor", "The output would have the sizes (0,): each must be at least 1."),
        ("Upsample", ((5, 6),), (1, 3, 8), "size", "size has 2 numbers, but the input has 1 sizes after batch and channels."),
        ("Upsample", (5, None, "nearest", None, True), (1, 3, 8), "recompute_scale_factor",
         "recompute_scale_factor goes with scale_factor, not with size."),
        ("Upsample", (None, float("inf")), (1, 3, 8), "scale_factor", "scale_factor must be finite."),
        ("PixelShuffle", (2,), (1, 6, 4, 4), "upscale_factor",
         "The 6 channels of input (1, 6, 4, 4) do not divide by upscale_factor squared, which is 4."),
        ("PixelShuffle", (2,), (4, 4), "input_shape",
         "Input (4, 4) has 2 dimensions; channels, height and width are needed, with any more before them."),
        ("PixelUnshuffle", (3,), (1, 6, 3, 4), "downscale_factor",
         "Dimension 3 of input (1, 6, 3, 4) is 4, which downscale_factor=3 does not divide."),
        ("CircularPad1d", ((5, 0),), (3, 4), "padding",
         "Circular padding takes its cells from the input: dimension 1 has 4, so padding can be at most 4, not 5."),
        ("ZeroPad1d", ((-5, 9),), (3, 4), "padding", "padding (-5, 9) crops more than dimension 1 has, which is 4."),
        ("ZeroPad2d", ((1, 1),), (3, 4, 4), "padding",
         "padding needs one number, or 4: before and after on each axis, the last axis first; (1, 1) has 2."),
        ("ZeroPad3d", (1,), (3, 4), "input_shape", "Input (3, 4) has 2 dimensions; this layer pads the last 3."),
        ("ReplicationPad2d", (-2,), (3, 4, 4), "padding", "padding=(-2, -2, -2, -2) crops all of input (3, 4, 4)."),
        ("Linear", (4, 5), (4, 3), "in_features",
         "Input (4, 3) ends with 3, but the layer expects in_features=4: a linear layer acts on the last dimension only."),
        ("Flatten", (2, 1), (2, 3, 4), "start_dim", "start_dim=2 lies behind end_dim=1 for input (2, 3, 4)."),
        ("Flatten", (3,), (2, 3, 4), "start_dim", "start_dim=3 is no dimension of input (2, 3, 4): it must be from -3 to 2."),
        ("Unflatten", (1, (5, -1)), (2, 12), "unflattened_size",
         "unflattened_size=(5, -1) does not multiply to 12, the size of dimension 1 of input (2, 12)."),
        ("Unflatten", (1, (-1, -1)), (2, 12), "unflattened_size", "unflattened_size=(-1, -1) has more than one -1."),
        ("Unflatten", (1, ()), (2, 12), "unflattened_size", "unflattened_size must be one or more numbers, as (2, 3)."),
        ("Unflatten", (0, (1, -1)), (), "input_shape", "Input () has no dimension to unflatten."),
    ],
)  # fmt: skip
def test_sentences(name: str, arguments: tuple[Any, ...], shape: tuple[int, ...], field: str, message: str) -> None:
    with pytest.raises(InvalidLayer) as refusal:
        LAYERS[name].make(*arguments).output_shape(shape)
    assert (refusal.value.field, str(refusal.value)) == (field, message)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_templates_are_literal_and_name_their_values(path: Path) -> None:
    """So that gettext finds them, and no value is missing or left over."""
    for call in (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)):
        if not (isinstance(call.func, ast.Name) and call.func.id in ("InvalidLayer", "InvalidInput", "TooLarge")):
            continue
        template, keywords = call.args[0], {keyword.arg for keyword in call.keywords}
        assert isinstance(template, ast.Constant), f"{path.name}:{call.lineno}"
        assert isinstance(template.value, str)
        names = {name for _, name, _, _ in Formatter().parse(template.value) if name}
        assert keywords == names | {"field"}, f"{path.name}:{call.lineno}"


@st.composite
def transposed(draw: st.DrawFn) -> tuple[ConvTransposeLayer, tuple[int, ...], tuple[int, ...]]:
    rank = draw(st.integers(1, 2))
    layer = conv_transpose_layer(
        rank,
        2,
        2,
        draw(st.integers(1, 4)),
        draw(st.integers(1, 4)),
        draw(st.integers(0, 2)),
        0,
        2,
        False,
        draw(st.integers(1, 3)),
    )
    spatial = tuple(draw(st.lists(st.integers(1, 5), min_size=rank, max_size=rank)))
    least = layer.smallest_output(spatial)
    wanted = tuple(max(0, size + draw(st.integers(-1, 4))) for size in least)
    prefix = draw(st.sampled_from([(), (), (1, 2), (7,)]))
    return layer, (1, 2, *spatial), (*prefix, *wanted)


@SOME
@given(transposed())
def test_output_size_is_taken_and_refused_as_torch_does(
    case: tuple[ConvTransposeLayer, tuple[int, ...], tuple[int, ...]],
) -> None:
    layer, shape, wanted = case
    module = getattr(nn, f"ConvTranspose{layer.rank}d")(
        2, 2, layer.kernel_size, layer.stride, layer.padding, groups=2, bias=False, dilation=layer.dilation
    )
    try:
        theirs: tuple[int, ...] | None = tuple(module(torch.zeros(shape), output_size=list(wanted)).shape)
    except REFUSALS:
        theirs = None
    try:
        ours: tuple[int, ...] | None = layer.output_shape(shape, wanted)
    except InvalidLayer as refusal:
        if "would have 0 cells" in str(refusal):  # some of torch's kernels take it, others refuse
            return
        ours = None
    assert ours == theirs


def test_the_axes_of_a_transposed_convolution_say_what_each_input_writes() -> None:
    for stride, padding, dilation, extra in ((2, 1, 1, 1), (3, 0, 2, 2), (1, 2, 1, 0)):
        layer = conv_transpose_layer(1, 1, 1, 3, stride, padding, extra, bias=False, dilation=dilation)
        (axis,) = layer.axes((5,))
        assert layer.output_shape((1, 5)) == (1, axis.size)
        for index in range(5):
            one = torch.nn.functional.one_hot(torch.tensor([index]), 5).float()
            written = nn.functional.conv_transpose1d(
                one, torch.ones(1, 1, 3), stride=stride, padding=padding, output_padding=extra, dilation=dilation
            )
            cells = [cell for cell in axis.window(index) if 0 <= cell < axis.size]
            assert written[0].nonzero().flatten().tolist() == cells


@pytest.mark.parametrize("size", range(1, 13))
@pytest.mark.parametrize("output", range(1, 13))
def test_bins_are_those_that_torch_averages(size: int, output: int) -> None:
    row = torch.zeros(1, 1, size, requires_grad=True)
    values = nn.AdaptiveAvgPool1d(output)(row)
    bins = adaptive_bins(size, output)
    assert len(bins) == output
    for index, (start, end) in enumerate(bins):
        (gradient,) = torch.autograd.grad(values[0, 0, index], row, retain_graph=True)
        assert gradient[0, 0].nonzero().flatten().tolist() == list(range(start, end))


def test_bins_of_a_layer_keep_the_axes_it_keeps() -> None:
    assert AdaptivePoolLayer("Max", (None, 2)).bins((3, 5)) == (((0, 1), (1, 2), (2, 3)), ((0, 3), (2, 5)))


def test_windows_of_a_pool_agree_with_gradients() -> None:
    for ceil_mode in (False, True):
        for size in range(1, 12):
            for kernel, stride, padding in ((3, 2, 1), (2, 3, 1), (3, 2, 0), (4, 3, 2)):
                (axis,) = avg_pool_layer(1, kernel, stride, padding, ceil_mode).axes((size,))
                if axis.output < 1:
                    continue
                row = torch.zeros(1, size, requires_grad=True)
                values = nn.AvgPool1d(kernel, stride, padding, ceil_mode)(row)
                for index in range(axis.output):
                    (gradient,) = torch.autograd.grad(values[0, index], row, retain_graph=True)
                    cells = [cell for cell in axis.window(index) if 0 <= cell < size]
                    assert gradient[0].nonzero().flatten().tolist() == cells


def test_fold_takes_what_unfold_gives() -> None:
    for arguments in ((3,), (2, 2, 1, 2), ((2, 3), 1, (0, 1), (2, 1))):
        columns = unfold_layer(*arguments).output_shape((2, 5, 8, 9))
        assert fold_layer((8, 9), *arguments).output_shape(columns) == (2, 5, 8, 9)


def test_padding_sides_are_in_the_order_of_the_axes() -> None:
    assert padding_layer("Zero", 2, (1, 2, 3, 4)).padding_sides == ((3, 4), (1, 2))


def test_pools_do_not_move_with_what_changes_values_only() -> None:
    plain, odd = avg_pool_layer(2, 3), avg_pool_layer(2, 3, count_include_pad=False, divisor_override=5)
    assert plain.output_shape((1, 8, 8)) == odd.output_shape((1, 8, 8)) == (1, 2, 2)
    assert max_pool_layer(2, 3, return_indices=True).output_shape((1, 8, 8)) == (1, 2, 2)
