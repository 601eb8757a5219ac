"""PSPNet's pyramid pooling: summaries of the picture from coarse to fine, laid over it again."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from blocks import knobs
from blocks.conv_norm_act import ConvNormAct
from blocks.sizes import share
from blocks.spec import IMAGE, BlockSpec, Knob, msg

_BINS = (1, 2, 3, 6)
_POOLS = {"mean": nn.AdaptiveAvgPool2d, "max": nn.AdaptiveMaxPool2d}


class PyramidPooling(nn.Module):
    """Give every place a summary of the whole picture, of its quarter, of its ninth and of its thirty-sixth.

    y = [x; up(cna(pool_1(x))); up(cna(pool_2(x))); up(cna(pool_3(x))); up(cna(pool_6(x)))]

    Args:
        channels: C of x.
        levels: M, how many of the grids 1, 2, 3 and 6 are used; each gets C / M channels.
        pool: "mean" or "max".

    Shape:
        x: (N, C, H, W) -> (N, 2 C, H, W)

    Source: Zhao et al. 2017 (PSPNet), arXiv:1612.01105, fig. 3c.
    Differs: nothing.

    >>> PyramidPooling(64).eval()(torch.zeros(1, 64, 12, 12)).shape
    torch.Size([1, 128, 12, 12])
    """

    def __init__(self, channels: int, levels: int = 4, pool: str = "mean") -> None:
        super().__init__()
        width = share(channels, levels, "levels")
        self.branches = nn.ModuleList(
            nn.Sequential(_POOLS[pool](bins), ConvNormAct(channels, width, 1)) for bins in _BINS[:levels]
        )

    def forward(self, x: Tensor) -> Tensor:
        seen = [x]
        for branch in self.branches:
            summary = branch(x)  # (N, C / M, bins, bins)
            seen.append(F.interpolate(summary, size=x.shape[2:], mode="bilinear"))  # (N, C / M, H, W)
        return torch.cat(seen, dim=1)  # (N, 2 C, H, W)


SPEC = BlockSpec(
    key="pyramid_pooling",
    title=msg("Pyramid pooling (PSP)"),
    about=(
        msg("Tells every place what the scene around it is: a boat is likelier on water than on a road."),
        msg("The picture is averaged over grids of 1, 4, 9 and 36 bins, and each grid is stretched over the picture again."),
        msg("Together they get as many channels as the picture has itself."),
    ),
    formula="y = [x; up(W₁ pool₁(x)); up(W₂ pool₂(x)); up(W₃ pool₃(x)); up(W₆ pool₆(x))]",
    paper="Zhao et al. 2017, arXiv:1612.01105",
    make=PyramidPooling,
    knobs=(
        knobs.channels(256),
        Knob("levels", 4, msg("M: how many of the grids with 1, 2, 3 and 6 bins a side are used."), largest=4, choices=(1, 2, 4)),
        Knob("pool", "mean", msg("What stands for a bin: its largest number or its mean."), choices=("mean", "max")),
    ),
    inputs=IMAGE,
    sizes={"batch": 1, "height": 60, "width": 60},
)
