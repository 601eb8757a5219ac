"""U-Net's double convolution."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from blocks import knobs
from blocks.spec import FEATURES, BlockSpec, Knob, msg


class DoubleConv(nn.Module):
    """Two 3x3 convolutions in a row.

    y = relu(bn(conv(relu(bn(conv(x))))))

    Args:
        in_channels: channels of x.
        out_channels: C, channels of y.
        padded: whether the size is kept; the paper's convolutions lose a row on every side.
        normalised: whether each convolution is followed by batch normalisation; if not, it has a bias.

    Shape:
        x: (N, C_in, H, W) -> (N, C, H, W), or (N, C, H - 4, W - 4) without padding

    Source: Ronneberger et al. 2015 (U-Net), arXiv:1505.04597, fig. 1.
    Differs: padding and batch normalisation are on, as in most implementations; the paper has neither.

    >>> DoubleConv(3, 64, padded=False)(torch.zeros(1, 3, 16, 16)).shape
    torch.Size([1, 64, 12, 12])
    """

    def __init__(self, in_channels: int, out_channels: int, padded: bool = True, normalised: bool = True) -> None:
        super().__init__()
        padding = 1 if padded else 0
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, padding=padding, bias=not normalised)
        self.norm1 = nn.BatchNorm2d(out_channels) if normalised else nn.Identity()
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=padding, bias=not normalised)
        self.norm2 = nn.BatchNorm2d(out_channels) if normalised else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv1(x)  # (N, C, H', W')
        x = torch.relu(self.norm1(x))
        x = self.conv2(x)  # (N, C, H'', W'')
        x = torch.relu(self.norm2(x))
        return x


SPEC = BlockSpec(
    key="double_conv",
    title=msg("Double convolution (U-Net)"),
    about=(
        msg("The unit of every level of a U-Net: two 3 × 3 convolutions in a row."),
        msg("Together they see 5 × 5 places with fewer weights than one 5 × 5 kernel."),
        msg(
            "Without padding the picture loses four rows and columns, which is why the U-Net of the paper has to crop its skips."
        ),
    ),
    formula="y = relu(bn(conv(relu(bn(conv(x))))))",
    paper="Ronneberger et al. 2015, arXiv:1505.04597",
    make=DoubleConv,
    knobs=(
        knobs.in_channels(3),
        knobs.out_channels(64),
        Knob("padded", True, msg("Whether the size is kept; the paper pads nothing.")),
        Knob("normalised", True, msg("Whether each convolution is followed by batch normalisation; if not, it has a bias.")),
    ),
    inputs=FEATURES,
    sizes={"batch": 1, "height": 128, "width": 128},
)
