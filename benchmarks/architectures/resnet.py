"""Residual networks.

He et al. 2015, arXiv:1512.03385, table 1; parameters: ResNet-18 11,689,512, ResNet-50 25,557,032.
Xie et al. 2016, arXiv:1611.05431 (a grouped 3x3 inside the bottleneck); ResNeXt-50 32x4d 25,028,904.
The stride of a bottleneck sits on its 3x3, as in every trained checkpoint today; the paper has it on the first 1x1.
"""

from __future__ import annotations

from torch import Tensor, nn


def make_shortcut(in_channels: int, out_channels: int, stride: int) -> nn.Sequential | None:
    """A projection where the two arms would differ in size, None where the identity fits."""
    if stride == 1 and in_channels == out_channels:
        return None
    return nn.Sequential(nn.Conv2d(in_channels, out_channels, 1, stride, bias=False), nn.BatchNorm2d(out_channels))


class BasicBlock(nn.Module):
    """Two 3x3 convolutions and a shortcut."""

    expansion = 1

    def __init__(self, in_channels: int, width: int, stride: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, width, 3, stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = make_shortcut(in_channels, width, stride)

    def forward(self, x: Tensor) -> Tensor:
        identity = x if self.downsample is None else self.downsample(x)
        out = self.relu(self.bn1(self.conv1(x)))  # (N, width, H/s, W/s)
        out = self.bn2(self.conv2(out))
        out += identity
        return self.relu(out)


class Bottleneck(nn.Module):
    """1x1 down, 3x3 (in ``groups``), 1x1 up by four, and a shortcut."""

    expansion = 4

    def __init__(self, in_channels: int, width: int, stride: int = 1, groups: int = 1, group_width: int = 64) -> None:
        super().__init__()
        hidden = width * group_width // 64 * groups
        out_channels = width * self.expansion
        self.conv1 = nn.Conv2d(in_channels, hidden, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(hidden)
        self.conv2 = nn.Conv2d(hidden, hidden, 3, stride, padding=1, groups=groups, bias=False)
        self.bn2 = nn.BatchNorm2d(hidden)
        self.conv3 = nn.Conv2d(hidden, out_channels, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = make_shortcut(in_channels, out_channels, stride)

    def transform(self, x: Tensor) -> Tensor:
        out = self.relu(self.bn1(self.conv1(x)))  # (N, hidden, H, W)
        out = self.relu(self.bn2(self.conv2(out)))  # (N, hidden, H/s, W/s)
        return self.bn3(self.conv3(out))  # (N, 4 width, H/s, W/s)

    def forward(self, x: Tensor) -> Tensor:
        identity = x
        out = self.transform(x)
        if self.downsample is not None:
            identity = self.downsample(x)
        out += identity
        return self.relu(out)


class ResNet(nn.Module):
    """Stem, four stages of ``block``, global mean, linear classifier; ``options`` go to every block."""

    def __init__(self, block: type[nn.Module], depths: tuple[int, ...], **options: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(3, stride=2, padding=1)
        self.in_channels = 64
        for index, depth in enumerate(depths):
            stage = self.make_stage(block, 64 * 2**index, depth, stride=1 if index == 0 else 2, options=options)
            setattr(self, f"layer{index + 1}", stage)
        self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
        self.fc = nn.Linear(self.in_channels, 1000)

    def make_stage(self, block: type[nn.Module], width: int, depth: int, stride: int, options: dict[str, int]) -> nn.Sequential:
        layers = []
        for step in [stride] + [1] * (depth - 1):
            layers.append(block(self.in_channels, width, step, **options))
            self.in_channels = width * block.expansion
        return nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        x = self.relu(self.bn1(self.conv1(x)))  # (N, 64, H/2, W/2)
        x = self.maxpool(x)  # (N, 64, H/4, W/4)
        x = self.layer1(x)
        x = self.layer2(x)  # (N, C, H/8, W/8)
        x = self.layer3(x)  # (N, C, H/16, W/16)
        x = self.layer4(x)  # (N, C, H/32, W/32)
        x = self.avgpool(x)  # (N, C, 1, 1)
        x = x.flatten(1)  # (N, C)
        return self.fc(x)  # (N, 1000)


def make_resnet18() -> ResNet:
    return ResNet(BasicBlock, (2, 2, 2, 2))


def make_resnet50() -> ResNet:
    return ResNet(Bottleneck, (3, 4, 6, 3))


def make_resnext50() -> ResNet:
    return ResNet(Bottleneck, (3, 4, 6, 3), groups=32, group_width=4)
