"""Attention gate: the coarse map decides which places of the fine one may pass."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from blocks import knobs
from blocks.spec import BlockSpec, Knob, msg


class AttentionGate(nn.Module):
    """Weaken places of a skip connection that the coarser level finds irrelevant.

    y = bn(W (x * up(a))), a = sigmoid(psi relu(Wx x + Wg g))

    Args:
        in_channels: channels of x, the skip connection.
        gating_channels: channels of g, which comes from one level below.
        hidden: channels in which the two are added.

    Shape:
        x: (N, C, 2H, 2W), g: (N, C_g, H, W) -> (N, C, 2H, 2W)

    Source: Oktay et al. 2018 (Attention U-Net), arXiv:1804.03999, eq. 1-2.
    Differs: two dimensions instead of three.

    >>> AttentionGate(64, 128, 32)(torch.zeros(1, 64, 8, 8), torch.zeros(1, 128, 4, 4)).shape
    torch.Size([1, 64, 8, 8])
    """

    def __init__(self, in_channels: int, gating_channels: int, hidden: int) -> None:
        super().__init__()
        self.from_x = nn.Conv2d(in_channels, hidden, kernel_size=2, stride=2, bias=False)
        self.from_g = nn.Conv2d(gating_channels, hidden, kernel_size=1)
        self.score = nn.Conv2d(hidden, 1, kernel_size=1)
        self.project = nn.Sequential(nn.Conv2d(in_channels, in_channels, kernel_size=1), nn.BatchNorm2d(in_channels))

    def forward(self, x: Tensor, g: Tensor) -> Tensor:
        agreement = torch.relu(self.from_x(x) + self.from_g(g))  # (N, hidden, H, W)
        gate = torch.sigmoid(self.score(agreement))  # (N, 1, H, W)
        gate = F.interpolate(gate, size=x.shape[2:], mode="bilinear")  # (N, 1, 2H, 2W)
        return self.project(x * gate)  # (N, C, 2H, 2W)


SPEC = BlockSpec(
    key="attention_gate",
    title=msg("Attention gate"),
    about=(
        msg("Cleans up a skip connection of a U-Net before it is used."),
        msg(
            "The coarse level knows what is in the picture, the fine level where its edges are: where both agree, the gate opens."
        ),
        msg("It makes a segmentation ignore what is not the organ, without being told where the organ is."),
    ),
    formula="y = bn(W (x · up(a))),  a = σ(ψ relu(W_x x + W_g g))",
    paper="Oktay et al. 2018, arXiv:1804.03999",
    make=AttentionGate,
    knobs=(
        knobs.in_channels(64),
        Knob("gating_channels", 128, msg("Channels of the coarser map g."), choices=knobs.WIDTHS),
        Knob("hidden", 32, msg("Channels in which the two maps are added."), choices=knobs.WIDTHS),
    ),
    inputs=(("batch", "in_channels", "2*height", "2*width"), ("batch", "gating_channels", "height", "width")),
    sizes={"batch": 1, "height": 28, "width": 28},
    gates=("spatial",),
)
