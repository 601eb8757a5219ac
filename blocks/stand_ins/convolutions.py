"""Convolutional blocks with the arguments that people give them."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from blocks import (
    aspp,
    c2f,
    csp,
    depthwise_separable,
    double_conv,
    fire,
    ghost_module,
    inception,
    pyramid_pooling,
    spp_yolo,
    unet_down,
)


class ConvNormRelu(nn.Sequential):
    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int = 3,
        stride: int = 1,
        padding: int | None = None,
        groups: int = 1,
        dilation: int = 1,
        bias: bool = False,
    ) -> None:
        padding = dilation * (kernel_size - 1) // 2 if padding is None else padding
        super().__init__(
            nn.Conv2d(in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias),
            nn.BatchNorm2d(out_channels),
            nn.ReLU(),
        )


class Conv(nn.Sequential):
    def __init__(
        self,
        c1: int,
        c2: int,
        k: int = 1,
        s: int = 1,
        p: int | None = None,
        g: int = 1,
        d: int = 1,
        act: bool | nn.Module = True,
    ) -> None:
        padding = d * (k - 1) // 2 if p is None else p
        bend = act if isinstance(act, nn.Module) else nn.SiLU() if act else nn.Identity()
        super().__init__(nn.Conv2d(c1, c2, k, s, padding, d, g, bias=False), nn.BatchNorm2d(c2), bend)


def conv3x3(in_planes: int, out_planes: int, stride: int = 1, groups: int = 1, dilation: int = 1) -> nn.Conv2d:
    return nn.Conv2d(in_planes, out_planes, 3, stride, dilation, dilation, groups, bias=False)


def conv1x1(in_planes: int, out_planes: int, stride: int = 1) -> nn.Conv2d:
    return nn.Conv2d(in_planes, out_planes, 1, stride, bias=False)


class DepthwiseSeparableConv(depthwise_separable.DepthwiseSeparable):
    """Padding as asked, else what keeps the size."""

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: int = 3, stride: int = 1, padding: int | None = None
    ) -> None:
        super().__init__(in_channels, out_channels, kernel_size, stride)
        if padding is not None:
            self.depthwise.padding = (padding, padding)


class DWConv(nn.Conv2d):
    def __init__(self, dim: int, kernel_size: int = 3, stride: int = 1) -> None:
        super().__init__(dim, dim, kernel_size, stride, (kernel_size - 1) // 2, groups=dim)


class GhostModule(ghost_module.GhostModule):
    def __init__(
        self,
        inp: int,
        oup: int,
        kernel_size: int = 1,
        ratio: int = 2,
        dw_size: int = 3,
        stride: int = 1,
        relu: bool = True,
    ) -> None:
        super().__init__(inp, oup, kernel_size, ratio, dw_size, stride, relu)


class DoubleConv(double_conv.DoubleConv):
    def __init__(self, in_channels: int, out_channels: int, mid_channels: int | None = None) -> None:
        super().__init__(in_channels, out_channels)
        if mid_channels is not None:
            self.conv1 = nn.Conv2d(in_channels, mid_channels, 3, padding=1, bias=False)
            self.norm1 = nn.BatchNorm2d(mid_channels)
            self.conv2 = nn.Conv2d(mid_channels, out_channels, 3, padding=1, bias=False)


class Down(unet_down.UNetDown):
    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__(in_channels, out_channels)


class Up(nn.Module):
    """``in_channels`` counts both maps together; the enlarged one is padded to the size of the skip."""

    def __init__(self, in_channels: int, out_channels: int, bilinear: bool = True) -> None:
        super().__init__()
        self.up: nn.Module
        if bilinear:
            self.up = nn.Upsample(scale_factor=2, mode="bilinear", align_corners=True)
        else:
            self.up = nn.ConvTranspose2d(in_channels, in_channels // 2, 2, stride=2)
        self.conv = DoubleConv(in_channels, out_channels, in_channels // 2 if bilinear else None)

    def forward(self, x: Tensor, skip: Tensor) -> Tensor:
        x = self.up(x)
        rows, columns = (skip.shape[axis] - x.shape[axis] for axis in (2, 3))
        x = F.pad(x, (columns // 2, columns - columns // 2, rows // 2, rows - rows // 2))
        return self.conv(torch.cat((skip, x), dim=1))


class OutConv(nn.Conv2d):
    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__(in_channels, out_channels, 1)


class ASPP(aspp.ASPP):
    def __init__(self, in_channels: int, out_channels: int = 256, rate: int = 6) -> None:
        super().__init__(in_channels, out_channels, rate)


class PSPModule(pyramid_pooling.PyramidPooling):
    def __init__(self, in_channels: int) -> None:
        super().__init__(in_channels)


class SPPF(spp_yolo.SPPYolo):
    def __init__(self, c1: int, c2: int, k: int = 5) -> None:
        super().__init__(c1, c2, k)


class C3(csp.CSP):
    def __init__(self, c1: int, c2: int, n: int = 1, shortcut: bool = True) -> None:
        super().__init__(c1, c2, n, shortcut)


class C2f(c2f.C2f):
    def __init__(self, c1: int, c2: int, n: int = 1, shortcut: bool = False) -> None:
        super().__init__(c1, c2, n, shortcut)


class Inception(inception.Inception):
    def __init__(self, in_planes: int, n1x1: int, n3x3red: int, n3x3: int, n5x5red: int, n5x5: int, pool_planes: int) -> None:
        super().__init__(in_planes, n1x1, n3x3red, n3x3, n5x5red, n5x5)
        self.pooled = nn.Conv2d(in_planes, pool_planes, 1)


class Fire(fire.Fire):
    def __init__(self, inplanes: int, squeeze_planes: int, expand1x1_planes: int, expand3x3_planes: int) -> None:
        super().__init__(inplanes, squeeze_planes, expand1x1_planes, expand3x3_planes)
