"""SqueezeNet's fire module: squeeze with 1x1, expand with 1x1 and 3x3."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from blocks import knobs
from blocks.spec import FEATURES, BlockSpec, Knob, msg


class Fire(nn.Module):
    """Let the 3x3 convolution see few channels only.

    y = [relu(W1 s); relu(conv3x3(s))], s = relu(W0 x)

    Args:
        in_channels: channels of x.
        squeeze: channels of s.
        expand_1x1: channels that the 1x1 convolution makes.
        expand_3x3: channels that the 3x3 convolution makes.

    Shape:
        x: (N, C_in, H, W) -> (N, expand_1x1 + expand_3x3, H, W)

    Source: Iandola et al. 2016, arXiv:1602.07360, fig. 1.
    Differs: nothing; no normalisation, as in the paper and in torchvision's Fire.

    >>> sum(p.numel() for p in Fire(96, 16, 64, 64).parameters())
    11920
    """

    def __init__(self, in_channels: int, squeeze: int, expand_1x1: int, expand_3x3: int) -> None:
        super().__init__()
        self.squeeze = nn.Conv2d(in_channels, squeeze, 1)
        self.expand_1x1 = nn.Conv2d(squeeze, expand_1x1, 1)
        self.expand_3x3 = nn.Conv2d(squeeze, expand_3x3, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        squeezed = torch.relu(self.squeeze(x))  # (N, squeeze, H, W)
        narrow = torch.relu(self.expand_1x1(squeezed))  # (N, expand_1x1, H, W)
        wide = torch.relu(self.expand_3x3(squeezed))  # (N, expand_3x3, H, W)
        return torch.cat((narrow, wide), dim=1)  # (N, expand_1x1 + expand_3x3, H, W)


SPEC = BlockSpec(
    key="fire",
    title=msg("Fire module (SqueezeNet)"),
    about=(
        msg("Reaches AlexNet's accuracy with a fiftieth of its parameters."),
        msg("A 1 × 1 convolution squeezes the channels first, so the 3 × 3 kernels have few to read."),
        msg("Some of the output comes from 1 × 1 kernels, which cost a ninth of a 3 × 3."),
    ),
    formula="y = [relu(W₁ s); relu(conv₃ₓ₃(s))],  s = relu(W₀ x)",
    paper="Iandola et al. 2016, arXiv:1602.07360",
    make=Fire,
    knobs=(
        knobs.in_channels(128),
        Knob("squeeze", 16, msg("Channels after the squeeze."), choices=knobs.WIDTHS),
        Knob("expand_1x1", 64, msg("Channels that the 1 × 1 convolution makes."), choices=knobs.WIDTHS),
        Knob("expand_3x3", 64, msg("Channels that the 3 × 3 convolution makes."), choices=knobs.WIDTHS),
    ),
    inputs=FEATURES,
    sizes={"batch": 1, "height": 55, "width": 55},
)
