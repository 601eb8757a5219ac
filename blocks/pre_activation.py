"""Pre-activation residual block: normalise and bend before each convolution."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from blocks import knobs
from blocks.spec import FEATURES, BlockSpec, msg


class PreActivation(nn.Module):
    """Leave the way around entirely alone.

    y = conv(relu(bn(conv(relu(bn(x)))))) + x

    Args:
        in_channels: channels of x.
        out_channels: C, channels of y.
        stride: of the first convolution and of the shortcut.

    Shape:
        x: (N, C_in, H, W) -> (N, C, H / stride, W / stride)

    Source: He et al. 2016, arXiv:1603.05027, fig. 1b.
    Differs: nothing; where the shape changes, the shortcut is a 1x1 convolution of the activated input.

    >>> PreActivation(64, 128, 2)(torch.zeros(1, 64, 8, 8)).shape
    torch.Size([1, 128, 4, 4])
    """

    def __init__(self, in_channels: int, out_channels: int, stride: int = 1) -> None:
        super().__init__()
        self.bn1 = nn.BatchNorm2d(in_channels)
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, stride, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(out_channels)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1, bias=False)
        is_same = stride == 1 and in_channels == out_channels
        self.shortcut = None if is_same else nn.Conv2d(in_channels, out_channels, 1, stride, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        y = torch.relu(self.bn1(x))
        way_around = x if self.shortcut is None else self.shortcut(y)  # (N, C, H', W')
        y = self.conv1(y)  # (N, C, H', W')
        y = torch.relu(self.bn2(y))
        y = self.conv2(y)
        return y + way_around


SPEC = BlockSpec(
    key="pre_activation",
    title=msg("Pre-activation residual block"),
    about=(
        msg("A residual block whose normalisation and activation come before the convolutions."),
        msg("Nothing bends the sum any more: the input reaches the network's end untouched, and gradients come back that way."),
        msg("With it the authors trained a network of 1001 layers."),
    ),
    formula="y = conv(relu(bn(conv(relu(bn(x)))))) + x",
    paper="He et al. 2016, arXiv:1603.05027",
    make=PreActivation,
    knobs=(knobs.in_channels(64), knobs.out_channels(64), knobs.stride()),
    inputs=FEATURES,
    sizes={"batch": 1, "height": 56, "width": 56},
)
