"""Res2Net: inside one block, groups of channels see farther and farther."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from blocks import knobs
from blocks.spec import IMAGE, BlockSpec, Knob, msg


class Res2Net(nn.Module):
    """Hand the result of each group of channels on to the next, so that one block sees at several scales.

    y = relu(bn(W2 [x_1; k_2; ...; k_s]) + x), k_i = relu(bn(conv3x3(x_i + k_(i-1)))), [x_1; ...; x_s] = relu(bn(W1 x))

    Args:
        channels: C, input and output channels.
        group_width: channels of each group.
        scale: s, how many groups.

    Shape:
        x: (N, C, H, W) -> (N, C, H, W)

    Source: Gao et al. 2019, arXiv:1904.01169, eq. 1.
    Differs: stride 1 and equal numbers of channels only; the authors' code lets the last group through instead of the first.

    >>> Res2Net(64, 8)(torch.zeros(1, 64, 8, 8)).shape
    torch.Size([1, 64, 8, 8])
    """

    def __init__(self, channels: int, group_width: int = 26, scale: int = 4) -> None:
        super().__init__()
        self.reduce = nn.Sequential(
            nn.Conv2d(channels, group_width * scale, 1, bias=False), nn.BatchNorm2d(group_width * scale), nn.ReLU()
        )
        self.convs = nn.ModuleList(
            nn.Sequential(nn.Conv2d(group_width, group_width, 3, padding=1, bias=False), nn.BatchNorm2d(group_width), nn.ReLU())
            for _ in range(scale - 1)
        )
        self.expand = nn.Sequential(nn.Conv2d(group_width * scale, channels, 1, bias=False), nn.BatchNorm2d(channels))

    def forward(self, x: Tensor) -> Tensor:
        first, *groups = self.reduce(x).chunk(len(self.convs) + 1, dim=1)  # (N, group_width, H, W) each
        made = [first]
        for number, (group, conv) in enumerate(zip(groups, self.convs, strict=True)):
            made.append(conv(group + made[-1] if number else group))
        y = self.expand(torch.cat(made, dim=1))  # (N, C, H, W)
        return torch.relu(y + x)


SPEC = BlockSpec(
    key="res2net",
    title=msg("Res2Net block"),
    about=(
        msg("A bottleneck that sees at several scales at once."),
        msg("Its channels are split into groups, and each group's 3 × 3 convolution also reads the result of the group before."),
        msg("So the last group has passed several kernels and sees farthest, at no extra cost."),
    ),
    formula="y = relu(bn(W₂ [x₁; k₂; …; kₛ]) + x),  kᵢ = relu(bn(conv(xᵢ + kᵢ₋₁)))",
    paper="Gao et al. 2019, arXiv:1904.01169",
    make=Res2Net,
    knobs=(
        knobs.channels(256),
        Knob("group_width", 26, msg("Channels of each group."), largest=512, choices=(8, 14, 26, 48)),
        Knob("scale", 4, msg("s: how many groups."), least=2, largest=16, choices=(2, 4, 6, 8)),
    ),
    inputs=IMAGE,
    sizes={"batch": 1, "height": 56, "width": 56},
)
