"""Efficient channel attention: each channel's gate looks only at its neighbours."""

from __future__ import annotations

from math import log2

import torch
from torch import Tensor, nn

from blocks import knobs
from blocks.spec import IMAGE, BlockSpec, Knob, msg


class ECA(nn.Module):
    """Reweight channels by a gate computed with one small kernel that slides over the channels.

    y = x * sigmoid(conv1d_k(mean_hw(x))), k the odd number at |log2(C) + b| / gamma

    Args:
        channels: C, input and output channels; they decide the kernel's size.
        gamma: how slowly the kernel grows with the channels.
        b: what is added to log2(C).

    Shape:
        x: (N, C, H, W) -> (N, C, H, W)

    Source: Wang et al. 2020, arXiv:1910.03151, eq. 12.
    Differs: nothing; timm's EcaModule takes no kernel below 3.

    >>> ECA(64)(torch.zeros(2, 64, 8, 8)).shape
    torch.Size([2, 64, 8, 8])
    """

    def __init__(self, channels: int, gamma: int = 2, b: int = 1) -> None:
        super().__init__()
        kernel_size = int(abs(log2(channels) + b) / gamma) | 1  # the next odd number
        self.conv = nn.Conv1d(1, 1, kernel_size, padding=kernel_size // 2, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        gate = x.mean((2, 3))  # (N, C)
        gate = self.conv(gate.unsqueeze(1))  # (N, 1, C)
        gate = torch.sigmoid(gate).squeeze(1)  # (N, C)
        gate = gate.unflatten(1, (-1, 1, 1))  # (N, C, 1, 1)
        return x * gate  # (N, C, H, W)


SPEC = BlockSpec(
    key="eca",
    title=msg("Efficient channel attention (ECA)"),
    about=(
        msg("Squeeze-and-excitation without a bottleneck: a kernel of a few weights slides over the row of channel means."),
        msg("No channel is squeezed away, and neighbouring channels share what they know."),
        msg("The kernel grows with the logarithm of the number of channels."),
    ),
    formula="y = x · σ(conv1d_k(mean(x))),  k = |(log₂C + b) / γ|_odd",
    paper="Wang et al. 2020, arXiv:1910.03151",
    make=ECA,
    knobs=(
        knobs.channels(),
        Knob("gamma", 2, msg("γ: how slowly the kernel grows with the channels."), largest=8, choices=(1, 2, 3, 4)),
        Knob("b", 1, msg("b: what is added to log₂C."), least=0, largest=8, choices=(0, 1, 2, 4)),
    ),
    inputs=IMAGE,
    sizes={"batch": 1, "height": 56, "width": 56},
    gates=("channel",),
)
