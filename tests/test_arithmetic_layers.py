"""Every layer of the registry against torch over random arguments and inputs, refused ones included."""

from __future__ import annotations

from dataclasses import dataclass
from inspect import Signature, signature
from math import prod
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from explainer.arithmetic import LAYERS, LayerForm, Parameter
from tests.test_arithmetic_oracle import FEW, assert_same, from_code, our_answer, torch_answer, torch_does_not_mean_a_convolution

NAMES = tuple(LAYERS)
OURS = SimpleNamespace(**{name: form.make for name, form in LAYERS.items()})
CONVOLVES = {"convolution", "transposed convolution"}


@dataclass(frozen=True)
class Case:
    """One call of torch's class on one input. ``wild`` ones may be nonsense."""

    form: LayerForm
    arguments: dict[str, Any]
    shape: tuple[int, ...]

    def ours(self) -> Any:
        return self.form.make(**self.arguments)

    def torchs(self) -> nn.Module:
        module: nn.Module = getattr(nn, self.form.name)(**self.arguments)
        return module


def argument(draw: st.DrawFn, parameter: Parameter, rank: int, wild: bool) -> Any:
    """A value for one parameter; a wild one also below its minimum, or a tuple of a wrong length."""
    rare = wild and draw(st.integers(0, 7)) == 0
    lowest = -1 if rare else max(parameter.minimum or 0, -1)
    number = st.integers(lowest, 6 if parameter.name == "kernel_size" else 4)
    match parameter.kind:
        case "flag":
            return draw(st.booleans()) if not parameter.optional else draw(st.sampled_from([None, None, True, False]))
        case "choice":
            return draw(st.sampled_from([*parameter.choices, *["reflect"] * rare]))
        case "factor":
            some = st.one_of(st.floats(0.1, 3), st.integers(1, 3))
            one = draw(st.one_of(some, st.floats(-1, 1), st.sampled_from([0, float("inf")])) if wild else some)
            return tuple(draw(some) for _ in range(rank)) if parameter.optional and draw(st.integers(0, 3)) == 0 else one
        case "count" if parameter.minimum is None:
            return draw(st.sampled_from([1, 2, -3, *[0] * wild]) if parameter.optional else st.integers(-5, 4))
        case "count":
            return draw(number)
        case "numbers":
            return tuple(draw(st.lists(number, min_size=not wild, max_size=4)))
        case "sides":
            either = st.integers(-6, 6) if wild else st.integers(-2, 3)
            return draw(st.one_of(either, st.tuples(*[either] * (2 * rank))))
        case "per_axis":
            if parameter.choices and draw(st.booleans()):
                return draw(st.sampled_from(parameter.choices))
            entry = st.one_of(number, st.none()) if parameter.optional and parameter.required else number
            length = draw(st.sampled_from([1, rank + 1])) if rare else rank
            return draw(st.one_of(number, st.tuples(*[entry] * length)))
        case _:
            raise AssertionError(parameter.kind)


