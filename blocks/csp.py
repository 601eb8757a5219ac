"""CSP stage: half of the channels go through the blocks, half go around them."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from blocks import knobs
from blocks.conv_norm_act import ConvNormAct
from blocks.dark_residual import DarkResidual
from blocks.spec import FEATURES, BlockSpec, Knob, msg


class CSP(nn.Module):
    """Split the channels in two, work on one half, and join.

    y = W3 [blocks(W1 x); W2 x], each W with normalisation and SiLU

    Args:
        in_channels: channels of x.
        out_channels: C, channels of y.
        repeats: n, how many residual blocks one half goes through.
        shortcut: whether those blocks add their input.

    Shape:
        x: (N, C_in, H, W) -> (N, C, H, W)

    Source: Wang et al. 2020 (CSPNet), arXiv:1911.11929, fig. 3; this form is the C3 of YOLOv5, which has no paper.
    Differs: both halves are made by 1x1 convolutions, not by cutting the channels.

    >>> CSP(64, 64)(torch.zeros(1, 64, 8, 8)).shape
    torch.Size([1, 64, 8, 8])
    """

    def __init__(self, in_channels: int, out_channels: int, repeats: int = 1, shortcut: bool = True) -> None:
        super().__init__()
        half = max(out_channels // 2, 1)
        self.enter = ConvNormAct(in_channels, half, 1, activation="silu")
        self.around = ConvNormAct(in_channels, half, 1, activation="silu")
        self.blocks = nn.Sequential(*(DarkResidual(half, 1, 1, shortcut) for _ in range(repeats)))
        self.join = ConvNormAct(2 * half, out_channels, 1, activation="silu")

    def forward(self, x: Tensor) -> Tensor:
        worked = self.enter(x)  # (N, C / 2, H, W)
        worked = self.blocks(worked)
        rested = self.around(x)  # (N, C / 2, H, W)
        y = torch.cat((worked, rested), dim=1)  # (N, C, H, W)
        return self.join(y)


SPEC = BlockSpec(
    key="csp",
    title=msg("CSP stage (C3)"),
    about=(
        msg("Halves the work of a stage by sending half of its channels around it."),
        msg("The two halves learn from different gradients, so that the same thing is not learned twice."),
        msg("YOLOv4 and YOLOv5 are built from it."),
    ),
    formula="y = W₃ [blocks(W₁ x); W₂ x]",
    paper="Wang et al. 2020, arXiv:1911.11929",
    make=CSP,
    knobs=(
        knobs.in_channels(128),
        knobs.out_channels(128),
        Knob("repeats", 2, msg("n: how many residual blocks there are."), least=0, largest=16, choices=(0, 1, 2, 3, 6)),
        Knob("shortcut", True, msg("Whether those blocks add their input.")),
    ),
    inputs=FEATURES,
    sizes={"batch": 1, "height": 40, "width": 40},
)
