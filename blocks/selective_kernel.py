"""Selective kernel: the channels vote which kernel size they want."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from blocks import knobs
from blocks.sizes import share
from blocks.spec import IMAGE, BlockSpec, Knob, msg


class SelectiveKernel(nn.Module):
    """Mix branches of different reach, channel by channel, with weights that add up to one.

    y = sum_i a_i * u_i, u_i = relu(bn(conv_i(x))), a = softmax_i(A_i relu(bn(W mean_hw(sum_i u_i))))

    Args:
        channels: C, input and output channels.
        branches: M, convolutions with dilation 1 to M, which reach over 3, 5, 7 ... places.
        groups: of the convolutions; divides C.
        reduction: r, the hidden width is C // r.
        least_width: L, but at least this.

    Shape:
        x: (N, C, H, W) -> (N, C, H, W)

    Source: Li et al. 2019 (SKNet), arXiv:1903.06586, sec. 3.1.
    Differs: stride 1 only.

    >>> SelectiveKernel(64)(torch.zeros(2, 64, 8, 8)).shape
    torch.Size([2, 64, 8, 8])
    """

    def __init__(self, channels: int, branches: int = 2, groups: int = 32, reduction: int = 16, least_width: int = 32) -> None:
        super().__init__()
        share(channels, groups, "groups")
        hidden = max(channels // reduction, least_width)
        self.branches = nn.ModuleList(
            nn.Sequential(
                nn.Conv2d(channels, channels, 3, padding=d, dilation=d, groups=groups, bias=False),
                nn.BatchNorm2d(channels),
                nn.ReLU(),
            )
            for d in range(1, branches + 1)
        )
        self.squeeze = nn.Sequential(nn.Conv2d(channels, hidden, 1, bias=False), nn.BatchNorm2d(hidden), nn.ReLU())
        self.votes = nn.ModuleList(nn.Conv2d(hidden, channels, 1) for _ in range(branches))

    def forward(self, x: Tensor) -> Tensor:
        features = torch.stack([branch(x) for branch in self.branches], dim=1)  # (N, M, C, H, W)
        summary = features.sum(1).mean((2, 3), keepdim=True)  # (N, C, 1, 1)
        summary = self.squeeze(summary)  # (N, hidden, 1, 1)
        votes = torch.stack([vote(summary) for vote in self.votes], dim=1)  # (N, M, C, 1, 1)
        weights = torch.softmax(votes, dim=1)  # (N, M, C, 1, 1)
        return (features * weights).sum(1)  # (N, C, H, W)


SPEC = BlockSpec(
    key="selective_kernel",
    title=msg("Selective kernel (SK)"),
    about=(
        msg("Lets every channel choose how large a neighbourhood it wants to see."),
        msg("Convolutions of different reach run side by side; a softmax across them says how much each counts per channel."),
        msg("The larger kernels are 3 × 3 with gaps, so they cost no more weights than the small one."),
    ),
    formula="y = Σᵢ aᵢ · uᵢ,  uᵢ = relu(bn(convᵢ(x))),  a = softmaxᵢ(Aᵢ relu(bn(W mean(Σ uᵢ))))",
    paper="Li et al. 2019, arXiv:1903.06586",
    make=SelectiveKernel,
    knobs=(
        knobs.channels(256),
        Knob("branches", 2, msg("M: how many kernel sizes to choose from."), least=2, largest=8, choices=(2, 3, 4)),
        Knob("groups", 32, msg("The convolutions work in this many separate groups of channels."), choices=(1, 2, 4, 8, 16, 32)),
        Knob(
            "reduction",
            16,
            msg("r: the hidden layer has C // r channels, but at least least_width."),
            largest=1024,
            choices=(1, 2, 4, 8, 16, 32),
        ),
        Knob(
            "least_width",
            32,
            msg("The hidden layer has at least this many channels."),
            largest=512,
            choices=(1, 4, 8, 16, 32, 64),
        ),
    ),
    inputs=IMAGE,
    sizes={"batch": 1, "height": 28, "width": 28},
    gates=("channel",),
)
