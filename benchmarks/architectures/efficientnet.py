"""EfficientNet-B0: mobile inverted bottlenecks with a swish gate.

Tan and Le 2019, arXiv:1905.11946, table 1; 5,288,548 parameters.
The gate's hidden width is a quarter of the block's *input* channels, not of the expanded ones.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

# expansion, kernel, stride, output channels, repeats: table 1, stages 2 to 8
B0 = (
    (1, 3, 1, 16, 1),
    (6, 3, 2, 24, 2),
    (6, 5, 2, 40, 2),
    (6, 3, 2, 80, 3),
    (6, 5, 1, 112, 3),
    (6, 5, 2, 192, 4),
    (6, 3, 1, 320, 1),
)


def drop_path(x: Tensor, rate: float, training: bool) -> Tensor:
    """Stochastic depth: leave out the whole branch for some samples."""
    if not training or rate == 0.0:
        return x
    keep = torch.rand(x.shape[0], 1, 1, 1, dtype=x.dtype, device=x.device) >= rate
    return x * keep / (1.0 - rate)


def conv_norm(in_channels: int, out_channels: int, kernel_size: int, stride: int = 1, groups: int = 1) -> list[nn.Module]:
    conv = nn.Conv2d(in_channels, out_channels, kernel_size, stride, kernel_size // 2, groups=groups, bias=False)
    return [conv, nn.BatchNorm2d(out_channels)]


class SwishGate(nn.Module):
    """A channel gate: SiLU inside, sigmoid at its end."""

    def __init__(self, channels: int, hidden: int) -> None:
        super().__init__()
        self.fc1 = nn.Conv2d(channels, hidden, 1)
        self.fc2 = nn.Conv2d(hidden, channels, 1)
        self.act = nn.SiLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        s = x.mean((2, 3), keepdim=True)  # (N, C, 1, 1)
        s = self.fc2(self.act(self.fc1(s)))
        return x * s.sigmoid()  # (N, C, H, W)


class MBConv(nn.Module):
    def __init__(self, in_channels: int, out_channels: int, expansion: int, kernel_size: int, stride: int, drop: float) -> None:
        super().__init__()
        hidden = in_channels * expansion
        layers: list[nn.Module] = []
        if expansion != 1:
            layers += [*conv_norm(in_channels, hidden, 1), nn.SiLU(inplace=True)]
        layers += [*conv_norm(hidden, hidden, kernel_size, stride, groups=hidden), nn.SiLU(inplace=True)]
        layers.append(SwishGate(hidden, max(1, in_channels // 4)))
        layers += conv_norm(hidden, out_channels, 1)
        self.block = nn.Sequential(*layers)
        self.residual = stride == 1 and in_channels == out_channels
        self.drop = drop

    def forward(self, x: Tensor) -> Tensor:
        out = self.block(x)  # (N, out, H/s, W/s)
        return drop_path(out, self.drop, self.training) + x if self.residual else out


class EfficientNet(nn.Module):
    def __init__(self, drop: float = 0.2) -> None:
        super().__init__()
        self.stem = nn.Sequential(*conv_norm(3, 32, 3, stride=2), nn.SiLU(inplace=True))
        total = sum(row[-1] for row in B0)
        channels, blocks = 32, []
        for expansion, kernel_size, stride, out_channels, repeats in B0:
            for index in range(repeats):
                rate = drop * len(blocks) / total
                blocks.append(MBConv(channels, out_channels, expansion, kernel_size, stride if index == 0 else 1, rate))
                channels = out_channels
        self.blocks = nn.ModuleList(blocks)
        self.head = nn.Sequential(*conv_norm(channels, 1280, 1), nn.SiLU(inplace=True))
        self.dropout = nn.Dropout(0.2)
        self.classifier = nn.Linear(1280, 1000)

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x)  # (N, 32, H/2, W/2)
        for block in self.blocks:
            x = block(x)
        x = self.head(x)  # (N, 1280, H/32, W/32)
        x = x.mean(dim=[2, 3])  # (N, 1280)
        return self.classifier(self.dropout(x))  # (N, 1000)
