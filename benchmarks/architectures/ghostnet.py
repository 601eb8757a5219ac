"""GhostNet 1.0x: half of each feature map is computed, the other half derived from it by a cheap depthwise convolution.

Han et al. 2020, arXiv:1911.11907, table 1 and eq. 3. The paper gives 5.2 M parameters and 141 M MACs,
and no exact count; implementations differ by a few thousand in their shortcuts.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from benchmarks.architectures.mobilenet import round_channels

# kernel, expanded channels, output channels, gate, stride: table 1, row by row
ROWS = (
    (3, 16, 16, False, 1),
    (3, 48, 24, False, 2),
    (3, 72, 24, False, 1),
    (5, 72, 40, True, 2),
    (5, 120, 40, True, 1),
    (3, 240, 80, False, 2),
    (3, 200, 80, False, 1),
    (3, 184, 80, False, 1),
    (3, 184, 80, False, 1),
    (3, 480, 112, True, 1),
    (3, 672, 112, True, 1),
    (5, 672, 160, True, 2),
    (5, 960, 160, False, 1),
    (5, 960, 160, True, 1),
    (5, 960, 160, False, 1),
    (5, 960, 160, True, 1),
)


def conv_norm(in_channels: int, out_channels: int, kernel_size: int, stride: int = 1, groups: int = 1) -> nn.Sequential:
    conv = nn.Conv2d(in_channels, out_channels, kernel_size, stride, kernel_size // 2, groups=groups, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(out_channels))


class GhostModule(nn.Module):
    """A 1x1 convolution for half of the channels, a depthwise 3x3 over those for the rest."""

    def __init__(self, in_channels: int, out_channels: int, relu: bool = True) -> None:
        super().__init__()
        self.out_channels = out_channels
        primary = math.ceil(out_channels / 2)
        self.primary_conv = nn.Sequential(*conv_norm(in_channels, primary, 1), nn.ReLU(inplace=True) if relu else nn.Identity())
        self.cheap_operation = nn.Sequential(
            *conv_norm(primary, primary, 3, groups=primary), nn.ReLU(inplace=True) if relu else nn.Identity()
        )

    def forward(self, x: Tensor) -> Tensor:
        x1 = self.primary_conv(x)  # (N, out/2, H, W)
        x2 = self.cheap_operation(x1)
        out = torch.cat([x1, x2], dim=1)  # (N, out, H, W)
        return out[:, : self.out_channels, :, :]


class Gate(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        hidden = round_channels(channels / 4, 4)
        self.reduce = nn.Conv2d(channels, hidden, 1)
        self.expand = nn.Conv2d(hidden, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        gate = F.adaptive_avg_pool2d(x, 1)  # (N, C, 1, 1)
        gate = self.expand(F.relu(self.reduce(gate), inplace=True))
        return x * (F.relu6(gate + 3.0) / 6.0)  # (N, C, H, W)


class GhostBottleneck(nn.Module):
    """Ghost module up, depthwise where the stride is 2, gate, ghost module down, and a shortcut."""

    def __init__(self, in_channels: int, row: tuple[int, int, int, bool, int]) -> None:
        super().__init__()
        kernel_size, hidden, out_channels, gated, stride = row
        self.ghost1 = GhostModule(in_channels, hidden)
        self.depthwise = conv_norm(hidden, hidden, kernel_size, stride, groups=hidden) if stride > 1 else None
        self.gate = Gate(hidden) if gated else None
        self.ghost2 = GhostModule(hidden, out_channels, relu=False)
        self.shortcut = nn.Sequential()
        if stride != 1 or in_channels != out_channels:
            self.shortcut.extend(conv_norm(in_channels, in_channels, kernel_size, stride, groups=in_channels))
            self.shortcut.extend(conv_norm(in_channels, out_channels, 1))

    def forward(self, x: Tensor) -> Tensor:
        residual = x
        x = self.ghost1(x)  # (N, hidden, H, W)
        if self.depthwise is not None:
            x = self.depthwise(x)  # (N, hidden, H/2, W/2)
        if self.gate is not None:
            x = self.gate(x)
        x = self.ghost2(x)  # (N, out, H/s, W/s)
        x += self.shortcut(residual)
        return x


class GhostNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.stem = conv_norm(3, 16, 3, stride=2)
        channels, blocks = 16, []
        for row in ROWS:
            blocks.append(GhostBottleneck(channels, row))
            channels = row[2]
        self.blocks = nn.Sequential(*blocks)
        self.last = conv_norm(channels, 960, 1)
        self.head = nn.Conv2d(960, 1280, 1)
        self.classifier = nn.Linear(1280, 1000)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu_(self.stem(x))  # (N, 16, H/2, W/2)
        x = self.blocks(x)  # (N, 160, H/32, W/32)
        x = F.relu_(self.last(x))  # (N, 960, H/32, W/32)
        x = F.adaptive_avg_pool2d(x, 1)  # (N, 960, 1, 1)
        x = F.relu_(self.head(x))  # (N, 1280, 1, 1)
        x = x.view(x.size(0), -1)  # (N, 1280)
        x = F.dropout(x, p=0.2, training=self.training)
        return self.classifier(x)  # (N, 1000)
