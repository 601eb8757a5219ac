"""CBAM's channel attention: two pools, one shared MLP."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from blocks import knobs
from blocks.spec import IMAGE, BlockSpec, Knob, msg


class ChannelAttention(nn.Module):
    """Reweight channels by a gate computed from their means and their maxima.

    y = x * sigmoid(mlp(mean_hw(x)) + mlp(max_hw(x))), mlp(z) = W1 relu(W0 z)

    Args:
        channels: C, input and output channels.
        reduction: r, the hidden width is C // r, at least 1.
        pools: "both", "mean" or "max": which summaries of a channel the MLP sees.

    Shape:
        x: (N, C, H, W) -> (N, C, H, W)

    Source: Woo et al. 2018 (CBAM), arXiv:1807.06521, eq. 2.
    Differs: both layers have biases; a hidden width never drops to 0.

    >>> sum(p.numel() for p in ChannelAttention(3).parameters())
    10
    """

    def __init__(self, channels: int, reduction: int = 16, pools: str = "both") -> None:
        super().__init__()
        hidden = max(channels // reduction, 1)
        self.pools = pools
        self.mlp = nn.Sequential(nn.Linear(channels, hidden), nn.ReLU(), nn.Linear(hidden, channels))

    def forward(self, x: Tensor) -> Tensor:
        if self.pools == "both":
            gate = self.mlp(x.mean((2, 3))) + self.mlp(x.amax((2, 3)))  # (N, C)
        elif self.pools == "mean":
            gate = self.mlp(x.mean((2, 3)))  # (N, C)
        else:
            gate = self.mlp(x.amax((2, 3)))  # (N, C)
        gate = torch.sigmoid(gate).unflatten(1, (-1, 1, 1))  # (N, C, 1, 1)
        return x * gate  # (N, C, H, W)


SPEC = BlockSpec(
    key="channel_attention",
    title=msg("Channel attention (CAM)"),
    about=(
        msg("The channel half of CBAM: a gate per channel from two summaries of it instead of one."),
        msg("The mean says how much of a feature there is, the maximum whether it is anywhere at all."),
        msg("Both go through the same small network, so the second summary costs no parameters."),
    ),
    formula="y = x · σ(mlp(mean(x)) + mlp(max(x)))",
    paper="Woo et al. 2018, arXiv:1807.06521",
    make=ChannelAttention,
    knobs=(
        knobs.channels(),
        Knob(
            "reduction",
            16,
            msg("r: the hidden layer has C // r channels, at least one."),
            largest=1024,
            choices=(1, 2, 4, 8, 16, 32),
        ),
        Knob("pools", "both", msg("Which summaries of a channel the MLP sees."), choices=("both", "mean", "max")),
    ),
    inputs=IMAGE,
    sizes={"batch": 1, "height": 56, "width": 56},
    gates=("channel",),
)
