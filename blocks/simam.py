"""SimAM: attention without a single parameter."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from blocks.spec import IMAGE, BlockSpec, Knob, msg


class SimAM(nn.Module):
    """Strengthen numbers that stand out from their channel.

    y = x * sigmoid((x - mu)^2 / (4 (sigma^2 + lambda)) + 1/2), mu and sigma^2 over the channel's places

    Args:
        smoothing: lambda, keeps quiet channels from being divided by nothing.
        unbiased: whether the variance divides by H W - 1 instead of H W.

    Shape:
        x: (N, C, H, W) -> (N, C, H, W)

    Source: Yang et al. 2021, proceedings.mlr.press/v139/yang21o.html, eq. 5 and appendix; no arXiv number.
    Differs: nothing.

    >>> SimAM()(torch.zeros(2, 64, 8, 8)).shape
    torch.Size([2, 64, 8, 8])
    """

    def __init__(self, smoothing: float = 0.0001, unbiased: bool = True) -> None:
        super().__init__()
        self.smoothing, self.unbiased = smoothing, unbiased

    def forward(self, x: Tensor) -> Tensor:
        height, width = x.shape[2:]
        count = max(height * width - self.unbiased, 1)
        deviation = (x - x.mean((2, 3), keepdim=True)).square()  # (N, C, H, W)
        variance = deviation.sum((2, 3), keepdim=True) / count  # (N, C, 1, 1)
        energy = deviation / (4 * (variance + self.smoothing)) + 0.5  # (N, C, H, W)
        gate = torch.sigmoid(energy)
        return x * gate


SPEC = BlockSpec(
    key="simam",
    title="SimAM",
    about=(
        msg("Attention that learns nothing: a number counts more the further it lies from its channel's mean."),
        msg("The rule is the closed solution of asking which neuron is easiest to tell from the others."),
        msg("It adds no parameters, so it can be put into a trained network without changing its file."),
    ),
    formula="y = x · σ((x − μ)² / (4(σ² + λ)) + ½)",
    paper="Yang et al. 2021, proceedings.mlr.press/v139/yang21o.html",
    make=SimAM,
    knobs=(
        Knob(
            "smoothing",
            0.0001,
            msg("λ: keeps quiet channels from being divided by nothing."),
            choices=(0.0001, 0.001, 0.01, 0.1),
        ),
        Knob("unbiased", True, msg("Whether the variance divides by H·W − 1 instead of H·W.")),
    ),
    inputs=IMAGE,
    sizes={"batch": 1, "channels": 64, "height": 28, "width": 28},
    gates=("elementwise",),
)
