"""GoogLeNet's inception module: four ways to look, side by side."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from blocks import knobs
from blocks.spec import FEATURES, BlockSpec, Knob, msg


class Inception(nn.Module):
    """Look at the same input with several kernels and put the results side by side.

    y = [relu(W1 x); relu(conv3(relu(W3 x))); relu(conv5(relu(W5 x))); relu(Wp maxpool(x))]

    Args:
        in_channels: channels of x.
        ones: channels of the 1x1 branch.
        reduce_threes: channels before the 3x3 convolution.
        threes: channels of the 3x3 branch.
        reduce_fives: channels before the 5x5 convolution.
        fives: channels of the 5x5 branch, and of the pooled one.

    Shape:
        x: (N, C_in, H, W) -> (N, ones + threes + 2 fives, H, W)

    Source: Szegedy et al. 2015, arXiv:1409.4842, fig. 2b and table 1.
    Differs: the pooled branch is as wide as the 5x5 one, as in all but (3b) and (4a); torchvision has 3x3 for 5x5, and norms.

    >>> sum(p.numel() for p in Inception(192, 64, 96, 128, 16, 32).parameters())
    163696
    """

    def __init__(self, in_channels: int, ones: int, reduce_threes: int, threes: int, reduce_fives: int, fives: int) -> None:
        super().__init__()
        self.one = nn.Conv2d(in_channels, ones, 1)
        self.reduce3 = nn.Conv2d(in_channels, reduce_threes, 1)
        self.three = nn.Conv2d(reduce_threes, threes, 3, padding=1)
        self.reduce5 = nn.Conv2d(in_channels, reduce_fives, 1)
        self.five = nn.Conv2d(reduce_fives, fives, 5, padding=2)
        self.pool = nn.MaxPool2d(3, stride=1, padding=1)
        self.pooled = nn.Conv2d(in_channels, fives, 1)

    def forward(self, x: Tensor) -> Tensor:
        ones = torch.relu(self.one(x))  # (N, ones, H, W)
        threes = torch.relu(self.reduce3(x))  # (N, reduce_threes, H, W)
        threes = torch.relu(self.three(threes))  # (N, threes, H, W)
        fives = torch.relu(self.reduce5(x))  # (N, reduce_fives, H, W)
        fives = torch.relu(self.five(fives))  # (N, fives, H, W)
        pooled = torch.relu(self.pooled(self.pool(x)))  # (N, fives, H, W)
        return torch.cat((ones, threes, fives, pooled), dim=1)  # (N, ones + threes + 2 fives, H, W)


SPEC = BlockSpec(
    key="inception",
    title=msg("Inception module"),
    about=(
        msg("Nobody knows which kernel size is right, so this uses several at once and lets the network choose."),
        msg("The 1 × 1 convolutions in front of the large kernels keep them affordable."),
        msg("All branches keep height and width, so their channels can be put side by side."),
    ),
    formula="y = [W₁ x; conv₃(W₃ x); conv₅(W₅ x); W_p maxpool(x)]",
    paper="Szegedy et al. 2015, arXiv:1409.4842",
    make=Inception,
    knobs=(
        knobs.in_channels(192),
        Knob("ones", 64, msg("Channels of the 1 × 1 branch."), choices=knobs.WIDTHS),
        Knob("reduce_threes", 96, msg("Channels before the 3 × 3 convolution."), choices=(16, 32, 64, 96, 128, 192)),
        Knob("threes", 128, msg("Channels of the 3 × 3 branch."), choices=knobs.WIDTHS),
        Knob("reduce_fives", 16, msg("Channels before the 5 × 5 convolution."), choices=(8, 16, 32, 64)),
        Knob("fives", 32, msg("Channels of the 5 × 5 branch and of the pooled one."), choices=(8, 16, 32, 64, 128)),
    ),
    inputs=FEATURES,
    sizes={"batch": 1, "height": 28, "width": 28},
)
