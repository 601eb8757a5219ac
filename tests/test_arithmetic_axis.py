"""One axis: hand-worked sizes, and every fact about its windows against gradients and brute force."""

from __future__ import annotations

import time
from typing import Any

import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from torch.nn import functional

from explainer.arithmetic import Axis
from explainer.errors import InvalidInput, InvalidLayer, TooLarge
from tests.test_arithmetic_oracle import MANY, SOME


@st.composite
def small_axes(draw: st.DrawFn, ceil: bool = True) -> Axis:
    padding = draw(st.tuples(st.integers(-3, 6), st.integers(-3, 6)))
    return Axis(
        size=draw(st.integers(0, 24)),
        kernel_size=draw(st.integers(1, 6)),
        stride=draw(st.integers(1, 7)),
        padding=padding,
        dilation=draw(st.integers(1, 5)),
        ceil_mode=ceil and draw(st.booleans()),
    )


@pytest.mark.parametrize(
    ("axis", "output", "unread", "skipped"),
    [
        pytest.param(Axis(28, 7, 3), 8, 0, (), id="28-k7-s3"),
        pytest.param(Axis(224, 7, 2, (3, 3)), 112, 0, (), id="resnet-stem"),
        pytest.param(Axis(112, 3, 2, (1, 1)), 56, 0, (), id="resnet-pool"),
        pytest.param(Axis(227, 11, 4), 55, 0, (), id="alexnet"),
        pytest.param(Axis(32, 5), 28, 0, (), id="lenet"),
        pytest.param(Axis(7, 3, 2), 3, 0, (), id="7-k3-s2"),
        pytest.param(Axis(8, 3, 2), 3, 1, (), id="8-k3-s2-drops-one"),
        pytest.param(Axis(8, 3, 2, ceil_mode=True), 4, 0, (), id="8-k3-s2-ceil"),
        pytest.param(Axis(6, 2, 3, (1, 1), ceil_mode=True), 3, 0, (1, 4), id="ceil-with-padding"),
        pytest.param(Axis(5, 1, 2, (0, 0), ceil_mode=True), 3, 0, (1, 3), id="k1-s2"),
        pytest.param(Axis(4, 2, 4, ceil_mode=True), 1, 2, (), id="ceil-window-that-would-start-outside"),
        pytest.param(Axis(10, 2, 4), 3, 0, (2, 3, 6, 7), id="stride-beyond-reach"),
        pytest.param(Axis(5, 2, 1, (0, 0), 4), 1, 0, (1, 2, 3), id="dilation-gap"),
        pytest.param(Axis(5, 9), 0, 5, (), id="no-window"),
        pytest.param(Axis(7, 3, padding=(1, 1), dilation=2), 5, 0, (), id="dilated"),
        pytest.param(Axis(1, 1), 1, 0, (), id="one"),
    ],
)
def test_table(axis: Axis, output: int, unread: int, skipped: tuple[int, ...]) -> None:
    assert (axis.output, axis.unread, axis.skipped) == (output, unread, skipped)


def test_parts_of_the_formula() -> None:
    axis = Axis(28, 3, stride=2, padding=(2, 1), dilation=3)
    assert (axis.reach, axis.padded, axis.numerator, axis.output) == (7, 31, 24, 13)
    assert axis.window(0) == (-2, 1, 4)
    assert axis.window(12) == (22, 25, 28)
    assert axis.unread_padded == 0


@MANY
@given(small_axes())
def test_windows_agree_with_brute_force(axis: Axis) -> None:
    """The four facts derive from ``window`` alone: one loop over all windows and cells."""
    windows = [axis.window(index) for index in range(axis.output)]
    everywhere = range(-10, axis.size + 60)
    readers = {cell: tuple(index for index, window in enumerate(windows) if cell in window) for cell in everywhere}
    assert {cell: axis.reached_by(cell) for cell in everywhere} == readers
    unread = [cell for cell in range(axis.size) if not readers[cell]]
    assert [*axis.skipped, *range(axis.size - axis.unread, axis.size)] == unread
    assert not axis.unread or axis.unread == axis.size or readers[axis.size - axis.unread - 1]
    end = max((window[-1] + 1 for window in windows), default=-axis.padding[0])
    assert axis.unread_padded == max(0, axis.size + axis.padding[1] - end)


@MANY
@given(small_axes(ceil=False))
def test_windows_agree_with_the_gradient_of_a_convolution(axis: Axis) -> None:
    """A convolution of ones: the gradient of output i is 1 exactly on the input cells of window i."""
    row = torch.zeros(1, 1, axis.size, requires_grad=True)
    if axis.numerator < 0:
        assert axis.output == 0
        return
    assume(min(axis.padding) > -axis.size)
    padded = functional.pad(row, axis.padding)
    output = functional.conv1d(padded, torch.ones(1, 1, axis.kernel_size), stride=axis.stride, dilation=axis.dilation)
    assert output.shape[-1] == axis.output
    for index in {0, axis.output // 2, axis.output - 1}:
        (gradient,) = torch.autograd.grad(output[0, 0, index], row, retain_graph=True)
        assert gradient[0, 0].nonzero().flatten().tolist() == [cell for cell in axis.window(index) if 0 <= cell < axis.size]
    (gradient,) = torch.autograd.grad(output.sum(), row)
    assert gradient[0, 0].tolist() == [len(axis.reached_by(cell)) for cell in range(axis.size)]


@SOME
@given(small_axes())
def test_same_output_sizes_agree_with_trying_all(axis: Axis) -> None:
    def output(size: int) -> int:
        return Axis(size, axis.kernel_size, axis.stride, axis.padding, axis.dilation, axis.ceil_mode).output

    assert list(axis.same_output_sizes) == [size for size in range(1, 120) if output(size) == axis.output]


def test_long_rows_are_answered_or_declined_quickly() -> None:
    start = time.perf_counter()
    assert Axis(2**22, 2**20, 1, (0, 0), 4).skipped == (2**22 - 3, 2**22 - 2)[:0]
    assert Axis(10**12, 7, 3).unread == 0
    assert Axis(10**12, 3, 2).reached_by(10**11) == (5 * 10**10 - 1, 5 * 10**10)
    assert len(Axis(2**20, 1, 2).skipped) == 2**19 - 1
    with pytest.raises(TooLarge, match="too long to list"):
        _ = Axis(2**22 + 1, 1, 2).skipped
    assert time.perf_counter() - start < 5


@pytest.mark.parametrize(
    ("field", "value"), [("kernel_size", 0), ("stride", 0), ("dilation", -1), ("size", -1), ("stride", 1.5), ("stride", True)]
)
def test_impossible_numbers_are_refused_by_name(field: str, value: Any) -> None:
    with pytest.raises(InvalidLayer) as refusal:
        Axis(**({"size": 8, "kernel_size": 3} | {field: value}))
    assert refusal.value.field == field


@pytest.mark.parametrize("index", [-1, 3])
def test_there_is_no_window_outside_the_output(index: int) -> None:
    with pytest.raises(InvalidInput, match=f"There is no output {index}: there are 3"):
        Axis(7, 3, 2).window(index)
