"""Atrous spatial pyramid pooling: one picture seen with small and wide gaps at once."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from blocks import knobs
from blocks.conv_norm_act import ConvNormAct
from blocks.spec import FEATURES, BlockSpec, Knob, msg


class ASPP(nn.Module):
    """Convolve with several dilations, add the mean of the whole picture, and mix.

    y = cna1x1([cna1x1(x); cna3x3_r(x); cna3x3_2r(x); cna3x3_3r(x); up(cna1x1(mean_hw(x)))])

    Args:
        in_channels: channels of x.
        out_channels: C, channels of each branch and of y.
        rate: r, the dilations are r, 2 r and 3 r.
        image_pool: whether the mean of the whole picture is a branch.

    Shape:
        x: (N, C_in, H, W) -> (N, C, H, W)

    Source: Chen et al. 2017 (DeepLabv3), arXiv:1706.05587, fig. 5.
    Differs: no dropout behind the last convolution, which torchvision's ASPP has.

    >>> ASPP(64, 32).eval()(torch.zeros(1, 64, 16, 16)).shape
    torch.Size([1, 32, 16, 16])
    """

    def __init__(self, in_channels: int, out_channels: int, rate: int = 6, image_pool: bool = True) -> None:
        super().__init__()
        self.branches = nn.ModuleList([ConvNormAct(in_channels, out_channels, 1)])
        self.branches.extend(ConvNormAct(in_channels, out_channels, 3, dilation=rate * n) for n in (1, 2, 3))
        self.whole = ConvNormAct(in_channels, out_channels, 1) if image_pool else None
        self.project = ConvNormAct(out_channels * (4 + image_pool), out_channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        seen = [branch(x) for branch in self.branches]  # (N, C, H, W) each
        if self.whole is not None:
            summary = self.whole(x.mean((2, 3), keepdim=True))  # (N, C, 1, 1)
            seen.append(F.interpolate(summary, size=x.shape[2:], mode="bilinear"))  # (N, C, H, W)
        y = torch.cat(seen, dim=1)  # (N, 5 C, H, W)
        return self.project(y)  # (N, C, H, W)


SPEC = BlockSpec(
    key="aspp",
    title=msg("ASPP (DeepLab)"),
    about=(
        msg("Sees objects of every size without making the picture smaller."),
        msg(
            "Kernels with gaps of different width run side by side; the widest reach over most of the picture with nine weights."
        ),
        msg("The mean of the whole picture joins them, for what lies beyond any kernel."),
    ),
    formula="y = W [W₁ x; conv_r(x); conv_2r(x); conv_3r(x); up(W₂ mean(x))]",
    paper="Chen et al. 2017, arXiv:1706.05587",
    make=ASPP,
    knobs=(
        knobs.in_channels(256),
        knobs.out_channels(64),
        Knob("rate", 6, msg("r: the kernels read every r-th, 2r-th and 3r-th place."), largest=64, choices=(1, 2, 4, 6, 12)),
        Knob("image_pool", True, msg("Whether the mean of the whole picture takes part.")),
    ),
    inputs=FEATURES,
    sizes={"batch": 1, "height": 32, "width": 32},
)
