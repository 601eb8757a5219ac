"""U-Net: an encoder and a decoder joined by copies at each scale.

Ronneberger et al. 2015, arXiv:1505.04597, fig. 1, with the padding and batch norm that everybody adds today.
31,037,698 parameters for 3 channels in and 2 classes out, as its best-known PyTorch version has too.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class DoubleConv(nn.Module):
    """Twice: 3x3, batch norm, ReLU."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.double_conv = nn.Sequential(
            nn.Conv2d(in_channels, out_channels, 3, padding=1, bias=False),
            nn.BatchNorm2d(out_channels),
            nn.ReLU(inplace=True),
            nn.Conv2d(out_channels, out_channels, 3, padding=1, bias=False),
            nn.BatchNorm2d(out_channels),
            nn.ReLU(inplace=True),
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.double_conv(x)  # (N, out, H, W)


class Up(nn.Module):
    """Double the map, pad it to the copy from the encoder if that is odd, and join the two."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.up = nn.ConvTranspose2d(in_channels, in_channels // 2, 2, stride=2)
        self.conv = DoubleConv(in_channels, out_channels)

    def forward(self, x: Tensor, skip: Tensor) -> Tensor:
        x = self.up(x)  # (N, C/2, 2H, 2W)
        rows = skip.size(2) - x.size(2)
        columns = skip.size(3) - x.size(3)
        if rows or columns:
            x = F.pad(x, [columns // 2, columns - columns // 2, rows // 2, rows - rows // 2])
        x = torch.cat([skip, x], dim=1)  # (N, C, 2H, 2W)
        return self.conv(x)  # (N, C/2, 2H, 2W)


class UNet(nn.Module):
    def __init__(self, in_channels: int = 3, classes: int = 2, width: int = 64, depth: int = 4) -> None:
        super().__init__()
        self.inc = DoubleConv(in_channels, width)
        self.pool = nn.MaxPool2d(2)
        self.downs = nn.ModuleList([DoubleConv(width * 2**i, width * 2 ** (i + 1)) for i in range(depth)])
        self.ups = nn.ModuleList([Up(width * 2 ** (i + 1), width * 2**i) for i in reversed(range(depth))])
        self.outc = nn.Conv2d(width, classes, 1)

    def forward(self, x: Tensor) -> Tensor:
        skips = [self.inc(x)]  # (N, 64, H, W)
        for down in self.downs:
            skips.append(down(self.pool(skips[-1])))  # (N, 2C, H/2, W/2)
        x = skips.pop()
        for up in self.ups:
            x = up(x, skips.pop())
        return self.outc(x)  # (N, classes, H, W)
