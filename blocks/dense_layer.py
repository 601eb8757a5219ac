"""DenseNet's layer: makes a few new feature maps and keeps all old ones."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from blocks import knobs
from blocks.spec import FEATURES, BlockSpec, Knob, msg


class DenseLayer(nn.Module):
    """Append k new channels to everything that is known so far.

    y = [x; conv3x3(relu(bn(W relu(bn(x)))))]

    Args:
        in_channels: channels of x.
        growth: k, how many channels are new.
        bottleneck: the 1x1 convolution makes this many times k channels; 0 leaves it out.

    Shape:
        x: (N, C, H, W) -> (N, C + k, H, W)

    Source: Huang et al. 2017, arXiv:1608.06993, sec. 3 (DenseNet-B).
    Differs: no dropout; torchvision's _DenseLayer gives the new channels alone.

    >>> DenseLayer(64)(torch.zeros(1, 64, 8, 8)).shape
    torch.Size([1, 96, 8, 8])
    """

    def __init__(self, in_channels: int, growth: int = 32, bottleneck: int = 4) -> None:
        super().__init__()
        hidden = bottleneck * growth or in_channels
        self.reduce = nn.Sequential()
        if bottleneck:
            self.reduce = nn.Sequential(nn.BatchNorm2d(in_channels), nn.ReLU(), nn.Conv2d(in_channels, hidden, 1, bias=False))
        self.norm = nn.BatchNorm2d(hidden)
        self.conv = nn.Conv2d(hidden, growth, 3, padding=1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        new = self.reduce(x)  # (N, bottleneck * k, H, W)
        new = torch.relu(self.norm(new))
        new = self.conv(new)  # (N, k, H, W)
        return torch.cat((x, new), dim=1)  # (N, C + k, H, W)


SPEC = BlockSpec(
    key="dense_layer",
    title=msg("Dense layer"),
    about=(
        msg("Adds a few feature maps to those that exist instead of replacing them."),
        msg("Every later layer sees every earlier result, so none has to be computed twice."),
        msg("A 1 × 1 convolution narrows the growing pile before the 3 × 3 reads it."),
    ),
    formula="y = [x; conv₃ₓ₃(relu(bn(W relu(bn(x)))))]",
    paper="Huang et al. 2017, arXiv:1608.06993",
    make=DenseLayer,
    knobs=(
        knobs.in_channels(64),
        Knob("growth", 32, msg("k: how many channels are added."), choices=(12, 24, 32, 48)),
        Knob(
            "bottleneck",
            4,
            msg("The 1 × 1 convolution makes this many times k channels; 0 leaves it out."),
            least=0,
            largest=16,
            choices=(0, 1, 2, 4),
        ),
    ),
    inputs=FEATURES,
    sizes={"batch": 1, "height": 56, "width": 56},
)
