"""MBConv: EfficientNet's inverted residual with squeeze-and-excitation."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from blocks import knobs
from blocks.sizes import same_padding
from blocks.spec import FEATURES, BlockSpec, Knob, msg


class MBConv(nn.Module):
    """Widen, look around, gate the channels, narrow, and add where the shapes allow it.

    y = bn(W2 se(silu(bn(depthwise(silu(bn(W1 x))))))) + x

    Args:
        in_channels: channels of x.
        out_channels: C, channels of y.
        kernel_size: k of the depthwise convolution; odd.
        stride: of the depthwise convolution; the sum needs 1 and equal channels.
        expansion: t, the hidden width is t * C_in; 1 leaves the first convolution out.
        se_ratio: the gate's hidden width as a share of C_in; 0 leaves the gate out.

    Shape:
        x: (N, C_in, H, W) -> (N, C, H / stride, W / stride)

    Source: Tan and Le 2019 (EfficientNet), arXiv:1905.11946, table 1; from MnasNet, arXiv:1807.11626, fig. 7.
    Differs: no stochastic depth, which torchvision's MBConv has.

    >>> MBConv(16, 24, stride=2)(torch.zeros(1, 16, 8, 8)).shape
    torch.Size([1, 24, 4, 4])
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int = 3,
        stride: int = 1,
        expansion: int = 6,
        se_ratio: float = 0.25,
    ) -> None:
        super().__init__()
        hidden = in_channels * expansion
        padding = same_padding(kernel_size)
        self.expand = nn.Sequential()
        if expansion != 1:
            self.expand = nn.Sequential(nn.Conv2d(in_channels, hidden, 1, bias=False), nn.BatchNorm2d(hidden), nn.SiLU())
        self.depthwise = nn.Sequential(
            nn.Conv2d(hidden, hidden, kernel_size, stride, padding, groups=hidden, bias=False),
            nn.BatchNorm2d(hidden),
            nn.SiLU(),
        )
        self.has_gate = se_ratio > 0
        if self.has_gate:
            squeezed = max(1, int(in_channels * se_ratio))
            self.se_reduce = nn.Conv2d(hidden, squeezed, 1)
            self.se_expand = nn.Conv2d(squeezed, hidden, 1)
        self.project = nn.Sequential(nn.Conv2d(hidden, out_channels, 1, bias=False), nn.BatchNorm2d(out_channels))
        self.adds = stride == 1 and in_channels == out_channels

    def forward(self, x: Tensor) -> Tensor:
        y = self.expand(x)  # (N, t C_in, H, W)
        y = self.depthwise(y)  # (N, t C_in, H', W')
        if self.has_gate:
            gate = F.silu(self.se_reduce(y.mean((2, 3), keepdim=True)))  # (N, squeezed, 1, 1)
            gate = torch.sigmoid(self.se_expand(gate))  # (N, t C_in, 1, 1)
            y = y * gate  # (N, t C_in, H', W')
        y = self.project(y)  # (N, C, H', W')
        return x + y if self.adds else y


SPEC = BlockSpec(
    key="mbconv",
    title=msg("MBConv (EfficientNet)"),
    about=(
        msg("The block that a search over mobile networks came up with and EfficientNet scaled up."),
        msg("It is an inverted residual with smooth activations and a gate on the wide channels."),
        msg("The gate is squeezed relative to the narrow input, so it stays small beside the wide layers."),
    ),
    formula="y = bn(W₂ se(silu(bn(depthwise(silu(bn(W₁ x))))))) + x",
    paper="Tan and Le 2019, arXiv:1905.11946; Tan et al. 2018, arXiv:1807.11626",
    make=MBConv,
    knobs=(
        knobs.in_channels(32),
        knobs.out_channels(32),
        knobs.kernel_size(),
        knobs.stride(),
        Knob("expansion", 6, msg("t: the hidden width is t times the input's."), largest=32, choices=(1, 2, 4, 6)),
        Knob(
            "se_ratio",
            0.25,
            msg("The gate's hidden width as a share of the input's channels; 0 leaves the gate out."),
            choices=(0.0, 0.0625, 0.125, 0.25, 0.5),
        ),
    ),
    inputs=FEATURES,
    sizes={"batch": 1, "height": 56, "width": 56},
    gates=("channel",),
)
