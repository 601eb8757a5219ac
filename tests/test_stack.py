"""A stack against torch itself: shapes, parameters, receptive fields from gradients; text in and out; links; what refuses."""

from __future__ import annotations

import warnings
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import nn

from explainer.arithmetic import Window, receptive_fields
from explainer.errors import InvalidInput
from explainer.language import say
from explainer.stack import (
    FORMS,
    PRESETS,
    Item,
    Stack,
    can_fit,
    fitted,
    from_link,
    input_shape,
    item,
    new_item,
    places,
    read_source,
    seen,
    to_link,
    work_out,
    write_source,
)

EXAMPLES = settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
POOLS = st.builds(
    lambda kind, kernel, stride, padding, ceil: item(
        kind, {"kernel_size": kernel, "stride": stride, "padding": min(padding, kernel // 2), "ceil_mode": ceil}
    ),
    st.sampled_from(["MaxPool2d", "AvgPool2d"]), st.integers(1, 3), st.integers(1, 3), st.integers(0, 1), st.booleans(),
)  # fmt: skip
PAIRS = st.one_of(st.integers(1, 3), st.tuples(st.integers(1, 3), st.integers(1, 3)))
CONVS = st.builds(
    lambda kernel, stride, padding, dilation, mode, bias: item("Conv2d", {
        "in_channels": 2, "out_channels": 2, "kernel_size": kernel, "stride": stride, "padding": padding,
        "dilation": dilation, "padding_mode": mode, "bias": bias,
    }),
    PAIRS, PAIRS, st.integers(0, 2), st.integers(1, 2), st.sampled_from(["zeros", "zeros", "reflect", "replicate", "circular"]),
    st.booleans(),
)  # fmt: skip
TRANSPOSED = st.builds(
    lambda kernel, stride, padding, extra: item("ConvTranspose2d", {
        "in_channels": 2, "out_channels": 2, "kernel_size": kernel, "stride": stride, "padding": padding, "output_padding": extra,
    }),
    st.integers(1, 4), st.integers(1, 3), st.integers(0, 2), st.integers(0, 1),
)  # fmt: skip
UPSAMPLES = st.builds(
    lambda factor, mode: item("Upsample", {"scale_factor": factor, "mode": mode}),
    st.sampled_from([2, 3, 1.5, 0.5]), st.sampled_from(["nearest", "nearest-exact", "bilinear", "area"]),
)  # fmt: skip
OTHERS = st.sampled_from(read_source(
    "BatchNorm2d(2), ReLU(), Dropout2d(), Identity(), ReflectionPad2d((1, 0, 2, 1)), ZeroPad2d(1), ReplicationPad2d(1),"
    "PixelUnshuffle(2), PixelShuffle(1), AdaptiveAvgPool2d((3, 4)), CircularPad2d(1), GroupNorm(1, 2), Softmax(-1), LayerNorm(5),"
    "Flatten(), Linear(6, 3), PReLU(2), Flatten(2), Sigmoid()"
).items)  # fmt: skip
ROWS = st.lists(st.one_of(CONVS, POOLS, CONVS, TRANSPOSED, UPSAMPLES, OTHERS), min_size=1, max_size=5)
STACKS = st.builds(lambda high, wide, rows: Stack((2, high, wide), tuple(rows)), st.integers(3, 11), st.integers(3, 11), ROWS)


def module_of(row: Item) -> nn.Module:
    return getattr(nn, row.name)(**dict(row.arguments))


def built(stack: Stack) -> nn.Module:
    """What the exported code builds."""
    scope: dict[str, Any] = {}
    exec(write_source(stack, [row.shape for row in work_out(stack)]), scope)
    return scope["model"].eval()


@EXAMPLES
@given(STACKS)
def test_every_row_agrees_with_torch_until_torch_refuses(stack):
    x = torch.zeros(1, *stack.input_shape)
    total = 0
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        for row in work_out(stack):
            try:
                module = module_of(row.item).eval()
                x = module(x)
            except (RuntimeError, ValueError, IndexError):
                x = torch.zeros(0)
            if 0 in x.shape:  # a transposed convolution may end with no cell; nothing useful follows
                assert row.shape is None
                assert row.refusal is not None
                return
            total += sum(parameter.numel() for parameter in module.parameters())
            assert row.shape == tuple(x.shape)
            assert row.total_params == total
            assert row.refusal is None


def influence(model: nn.Module, shape: tuple[int, ...], position: tuple[int, ...]) -> list[tuple[int, int]] | None:
    """First and last input position on each axis that the output at ``position`` depends on, from gradients."""
    torch.manual_seed(0)
    x = torch.rand(1, *shape, dtype=torch.float64).requires_grad_()
    y = model(x)
    value = y[(slice(None), slice(None), *position)] if y.ndim == len(shape) + 1 else y
    (grad,) = torch.autograd.grad((value * torch.rand_like(value)).sum(), x)
    touched = grad[0].abs().sum(0) > 0
    if not touched.any():
        return None
    sides = [touched.any(dim=1 - axis).nonzero() for axis in range(2)]
    return [(int(side.min()), int(side.max())) for side in sides]


def positive(stack: Stack) -> nn.Sequential:
    """The stack with positive weights, so that nothing cancels, and no max or rectifier that hides what was read."""
    rows = []
    for row in stack.items:
        arguments = dict(row.arguments)
        if row.name == "MaxPool2d":
            rows.append(nn.AvgPool2d(**arguments))
        elif row.name not in ("ReLU", "Dropout2d"):
            rows.append(module_of(row))
    model = nn.Sequential(*rows).eval().double()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.uniform_(0.5, 1.0)
    return model


HULLS = ("ConvTranspose2d", "Upsample", "CircularPad2d", "Softmax", "LayerNorm", "GroupNorm")


def dilated(row: Item) -> bool:
    """Whether windows leave holes, before which a border may cut off what is read last, or reach around both ends."""
    if row.name not in ("Conv2d", "MaxPool2d", "AvgPool2d"):
        return False
    kernels, strides = (
        value if isinstance(value, tuple) else (value, value) for value in (row.value("kernel_size"), row.value("stride"))
    )
    gaps = any(stride is not None and stride > kernel for kernel, stride in zip(kernels, strides, strict=True))
    return gaps or row.value("dilation") not in (None, 1) or row.value("padding_mode") == "circular"


@EXAMPLES
@given(STACKS, st.data())
def test_the_receptive_field_is_what_gradients_show(stack, data):
    rows = work_out(stack)
    good = [row for row in rows if row.shape is not None]
    if not good or good[-1].regrouped:
        return
    last = good[-1]
    position = tuple(data.draw(st.integers(0, size - 1)) for size in places(last))
    model = positive(Stack(stack.input_shape, stack.items[: len(good)]))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        real = influence(model, stack.input_shape, position)
    found = seen(last, position)
    if real is None:
        return
    assert found is not None
    holes = any(row.name in HULLS or dilated(row)
                for row in stack.items)  # fmt: skip
    for (first, end), (low, high) in zip(found, real, strict=True):
        assert first <= low
        assert high <= end
        assert holes or (first, end) == (low, high)


@pytest.mark.parametrize(
    ("text", "position", "expected"),
    [
        ("ConvTranspose2d(2, 2, 4, 2, 1)", (4, 5), [(1, 2), (2, 3)]),
        ("Upsample(scale_factor=2)", (5, 4), [(2, 2), (2, 2)]),
        ("Upsample(scale_factor=2, mode='bilinear'), Conv2d(2, 2, 3)", (3, 3), [(1, 3), (1, 3)]),
        ("Conv2d(2, 2, 3, dilation=2), MaxPool2d(2)", (0, 1), [(0, 5), (2, 7)]),
        ("AdaptiveAvgPool2d(4)", (1, 2), [(2, 4), (5, 7)]),
    ],
    ids=["transposed", "nearest", "bilinear then conv", "dilated then pool", "adaptive"],
)
def test_fields_worked_out_by_hand(text, position, expected):
    stack = Stack((2, 10, 10), read_source(text).items)
    row = work_out(stack)[-1]
    assert list(seen(row, position)) == expected
    assert influence(positive(stack), stack.input_shape, position) == expected


@EXAMPLES
@given(st.lists(st.builds(Window, st.integers(1, 7), st.integers(1, 3), st.integers(0, 3), st.integers(1, 2)), max_size=6))
def test_windows_give_the_same_as_the_arithmetic(windows):
    rows = tuple(
        item("Conv1d", {"in_channels": 1, "out_channels": 1, "kernel_size": w.kernel_size, "stride": w.stride,
                        "padding": w.padding, "dilation": w.dilation})
        for w in windows
    )  # fmt: skip
    found = work_out(Stack((1, 4000), rows))
    for row, jump in zip(found, receptive_fields(4000, windows)[1:], strict=True):
        assert (row.shape[2], row.jump[0], row.field[0], row.start[0]) == (
            jump.size, jump.jump, jump.receptive_field, jump.start
        )  # fmt: skip


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_runs_as_its_export_says(name):
    stack = PRESETS[name]
    rows, model = work_out(stack), built(stack)
    with torch.no_grad():
        assert tuple(model(torch.zeros(1, *stack.input_shape)).shape) == rows[-1].shape
    assert sum(parameter.numel() for parameter in model.parameters()) == rows[-1].total_params
    assert rows[-1].refusal is None
    assert read_source(write_source(stack, [row.shape for row in rows])).items == stack.items


def test_the_stem_of_resnet():
    rows = work_out(PRESETS["ResNet"])
    assert [row.shape for row in rows] == [(1, 64, 112, 112)] * 3 + [(1, 64, 56, 56)]
    assert [row.total_params for row in rows] == [9408, 9536, 9536, 9536]
    assert rows[-1].field == (11, 11)
    assert rows[-1].jump == (4, 4)
    assert rows[-1].total_macs == 112 * 112 * 64 * 3 * 49


def test_a_row_that_cannot_follow_says_why_and_what_is_above_stays():
    stack = Stack((3, 8, 8), read_source("Conv2d(3, 8, 3), Conv2d(16, 4, 3), ReLU()").items)
    first, second, third = work_out(stack)
    assert first.shape == (1, 8, 6, 6)
    assert "has 8 channels, but the layer expects in_channels=16" in str(second.refusal)
    assert second.shape is second.total_params is second.macs is None
    assert second.param_count == 16 * 4 * 9 + 4
    assert third.shape is third.refusal is None
    assert can_fit(stack)
    assert work_out(fitted(stack))[-1].shape == (1, 4, 4, 4)
    assert not can_fit(fitted(stack))


def test_fitting_keeps_depthwise_depthwise_and_follows_a_flatten():
    text = "Conv2d(3, 3, 3, groups=3), BatchNorm2d(3), Flatten(), Linear(7, 2)"
    found = fitted(Stack((5, 4, 4), read_source(text).items))
    assert [row.code() for row in found.items] == [
        "nn.Conv2d(5, 5, kernel_size=3, groups=5)", "nn.BatchNorm2d(5)", "nn.Flatten()", "nn.Linear(20, 2)",
    ]  # fmt: skip


@pytest.mark.parametrize("name", FORMS)
def test_every_layer_can_be_added_and_is_torchs_own(name):
    rank = FORMS[name].rank or 2
    shape = (1, 16, *(8,) * rank)
    fresh = new_item(name, shape)
    torch_class = getattr(nn, name)
    made = torch_class(**dict(fresh.arguments))
    assert sum(parameter.numel() for parameter in made.parameters()) == work_out(Stack(shape[1:], (fresh,)))[0].param_count
    assert from_link(to_link(Stack(shape[1:], (fresh,)))).stack.items == (fresh,)


def test_rows_move_double_and_go():
    stack = Stack((3, 8, 8), read_source("ReLU(), Tanh(), Sigmoid()").items)
    names = lambda found: [row.name for row in found.items]  # noqa: E731
    assert names(stack.moved(0, 2)) == ["Tanh", "Sigmoid", "ReLU"]
    assert names(stack.moved(2, -5)) == ["Sigmoid", "ReLU", "Tanh"]
    assert names(stack.put(1, stack.items[0])) == ["ReLU", "ReLU", "Tanh", "Sigmoid"]
    assert names(stack.without(1)) == ["ReLU", "Sigmoid"]
    with pytest.raises(InvalidInput, match="at most 99 rows"):
        stack.put(0, *stack.items * 33)


@pytest.mark.parametrize("numbers", [(), (1, 2, 3, 4, 5), (0, 3), (3, 70_000)])
def test_an_input_that_is_none_is_refused(numbers):
    with pytest.raises(InvalidInput):
        input_shape(numbers)


def test_an_output_without_a_cell_is_refused():
    row = work_out(Stack((2, 1, 1), read_source("Upsample(scale_factor=0.5, mode='area')").items))[0]
    assert say(row.refusal, "en") == "Nothing is left: the output is 1 × 2 × 0 × 0."


def test_return_indices_cannot_be_stacked():
    row = work_out(Stack((1, 8, 8), read_source("MaxPool2d(2, return_indices=True)").items))[0]
    assert "two tensors" in str(row.refusal)


@EXAMPLES
@given(STACKS, st.text(max_size=20), st.text(min_size=1, max_size=20))
def test_a_link_gives_the_same_stack(stack, comment, text):
    kept = read_source(f"# {comment}\nReLU()\n" if comment.isprintable() else "ReLU()").items
    full = stack.put(1, *kept, Item(text=" ".join(text.split()) or "?"))
    opened = from_link(to_link(full))
    assert opened.stack == full
    assert opened.dropped == ()
    assert to_link(full).isascii()
