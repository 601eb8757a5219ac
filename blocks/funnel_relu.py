"""Funnel ReLU: an activation that looks around before it decides."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from blocks import knobs
from blocks.sizes import same_padding
from blocks.spec import IMAGE, BlockSpec, msg


class FunnelReLU(nn.Module):
    """Compare each number with what a small kernel sees around it instead of with 0.

    y = max(x, bn(depthwise(x)))

    Args:
        channels: C, input and output channels.
        kernel_size: k of the depthwise convolution; odd.

    Shape:
        x: (N, C, H, W) -> (N, C, H, W)

    Source: Ma et al. 2020 (FReLU), arXiv:2007.11824, eq. 3.
    Differs: nothing.

    >>> FunnelReLU(16)(torch.zeros(1, 16, 8, 8)).shape
    torch.Size([1, 16, 8, 8])
    """

    def __init__(self, channels: int, kernel_size: int = 3) -> None:
        super().__init__()
        padding = same_padding(kernel_size)
        self.around = nn.Conv2d(channels, channels, kernel_size, padding=padding, groups=channels, bias=False)
        self.norm = nn.BatchNorm2d(channels)

    def forward(self, x: Tensor) -> Tensor:
        threshold = self.norm(self.around(x))
        return torch.maximum(x, threshold)


SPEC = BlockSpec(
    key="funnel_relu",
    title=msg("Funnel ReLU (FReLU)"),
    about=(
        msg("A ReLU cuts off at zero; this one cuts off at what the neighbourhood suggests."),
        msg("So the activation itself takes part in seeing, which otherwise only convolutions do."),
        msg("It costs one depthwise kernel per channel."),
    ),
    formula="y = max(x, bn(depthwise(x)))",
    paper="Ma et al. 2020, arXiv:2007.11824",
    make=FunnelReLU,
    knobs=(knobs.channels(), knobs.kernel_size()),
    inputs=IMAGE,
    sizes={"batch": 1, "height": 56, "width": 56},
)
