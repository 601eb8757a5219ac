"""Spatial pyramid pooling: a vector of fixed length from a picture of any size."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from blocks.spec import IMAGE, BlockSpec, Knob, msg

_POOLS = {"max": nn.AdaptiveMaxPool2d, "mean": nn.AdaptiveAvgPool2d}


class SpatialPyramid(nn.Module):
    """Pool the picture to 1, 4, 16 ... bins and put all of them into one row.

    y = [pool_1(x); pool_2(x); pool_4(x); ...], each flattened

    Args:
        levels: L, the grids have 1, 2, 4 ... bins a side.
        pool: "max" or "mean".

    Shape:
        x: (N, C, H, W) -> (N, C (1 + 4 + ... + 4^(L-1)))

    Source: He et al. 2014, arXiv:1406.4729, fig. 3.
    Differs: bins double from level to level; the paper's own grids are 1, 2, 3, 6 or 1, 2, 4.

    >>> SpatialPyramid()(torch.zeros(2, 16, 13, 10)).shape
    torch.Size([2, 336])
    """

    def __init__(self, levels: int = 3, pool: str = "max") -> None:
        super().__init__()
        self.pools = nn.ModuleList(_POOLS[pool](2**level) for level in range(levels))

    def forward(self, x: Tensor) -> Tensor:
        rows = [pool(x).flatten(1) for pool in self.pools]  # (N, 4^i C) each
        return torch.cat(rows, dim=1)  # (N, (1 + 4 + 16 ...) C)


SPEC = BlockSpec(
    key="spatial_pyramid",
    title=msg("Spatial pyramid pooling (SPP)"),
    about=(
        msg("Turns a picture of any size into a row of numbers of one fixed length, as a linear layer needs it."),
        msg("Coarse grids say what is there, finer ones roughly where."),
        msg("It has no parameters."),
    ),
    formula="y = [pool₁(x); pool₂(x); pool₄(x); …]",
    paper="He et al. 2014, arXiv:1406.4729",
    make=SpatialPyramid,
    knobs=(
        Knob("levels", 3, msg("L: the grids have 1, 2, 4 … bins a side."), largest=6, choices=(1, 2, 3, 4)),
        Knob("pool", "max", msg("What stands for a bin: its largest number or its mean."), choices=("max", "mean")),
    ),
    inputs=IMAGE,
    sizes={"batch": 1, "channels": 256, "height": 13, "width": 13},
)
