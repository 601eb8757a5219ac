"""SE-ResNet-50: a channel gate before each residual sum.

Hu et al. 2018, arXiv:1709.01507, fig. 3; 28,088,024 parameters with biases in the gate: ResNet-50's 25,557,032 and,
for a block of C channels, C * C / 8 + C / 16 + C.
"""

from __future__ import annotations

from torch import Tensor, nn

from benchmarks.architectures.resnet import Bottleneck, ResNet


class ChannelGate(nn.Module):
    """sigmoid(W2 relu(W1 mean(x))), one weight per channel."""

    def __init__(self, channels: int, reduction: int = 16) -> None:
        super().__init__()
        self.avg_pool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Sequential(
            nn.Linear(channels, channels // reduction),
            nn.ReLU(inplace=True),
            nn.Linear(channels // reduction, channels),
            nn.Sigmoid(),
        )

    def forward(self, x: Tensor) -> Tensor:
        b, c, _, _ = x.size()
        y = self.avg_pool(x).view(b, c)  # (N, C)
        y = self.fc(y).view(b, c, 1, 1)  # (N, C, 1, 1)
        return x * y.expand_as(x)  # (N, C, H, W)


class SEBottleneck(Bottleneck):
    """A bottleneck whose result is gated before the sum."""

    def __init__(self, in_channels: int, width: int, stride: int = 1) -> None:
        super().__init__(in_channels, width, stride)
        self.se = ChannelGate(width * self.expansion)

    def forward(self, x: Tensor) -> Tensor:
        out = self.se(self.transform(x))
        out += x if self.downsample is None else self.downsample(x)
        return self.relu(out)


def make_se_resnet50() -> ResNet:
    return ResNet(SEBottleneck, (3, 4, 6, 3))
