"""Convolution, batch normalisation, activation: the brick of most networks."""

from __future__ import annotations

from torch import Tensor, nn

from blocks import knobs
from blocks.activations import ACTIVATIONS
from blocks.sizes import share
from blocks.spec import FEATURES, BlockSpec, Knob, msg


class ConvNormAct(nn.Module):
    """A convolution whose output is normalised and then bent.

    y = act(bn(conv(x)))

    Args:
        in_channels: channels of x.
        out_channels: C, channels of y.
        kernel_size: k of the convolution.
        stride: of the convolution.
        groups: separate groups of channels; divides both numbers of channels.
        activation: "relu", "relu6", "silu", "hardswish", "gelu" or "none".
        dilation: of the convolution.

    Shape:
        x: (N, C_in, H, W) -> (N, C, H', W'), H' = H at stride 1 and odd k

    Source: Ioffe and Szegedy 2015 (batch normalisation), arXiv:1502.03167, sec. 3.2.
    Differs: nothing; the convolution has no bias because the normalisation takes any away.

    >>> import torch
    >>> ConvNormAct(16, 32, stride=2)(torch.zeros(2, 16, 8, 8)).shape
    torch.Size([2, 32, 4, 4])
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int = 3,
        stride: int = 1,
        groups: int = 1,
        activation: str = "relu",
        dilation: int = 1,
    ) -> None:
        super().__init__()
        share(in_channels, groups, "groups")
        share(out_channels, groups, "groups")
        padding = dilation * (kernel_size - 1) // 2
        self.conv = nn.Conv2d(
            in_channels, out_channels, kernel_size, stride, padding, dilation=dilation, groups=groups, bias=False
        )
        self.norm = nn.BatchNorm2d(out_channels)
        self.act = ACTIVATIONS[activation]()

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv(x)  # (N, C, H', W')
        x = self.norm(x)
        x = self.act(x)
        return x


SPEC = BlockSpec(
    key="conv_norm_act",
    title=msg("Convolution, normalisation, activation"),
    about=(
        msg("The brick from which most convolutional networks are built."),
        msg("The convolution mixes, the normalisation keeps the numbers in a useful range, the activation bends."),
        msg("Once trained, the normalisation can be folded into the convolution and costs nothing."),
    ),
    formula="y = act(bn(conv(x)))",
    paper="Ioffe and Szegedy 2015, arXiv:1502.03167",
    make=ConvNormAct,
    knobs=(
        knobs.in_channels(),
        knobs.out_channels(128),
        knobs.kernel_size(),
        knobs.stride(),
        Knob(
            "groups", 1, msg("The convolutions work in this many separate groups of channels."), choices=(1, 2, 4, 8, 16, 32, 64)
        ),
        knobs.activation(),
    ),
    inputs=FEATURES,
    sizes={"batch": 1, "height": 56, "width": 56},
)
