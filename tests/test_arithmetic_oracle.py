"""What torch itself says about a layer and an input shape: the oracle of the other ``test_arithmetic`` files."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from typing import Any

import torch
from hypothesis import HealthCheck, settings
from torch import nn

from explainer.errors import InvalidLayer

REFUSALS = (RuntimeError, ValueError, TypeError, IndexError, NotImplementedError, ArithmeticError)


def _examples(count: int) -> settings:
    """Settings for a random test; BLOCKLENS_EXAMPLES=20 tries twenty times as many."""
    factor = int(os.environ.get("BLOCKLENS_EXAMPLES", "1"))
    return settings(max_examples=count * factor, deadline=None, suppress_health_check=list(HealthCheck))


FEW, SOME, MANY = _examples(50), _examples(250), _examples(600)
Shape = tuple[int, ...]


def torch_answer(make: Callable[[], nn.Module], shape: Shape, device: str = "cpu") -> tuple[Shape, int] | str:
    """The output shape and the parameter count, or torch's complaint. Warnings about empty tensors are not refusals."""
    with warnings.catch_warnings(), torch.device(device), torch.no_grad():
        warnings.simplefilter("ignore")
        try:
            layer = make()
            output = layer(torch.zeros(shape))
        except REFUSALS as refusal:
            return str(refusal) or type(refusal).__name__
        if min(output.shape, default=0) < 0:  # ReflectionPad2d of an empty batch does not look at the crop
            return "a negative size"
        return tuple(output.shape), sum(parameter.numel() for parameter in layer.parameters())


def our_answer(make: Callable[[], Any], shape: Shape) -> tuple[Shape, int] | str:
    try:
        layer = make()
        return layer.output_shape(shape), layer.param_count
    except InvalidLayer as refusal:
        problem = refusal
    assert problem.field
    assert "{" not in str(problem)
    return str(problem)


def assert_same(ours: tuple[Shape, int] | str, theirs: tuple[Shape, int] | str) -> None:
    """Both refuse, or both give the same shape and parameter count."""
    if isinstance(ours, str) and isinstance(theirs, str):
        return
    assert ours == theirs


def from_code(code: str) -> nn.Module:
    """The module that a line of ``code()`` builds."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        module = eval(code, {"nn": nn, "torch": torch})
    assert isinstance(module, nn.Module)
    return module


def torch_does_not_mean_a_convolution(rank: int, arguments: dict[str, Any], shape: Shape) -> bool:
    """The three places where our convolutions are stricter than torch on the CPU.

    1. For an empty input (no channels, no batch) torch does not check kernel and dilation.
    2. A dilation ``(d,)`` with padding='same' and a mode other than zeros pads the last axis only; ours means every axis.
    3. A padding tuple of another length with such a mode is taken for the channels too.
    """
    kernel, dilation, padding = arguments["kernel_size"], arguments.get("dilation", 1), arguments.get("padding", 0)
    unchecked = not arguments["in_channels"] or 0 in shape[:1]
    if unchecked and min(min(n) if isinstance(n, tuple) else n for n in (kernel, dilation)) < 1:
        return True
    if arguments.get("padding_mode", "zeros") == "zeros":
        return False
    one = isinstance(dilation, tuple) and len(dilation) == 1 < rank
    return (one and padding == "same") or (isinstance(padding, tuple) and len(padding) != rank)


def test_the_oracle_tells_shapes_and_refusals() -> None:
    assert torch_answer(lambda: nn.Conv2d(3, 8, 3), (1, 3, 8, 8)) == ((1, 8, 6, 6), 224)
    assert "Kernel size can't be greater" in torch_answer(lambda: nn.Conv2d(3, 8, 3), (1, 3, 2, 2))
    assert torch_answer(lambda: nn.Conv2d(3, 8, 3), (1, 3, 8, 8), "meta") == ((1, 8, 6, 6), 224)
