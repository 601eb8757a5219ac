"""A residual block with any attention behind its convolutions, and the mistake that is often made with its stride."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn

from blocks import knobs
from blocks.bam import BAM
from blocks.cbam import CBAM
from blocks.channel_attention import ChannelAttention
from blocks.coordinate_attention import CoordinateAttention
from blocks.eca import ECA
from blocks.global_context import GlobalContext
from blocks.simam import SimAM
from blocks.sizes import same_padding
from blocks.spatial_attention import SpatialAttention
from blocks.spec import FEATURES, BlockSpec, Knob, msg
from blocks.squeeze_excite import SqueezeExcite
from blocks.triplet_attention import TripletAttention

ATTENTIONS: Mapping[str, Callable[[int], nn.Module]] = {
    "none": lambda _: nn.Identity(),
    "se": SqueezeExcite,
    "eca": ECA,
    "channel": ChannelAttention,
    "spatial": lambda _: SpatialAttention(),
    "cbam": CBAM,
    "bam": BAM,
    "coordinate": CoordinateAttention,
    "global_context": GlobalContext,
    "simam": lambda _: SimAM(),
    "triplet": lambda _: TripletAttention(),
}


class ResidualBlockWithAttention(nn.Module):
    """Two convolutions, an attention of choice, and a way around all three.

    y = relu(attention(bn(conv(relu(bn(conv(x)))))) + shortcut(x))

    Args:
        in_channels: channels of x.
        out_channels: C, channels of y.
        kernel_size: k of both convolutions; odd.
        stride: of the first convolution and of the shortcut.
        attention: "none", "se", "eca", "channel", "spatial", "cbam", "bam", "coordinate", "global_context", "simam" or "triplet".
        stride_at: "first" convolution, or "both": a common mistake, after which main path and shortcut differ in size.

    Shape:
        x: (N, C_in, H, W) -> (N, C, H / stride, W / stride)

    Source: He et al. 2015, arXiv:1512.03385; the place of the attention as in Woo et al. 2018, arXiv:1807.06521, fig. 3.
    Differs: the convolutions keep their biases, as in the tutorials; the normalisation takes them away again.

    >>> sum(p.numel() for p in ResidualBlockWithAttention(64, 128, attention="none").parameters())
    230528
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int = 3,
        stride: int = 1,
        attention: str = "cbam",
        stride_at: str = "first",
    ) -> None:
        super().__init__()
        padding = same_padding(kernel_size)
        second = stride if stride_at == "both" else 1
        self.conv1 = nn.Conv2d(in_channels, out_channels, kernel_size, stride, padding)
        self.bn1 = nn.BatchNorm2d(out_channels)
        self.conv2 = nn.Conv2d(out_channels, out_channels, kernel_size, second, padding)
        self.bn2 = nn.BatchNorm2d(out_channels)
        self.attention = ATTENTIONS[attention](out_channels)
        self.shortcut = nn.Sequential()
        if in_channels != out_channels or stride != 1:
            self.shortcut = nn.Sequential(nn.Conv2d(in_channels, out_channels, 1, stride), nn.BatchNorm2d(out_channels))

    def forward(self, x: Tensor) -> Tensor:
        y = torch.relu(self.bn1(self.conv1(x)))  # (N, C, H', W')
        y = self.bn2(self.conv2(y))
        y = self.attention(y)
        y = y + self.shortcut(x)
        return torch.relu(y)


SPEC = BlockSpec(
    key="residual_attention",
    title=msg("Residual block with attention"),
    about=(
        msg("The place where attention usually lives: behind the convolutions of a residual block, before the sum."),
        msg("Any attention that keeps the shape fits; choose one and compare what it costs."),
        msg("The stride belongs to the first convolution alone: give it to both and the two paths no longer have the same size."),
    ),
    formula="y = relu(attention(bn(conv(relu(bn(conv(x)))))) + shortcut(x))",
    paper="He et al. 2015, arXiv:1512.03385; Woo et al. 2018, arXiv:1807.06521",
    make=ResidualBlockWithAttention,
    knobs=(
        knobs.in_channels(64),
        knobs.out_channels(128),
        knobs.kernel_size(),
        knobs.stride(2),
        Knob("attention", "cbam", msg("The attention behind the convolutions."), choices=tuple(ATTENTIONS)),
        Knob(
            "stride_at", "first", msg("Which convolution takes the stride; both is a common mistake."), choices=("first", "both")
        ),
    ),
    inputs=FEATURES,
    sizes={"batch": 1, "height": 56, "width": 56},
    gates=("channel", "spatial"),
)
