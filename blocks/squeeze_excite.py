"""Squeeze-and-excitation: a gate per channel, computed from the whole picture."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from blocks import knobs
from blocks.sizes import hidden_width
from blocks.spec import IMAGE, BlockSpec, msg


class SqueezeExcite(nn.Module):
    """Reweight channels by a gate computed from their spatial means.

    y = x * sigmoid(W2 relu(W1 mean_hw(x)))

    Args:
        channels: C, input and output channels.
        reduction: r, the hidden width is C // r; at least one channel must remain.

    Shape:
        x: (N, C, H, W) -> (N, C, H, W)

    Source: Hu et al. 2018, arXiv:1709.01507, eq. 2-4.
    Differs: 1x1 convolutions with biases for linear layers; a hidden width of 0 is refused; timm rounds C / r to eights.

    >>> SqueezeExcite(64)(torch.zeros(2, 64, 8, 8)).shape
    torch.Size([2, 64, 8, 8])
    """

    def __init__(self, channels: int, reduction: int = 16) -> None:
        super().__init__()
        hidden = hidden_width(channels, reduction)
        self.squeeze = nn.AdaptiveAvgPool2d(1)
        self.reduce = nn.Conv2d(channels, hidden, kernel_size=1)
        self.expand = nn.Conv2d(hidden, channels, kernel_size=1)

    def forward(self, x: Tensor) -> Tensor:
        gate = self.squeeze(x)  # (N, C, 1, 1)
        gate = torch.relu(self.reduce(gate))  # (N, C // r, 1, 1)
        gate = torch.sigmoid(self.expand(gate))  # (N, C, 1, 1)
        return x * gate  # (N, C, H, W)


SPEC = BlockSpec(
    key="squeeze_excite",
    title=msg("Squeeze-and-excitation"),
    about=(
        msg("Decides how much each channel counts, from what the whole picture contains."),
        msg("The squeeze averages every channel to one number; the excitation turns those numbers into a gate between 0 and 1."),
        msg("It costs few parameters and almost no computation, and fits behind any convolution."),
    ),
    formula="y = x · σ(W₂ relu(W₁ mean(x)))",
    paper="Hu et al. 2018, arXiv:1709.01507",
    make=SqueezeExcite,
    knobs=(knobs.channels(), knobs.reduction()),
    inputs=IMAGE,
    sizes={"batch": 1, "height": 56, "width": 56},
    gates=("channel",),
)
