"""A residual block with squeeze-and-excitation at any of four places."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from blocks import knobs
from blocks.spec import FEATURES, BlockSpec, Knob, msg
from blocks.squeeze_excite import SqueezeExcite


class SEResidual(nn.Module):
    """Gate the channels of a residual before it is added.

    y = relu(se(f(x)) + shortcut(x)), f(x) = bn(conv(relu(bn(conv(x)))))

    Args:
        in_channels: channels of x.
        out_channels: C, channels of y.
        stride: of the first convolution and of the shortcut.
        reduction: r of the gate.
        position: "standard", behind f; "pre", before f; "post", behind the sum; "identity", on the shortcut.

    Shape:
        x: (N, C_in, H, W) -> (N, C, H / stride, W / stride)

    Source: Hu et al. 2018, arXiv:1709.01507, fig. 3 and 5.
    Differs: the basic block in the place of the bottleneck; "post" gates before the last relu.

    >>> SEResidual(64, 128, 2)(torch.zeros(1, 64, 8, 8)).shape
    torch.Size([1, 128, 4, 4])
    """

    def __init__(
        self, in_channels: int, out_channels: int, stride: int = 1, reduction: int = 16, position: str = "standard"
    ) -> None:
        super().__init__()
        self.position = position
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(out_channels)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(out_channels)
        self.se = SqueezeExcite(in_channels if position == "pre" else out_channels, reduction)
        self.shortcut = nn.Sequential()
        if stride != 1 or in_channels != out_channels:
            self.shortcut = nn.Sequential(
                nn.Conv2d(in_channels, out_channels, 1, stride, bias=False), nn.BatchNorm2d(out_channels)
            )

    def forward(self, x: Tensor) -> Tensor:
        y = self.se(x) if self.position == "pre" else x
        y = torch.relu(self.bn1(self.conv1(y)))  # (N, C, H', W')
        y = self.bn2(self.conv2(y))
        if self.position == "standard":
            y = self.se(y)
        way_around = self.shortcut(x)  # (N, C, H', W')
        if self.position == "identity":
            way_around = self.se(way_around)
        y = y + way_around
        if self.position == "post":
            y = self.se(y)
        return torch.relu(y)


SPEC = BlockSpec(
    key="se_residual",
    title=msg("SE-ResNet block"),
    about=(
        msg("The residual block that won ImageNet 2017: a gate decides how much of each residual channel is added."),
        msg("The gate sits before the addition, where closing it means keeping the input as it is."),
        msg("The paper tried three other places for it; all four are here to compare."),
    ),
    formula="y = relu(se(f(x)) + shortcut(x))",
    paper="Hu et al. 2018, arXiv:1709.01507",
    make=SEResidual,
    knobs=(
        knobs.in_channels(64),
        knobs.out_channels(64),
        knobs.stride(),
        knobs.reduction(),
        Knob("position", "standard", msg("Where the gate sits."), choices=("standard", "pre", "post", "identity")),
    ),
    inputs=FEATURES,
    sizes={"batch": 1, "height": 56, "width": 56},
    gates=("channel",),
)
