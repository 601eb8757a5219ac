"""Ghost module: half of the feature maps are computed, the rest derived from them."""

from __future__ import annotations

from math import ceil

import torch
from torch import Tensor, nn

from blocks import knobs
from blocks.spec import FEATURES, BlockSpec, Knob, msg


class GhostModule(nn.Module):
    """Compute few feature maps in earnest and the others cheaply from those.

    y = first C of [p; cheap(p)], p = act(bn(conv(x))), cheap = act(bn(depthwise(p)))

    Args:
        in_channels: channels of x.
        out_channels: C, channels of y.
        kernel_size: k of the primary convolution.
        ratio: s, the primary convolution makes C / s maps, rounded up.
        cheap_size: d of the depthwise convolution; odd.
        stride: of the primary convolution.
        relu: whether both parts end in one.

    Shape:
        x: (N, C_in, H, W) -> (N, C, H / stride, W / stride)

    Source: Han et al. 2020 (GhostNet), arXiv:1911.11907, eq. 2-3.
    Differs: nothing.

    >>> GhostModule(16, 48)(torch.zeros(1, 16, 8, 8)).shape
    torch.Size([1, 48, 8, 8])
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int = 1,
        ratio: int = 2,
        cheap_size: int = 3,
        stride: int = 1,
        relu: bool = True,
    ) -> None:
        super().__init__()
        self.out_channels = out_channels
        primary = ceil(out_channels / ratio)
        cheap = primary * (ratio - 1)
        self.primary = nn.Sequential(
            nn.Conv2d(in_channels, primary, kernel_size, stride, kernel_size // 2, bias=False),
            nn.BatchNorm2d(primary),
            nn.ReLU() if relu else nn.Identity(),
        )
        self.cheap = nn.Sequential(
            nn.Conv2d(primary, cheap, cheap_size, padding=cheap_size // 2, groups=primary, bias=False),
            nn.BatchNorm2d(cheap),
            nn.ReLU() if relu else nn.Identity(),
        )

    def forward(self, x: Tensor) -> Tensor:
        primary = self.primary(x)  # (N, C / s, H', W')
        ghosts = self.cheap(primary)  # (N, (s - 1) C / s, H', W')
        both = torch.cat((primary, ghosts), dim=1)  # (N, s ceil(C / s), H', W')
        return both[:, : self.out_channels]  # (N, C, H', W')


SPEC = BlockSpec(
    key="ghost_module",
    title=msg("Ghost module"),
    about=(
        msg("Trained networks make many feature maps that look like shadows of each other; this computes such shadows cheaply."),
        msg("A convolution makes one part of the maps, and a small depthwise kernel derives the ghosts from them."),
        msg("With a ratio of 2 that takes about half of the multiply-adds of the ordinary layer."),
    ),
    formula="y = [p; φ(p)],  p = relu(bn(conv(x))),  φ(p) = relu(bn(depthwise(p)))",
    paper="Han et al. 2020, arXiv:1911.11907",
    make=GhostModule,
    knobs=(
        knobs.in_channels(16),
        knobs.out_channels(64),
        knobs.kernel_size(1),
        Knob("ratio", 2, msg("s: one in s maps is computed, the others are ghosts."), least=2, largest=16, choices=(2, 3, 4)),
        Knob("cheap_size", 3, msg("d: the window that makes the ghosts is d × d."), least=3, largest=31, choices=(3, 5, 7)),
        Knob("relu", True, msg("Whether both parts end in a ReLU.")),
    ),
    inputs=FEATURES,
    sizes={"batch": 1, "height": 56, "width": 56},
)
