"""Triplet attention: three gates, one for each pair of axes."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from blocks import knobs
from blocks.sizes import same_padding
from blocks.spec import IMAGE, BlockSpec, Knob, msg


class TripletAttention(nn.Module):
    """Average three gated copies: each turns another axis to the front and is gated by what the other two hold.

    y = mean_i turn_i^-1(z_i * sigmoid(bn(conv([max(z_i); mean(z_i)])))), z_i = turn_i(x)

    Args:
        kernel_size: k of the convolutions; odd.
        spatial: whether the third branch, the gate over height and width, takes part.

    Shape:
        x: (N, C, H, W) -> (N, C, H, W)

    Source: Misra et al. 2021, arXiv:2010.03045, sec. 3.2.
    Differs: nothing.

    >>> TripletAttention()(torch.zeros(2, 16, 6, 8)).shape
    torch.Size([2, 16, 6, 8])
    """

    def __init__(self, kernel_size: int = 7, spatial: bool = True) -> None:
        super().__init__()
        padding = same_padding(kernel_size)
        self.convs = nn.ModuleList(
            nn.Sequential(nn.Conv2d(2, 1, kernel_size, padding=padding, bias=False), nn.BatchNorm2d(1))
            for _ in range(2 + spatial)
        )

    def forward(self, x: Tensor) -> Tensor:
        by_height = self.gated(x.transpose(1, 2), 0).transpose(1, 2)  # gate (N, 1, C, W)
        by_width = self.gated(x.transpose(1, 3), 1).transpose(1, 3)  # gate (N, 1, H, C)
        branches = [by_height, by_width]
        if len(self.convs) > 2:
            branches.append(self.gated(x, 2))  # gate (N, 1, H, W)
        return torch.stack(branches).mean(0)  # (N, C, H, W)

    def gated(self, z: Tensor, branch: int) -> Tensor:
        maps = torch.cat((z.amax(1, keepdim=True), z.mean(1, keepdim=True)), dim=1)
        gate = torch.sigmoid(self.convs[branch](maps))
        return z * gate


SPEC = BlockSpec(
    key="triplet_attention",
    title=msg("Triplet attention"),
    about=(
        msg("Attention that also links channels with rows and with columns, which channel and spatial attention keep apart."),
        msg("Height, width or channels are turned to the front in turn, and a large kernel reads the other two axes."),
        msg("Three kernels and their normalisations are all it has, whatever the size."),
    ),
    formula="y = ⅓ Σᵢ turnᵢ⁻¹(zᵢ · σ(bn(conv([max(zᵢ); mean(zᵢ)])))),  zᵢ = turnᵢ(x)",
    paper="Misra et al. 2021, arXiv:2010.03045",
    make=TripletAttention,
    knobs=(
        knobs.kernel_size(7),
        Knob("spatial", True, msg("Whether the gate over height and width takes part.")),
    ),
    inputs=IMAGE,
    sizes={"batch": 1, "channels": 32, "height": 28, "width": 28},
    gates=("channel-spatial", "channel-spatial", "spatial"),
)
