"""BAM: one gate per number, added up from a channel branch and a spatial branch."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from blocks import knobs
from blocks.sizes import hidden_width
from blocks.spec import IMAGE, BlockSpec, Knob, msg


class BAM(nn.Module):
    """Strengthen numbers by a gate that is a sum of a channel's and a place's.

    y = x + x * sigmoid(channel(x) + spatial(x))

    Args:
        channels: C, input and output channels.
        reduction: r, both branches work on C // r channels.
        dilation: d of the spatial branch's 3x3 convolutions.

    Shape:
        x: (N, C, H, W) -> (N, C, H, W)

    Source: Park et al. 2018, arXiv:1807.06514, eq. 1-4.
    Differs: the channel branch is written with 1x1 convolutions, which computes the same as linear layers.

    >>> BAM(64)(torch.zeros(2, 64, 8, 8)).shape
    torch.Size([2, 64, 8, 8])
    """

    def __init__(self, channels: int, reduction: int = 16, dilation: int = 4) -> None:
        super().__init__()
        hidden = hidden_width(channels, reduction)
        self.channel = nn.Sequential(
            nn.AdaptiveAvgPool2d(1),
            nn.Conv2d(channels, hidden, 1),
            nn.ReLU(),
            nn.Conv2d(hidden, channels, 1),
            nn.BatchNorm2d(channels),
        )
        self.spatial = nn.Sequential(
            nn.Conv2d(channels, hidden, 1),
            nn.Conv2d(hidden, hidden, 3, padding=dilation, dilation=dilation),
            nn.Conv2d(hidden, hidden, 3, padding=dilation, dilation=dilation),
            nn.Conv2d(hidden, 1, 1),
            nn.BatchNorm2d(1),
        )

    def forward(self, x: Tensor) -> Tensor:
        what = self.channel(x)  # (N, C, 1, 1)
        where = self.spatial(x)  # (N, 1, H, W)
        gate = torch.sigmoid(what + where)  # (N, C, H, W)
        return x + x * gate


SPEC = BlockSpec(
    key="bam",
    title="BAM",
    about=(
        msg("Attention that looks at channels and places side by side and adds up the two before the sigmoid."),
        msg("Dilated kernels let the spatial branch see far around each place with few weights."),
        msg("It stands between the stages of a network, where the picture is about to be halved."),
    ),
    formula="y = x + x · σ(channel(x) + spatial(x))",
    paper="Park et al. 2018, arXiv:1807.06514",
    make=BAM,
    knobs=(
        knobs.channels(),
        knobs.reduction(),
        Knob("dilation", 4, msg("d: the spatial kernel reads every d-th place."), largest=32, choices=(1, 2, 4, 6)),
    ),
    inputs=IMAGE,
    sizes={"batch": 1, "height": 56, "width": 56},
    gates=("elementwise",),
)
