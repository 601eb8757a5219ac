"""CBAM's spatial attention: one gate per place, from what the channels hold there."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from blocks import knobs
from blocks.sizes import same_padding
from blocks.spec import IMAGE, BlockSpec, Knob, msg


class SpatialAttention(nn.Module):
    """Reweight places by a gate computed from the mean and the maximum over the channels around them.

    y = x * sigmoid(conv([mean_c(x); max_c(x)]))

    Args:
        kernel_size: k of the convolution; odd.
        pools: "both", "mean" or "max": which summaries of a place the convolution sees.

    Shape:
        x: (N, C, H, W) -> (N, C, H, W)

    Source: Woo et al. 2018 (CBAM), arXiv:1807.06521, eq. 3.
    Differs: no batch normalisation behind the convolution, which timm's SpatialAttn has.

    >>> SpatialAttention()(torch.zeros(2, 64, 8, 8)).shape
    torch.Size([2, 64, 8, 8])
    """

    def __init__(self, kernel_size: int = 7, pools: str = "both") -> None:
        super().__init__()
        self.pools = pools
        maps = 2 if pools == "both" else 1
        self.conv = nn.Conv2d(maps, 1, kernel_size, padding=same_padding(kernel_size), bias=False)

    def forward(self, x: Tensor) -> Tensor:
        if self.pools == "both":
            maps = torch.cat((x.mean(1, keepdim=True), x.amax(1, keepdim=True)), dim=1)  # (N, 2, H, W)
        elif self.pools == "mean":
            maps = x.mean(1, keepdim=True)  # (N, 1, H, W)
        else:
            maps = x.amax(1, keepdim=True)  # (N, 1, H, W)
        gate = torch.sigmoid(self.conv(maps))  # (N, 1, H, W)
        return x * gate  # (N, C, H, W)


SPEC = BlockSpec(
    key="spatial_attention",
    title=msg("Spatial attention (SAM)"),
    about=(
        msg("The spatial half of CBAM: decides where in the picture to look, alike for all channels."),
        msg("Every place is summed up by the mean and the maximum of its channels, and one large kernel reads those maps."),
        msg("One kernel over two maps is all it has, whatever the number of channels."),
    ),
    formula="y = x · σ(conv₇ₓ₇([mean_c(x); max_c(x)]))",
    paper="Woo et al. 2018, arXiv:1807.06521",
    make=SpatialAttention,
    knobs=(
        knobs.kernel_size(7),
        Knob("pools", "both", msg("Which summaries of a place the convolution sees."), choices=("both", "mean", "max")),
    ),
    inputs=IMAGE,
    sizes={"batch": 1, "channels": 64, "height": 56, "width": 56},
    gates=("spatial",),
)
