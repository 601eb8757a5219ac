"""U-Net's way up: double, put the skip beside it, convolve twice."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from blocks import knobs
from blocks.double_conv import DoubleConv
from blocks.spec import BlockSpec, Knob, msg


class UNetUp(nn.Module):
    """One level up: twice the size, and the details that the way down kept.

    y = double_conv([skip; up(x)])

    Args:
        in_channels: channels of x.
        out_channels: C, channels of the skip and of y.
        mode: "transposed", a transposed convolution to C channels, or "bilinear", which keeps the channels.

    Shape:
        x: (N, C_in, H, W), skip: (N, C, 2H, 2W) -> (N, C, 2H, 2W)

    Source: Ronneberger et al. 2015 (U-Net), arXiv:1505.04597, fig. 1.
    Differs: as DoubleConv says; the skip is not cropped, because nothing was lost.

    >>> UNetUp(128, 64)(torch.zeros(1, 128, 8, 8), torch.zeros(1, 64, 16, 16)).shape
    torch.Size([1, 64, 16, 16])
    """

    def __init__(self, in_channels: int, out_channels: int, mode: str = "transposed") -> None:
        super().__init__()
        self.up: nn.Module
        if mode == "transposed":
            self.up = nn.ConvTranspose2d(in_channels, out_channels, 2, stride=2)
            joined = 2 * out_channels
        else:
            self.up = nn.Upsample(scale_factor=2, mode="bilinear")
            joined = in_channels + out_channels
        self.convs = DoubleConv(joined, out_channels)

    def forward(self, x: Tensor, skip: Tensor) -> Tensor:
        x = self.up(x)  # (N, C, 2H, 2W)
        x = torch.cat((skip, x), dim=1)  # (N, 2 C, 2H, 2W)
        x = self.convs(x)  # (N, C, 2H, 2W)
        return x


SPEC = BlockSpec(
    key="unet_up",
    title=msg("U-Net, up"),
    about=(
        msg("The step of a U-Net that brings the size back: twice the height and width, half the channels."),
        msg("The skip from the way down lies beside it, so that edges come out where they were."),
        msg("The enlarged map says what is there, the skip says exactly where."),
    ),
    formula="y = double_conv([skip; up(x)])",
    paper="Ronneberger et al. 2015, arXiv:1505.04597",
    make=UNetUp,
    knobs=(
        knobs.in_channels(128),
        knobs.out_channels(64),
        Knob(
            "mode",
            "transposed",
            msg("What doubles the size: a transposed convolution, or interpolation."),
            choices=("transposed", "bilinear"),
        ),
    ),
    inputs=(("batch", "in_channels", "height", "width"), ("batch", "out_channels", "2*height", "2*width")),
    sizes={"batch": 1, "height": 64, "width": 64},
)
