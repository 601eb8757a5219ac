"""What torch's meta device lets pass although no computer runs it: a trace refuses it as the CPU does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from explainer.trace import trace
from tests.modules import Block

F64 = torch.float64
SAME = "to have the same dtype, but got: double != float"
MAPS, SMALL, LARGE = torch.zeros(2, 4, 3, 3), torch.zeros(3, 4, 3, 3), torch.zeros(4, 4, 3, 3)
REFUSED: dict[str, tuple[Callable[..., Any], tuple[Tensor, ...], str]] = {
    "channels of a transposed convolution": (F.conv_transpose2d, (MAPS, SMALL), "to have 3 channels, but got 4"),
    "its groups": (lambda x, w: F.conv_transpose2d(x, w, groups=3), (MAPS, LARGE), "divisible by 3 at dimension 0"),
    "its output padding": (
        lambda x, w: F.conv_transpose2d(x, w, output_padding=1), (MAPS, LARGE), "output padding must be smaller",
    ),
    "kinds of numbers in a linear layer": (F.linear, (torch.zeros(2, 4, dtype=F64), torch.zeros(3, 4)), SAME),
    "and in a product": (torch.matmul, (torch.zeros(2, 4, dtype=F64), torch.zeros(4, 3)), SAME),
    "and in a norm": (
        lambda x, w: F.layer_norm(x, (4,), w, w), (torch.zeros(2, 4, dtype=F64), torch.zeros(4)), "mixed dtype (CPU)",
    ),
    "the axis of a softmax": (lambda x: x.softmax(4), (torch.zeros(2, 4),), "(expected to be in range of [-2, 1], but got 4)"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_the_meta_device_refuses_it_as_the_cpu_does(name: str) -> None:
    call, operands, words = REFUSED[name]
    module = Block(lambda _, *inputs: call(*inputs))
    with pytest.raises((RuntimeError, IndexError)) as raised:
        call(*operands)
    assert words in str(raised.value)
    failure = trace(module, *(operand.to("meta") for operand in operands)).failure
    assert failure is not None
    assert (failure.error, words in failure.message) == (type(raised.value).__name__, True)


def test_what_the_cpu_takes_passes() -> None:
    weight = torch.zeros(4, 2, 3, 3, device="meta")
    found = trace(
        Block(lambda _, x: F.conv_transpose2d(x, weight, stride=2, output_padding=1)), torch.zeros(1, 4, 5, 5, device="meta")
    )
    assert found.failure is None
    assert found.shape(found.outputs[0]) == (1, 2, 12, 12)
    half = trace(
        Block(lambda _, x: F.batch_norm(x, torch.zeros(4), torch.ones(4))), torch.zeros(2, 4, dtype=torch.bfloat16, device="meta")
    )
    assert half.failure is None
