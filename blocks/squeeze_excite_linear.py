"""Squeeze-and-excitation with two linear layers and no bias."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from blocks import knobs
from blocks.sizes import hidden_width
from blocks.spec import IMAGE, BlockSpec, msg


class SqueezeExciteLinear(nn.Module):
    """Reweight channels by a gate computed from their spatial means, with linear layers.

    y = x * sigmoid(W2 relu(W1 mean_hw(x)))

    Args:
        channels: C, input and output channels.
        reduction: r, the hidden width is C // r; at least one channel must remain.
        bias: whether both layers add a learned number.

    Shape:
        x: (N, C, H, W) -> (N, C, H, W)

    Source: Hu et al. 2018, arXiv:1709.01507, eq. 2-4.
    Differs: a hidden width of 0 is refused.

    >>> sum(p.numel() for p in SqueezeExciteLinear(512, 8).parameters())
    65536
    """

    def __init__(self, channels: int, reduction: int = 16, bias: bool = False) -> None:
        super().__init__()
        hidden = hidden_width(channels, reduction)
        self.reduce = nn.Linear(channels, hidden, bias=bias)
        self.expand = nn.Linear(hidden, channels, bias=bias)

    def forward(self, x: Tensor) -> Tensor:
        gate = x.mean((2, 3))  # (N, C)
        gate = torch.relu(self.reduce(gate))  # (N, C // r)
        gate = torch.sigmoid(self.expand(gate))  # (N, C)
        gate = gate.unflatten(1, (-1, 1, 1))  # (N, C, 1, 1)
        return x * gate  # (N, C, H, W)


SPEC = BlockSpec(
    key="squeeze_excite_linear",
    title=msg("Squeeze-and-excitation, linear"),
    about=(
        msg(
            "The form of most tutorials: the pooled channels become a row of numbers, and two linear layers turn it into a gate."
        ),
        msg("The row has to get its two missing axes back before it can be multiplied with a picture."),
        msg("Without biases it has exactly 2C² / r parameters."),
    ),
    formula="y = x · σ(W₂ relu(W₁ mean(x)))",
    paper="Hu et al. 2018, arXiv:1709.01507",
    make=SqueezeExciteLinear,
    knobs=(knobs.channels(512), knobs.reduction(), knobs.bias(default=False)),
    inputs=IMAGE,
    sizes={"batch": 1, "height": 7, "width": 7},
    gates=("channel",),
)
