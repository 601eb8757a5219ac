"""MobileNetV3-Large: inverted residuals, channel gates and hard activations.

Howard et al. 2019, arXiv:1905.02244, table 1; 5,483,032 parameters (gates of a quarter of the expanded width).
"""

from __future__ import annotations

from torch import Tensor, nn

# kernel, expanded channels, output channels, gate, hard-swish, stride: table 1, row by row
LARGE = (
    (3, 16, 16, False, False, 1),
    (3, 64, 24, False, False, 2),
    (3, 72, 24, False, False, 1),
    (5, 72, 40, True, False, 2),
    (5, 120, 40, True, False, 1),
    (5, 120, 40, True, False, 1),
    (3, 240, 80, False, True, 2),
    (3, 200, 80, False, True, 1),
    (3, 184, 80, False, True, 1),
    (3, 184, 80, False, True, 1),
    (3, 480, 112, True, True, 1),
    (3, 672, 112, True, True, 1),
    (5, 672, 160, True, True, 2),
    (5, 960, 160, True, True, 1),
    (5, 960, 160, True, True, 1),
)


def round_channels(channels: float, divisor: int = 8) -> int:
    """The nearest multiple of ``divisor``, one step up where that would lose more than a tenth."""
    rounded = max(divisor, int(channels + divisor / 2) // divisor * divisor)
    return rounded + divisor if rounded < 0.9 * channels else rounded


class ConvNormAct(nn.Sequential):
    """Convolution, batch norm and, if given, an activation."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int,
        stride: int = 1,
        groups: int = 1,
        activation: type[nn.Module] | None = nn.ReLU,
    ) -> None:
        layers: list[nn.Module] = [
            nn.Conv2d(in_channels, out_channels, kernel_size, stride, kernel_size // 2, groups=groups, bias=False),
            nn.BatchNorm2d(out_channels, eps=1e-3, momentum=0.01),
        ]
        if activation is not None:
            layers.append(activation(inplace=True))
        super().__init__(*layers)


class HardGate(nn.Module):
    """A channel gate with a hard sigmoid, in 1x1 convolutions."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        hidden = round_channels(channels / 4)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.reduce = nn.Conv2d(channels, hidden, 1)
        self.relu = nn.ReLU(inplace=True)
        self.expand = nn.Conv2d(hidden, channels, 1)
        self.gate = nn.Hardsigmoid()

    def forward(self, x: Tensor) -> Tensor:
        scale = self.pool(x)  # (N, C, 1, 1)
        scale = self.expand(self.relu(self.reduce(scale)))
        return self.gate(scale) * x  # (N, C, H, W)


class InvertedResidual(nn.Module):
    """1x1 up, depthwise, gate, 1x1 down without activation; a sum where the sizes agree."""

    def __init__(self, in_channels: int, row: tuple[int, int, int, bool, bool, int]) -> None:
        super().__init__()
        kernel_size, expanded, out_channels, gated, hard, stride = row
        activation = nn.Hardswish if hard else nn.ReLU
        layers: list[nn.Module] = []
        if expanded != in_channels:
            layers.append(ConvNormAct(in_channels, expanded, 1, activation=activation))
        layers.append(ConvNormAct(expanded, expanded, kernel_size, stride, groups=expanded, activation=activation))
        if gated:
            layers.append(HardGate(expanded))
        layers.append(ConvNormAct(expanded, out_channels, 1, activation=None))
        self.block = nn.Sequential(*layers)
        self.residual = stride == 1 and in_channels == out_channels

    def forward(self, x: Tensor) -> Tensor:
        result = self.block(x)  # (N, out, H/s, W/s)
        if self.residual:
            result += x
        return result


class MobileNetV3(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = [ConvNormAct(3, 16, 3, stride=2, activation=nn.Hardswish)]
        channels = 16
        for row in LARGE:
            layers.append(InvertedResidual(channels, row))
            channels = row[2]
        layers.append(ConvNormAct(channels, 6 * channels, 1, activation=nn.Hardswish))
        self.features = nn.Sequential(*layers)
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Sequential(
            nn.Linear(6 * channels, 1280), nn.Hardswish(inplace=True), nn.Dropout(p=0.2, inplace=True), nn.Linear(1280, 1000)
        )

    def forward(self, x: Tensor) -> Tensor:
        x = self.features(x)  # (N, 960, H/32, W/32)
        x = self.avgpool(x)  # (N, 960, 1, 1)
        x = x.view(x.shape[0], -1)  # (N, 960)
        return self.classifier(x)  # (N, 1000)