@st.composite
def cases(draw: st.DrawFn, name: str, wild: bool, largest: int = 9) -> Case:
    form = LAYERS[name]
    rank = form.rank or draw(st.integers(1, 3))
    arguments = {
        parameter.name: argument(draw, parameter, rank, wild)
        for parameter in form.parameters
        if parameter.required or draw(st.booleans())
    }
    if form.family in CONVOLVES:
        groups = arguments.get("groups", 1)
        arguments |= {side: arguments[side] * (abs(groups) if draw(st.integers(0, 9)) or not wild else 1)
                      for side in ("in_channels", "out_channels")}  # fmt: skip
    if name == "Upsample" and not wild:
        arguments |= draw(sensible_upsampling(rank, arguments))
    if name == "LPPool1d" and not wild:
        arguments["kernel_size"] = draw(st.integers(1, 6))
    kernel = arguments.get("kernel_size")
    if form.family == "pool" and kernel is not None and not wild:
        sizes = kernel if isinstance(kernel, tuple) else (kernel,)
        arguments["padding"] = draw(st.integers(0, min(sizes) // 2))
        if name.startswith("LP"):
            del arguments["padding"]
    return Case(form, arguments, draw(shapes(form, arguments, rank, wild, largest)))


@st.composite
def sensible_upsampling(draw: st.DrawFn, rank: int, arguments: dict[str, Any]) -> dict[str, Any]:
    """A mode for the rank, corners only where it has them, and one of size and scale_factor."""
    mode = draw(st.sampled_from(["nearest", "area", ("linear", "bilinear", "trilinear")[rank - 1]]))
    corners = arguments.get("align_corners") if mode.endswith("linear") else None
    changed = {"mode": mode, "align_corners": corners}
    if draw(st.booleans()):
        return {**changed, "size": draw(st.integers(1, 9)), "scale_factor": None, "recompute_scale_factor": None}
    return {**changed, "size": None, "scale_factor": arguments.get("scale_factor") or draw(st.floats(0.3, 3))}


@st.composite
def shapes(draw: st.DrawFn, form: LayerForm, arguments: dict[str, Any], rank: int, wild: bool, largest: int) -> tuple[int, ...]:
    """An input that mostly fits the arguments."""
    off = wild and draw(st.integers(0, 5)) == 0
    size = st.integers(0 if off else 1, largest)
    channels = draw(size)
    if not off:
        channels = arguments.get("in_channels", channels)
    if form.name == "PixelShuffle" and not off:
        channels = draw(st.integers(1, 3)) * arguments["upscale_factor"] ** 2
    spatial = [draw(size) for _ in range(rank)]
    if form.name == "PixelUnshuffle" and not off:
        spatial = [one * arguments["downscale_factor"] for one in spatial]
    batch = draw(st.lists(st.integers(0 if off else 1, 3), min_size=form.name == "Upsample", max_size=1 + off))
    if form.name == "Fold":
        return fold_shape(draw, arguments, batch, channels)
    if form.name == "Linear":
        return (*batch, *spatial, channels if off else arguments["in_features"])
    if form.name == "Unflatten":
        free = draw(st.sampled_from([0, 2, 4, 6, 12])) if off or not arguments["unflattened_size"] else 4
        product = abs(prod(arguments["unflattened_size"])) * (free if -1 in arguments["unflattened_size"] else 1)
        return (*batch, *[product] * rank)
    return (*batch, max(channels, 0), *(max(one, 0) for one in spatial))


def fold_shape(draw: st.DrawFn, arguments: dict[str, Any], batch: list[int], channels: int) -> tuple[int, ...]:
    """The columns that this Fold takes, or one more; the count of windows by brute force."""
    windows, cells = 1, 1
    for axis in range(2):
        size, kernel, dilation, padding, stride = (
            value[axis % len(value)] if isinstance(value, tuple) else value
            for value in (arguments.get(name, default) for name, default in FOLD_DEFAULTS)
        )
        reach = dilation * (kernel - 1) + 1
        windows *= len(range(0, size + 2 * padding - reach + 1, stride)) if stride else 0
        cells *= max(kernel, 0)
    return (*batch, cells * channels + draw(st.sampled_from([0, 0, 0, 1])), windows + draw(st.sampled_from([0, 0, 0, 1])))


FOLD_DEFAULTS = (("output_size", 1), ("kernel_size", 1), ("dilation", 1), ("padding", 0), ("stride", 1))


def first_output(make: Any) -> Any:
    """``return_indices`` gives two tensors of the same shape; the first one is the output."""

    class First(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = make()

        def forward(self, x: torch.Tensor) -> Any:
            output = self.layer(x)
            return output[0] if isinstance(output, tuple) else output

    return First


def torch_does_not_mean_it(case: Case) -> bool:
    """Where ours is stricter than torch on the CPU, or the CPU gives a shape that the meta device does not.

    1. Convolutions: see the oracle.
    2. CircularPad that crops one side: what is copied then may be half-written or missing, and whether torch notices depends
       on the memory layout. Ours refuses.
    3. PixelUnshuffle of an empty input: the CPU returns it as it is.
    4. A transposed convolution with an axis of no output cells, or a dilation of 0: some of torch's kernels take it, others
       refuse.
    """
    if case.form.family == "convolution":
        return torch_does_not_mean_a_convolution(case.form.rank or 0, case.arguments, case.shape)
    if case.form.name.startswith("ConvTranspose"):
        ours = str(our_answer(case.ours, case.shape))
        return "would have 0 cells" in ours or ours.startswith(("kernel_size must be at least", "dilation must be at least"))
    if case.form.name.startswith("Circular"):
        padding, rank = case.arguments["padding"], case.form.rank or 0
        sides = padding if isinstance(padding, tuple) else (padding,) * 2 * rank
        sizes = case.shape[: -rank - 1 : -1]
        rests = (size + min(sides[2 * i], 0) + min(sides[2 * i + 1], 0) for i, size in enumerate(sizes))
        return min(sides) < 0 and any(max(sides[2 * i : 2 * i + 2]) > max(rest, 0) or rest < 0 for i, rest in enumerate(rests))
    return case.form.name == "PixelUnshuffle" and 0 in case.shape


@pytest.mark.parametrize("name", NAMES)
def test_anything_at_all_on_the_cpu(name: str) -> None:
    @FEW
    @given(cases(name, wild=True))
    def check(case: Case) -> None:
        if not torch_does_not_mean_it(case):
            assert_same(our_answer(case.ours, case.shape), torch_answer(first_output(case.torchs), case.shape))

    check()


@pytest.mark.parametrize("name", NAMES)
def test_large_inputs_on_meta(name: str) -> None:
    """Sensible numbers only: the meta device takes nonsense that the CPU refuses, and some of its rules fail on empty inputs."""

    @FEW
    @given(cases(name, wild=False, largest=200 if LAYERS[name].rank == 3 else 3000))
    def check(case: Case) -> None:
        if not (torch_does_not_mean_it(case) or meta_does_not_check(case)):
            assert_same(our_answer(case.ours, case.shape), torch_answer(first_output(case.torchs), case.shape, "meta"))

    check()


def meta_does_not_check(case: Case) -> bool:
    """The meta device does not look at the limit of output_padding, nor, in Upsample, for an output of no cells."""
    ours = str(our_answer(case.ours, case.shape))
    return "output_padding=" in ours or "would have the sizes" in ours


@pytest.mark.parametrize("name", NAMES)
def test_code_builds_the_same_layer_and_macs_are_torchs(name: str) -> None:
    accepted = 0

    @FEW
    @given(cases(name, wild=False))
    def check(case: Case) -> None:
        nonlocal accepted
        ours = our_answer(case.ours, case.shape)
        if isinstance(ours, str):
            return
        accepted += 1
        layer = case.ours()
        with torch.device("meta"), FlopCounterMode(display=False) as counter:
            module = from_code(layer.code())
            assert torch_answer(first_output(lambda: module), case.shape, "meta") == ours
        assert eval(layer.code(), {"nn": OURS}) == layer
        assert counter.get_total_flops() == 2 * layer.macs(case.shape)
        assert getattr(layer, "weight_shape", ()) == tuple(getattr(module, "weight", torch.zeros(())).shape)

    check()
    assert accepted >= 5


@pytest.mark.parametrize("name", NAMES)
def test_the_form_knows_torchs_parameters(name: str) -> None:
    """Names, order and defaults as in torch's constructor; only device, dtype and the like are left out."""
    theirs = [
        one for one in signature(getattr(nn, name).__init__).parameters.values() if one.name not in ("self", "device", "dtype")
    ]
    ours = LAYERS[name].parameters
    if name.startswith("Zero"):
        assert [one.name for one in ours] == ["padding"]
        return
    assert [one.name for one in ours] == [one.name for one in theirs]
    for mine, its in zip(ours, theirs, strict=True):
        assert mine.required == (its.default is Signature.empty)
        assert mine.required or mine.default == its.default
