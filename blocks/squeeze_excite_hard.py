"""Squeeze-and-excitation for phones: a hard sigmoid, and a hidden width that hardware likes."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from blocks import knobs
from blocks.sizes import round_to_multiple
from blocks.spec import IMAGE, BlockSpec, Knob, msg


class SqueezeExciteHard(nn.Module):
    """Reweight channels by a gate made of straight lines.

    y = x * hardsigmoid(W2 relu(W1 mean_hw(x) + b1) + b2), hardsigmoid(z) = min(max(z + 3, 0), 6) / 6

    Args:
        channels: C, input and output channels.
        ratio: the hidden width as a share of C.
        divisor: the hidden width is rounded to a multiple of this.

    Shape:
        x: (N, C, H, W) -> (N, C, H, W)

    Source: Howard et al. 2019 (MobileNetV3), arXiv:1905.02244, sec. 5.3; divisor 4: GhostNet, arXiv:1911.11907.
    Differs: nothing.

    >>> SqueezeExciteHard(120).reduce
    Conv2d(120, 32, kernel_size=(1, 1), stride=(1, 1))
    """

    def __init__(self, channels: int, ratio: float = 0.25, divisor: int = 4) -> None:
        super().__init__()
        hidden = round_to_multiple(channels * ratio, divisor)
        self.reduce = nn.Conv2d(channels, hidden, kernel_size=1)
        self.expand = nn.Conv2d(hidden, channels, kernel_size=1)

    def forward(self, x: Tensor) -> Tensor:
        gate = x.mean((2, 3), keepdim=True)  # (N, C, 1, 1)
        gate = torch.relu(self.reduce(gate))  # (N, hidden, 1, 1)
        gate = F.hardsigmoid(self.expand(gate))  # (N, C, 1, 1)
        return x * gate  # (N, C, H, W)


SPEC = BlockSpec(
    key="squeeze_excite_hard",
    title=msg("Squeeze-and-excitation, hard sigmoid"),
    about=(
        msg("The gate of MobileNetV3 and GhostNet, made for phones."),
        msg("A hard sigmoid is three straight lines: no exponential to compute, and it can close a channel entirely."),
        msg("The hidden width is rounded to a multiple of 4 or 8, because hardware computes those fastest."),
    ),
    formula="y = x · hσ(W₂ relu(W₁ mean(x) + b₁) + b₂),  hσ(z) = relu6(z + 3) / 6",
    paper="Howard et al. 2019, arXiv:1905.02244; Han et al. 2020, arXiv:1911.11907",
    make=SqueezeExciteHard,
    knobs=(
        knobs.channels(120),
        Knob("ratio", 0.25, msg("The hidden width as a share of C."), choices=(0.0625, 0.125, 0.25, 0.5)),
        Knob("divisor", 4, msg("The hidden width is rounded to a multiple of this."), largest=64, choices=(1, 4, 8, 64)),
    ),
    inputs=IMAGE,
    sizes={"batch": 1, "height": 28, "width": 28},
    gates=("channel",),
)
