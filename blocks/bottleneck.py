"""ResNet's bottleneck: 1x1 down, 3x3, 1x1 up, and a way around."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from blocks import knobs
from blocks.spec import FEATURES, BlockSpec, Knob, msg


class Bottleneck(nn.Module):
    """Do the expensive 3x3 convolution on few channels.

    y = relu(bn(conv1x1(relu(bn(conv3x3(relu(bn(conv1x1(x)))))))) + shortcut(x))

    Args:
        in_channels: channels of x.
        channels: C, the narrow width.
        stride: of one convolution and of the shortcut.
        expansion: the block puts out C * expansion channels.
        stride_at: "middle", the 3x3 convolution, or "first", the 1x1 before it.

    Shape:
        x: (N, C_in, H, W) -> (N, C * expansion, H / stride, W / stride)

    Source: He et al. 2015, arXiv:1512.03385, fig. 5 right.
    Differs: the paper's stride is at "first"; "middle" is torchvision's, and loses no input.

    >>> sum(p.numel() for p in Bottleneck(256, 64).parameters())
    70400
    """

    def __init__(self, in_channels: int, channels: int, stride: int = 1, expansion: int = 4, stride_at: str = "middle") -> None:
        super().__init__()
        out_channels = channels * expansion
        first, middle = (stride, 1) if stride_at == "first" else (1, stride)
        self.conv1 = nn.Conv2d(in_channels, channels, 1, first, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, middle, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.conv3 = nn.Conv2d(channels, out_channels, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.shortcut = nn.Sequential()
        if stride != 1 or in_channels != out_channels:
            self.shortcut = nn.Sequential(
                nn.Conv2d(in_channels, out_channels, 1, stride, bias=False), nn.BatchNorm2d(out_channels)
            )

    def forward(self, x: Tensor) -> Tensor:
        y = torch.relu(self.bn1(self.conv1(x)))  # (N, C, H, W)
        y = torch.relu(self.bn2(self.conv2(y)))  # (N, C, H', W')
        y = self.bn3(self.conv3(y))  # (N, C * expansion, H', W')
        y = y + self.shortcut(x)
        return torch.relu(y)


SPEC = BlockSpec(
    key="bottleneck",
    title=msg("Bottleneck"),
    about=(
        msg("The block of ResNet-50 and deeper: it squeezes the channels, convolves, and widens them again."),
        msg("The 3 × 3 convolution, which would cost most, works on the narrow channels only."),
        msg("It matters which convolution takes the stride: 2 at the first one leaves three quarters of the input unread."),
    ),
    formula="y = relu(bn(conv₁ₓ₁(relu(bn(conv₃ₓ₃(relu(bn(conv₁ₓ₁(x)))))))) + shortcut(x))",
    paper="He et al. 2015, arXiv:1512.03385",
    make=Bottleneck,
    knobs=(
        knobs.in_channels(256),
        Knob("channels", 128, msg("C: channels of the narrow convolutions."), choices=knobs.WIDTHS),
        knobs.stride(2),
        Knob("expansion", 4, msg("The block puts out this many times C channels."), largest=16, choices=(1, 2, 4)),
        Knob("stride_at", "middle", msg("Which convolution takes the stride."), choices=("middle", "first")),
    ),
    inputs=FEATURES,
    sizes={"batch": 1, "height": 56, "width": 56},
)
