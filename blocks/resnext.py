"""ResNeXt: a bottleneck whose 3x3 convolution is split into many narrow ones."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from blocks import knobs
from blocks.spec import FEATURES, BlockSpec, Knob, msg


class ResNeXt(nn.Module):
    """Send the channels through many small transformations side by side.

    y = relu(sum_i t_i(x) + shortcut(x)), written as one grouped convolution

    Args:
        in_channels: channels of x.
        out_channels: C, channels of y.
        cardinality: how many transformations.
        group_width: channels of each.
        stride: of the grouped convolution and of the shortcut.

    Shape:
        x: (N, C_in, H, W) -> (N, C, H / stride, W / stride)

    Source: Xie et al. 2017, arXiv:1611.05431, fig. 3c.
    Differs: nothing; torchvision writes it as its Bottleneck with groups and width_per_group.

    >>> ResNeXt(256, 256)(torch.zeros(1, 256, 8, 8)).shape
    torch.Size([1, 256, 8, 8])
    """

    def __init__(self, in_channels: int, out_channels: int, cardinality: int = 32, group_width: int = 4, stride: int = 1) -> None:
        super().__init__()
        hidden = cardinality * group_width
        self.conv1 = nn.Conv2d(in_channels, hidden, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(hidden)
        self.conv2 = nn.Conv2d(hidden, hidden, 3, stride, padding=1, groups=cardinality, bias=False)
        self.bn2 = nn.BatchNorm2d(hidden)
        self.conv3 = nn.Conv2d(hidden, out_channels, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.shortcut = nn.Sequential()
        if stride != 1 or in_channels != out_channels:
            self.shortcut = nn.Sequential(
                nn.Conv2d(in_channels, out_channels, 1, stride, bias=False), nn.BatchNorm2d(out_channels)
            )

    def forward(self, x: Tensor) -> Tensor:
        y = torch.relu(self.bn1(self.conv1(x)))  # (N, cardinality * group_width, H, W)
        y = torch.relu(self.bn2(self.conv2(y)))  # (N, cardinality * group_width, H', W')
        y = self.bn3(self.conv3(y))  # (N, C, H', W')
        y = y + self.shortcut(x)
        return torch.relu(y)


SPEC = BlockSpec(
    key="resnext",
    title=msg("ResNeXt block"),
    about=(
        msg("A bottleneck that is split: many narrow convolutions side by side instead of one wide one."),
        msg("At the same cost, more branches bring more than more depth or more width."),
        msg("A grouped convolution computes all branches at once."),
    ),
    formula="y = relu(Σᵢ tᵢ(x) + shortcut(x))",
    paper="Xie et al. 2017, arXiv:1611.05431",
    make=ResNeXt,
    knobs=(
        knobs.in_channels(256),
        knobs.out_channels(256),
        Knob("cardinality", 32, msg("How many transformations run side by side."), largest=512, choices=(1, 2, 4, 8, 16, 32, 64)),
        Knob("group_width", 4, msg("Channels of each of them."), largest=512, choices=(1, 2, 4, 8, 16, 64)),
        knobs.stride(),
    ),
    inputs=FEATURES,
    sizes={"batch": 1, "height": 56, "width": 56},
)
