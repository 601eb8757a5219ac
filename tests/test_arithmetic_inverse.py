"""The formula read backwards against trying everything, and receptive fields against gradients."""

from __future__ import annotations

import time
from itertools import product

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from explainer.arithmetic import (
    Axis,
    Jump,
    Window,
    dividing_paddings,
    input_sizes_for,
    jump_of,
    receptive_fields,
    same_padding,
    settings_for,
)
from explainer.errors import InvalidInput, InvalidLayer, TooLarge
from tests.test_arithmetic_oracle import SOME

windows = st.builds(Window, st.integers(1, 5), st.integers(1, 3), st.integers(0, 3), st.integers(1, 3), st.booleans())


@pytest.mark.parametrize(("ceil_mode", "pool"), list(product([False, True], [False, True])))
@pytest.mark.parametrize(("size", "output"), [(1, 1), (7, 7), (28, 8), (28, 14), (32, 16), (9, 2), (5, 12), (56, 56)])
def test_settings_are_all_that_torch_agrees_with(size: int, output: int, ceil_mode: bool, pool: bool) -> None:
    found = settings_for(size, output, range(1, 6), range(1, 4), range(4), range(1, 3), ceil_mode, pool)
    expected = set()
    for kernel, stride, padding, dilation in product(range(1, 6), range(1, 4), range(4), range(1, 3)):
        if (kernel == 1 and dilation > 1) or (pool and padding > kernel // 2):
            continue
        try:
            if ceil_mode and padding <= kernel // 2:
                layer: nn.Module = nn.MaxPool1d(kernel, stride, padding, dilation, ceil_mode=True)
                got = layer(torch.zeros(1, size, device="meta")).shape[-1]
            elif ceil_mode:  # no layer of torch: only the formula says
                got = Axis(size, kernel, stride, (padding, padding), dilation, True).output
            else:
                convolution = nn.Conv1d(1, 1, kernel, stride, padding, dilation, device="meta")
                got = convolution(torch.zeros(1, size, device="meta")).shape[-1]
        except RuntimeError:
            continue
        if got == output:
            expected.add(Window(kernel, stride, padding, dilation, ceil_mode))
    assert set(found) == expected
    assert len(found) == len(expected)
    assert [window.rarity for window in found] == sorted(window.rarity for window in found)


@pytest.mark.parametrize(
    ("size", "output", "first"),
    [
        pytest.param(32, 32, Window(3, 1, 1), id="keeps"),
        pytest.param(32, 16, Window(3, 2, 1), id="halves"),
        pytest.param(32, 30, Window(3), id="valid"),
        pytest.param(8, 2, Window(4, 4), id="patches"),
        pytest.param(28, 8, Window(7, 3), id="28-to-8"),
    ],
)
def test_the_common_setting_is_near_the_top(size: int, output: int, first: Window) -> None:
    assert first in settings_for(size, output)[:3]


def test_too_many_settings_are_declined() -> None:
    with pytest.raises(TooLarge, match="1080000 combinations; the limit is 1000000"):
        settings_for(224, 112, range(1, 101), range(1, 31), range(60), range(1, 7))
    start = time.perf_counter()
    settings_for(224, 112, range(1, 33), range(1, 9), range(17), range(1, 5))
    assert time.perf_counter() - start < 2


@pytest.mark.parametrize(("kernel_size", "dilation"), list(product(range(1, 9), range(1, 4))))
def test_same_padding_keeps_every_size_and_is_torchs(kernel_size: int, dilation: int) -> None:
    sides = same_padding(kernel_size, dilation)
    assert all(Axis(size, kernel_size, 1, sides, dilation).output == size for size in range(1, 40))
    convolution = nn.Conv1d(1, 1, kernel_size, padding="same", dilation=dilation, padding_mode="replicate")
    assert tuple(convolution._reversed_padding_repeated_twice) == sides


@pytest.mark.parametrize(("kernel_size", "stride", "dilation"), list(product(range(1, 10), range(1, 6), range(1, 4))))
def test_dividing_paddings_are_all_that_divide_every_multiple(kernel_size: int, stride: int, dilation: int) -> None:
    def divides(padding: int) -> bool:
        multiples = range(30 * stride, 60 * stride, stride)
        return all(Axis(n, kernel_size, stride, (padding, padding), dilation).output == n // stride for n in multiples)

    assert list(dividing_paddings(kernel_size, stride, dilation)) == [padding for padding in range(30) if divides(padding)]


@SOME
@given(st.integers(0, 12), windows)
def test_input_sizes_are_all_that_give_the_output(output: int, window: Window) -> None:
    arguments = (window.kernel_size, window.stride, window.padding, window.dilation, window.ceil_mode)
    assert list(input_sizes_for(output, *arguments)) == [size for size in range(1, 120) if window.on(size).output == output]


def test_input_sizes_take_two_sides() -> None:
    assert input_sizes_for(10, 4, padding=(1, 2)) == range(10, 11)
    assert input_sizes_for(10**9, 3, 2, 1) == range(2 * 10**9 - 1, 2 * 10**9 + 1)


jumps = st.builds(Jump, st.integers(1, 9), st.integers(1, 4), st.integers(1, 7), st.integers(-5, 5))


@SOME
@given(jumps, jumps, jumps)
def test_composition_is_associative_and_has_a_unit(first: Jump, second: Jump, third: Jump) -> None:
    assert first.then(second).then(third) == first.then(second.then(third))
    assert Jump(99).then(first) == first
    assert first.then(Jump(first.size)) == first


@pytest.mark.parametrize(
    ("size", "stack", "expected"),
    [
        pytest.param(224, [Window(7, 2, 3), Window(3, 2, 1)], [Jump(112, 2, 7, -3), Jump(56, 4, 11, -5)], id="resnet-stem"),
        pytest.param(32, [Window(3, 1, 1)] * 3, [Jump(32, 1, 3, -1), Jump(32, 1, 5, -2), Jump(32, 1, 7, -3)], id="three-3x3"),
        pytest.param(16, [Window(3, 1, 0, 2), Window(2, 2)], [Jump(12, 1, 5, 0), Jump(6, 2, 6, 0)], id="dilated-then-pooled"),
    ],
)
def test_table(size: int, stack: list[Window], expected: list[Jump]) -> None:
    assert receptive_fields(size, stack) == (Jump(size), *expected)


@SOME
@given(st.integers(8, 40), st.lists(windows, min_size=1, max_size=3))
def test_fields_agree_with_gradients(size: int, stack: list[Window]) -> None:
    """Convolutions of ones: the first and last input position with a gradient bound the field, where no padding cuts it."""
    stack = [Window(one.kernel_size, one.stride, min(one.padding, one.reach - 1), one.dilation) for one in stack]
    try:
        last = receptive_fields(size, stack)[-1]
    except InvalidLayer:
        return
    row = torch.zeros(1, 1, size, requires_grad=True)
    values = row
    for one in stack:
        weight = torch.ones(1, 1, one.kernel_size)
        values = nn.functional.conv1d(values, weight, stride=one.stride, padding=one.padding, dilation=one.dilation)
    assert values.shape[-1] == last.size
    for index in {0, last.size // 2, last.size - 1}:
        (gradient,) = torch.autograd.grad(values[0, 0, index], row, retain_graph=True)
        seen = gradient[0, 0].nonzero().flatten().tolist()
        field = last.field(index)
        assert set(seen) <= set(field)
        if field.start >= 0 and field.stop <= size:
            assert (seen[0], seen[-1]) == (field.start, field.stop - 1)


@SOME
@given(st.integers(1, 30), windows)
def test_one_window_is_its_own_field(size: int, window: Window) -> None:
    axis = window.on(size)
    for index in range(axis.output):
        cells = axis.window(index)
        assert (jump_of(axis).field(index)[0], jump_of(axis).field(index)[-1]) == (cells[0], cells[-1])


def test_refusals() -> None:
    with pytest.raises(InvalidLayer, match="Layer 2 reaches over 9 cells, but there are 4 with padding"):
        receptive_fields(8, [Window(2, 2), Window(9)])
    with pytest.raises(InvalidInput, match="There is no value 4: there are 4"):
        Jump(4).field(4)
    with pytest.raises(InvalidLayer, match="output must be at least 1, not 0"):
        settings_for(5, 0)
