"""ConvNeXt-T: a convolutional network with the habits of a transformer.

Liu et al. 2022, arXiv:2201.03545, table 9 (widths 96-768, depths 3-3-9-3); 28,589,128 parameters.
"""

from __future__ import annotations

import itertools

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class ChannelNorm(nn.Module):
    """Layer norm over the channels of an N C H W map, written out."""

    def __init__(self, channels: int, eps: float = 1e-6) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.eps = eps

    def forward(self, x: Tensor) -> Tensor:
        mean = x.mean(1, keepdim=True)  # (N, 1, H, W)
        variance = (x - mean).pow(2).mean(1, keepdim=True)  # (N, 1, H, W)
        x = (x - mean) / torch.sqrt(variance + self.eps)  # (N, C, H, W)
        return self.weight[:, None, None] * x + self.bias[:, None, None]


class ConvNeXtBlock(nn.Module):
    """Depthwise 7x7, layer norm, two linear layers with GELU between, a learned scale, and the sum."""

    def __init__(self, channels: int, scale: float = 1e-6) -> None:
        super().__init__()
        self.dwconv = nn.Conv2d(channels, channels, 7, padding=3, groups=channels)
        self.norm = nn.LayerNorm(channels, eps=1e-6)
        self.pwconv1 = nn.Linear(channels, 4 * channels)
        self.act = nn.GELU()
        self.pwconv2 = nn.Linear(4 * channels, channels)
        self.gamma = nn.Parameter(scale * torch.ones(channels))

    def forward(self, x: Tensor) -> Tensor:
        shortcut = x
        x = self.dwconv(x)
        x = x.permute(0, 2, 3, 1)  # (N, H, W, C)
        x = self.norm(x)
        x = self.pwconv1(x)  # (N, H, W, 4C)
        x = self.act(x)
        x = self.pwconv2(x)  # (N, H, W, C)
        x = self.gamma * x
        x = x.permute(0, 3, 1, 2)  # (N, C, H, W)
        return shortcut + x


class ConvNeXt(nn.Module):
    def __init__(self, widths: tuple[int, ...] = (96, 192, 384, 768), depths: tuple[int, ...] = (3, 3, 9, 3)) -> None:
        super().__init__()
        self.downsample_layers = nn.ModuleList([nn.Sequential(nn.Conv2d(3, widths[0], 4, stride=4), ChannelNorm(widths[0]))])
        for before, after in itertools.pairwise(widths):
            self.downsample_layers.append(nn.Sequential(ChannelNorm(before), nn.Conv2d(before, after, 2, stride=2)))
        self.stages = nn.ModuleList(
            nn.Sequential(*[ConvNeXtBlock(width) for _ in range(depth)]) for width, depth in zip(widths, depths, strict=True)
        )
        self.norm = nn.LayerNorm(widths[-1], eps=1e-6)
        self.head = nn.Linear(widths[-1], 1000)

    def forward(self, x: Tensor) -> Tensor:
        for i in range(4):
            x = self.downsample_layers[i](x)  # (N, width, H/4, W/4), then half of that at each stage
            x = self.stages[i](x)
        x = F.adaptive_avg_pool2d(x, 1).squeeze(-1).squeeze(-1)  # (N, 768)
        return self.head(self.norm(x))  # (N, 1000)
