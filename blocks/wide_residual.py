"""Wide residual block: few layers, many channels."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from blocks import knobs
from blocks.spec import FEATURES, BlockSpec, Knob, msg


class WideResidual(nn.Module):
    """A pre-activation block on many times the channels, with dropout between its convolutions.

    y = conv(dropout(relu(bn(conv(relu(bn(x))))))) + shortcut(x)

    Args:
        in_channels: channels of x.
        channels: C, the width of an ordinary network at this depth.
        widen: k, the block puts out k * C channels.
        stride: of the first convolution and of the shortcut.
        dropout: the share of numbers set to 0 while training; 0 leaves the layer out.

    Shape:
        x: (N, C_in, H, W) -> (N, k C, H / stride, W / stride)

    Source: Zagoruyko and Komodakis 2016, arXiv:1605.07146, fig. 1d.
    Differs: nothing.

    >>> WideResidual(16, 16)(torch.zeros(1, 16, 8, 8)).shape
    torch.Size([1, 160, 8, 8])
    """

    def __init__(self, in_channels: int, channels: int, widen: int = 10, stride: int = 1, dropout: float = 0.0) -> None:
        super().__init__()
        wide = widen * channels
        self.bn1 = nn.BatchNorm2d(in_channels)
        self.conv1 = nn.Conv2d(in_channels, wide, 3, stride, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(wide)
        self.dropout = nn.Dropout(dropout) if dropout else None
        self.conv2 = nn.Conv2d(wide, wide, 3, padding=1, bias=False)
        is_same = stride == 1 and in_channels == wide
        self.shortcut = None if is_same else nn.Conv2d(in_channels, wide, 1, stride, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        y = torch.relu(self.bn1(x))
        way_around = x if self.shortcut is None else self.shortcut(y)  # (N, k C, H', W')
        y = self.conv1(y)  # (N, k C, H', W')
        y = torch.relu(self.bn2(y))
        if self.dropout is not None:
            y = self.dropout(y)
        y = self.conv2(y)
        return y + way_around


SPEC = BlockSpec(
    key="wide_residual",
    title=msg("Wide residual block"),
    about=(
        msg("Widens a residual block instead of adding more of them."),
        msg("Sixteen wide layers learned as well as a thousand thin ones and ran several times faster on a GPU."),
        msg("Parameters grow with the square of the width: k = 10 makes a hundred times as many."),
    ),
    formula="y = conv(dropout(relu(bn(conv(relu(bn(x))))))) + shortcut(x)",
    paper="Zagoruyko and Komodakis 2016, arXiv:1605.07146",
    make=WideResidual,
    knobs=(
        knobs.in_channels(160),
        Knob("channels", 16, msg("C: the width of an ordinary network at this depth."), largest=1024, choices=(16, 32, 64)),
        Knob("widen", 10, msg("k: the block puts out k · C channels."), largest=32, choices=(1, 2, 4, 8, 10)),
        knobs.stride(),
        Knob(
            "dropout",
            0.0,
            msg("The share of numbers that are set to 0 while training; 0 leaves the layer out."),
            choices=(0.0, 0.1, 0.3, 0.5),
        ),
    ),
    inputs=FEATURES,
    sizes={"batch": 1, "height": 32, "width": 32},
)
