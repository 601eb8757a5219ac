"""GoogLeNet without its training-time side classifiers: four branches per module, joined by cat.

Szegedy et al. 2015, arXiv:1409.4842, table 1; 6,998,552 parameters (biases, local response norm, no batch norm).
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

# 1x1, 3x3 reduce, 3x3, 5x5 reduce, 5x5, pool projection: table 1; "pool" where the map is halved
MODULES = (
    (64, 96, 128, 16, 32, 32),
    (128, 128, 192, 32, 96, 64),
    "pool",
    (192, 96, 208, 16, 48, 64),
    (160, 112, 224, 24, 64, 64),
    (128, 128, 256, 24, 64, 64),
    (112, 144, 288, 32, 64, 64),
    (256, 160, 320, 32, 128, 128),
    "pool",
    (256, 160, 320, 32, 128, 128),
    (384, 192, 384, 48, 128, 128),
)


class ConvReLU(nn.Module):
    def __init__(self, in_channels: int, out_channels: int, **conv: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(in_channels, out_channels, **conv)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.conv(x), inplace=True)


class Inception(nn.Module):
    def __init__(self, in_channels: int, ch1: int, ch3_in: int, ch3: int, ch5_in: int, ch5: int, pooled: int) -> None:
        super().__init__()
        self.branch1 = ConvReLU(in_channels, ch1, kernel_size=1)
        self.branch2 = nn.Sequential(
            ConvReLU(in_channels, ch3_in, kernel_size=1), ConvReLU(ch3_in, ch3, kernel_size=3, padding=1)
        )
        self.branch3 = nn.Sequential(
            ConvReLU(in_channels, ch5_in, kernel_size=1), ConvReLU(ch5_in, ch5, kernel_size=5, padding=2)
        )
        self.branch4 = nn.Sequential(
            nn.MaxPool2d(3, stride=1, padding=1, ceil_mode=True), ConvReLU(in_channels, pooled, kernel_size=1)
        )

    def forward(self, x: Tensor) -> Tensor:
        branches = (self.branch1, self.branch2, self.branch3, self.branch4)
        return torch.cat([branch(x) for branch in branches], 1)  # (N, sum of the four, H, W)


class GoogLeNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = ConvReLU(3, 64, kernel_size=7, stride=2, padding=3)
        self.conv2 = ConvReLU(64, 64, kernel_size=1)
        self.conv3 = ConvReLU(64, 192, kernel_size=3, padding=1)
        self.norm = nn.LocalResponseNorm(5)
        self.pool = nn.MaxPool2d(3, stride=2, ceil_mode=True)
        channels = 192
        self.stages = nn.ModuleList()
        for row in MODULES:
            if row == "pool":
                self.stages.append(nn.MaxPool2d(3, stride=2, ceil_mode=True))
            else:
                self.stages.append(Inception(channels, *row))
                channels = row[0] + row[2] + row[4] + row[5]
        self.dropout = nn.Dropout(0.4)
        self.fc = nn.Linear(channels, 1000)

    def forward(self, x: Tensor) -> Tensor:
        x = self.norm(self.pool(self.conv1(x)))  # (N, 64, H/4, W/4)
        x = self.norm(self.conv3(self.conv2(x)))  # (N, 192, H/4, W/4)
        x = self.pool(x)  # (N, 192, H/8, W/8)
        for stage in self.stages:
            x = stage(x)
        x = x.mean(dim=(-2, -1))  # (N, 1024)
        return self.fc(self.dropout(x))  # (N, 1000)
