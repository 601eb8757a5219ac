"""Convolutions: torch's sizes, counts and verdicts over random configurations, hand-worked tables, and the sentences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from explainer.arithmetic import ConvLayer, conv_layer
from explainer.errors import InvalidLayer
from tests.test_arithmetic_oracle import (
    MANY,
    assert_same,
    from_code,
    our_answer,
    torch_answer,
    torch_does_not_mean_a_convolution,
)

CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.Conv3d)


@dataclass(frozen=True)
class Configuration:
    rank: int
    arguments: dict[str, Any]
    shape: tuple[int, ...]

    def ours(self) -> ConvLayer:
        return conv_layer(self.rank, **self.arguments)

    def torchs(self) -> nn.Module:
        return CONVOLUTIONS[self.rank - 1](**self.arguments)


def per_axis(draw: st.DrawFn, rank: int, numbers: st.SearchStrategy[int], lengths: tuple[int, ...]) -> int | tuple[int, ...]:
    """Mostly one number, else a tuple of one of the lengths."""
    if draw(st.booleans()):
        return draw(numbers)
    length = draw(st.sampled_from(lengths))
    return tuple(draw(st.lists(numbers, min_size=length, max_size=length)))


@st.composite
def configurations(draw: st.DrawFn, lowest: int, largest: int) -> Configuration:
    """Any configuration from ``lowest`` (0 or below: torch refuses many) with sizes up to ``largest``."""
    rank = draw(st.sampled_from([1, 2, 2, 3]))
    lengths = (rank, rank, rank, rank, 1, rank + 1) if lowest < 1 else (rank,)
    few = st.integers(min(lowest, 1), 4)
    groups = draw(st.sampled_from([1, 1, 2, 3] if lowest > 0 else [1, 1, 1, 2, 2, 3, 0, -1]))
    channels = st.integers(0 if lowest < 1 else 1, 3)
    in_channels, out_channels = draw(channels) * max(groups, 1), draw(channels) * max(groups, 1)
    if lowest < 1 and draw(st.integers(0, 9)) == 0:
        out_channels += 1
    pads: Any = draw(st.sampled_from(["same", "valid", *["full"] * (lowest < 1), 0, 0, 0]))
    if not isinstance(pads, str):
        pads = per_axis(draw, rank, st.integers(min(lowest, 0), 5), lengths)
    arguments = {
        "in_channels": in_channels,
        "out_channels": out_channels,
        "kernel_size": per_axis(draw, rank, st.integers(min(lowest, 1) if draw(st.integers(0, 5)) == 0 else 1, 5), lengths),
        "stride": 1 if pads == "same" and draw(st.integers(0, 4)) else per_axis(draw, rank, few, lengths),
        "padding": pads,
        "dilation": per_axis(draw, rank, st.integers(min(lowest, 1) if draw(st.integers(0, 5)) == 0 else 1, 3), lengths),
        "groups": groups,
        "bias": draw(st.booleans()),
        "padding_mode": draw(st.sampled_from(["zeros", "zeros", "reflect", "replicate", "circular"])),
    }
    spatial = draw(st.lists(st.integers(0 if lowest < 1 else 1, largest), min_size=rank, max_size=rank))
    seen = in_channels + (lowest < 1 and draw(st.integers(0, 15)) == 0)
    batch_dimensions = 2 if lowest < 1 and draw(st.integers(0, 15)) == 0 else 1
    batch = draw(st.lists(st.integers(0 if lowest < 1 else 1, 3), max_size=batch_dimensions))
    return Configuration(rank, arguments, (*batch, seen, *spatial))


@MANY
@given(configurations(lowest=-1, largest=9))
def test_anything_at_all_on_the_cpu(case: Configuration) -> None:
    if not torch_does_not_mean_a_convolution(case.rank, case.arguments, case.shape):
        assert_same(our_answer(case.ours, case.shape), torch_answer(case.torchs, case.shape))


@MANY
@given(configurations(lowest=1, largest=7))
def test_sensible_numbers_on_the_cpu(case: Configuration) -> None:
    assert_same(our_answer(case.ours, case.shape), torch_answer(case.torchs, case.shape))


@MANY
@given(configurations(lowest=1, largest=3000))
def test_large_inputs_on_meta(case: Configuration) -> None:
    """Only positive numbers: the meta device takes zero and negative strides, kernels and paddings that the CPU refuses."""
    assert_same(our_answer(case.ours, case.shape), torch_answer(case.torchs, case.shape, "meta"))


@MANY
@given(configurations(lowest=1, largest=7))
def test_code_builds_the_same_layer_and_macs_are_torchs(case: Configuration) -> None:
    ours = our_answer(case.ours, case.shape)
    if isinstance(ours, str):
        return
    layer = case.ours()
    with torch.device("meta"):
        module = from_code(layer.code())
        with FlopCounterMode(display=False) as counter:
            output = module(torch.zeros(case.shape))
    assert tuple(module.weight.shape) == layer.weight_shape
    assert (tuple(output.shape), sum(p.numel() for p in module.parameters())) == ours
    assert counter.get_total_flops() == 2 * layer.macs(case.shape)
    assert repr(module) == repr(case.torchs().to("meta"))


@pytest.mark.parametrize(
    ("arguments", "shape", "output", "param_count", "macs"),
    [
        pytest.param((1, 1, 1, 7, 3), (1, 1, 28), (1, 1, 8), 8, 8 * 7, id="28-k7-s3"),
        pytest.param((2, 3, 64, 7, 2, 3, 1, 1, False), (1, 3, 224, 224), (1, 64, 112, 112), 9408, 118_013_952, id="resnet-stem"),
        pytest.param((2, 3, 8, 3, 3, 1), (3, 8, 9), (8, 3, 3), 224, 8 * 9 * 27, id="unbatched"),
        pytest.param((2, 32, 32, 3, 1, 1, 1, 32), (2, 32, 5, 5), (2, 32, 5, 5), 320, 2 * 32 * 25 * 9, id="depthwise"),
        pytest.param((2, 8, 4, 4, 1, "same"), (1, 8, 5, 6), (1, 4, 5, 6), 516, 4 * 30 * 128, id="same-even-kernel"),
        pytest.param((2, 8, 4, (1, 3), (1, 2), (0, 2), (1, 2)), (1, 8, 5, 6), (1, 4, 5, 3), 100, 4 * 15 * 24, id="pairs"),
        pytest.param((3, 1, 2, 2, 2), (1, 1, 4, 5, 6), (1, 2, 2, 2, 3), 18, 2 * 12 * 8, id="3d"),
        pytest.param((2, 3, 8, 3), (0, 3, 8, 8), (0, 8, 6, 6), 224, 0, id="empty-batch"),
        pytest.param((2, 4096, 4096, 3, 1, 1), (1, 4096, 1024, 1024), (1, 4096, 1024, 1024), 150_999_040, 2**44 * 9, id="huge"),
    ],
)
def test_table(arguments: tuple[Any, ...], shape: tuple[int, ...], output: tuple[int, ...], param_count: int, macs: int) -> None:
    layer = conv_layer(*arguments)
    assert (layer.output_shape(shape), layer.param_count, layer.macs(shape)) == (output, param_count, macs)


@pytest.mark.parametrize("mode", ["zeros", "reflect", "replicate", "circular"])
def test_padding_modes_and_their_limits(mode: str) -> None:
    """Every padding from a crop of 5 to beyond the input: what torch takes, and only that."""
    for size in range(1, 6):
        for padding in range(-5, 9):
            arguments = (1, 1, 2, 1, padding, 1, 1, True, mode)
            ours = our_answer(lambda a=arguments: conv_layer(1, *a), (1, 1, size))
            assert_same(ours, torch_answer(lambda a=arguments: nn.Conv1d(*a), (1, 1, size)))


@pytest.mark.parametrize(
    ("kernel_size", "dilation", "sides"),
    [(3, 1, (1, 1)), (4, 1, (1, 2)), (2, 1, (0, 1)), (4, 3, (4, 5)), (1, 5, (0, 0))],
)
def test_same_puts_the_odd_cell_behind(kernel_size: int, dilation: int, sides: tuple[int, int]) -> None:
    """Checked on values: a row of different numbers, so that a shift by one would show."""
    assert conv_layer(1, 1, 1, kernel_size, padding="same", dilation=dilation).padding_sides == (sides,)
    row, weight = torch.arange(1.0, 10.0)[None, None], torch.arange(1.0, kernel_size + 1)[None, None]
    same = nn.functional.conv1d(row, weight, padding="same", dilation=dilation)
    assert same.equal(nn.functional.conv1d(nn.functional.pad(row, sides), weight, dilation=dilation))


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ((2, 3, 8, 3, 3, 1), "nn.Conv2d(3, 8, kernel_size=3, stride=3, padding=1)"),
        ((1, 3, 8, (3,)), "nn.Conv1d(3, 8, kernel_size=3)"),
        ((2, 4, 8, (3, 1), (1, 2), (1, 0), 2, 4, False, "reflect"),
         ("nn.Conv2d(4, 8, kernel_size=(3, 1), stride=(1, 2), padding=(1, 0), dilation=2, groups=4, bias=False, "
          "padding_mode='reflect')")),
        ((3, 3, 8, 3, 1, "same"), "nn.Conv3d(3, 8, kernel_size=3, padding='same')"),
        ((2, 3, 8, 3, 1, "valid"), "nn.Conv2d(3, 8, kernel_size=3, padding='valid')"),
    ],
)  # fmt: skip
def test_code(arguments: tuple[Any, ...], code: str) -> None:
    assert conv_layer(*arguments).code() == code


@pytest.mark.parametrize(
    ("arguments", "shape", "field", "message"),
    [
        pytest.param((2, 64, 64, 3, 1, 1, 1, 3), (), "groups",
                     "groups=3 does not divide in_channels=64. The nearest numbers that divide in_channels=64 and "
                     "out_channels=64 are 2 and 4.", id="groups-of-in"),
        pytest.param((2, 64, 96, 3, 1, 1, 1, 64), (), "groups",
                     "groups=64 does not divide out_channels=96. The largest number that divides in_channels=64 and "
                     "out_channels=96 is 32.", id="groups-of-out"),
        pytest.param((2, 3, 8, 7, 2, "same"), (), "padding",
                     "PyTorch refuses padding='same' with stride=2. Write padding=3: it halves every even size.", id="same-s2"),
        pytest.param((2, 3, 8, (3, 7), (1, 3), "same"), (), "padding",
                     "PyTorch refuses padding='same' with stride=(1, 3). Write padding=(1, 3): a size that the stride divides "
                     "becomes exactly size / stride.", id="same-stride-pair"),
        pytest.param((2, 3, 8, 3, 1, "full"), (), "padding", "padding must be one of 'same', 'valid', not 'full'.", id="word"),
        pytest.param((2, 3, 8, 3, 1, 0, 1, 1, True, "mirror"), (), "padding_mode",
                     "padding_mode must be one of 'zeros', 'reflect', 'replicate', 'circular', not 'mirror'.", id="mode"),
        pytest.param((2, 3, 8, (3, 3, 3)), (), "kernel_size",
                     "kernel_size needs one number, or one for each of the 2 axes; (3, 3, 3) has 3.", id="length"),
        pytest.param((2, 3, 8, 3, 0), (), "stride", "stride must be at least 1, not 0.", id="stride-0"),
        pytest.param((2, 3, 8, 3, 1, -1), (), "padding", "padding must be at least 0, not -1.", id="padding"),
        pytest.param((2, 3, 8, 2.5), (), "kernel_size", "kernel_size must be a whole number, not 2.5.", id="fraction"),
        pytest.param((2, 3, 8, 2**70), (), "kernel_size", f"kernel_size={2**70} does not fit into 64 bits.", id="64-bits"),
        pytest.param((4, 3, 8, 3), (), "rank", "rank must be 1, 2 or 3, not 4.", id="rank"),
        pytest.param((2, 3, 8, 7, 1, 1), (1, 3, 9, 3), "kernel_size",
                     "The kernel reaches over 7 cells, but dimension 3 has 5 with padding (3 + 1 + 1). "
                     "The smallest padding that fits is 2.", id="too-small"),
        pytest.param((2, 3, 8, 4, 1, 1, 3, 1, True, "circular"), (3, 2, 20), "kernel_size",
                     "The kernel reaches over 10 cells, but dimension 1 has 4 with padding (2 + 1 + 1), "
                     "and padding can be at most 2 here. Make the kernel smaller.", id="mode-cannot-add"),
        pytest.param((2, 3, 8, 3, 1, 8, 1, 1, True, "reflect"), (3, 8, 9), "padding",
                     "padding_mode='reflect' takes its cells from the input: dimension 1 has 8, so padding can be at most 7, "
                     "not 8.", id="reflect"),
        pytest.param((2, 3, 8, 3), (1, 4, 8, 8), "in_channels",
                     "Input (1, 4, 8, 8) has 4 channels, but the layer expects in_channels=3.", id="channels"),
        pytest.param((2, 3, 8, 3), (8, 8), "input_shape",
                     "Input (8, 8) has 2 dimensions; this layer takes 4 (batch, channels and 2 more), or 3 without the batch.",
                     id="dimensions"),
        pytest.param((2, 3, 8, 3, 1, 2), (1, 3, 0, 8), "input_shape",
                     "Input (1, 3, 0, 8) is empty: each size after the batch must be at least 1.", id="empty"),
        pytest.param((2, 3, 8, 3, 1, 2**40), (1, 3, 8, 8), "input_shape",
                     f"A tensor of shape (1, 8, {2**41 + 6}, {2**41 + 6}) has more elements than PyTorch can count.",
                     id="overflow"),
    ],
)  # fmt: skip
def test_sentences(arguments: tuple[Any, ...], shape: tuple[int, ...], field: str, message: str) -> None:
    with pytest.raises(InvalidLayer) as refusal:
        conv_layer(*arguments).output_shape(shape)
    assert (refusal.value.field, str(refusal.value)) == (field, message)


@pytest.mark.parametrize("size", range(1, 40))
def test_the_padding_named_in_a_refusal_keeps_its_promise(size: int) -> None:
    for kernel, stride in ((7, 2), (4, 2), (3, 3), (6, 5)):
        with pytest.raises(InvalidLayer) as refusal:
            conv_layer(1, 1, 1, kernel, stride, "same")
        padding = dict(refusal.value.sentence.values)["padding"]
        if size % stride == 0:
            assert conv_layer(1, 1, 1, kernel, stride, padding).output_shape((1, size)) == (1, size // stride)
    with pytest.raises(InvalidLayer) as refusal:
        conv_layer(1, 1, 1, size + 5).output_shape((1, size))
    needed = dict(refusal.value.sentence.values)["needed"]
    assert conv_layer(1, 1, 1, size + 5, padding=needed).output_shape((1, size))
    with pytest.raises(InvalidLayer):
        conv_layer(1, 1, 1, size + 5, padding=needed - 1).output_shape((1, size))
