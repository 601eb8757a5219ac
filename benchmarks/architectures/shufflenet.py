"""ShuffleNetV2 1.0x: half of the channels pass untouched, then both halves are mixed.

Ma et al. 2018, arXiv:1807.11164, fig. 3 (c, d) and table 5; 2,278,604 parameters.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

STAGES = ((116, 4), (232, 8), (464, 4))


def shuffle_channels(x: Tensor, groups: int = 2) -> Tensor:
    n, c, h, w = x.shape
    x = x.view(n, groups, c // groups, h, w)
    x = torch.transpose(x, 1, 2).contiguous()  # (N, C/groups, groups, H, W)
    return x.view(n, -1, h, w)  # (N, C, H, W)


def pointwise(in_channels: int, out_channels: int) -> list[nn.Module]:
    return [nn.Conv2d(in_channels, out_channels, 1, bias=False), nn.BatchNorm2d(out_channels), nn.ReLU(inplace=True)]


def depthwise(channels: int, stride: int) -> list[nn.Module]:
    return [nn.Conv2d(channels, channels, 3, stride, 1, groups=channels, bias=False), nn.BatchNorm2d(channels)]


class ShuffleUnit(nn.Module):
    def __init__(self, in_channels: int, out_channels: int, stride: int) -> None:
        super().__init__()
        half = out_channels // 2
        inside = in_channels if stride > 1 else half
        self.halve = stride > 1
        self.branch1 = nn.Sequential(*depthwise(in_channels, 2), *pointwise(in_channels, half)) if self.halve else nn.Identity()
        self.branch2 = nn.Sequential(*pointwise(inside, half), *depthwise(half, stride), *pointwise(half, half))

    def forward(self, x: Tensor) -> Tensor:
        if self.halve:
            x1 = x2 = x
        else:
            x1, x2 = x.chunk(2, dim=1)  # each (N, C/2, H, W)
        out = torch.cat((self.branch1(x1), self.branch2(x2)), dim=1)  # (N, out, H/s, W/s)
        return shuffle_channels(out)


class ShuffleNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Sequential(nn.Conv2d(3, 24, 3, 2, 1, bias=False), nn.BatchNorm2d(24), nn.ReLU(inplace=True))
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        channels, stages = 24, []
        for out_channels, repeats in STAGES:
            first = ShuffleUnit(channels, out_channels, stride=2)
            stages.append(nn.Sequential(first, *(ShuffleUnit(out_channels, out_channels, 1) for _ in range(repeats - 1))))
            channels = out_channels
        self.stages = nn.Sequential(*stages)
        self.conv5 = nn.Sequential(*pointwise(channels, 1024))
        self.fc = nn.Linear(1024, 1000)

    def forward(self, x: Tensor) -> Tensor:
        x = self.maxpool(self.conv1(x))  # (N, 24, H/4, W/4)
        x = self.conv5(self.stages(x))  # (N, 1024, H/32, W/32)
        x = x.mean([2, 3])  # (N, 1024)
        return self.fc(x)  # (N, 1000)
