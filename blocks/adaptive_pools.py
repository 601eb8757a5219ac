"""Adaptive pools: say the size you want, not the window."""

from __future__ import annotations

from torch import Tensor, nn

from blocks.spec import IMAGE, BlockSpec, Knob, msg

_POOLS = {"mean": nn.AdaptiveAvgPool2d, "max": nn.AdaptiveMaxPool2d}


class AdaptivePools(nn.Module):
    """One picture pooled to one number, to a square and to a rectangle per channel.

    y1 = pool_1(x), y2 = pool_s(x), y3 = pool_(h, w)(x)

    Args:
        side: s of the square.
        rows: h of the rectangle.
        columns: w of the rectangle.
        pool: "mean" or "max".

    Shape:
        x: (N, C, H, W) -> (N, C, 1, 1), (N, C, s, s) and (N, C, h, w)

    Source: Lin et al. 2013, arXiv:1312.4400, sec. 3.2 (global average pooling); the bins' rule is torch's.
    Differs: nothing.

    >>> import torch
    >>> [tuple(y.shape) for y in AdaptivePools()(torch.zeros(2, 3, 32, 32))]
    [(2, 3, 1, 1), (2, 3, 4, 4), (2, 3, 3, 5)]
    """

    def __init__(self, side: int = 4, rows: int = 3, columns: int = 5, pool: str = "mean") -> None:
        super().__init__()
        self.whole = _POOLS[pool](1)
        self.square = _POOLS[pool](side)
        self.rectangle = _POOLS[pool]((rows, columns))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        whole = self.whole(x)  # (N, C, 1, 1)
        square = self.square(x)  # (N, C, s, s)
        rectangle = self.rectangle(x)  # (N, C, h, w)
        return whole, square, rectangle


SPEC = BlockSpec(
    key="adaptive_pools",
    title=msg("Adaptive pools"),
    about=(
        msg("Pools for which you name the size that should come out; the windows follow from it."),
        msg("A size of 1 is global pooling, which made the huge linear layers at the end of networks unnecessary."),
        msg("Where the input does not divide evenly, windows differ in size and overlap by a row."),
    ),
    formula="yᵢ = pool over rows ⌊iH/s⌋ … ⌈(i+1)H/s⌉ − 1",
    paper="Lin et al. 2013, arXiv:1312.4400",
    make=AdaptivePools,
    knobs=(
        Knob("side", 4, msg("s: height and width of the square."), largest=64, choices=(1, 2, 4, 7)),
        Knob("rows", 3, msg("Height of the rectangle."), largest=64, choices=(1, 2, 3, 5, 7)),
        Knob("columns", 5, msg("Width of the rectangle."), largest=64, choices=(1, 2, 3, 5, 7)),
        Knob("pool", "mean", msg("What stands for a bin: its largest number or its mean."), choices=("mean", "max")),
    ),
    inputs=IMAGE,
    sizes={"batch": 2, "channels": 3, "height": 32, "width": 32},
)
