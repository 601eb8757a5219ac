"""MobileNetV2's inverted residual: wide inside, narrow at both ends."""

from __future__ import annotations

from torch import Tensor, nn

from blocks import knobs
from blocks.sizes import same_padding
from blocks.spec import FEATURES, BlockSpec, Knob, msg


class InvertedResidual(nn.Module):
    """Widen, look around, narrow without an activation, and add where the shapes allow it.

    y = bn(W2 relu6(bn(depthwise(relu6(bn(W1 x)))))) + x

    Args:
        in_channels: channels of x.
        out_channels: C, channels of y.
        kernel_size: k of the depthwise convolution; odd.
        stride: of the depthwise convolution; the sum needs 1 and equal channels.
        expansion: t, the hidden width is t * C_in; 1 leaves the first convolution out.

    Shape:
        x: (N, C_in, H, W) -> (N, C, H / stride, W / stride)

    Source: Sandler et al. 2018, arXiv:1801.04381, fig. 4d.
    Differs: nothing; torchvision's InvertedResidual computes the same, with 3x3 kernels only.

    >>> sum(p.numel() for p in InvertedResidual(24, 24).parameters())
    8832
    """

    def __init__(self, in_channels: int, out_channels: int, kernel_size: int = 3, stride: int = 1, expansion: int = 6) -> None:
        super().__init__()
        hidden = in_channels * expansion
        padding = same_padding(kernel_size)
        self.expand = nn.Sequential()
        if expansion != 1:
            self.expand = nn.Sequential(nn.Conv2d(in_channels, hidden, 1, bias=False), nn.BatchNorm2d(hidden), nn.ReLU6())
        self.depthwise = nn.Sequential(
            nn.Conv2d(hidden, hidden, kernel_size, stride, padding, groups=hidden, bias=False),
            nn.BatchNorm2d(hidden),
            nn.ReLU6(),
        )
        self.project = nn.Sequential(nn.Conv2d(hidden, out_channels, 1, bias=False), nn.BatchNorm2d(out_channels))
        self.adds = stride == 1 and in_channels == out_channels

    def forward(self, x: Tensor) -> Tensor:
        y = self.expand(x)  # (N, t C_in, H, W)
        y = self.depthwise(y)  # (N, t C_in, H', W')
        y = self.project(y)  # (N, C, H', W')
        return x + y if self.adds else y


SPEC = BlockSpec(
    key="inverted_residual",
    title=msg("Inverted residual (MobileNetV2)"),
    about=(
        msg("A bottleneck turned inside out: narrow at both ends, wide where the cheap depthwise convolution works."),
        msg("The narrow end has no activation, because cutting off negatives there would lose what it carries."),
        msg("Only narrow tensors have to be kept in memory between blocks."),
    ),
    formula="y = bn(W₂ relu6(bn(depthwise(relu6(bn(W₁ x)))))) + x",
    paper="Sandler et al. 2018, arXiv:1801.04381",
    make=InvertedResidual,
    knobs=(
        knobs.in_channels(32),
        knobs.out_channels(32),
        knobs.kernel_size(),
        knobs.stride(),
        Knob("expansion", 6, msg("t: the hidden width is t times the input's."), largest=32, choices=(1, 2, 4, 6)),
    ),
    inputs=FEATURES,
    sizes={"batch": 1, "height": 56, "width": 56},
)
