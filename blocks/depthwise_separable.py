"""Depthwise separable convolution: first each channel by itself, then each place by itself."""

from __future__ import annotations

from torch import Tensor, nn

from blocks import knobs
from blocks.activations import ACTIVATIONS
from blocks.spec import FEATURES, BlockSpec, msg


class DepthwiseSeparable(nn.Module):
    """A k x k convolution taken apart into one over places and one over channels.

    y = act(bn(pointwise(act(bn(depthwise(x))))))

    Args:
        in_channels: channels of x.
        out_channels: C, channels of y.
        kernel_size: k of the depthwise convolution.
        stride: of the depthwise convolution.
        activation: "relu", "relu6", "silu", "hardswish", "gelu" or "none".

    Shape:
        x: (N, C_in, H, W) -> (N, C, H / stride, W / stride)

    Source: Howard et al. 2017 (MobileNet), arXiv:1704.04861, fig. 3.
    Differs: nothing.

    >>> import torch
    >>> DepthwiseSeparable(16, 32)(torch.zeros(1, 16, 8, 8)).shape
    torch.Size([1, 32, 8, 8])
    """

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: int = 3, stride: int = 1, activation: str = "relu"
    ) -> None:
        super().__init__()
        padding = (kernel_size - 1) // 2
        self.depthwise = nn.Conv2d(in_channels, in_channels, kernel_size, stride, padding, groups=in_channels, bias=False)
        self.norm1 = nn.BatchNorm2d(in_channels)
        self.pointwise = nn.Conv2d(in_channels, out_channels, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(out_channels)
        self.act = ACTIVATIONS[activation]()

    def forward(self, x: Tensor) -> Tensor:
        x = self.depthwise(x)  # (N, C_in, H', W')
        x = self.act(self.norm1(x))
        x = self.pointwise(x)  # (N, C, H', W')
        x = self.act(self.norm2(x))
        return x


SPEC = BlockSpec(
    key="depthwise_separable",
    title=msg("Depthwise separable convolution"),
    about=(
        msg("A convolution taken apart: one step looks around within each channel, the next mixes the channels of each place."),
        msg("With a 3 × 3 kernel that takes eight to nine times fewer multiply-adds."),
        msg("MobileNet and Xception consist of little else."),
    ),
    formula="y = act(bn(pointwise(act(bn(depthwise(x))))))",
    paper="Howard et al. 2017, arXiv:1704.04861",
    make=DepthwiseSeparable,
    knobs=(knobs.in_channels(64), knobs.out_channels(128), knobs.kernel_size(), knobs.stride(), knobs.activation()),
    inputs=FEATURES,
    sizes={"batch": 1, "height": 56, "width": 56},
)
