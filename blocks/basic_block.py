"""ResNet's basic block: two 3x3 convolutions and a way around them."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from blocks import knobs
from blocks.spec import FEATURES, BlockSpec, Knob, msg


class BasicBlock(nn.Module):
    """Learn what to add to the input instead of the output itself.

    y = relu(bn(conv(relu(bn(conv(x))))) + shortcut(x))

    Args:
        in_channels: channels of x.
        channels: C of the first convolution.
        stride: of the first convolution and of the shortcut.
        expansion: the block puts out C * expansion channels.

    Shape:
        x: (N, C_in, H, W) -> (N, C * expansion, H / stride, W / stride)

    Source: He et al. 2015, arXiv:1512.03385, fig. 5 left; the shortcut is option B.
    Differs: nothing at an expansion of 1; torchvision's BasicBlock has no other and is handed its shortcut.

    >>> BasicBlock(64, 128, stride=2)(torch.zeros(1, 64, 8, 8)).shape
    torch.Size([1, 128, 4, 4])
    """

    def __init__(self, in_channels: int, channels: int, stride: int = 1, expansion: int = 1) -> None:
        super().__init__()
        out_channels = channels * expansion
        self.conv1 = nn.Conv2d(in_channels, channels, 3, stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, out_channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(out_channels)
        self.shortcut = nn.Sequential()
        if stride != 1 or in_channels != out_channels:
            self.shortcut = nn.Sequential(
                nn.Conv2d(in_channels, out_channels, 1, stride, bias=False), nn.BatchNorm2d(out_channels)
            )

    def forward(self, x: Tensor) -> Tensor:
        y = self.bn1(self.conv1(x))  # (N, C, H', W')
        y = torch.relu(y)
        y = self.bn2(self.conv2(y))  # (N, C * expansion, H', W')
        y = y + self.shortcut(x)
        return torch.relu(y)


SPEC = BlockSpec(
    key="basic_block",
    title=msg("Basic residual block"),
    about=(
        msg("The block of ResNet-18 and ResNet-34: two convolutions learn what to add to the input."),
        msg("If there is nothing to add they only have to learn zeros, so a deeper network need not be worse for being deeper."),
        msg("Where size or channels change, a 1 × 1 convolution brings the shortcut to the same shape."),
    ),
    formula="y = relu(bn(conv(relu(bn(conv(x))))) + shortcut(x))",
    paper="He et al. 2015, arXiv:1512.03385",
    make=BasicBlock,
    knobs=(
        knobs.in_channels(64),
        Knob("channels", 64, msg("C: channels of the first convolution."), choices=knobs.WIDTHS),
        knobs.stride(),
        Knob("expansion", 1, msg("The block puts out this many times C channels."), largest=16, choices=(1, 2, 4)),
    ),
    inputs=FEATURES,
    sizes={"batch": 1, "height": 56, "width": 56},
)
