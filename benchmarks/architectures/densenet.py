"""DenseNet-121: every layer reads all that came before it.

Huang et al. 2017, arXiv:1608.06993, table 1 (growth rate 32, bottleneck 4, compression 0.5); 7,978,856 parameters.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class DenseLayer(nn.Module):
    """Norm, ReLU, 1x1, norm, ReLU, 3x3: ``growth`` new channels from all earlier ones."""

    def __init__(self, in_channels: int, growth: int, bottleneck: int = 4) -> None:
        super().__init__()
        self.norm1 = nn.BatchNorm2d(in_channels)
        self.conv1 = nn.Conv2d(in_channels, bottleneck * growth, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(bottleneck * growth)
        self.conv2 = nn.Conv2d(bottleneck * growth, growth, 3, padding=1, bias=False)

    def forward(self, features: list[Tensor]) -> Tensor:
        x = torch.cat(features, 1)  # (N, sum of C, H, W)
        x = self.conv1(F.relu(self.norm1(x)))  # (N, 4 growth, H, W)
        return self.conv2(F.relu(self.norm2(x)))  # (N, growth, H, W)


class DenseBlock(nn.Module):
    """``depth`` dense layers over a growing list of maps."""

    def __init__(self, depth: int, in_channels: int, growth: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(DenseLayer(in_channels + i * growth, growth) for i in range(depth))

    def forward(self, x: Tensor) -> Tensor:
        features = [x]
        for layer in self.layers:
            features.append(layer(features))
        return torch.cat(features, dim=1)  # (N, C + depth growth, H, W)


class Transition(nn.Sequential):
    """Norm, ReLU, 1x1 to half the channels, mean over 2x2."""

    def __init__(self, in_channels: int) -> None:
        super().__init__(
            nn.BatchNorm2d(in_channels),
            nn.ReLU(inplace=True),
            nn.Conv2d(in_channels, in_channels // 2, 1, bias=False),
            nn.AvgPool2d(2),
        )


class DenseNet(nn.Module):
    def __init__(self, depths: tuple[int, ...] = (6, 12, 24, 16), growth: int = 32, channels: int = 64) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(3, channels, 7, stride=2, padding=3, bias=False),
            nn.BatchNorm2d(channels),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(3, stride=2, padding=1),
        )
        self.features = nn.Sequential()
        for index, depth in enumerate(depths, start=1):
            self.features.add_module(f"block{index}", DenseBlock(depth, channels, growth))
            channels += depth * growth
            if index < len(depths):
                self.features.add_module(f"transition{index}", Transition(channels))
                channels //= 2
        self.norm = nn.BatchNorm2d(channels)
        self.classifier = nn.Linear(channels, 1000)

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x)  # (N, 64, H/4, W/4)
        x = self.features(x)  # (N, 1024, H/32, W/32)
        x = F.relu(self.norm(x), inplace=True)
        x = F.adaptive_avg_pool2d(x, (1, 1))  # (N, 1024, 1, 1)
        x = torch.flatten(x, 1)  # (N, 1024)
        return self.classifier(x)  # (N, 1000)
