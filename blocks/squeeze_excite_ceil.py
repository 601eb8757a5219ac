"""Squeeze-and-excitation with 1x1 convolutions whose hidden width is rounded up."""

from __future__ import annotations

from math import ceil

import torch
from torch import Tensor, nn

from blocks import knobs
from blocks.spec import IMAGE, BlockSpec, Knob, msg


class SqueezeExciteCeil(nn.Module):
    """Reweight channels by a gate computed from their spatial means; any number of channels will do.

    y = x * sigmoid(W2 relu(W1 mean_hw(x) + b1) + b2)

    Args:
        channels: C, input and output channels.
        reduction: r, the hidden width is C / r rounded up, so it is never 0.

    Shape:
        x: (N, C, H, W) -> (N, C, H, W)

    Source: Hu et al. 2018, arXiv:1709.01507, eq. 2-4.
    Differs: 1x1 convolutions with biases for linear layers; torchvision's SqueezeExcitation is given the hidden width itself.

    >>> SqueezeExciteCeil(30)(torch.zeros(2, 30, 8, 8)).shape
    torch.Size([2, 30, 8, 8])
    """

    def __init__(self, channels: int, reduction: int = 8) -> None:
        super().__init__()
        hidden = ceil(channels / reduction)
        self.reduce = nn.Conv2d(channels, hidden, kernel_size=1)
        self.expand = nn.Conv2d(hidden, channels, kernel_size=1)

    def forward(self, x: Tensor) -> Tensor:
        gate = x.mean((2, 3), keepdim=True)  # (N, C, 1, 1)
        gate = torch.relu(self.reduce(gate))  # (N, C / r, 1, 1)
        gate = torch.sigmoid(self.expand(gate))  # (N, C, 1, 1)
        return x * gate  # (N, C, H, W)


SPEC = BlockSpec(
    key="squeeze_excite_ceil",
    title=msg("Squeeze-and-excitation, rounded up"),
    about=(
        msg("The same gate per channel, for widths that the reduction does not divide."),
        msg("Its hidden width is C / r rounded up: 30 channels with r = 8 give 4, and even 3 channels give 1."),
        msg("Its layers are 1 × 1 convolutions, so the gate keeps the four axes of a picture and needs no reshaping."),
    ),
    formula="y = x · σ(W₂ relu(W₁ mean(x) + b₁) + b₂)",
    paper="Hu et al. 2018, arXiv:1709.01507",
    make=SqueezeExciteCeil,
    knobs=(
        knobs.channels(),
        Knob(
            "reduction", 8, msg("r: the hidden layer has C / r channels, rounded up."), largest=1024, choices=(1, 2, 4, 8, 16, 32)
        ),
    ),
    inputs=IMAGE,
    sizes={"batch": 1, "height": 56, "width": 56},
    gates=("channel",),
)
