"""U-Net's way down: halve, then convolve twice."""

from __future__ import annotations

from torch import Tensor, nn

from blocks import knobs
from blocks.double_conv import DoubleConv
from blocks.spec import FEATURES, BlockSpec, Knob, msg


class UNetDown(nn.Module):
    """One level deeper: half the size, more channels.

    y = double_conv(halve(x))

    Args:
        in_channels: channels of x.
        out_channels: C, channels of y.
        halving: "max" or "mean" pool, or "conv", a convolution with stride 2.

    Shape:
        x: (N, C_in, H, W) -> (N, C, H / 2, W / 2)

    Source: Ronneberger et al. 2015 (U-Net), arXiv:1505.04597, fig. 1.
    Differs: as DoubleConv says; the paper halves with a max pool only.

    >>> import torch
    >>> UNetDown(64, 128)(torch.zeros(1, 64, 16, 16)).shape
    torch.Size([1, 128, 8, 8])
    """

    def __init__(self, in_channels: int, out_channels: int, halving: str = "max") -> None:
        super().__init__()
        self.halve: nn.Module
        if halving == "conv":
            self.halve = nn.Conv2d(in_channels, in_channels, 2, stride=2)
        else:
            self.halve = nn.MaxPool2d(2) if halving == "max" else nn.AvgPool2d(2)
        self.convs = DoubleConv(in_channels, out_channels)

    def forward(self, x: Tensor) -> Tensor:
        x = self.halve(x)  # (N, C_in, H / 2, W / 2)
        x = self.convs(x)  # (N, C, H / 2, W / 2)
        return x


SPEC = BlockSpec(
    key="unet_down",
    title=msg("U-Net, down"),
    about=(
        msg("The step of a U-Net that trades size for meaning: half the height and width, twice the channels."),
        msg("The pool keeps the largest of four neighbours; an odd last row is dropped."),
        msg("What comes in is also kept for the way up, where details are needed again."),
    ),
    formula="y = double_conv(halve(x))",
    paper="Ronneberger et al. 2015, arXiv:1505.04597",
    make=UNetDown,
    knobs=(
        knobs.in_channels(64),
        knobs.out_channels(128),
        Knob(
            "halving",
            "max",
            msg("What halves the size: a pool, or a convolution with stride 2."),
            choices=("max", "mean", "conv"),
        ),
    ),
    inputs=FEATURES,
    sizes={"batch": 1, "height": 128, "width": 128},
)
