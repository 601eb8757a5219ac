"""CBAM: what matters, then where."""

from __future__ import annotations

from torch import Tensor, nn

from blocks import knobs
from blocks.channel_attention import ChannelAttention
from blocks.spatial_attention import SpatialAttention
from blocks.spec import IMAGE, BlockSpec, Knob, msg


class CBAM(nn.Module):
    """Reweight channels, then places.

    y = sam(cam(x)), with ChannelAttention and SpatialAttention

    Args:
        channels: C, input and output channels.
        reduction: r of the channel attention.
        kernel_size: k of the spatial attention; odd.
        order: "channel_first" as in the paper, or "spatial_first".

    Shape:
        x: (N, C, H, W) -> (N, C, H, W)

    Source: Woo et al. 2018, arXiv:1807.06521, eq. 1; the order in table 3.
    Differs: as ChannelAttention and SpatialAttention say.

    >>> import torch
    >>> CBAM(64)(torch.zeros(2, 64, 8, 8)).shape
    torch.Size([2, 64, 8, 8])
    """

    def __init__(self, channels: int, reduction: int = 16, kernel_size: int = 7, order: str = "channel_first") -> None:
        super().__init__()
        self.order = order
        self.channel = ChannelAttention(channels, reduction)
        self.spatial = SpatialAttention(kernel_size)

    def forward(self, x: Tensor) -> Tensor:
        if self.order == "channel_first":
            x = self.channel(x)
            x = self.spatial(x)
        else:
            x = self.spatial(x)
            x = self.channel(x)
        return x


SPEC = BlockSpec(
    key="cbam",
    title="CBAM",
    about=(
        msg("Attention in two steps: first which channels count, then which places."),
        msg("Splitting the question keeps it cheap: C + H·W gate values instead of C·H·W."),
        msg("The paper found that channels first works best; the order is a knob here."),
    ),
    formula="y = sam(cam(x))",
    paper="Woo et al. 2018, arXiv:1807.06521",
    make=CBAM,
    knobs=(
        knobs.channels(),
        Knob(
            "reduction",
            16,
            msg("r: the hidden layer has C // r channels, at least one."),
            largest=1024,
            choices=(1, 2, 4, 8, 16, 32),
        ),
        knobs.kernel_size(7),
        Knob("order", "channel_first", msg("Which attention comes first."), choices=("channel_first", "spatial_first")),
    ),
    inputs=IMAGE,
    sizes={"batch": 1, "height": 56, "width": 56},
    gates=("channel", "spatial"),
)
