"""Gated convolution: one convolution makes features, another decides what of them passes."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from blocks import knobs
from blocks.sizes import same_padding
from blocks.spec import FEATURES, BlockSpec, msg


class GatedConv(nn.Module):
    """Let a second convolution decide, number by number, what of the first passes.

    y = conv_f(x) * sigmoid(conv_g(x))

    Args:
        in_channels: channels of x.
        out_channels: C, channels of y.
        kernel_size: k of both convolutions; odd.

    Shape:
        x: (N, C_in, H, W) -> (N, C, H, W)

    Source: Dauphin et al. 2017, arXiv:1612.08083, eq. 1; for pictures, Yu et al. 2019, arXiv:1806.03589, eq. 2.
    Differs: no activation on the features.

    >>> GatedConv(16, 32)(torch.zeros(1, 16, 8, 8)).shape
    torch.Size([1, 32, 8, 8])
    """

    def __init__(self, in_channels: int, out_channels: int, kernel_size: int = 3) -> None:
        super().__init__()
        padding = same_padding(kernel_size)
        self.features = nn.Conv2d(in_channels, out_channels, kernel_size, padding=padding)
        self.gate = nn.Conv2d(in_channels, out_channels, kernel_size, padding=padding)

    def forward(self, x: Tensor) -> Tensor:
        gate = torch.sigmoid(self.gate(x))  # (N, C, H, W)
        return self.features(x) * gate  # (N, C, H, W)


SPEC = BlockSpec(
    key="gated_conv",
    title=msg("Gated convolution"),
    about=(
        msg("A convolution that decides for each number it makes how much of it passes."),
        msg("A second convolution of the same size learns that decision."),
        msg("It fills holes in pictures, where an ordinary convolution would treat the hole as if something were there."),
    ),
    formula="y = conv_f(x) · σ(conv_g(x))",
    paper="Dauphin et al. 2017, arXiv:1612.08083; Yu et al. 2019, arXiv:1806.03589",
    make=GatedConv,
    knobs=(knobs.in_channels(), knobs.out_channels(), knobs.kernel_size()),
    inputs=FEATURES,
    sizes={"batch": 1, "height": 56, "width": 56},
    gates=("elementwise",),
)
