"""Four ways to enlarge a picture."""

from __future__ import annotations

from torch import Tensor, nn

from blocks import knobs
from blocks.spec import FEATURES, BlockSpec, Knob, msg


class Upsample(nn.Module):
    """Enlarge height and width by a whole factor and change the channels.

    y = conv3x3(repeat(x)), or conv3x3(interpolate(x)), or pixel_shuffle(conv3x3(x)), or conv_transpose(x)

    Args:
        in_channels: channels of x.
        out_channels: C, channels of y.
        factor: s, how many times higher and wider.
        mode: "nearest", "bilinear", "pixel_shuffle" or "transposed".

    Shape:
        x: (N, C_in, H, W) -> (N, C, s H, s W)

    Source: Shi et al. 2016 (pixel shuffle), arXiv:1609.05158, eq. 4; Odena et al. 2016, distill.pub/2016/deconv-checkerboard.
    Differs: the transposed convolution's kernel is twice its stride, so that its windows overlap evenly.

    >>> import torch
    >>> Upsample(16, 8, 3, "transposed")(torch.zeros(1, 16, 5, 5)).shape
    torch.Size([1, 8, 15, 15])
    """

    def __init__(self, in_channels: int, out_channels: int, factor: int = 2, mode: str = "nearest") -> None:
        super().__init__()
        layers: list[nn.Module]
        if mode == "transposed":
            size, padding, extra = 2 * factor, (factor + 1) // 2, factor % 2
            layers = [nn.ConvTranspose2d(in_channels, out_channels, size, factor, padding, output_padding=extra)]
        elif mode == "pixel_shuffle":
            layers = [nn.Conv2d(in_channels, out_channels * factor**2, 3, padding=1), nn.PixelShuffle(factor)]
        else:
            layers = [nn.Upsample(scale_factor=factor, mode=mode), nn.Conv2d(in_channels, out_channels, 3, padding=1)]
        self.layers = nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        return self.layers(x)  # (N, C, s H, s W)


SPEC = BlockSpec(
    key="upsample",
    title=msg("Upsampling"),
    about=(
        msg("Makes a picture larger, as decoders, generators and super-resolution need it."),
        msg("Interpolating before convolving is smooth; a transposed convolution learns the enlargement, but may draw squares."),
        msg("Pixel shuffle computes at the small size and lays the channels out as places, which is cheap."),
    ),
    formula="y = conv(up_s(x))  |  shuffle_s(conv(x))  |  convᵀ_s(x)",
    paper="Shi et al. 2016, arXiv:1609.05158; Odena et al. 2016, distill.pub/2016/deconv-checkerboard",
    make=Upsample,
    knobs=(
        knobs.in_channels(64),
        knobs.out_channels(32),
        Knob("factor", 2, msg("s: how many times higher and wider."), largest=8, choices=(2, 3, 4)),
        Knob(
            "mode",
            "nearest",
            msg("How the picture is enlarged."),
            choices=("nearest", "bilinear", "pixel_shuffle", "transposed"),
        ),
    ),
    inputs=FEATURES,
    sizes={"batch": 1, "height": 28, "width": 28},
)
