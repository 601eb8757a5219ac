"""DenseNet's block: layers that all see each other."""

from __future__ import annotations

from torch import Tensor, nn

from blocks import knobs
from blocks.dense_layer import DenseLayer
from blocks.spec import FEATURES, BlockSpec, Knob, msg


class DenseBlock(nn.Module):
    """Let every layer read the results of all before it.

    y = [x; f_1(x); f_2([x; f_1(x)]); ...]

    Args:
        in_channels: channels of x.
        growth: k, how many channels each layer adds.
        layers: L, how many layers there are.
        bottleneck: each layer's 1x1 convolution makes this many times k channels; 0 leaves it out.

    Shape:
        x: (N, C, H, W) -> (N, C + L k, H, W)

    Source: Huang et al. 2017, arXiv:1608.06993, eq. 2.
    Differs: no dropout.

    >>> sum(p.numel() for p in DenseBlock(64).parameters())
    335040
    """

    def __init__(self, in_channels: int, growth: int = 32, layers: int = 6, bottleneck: int = 4) -> None:
        super().__init__()
        self.layers = nn.ModuleList(DenseLayer(in_channels + number * growth, growth, bottleneck) for number in range(layers))

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.layers:
            x = layer(x)  # (N, C + i k, H, W)
        return x


SPEC = BlockSpec(
    key="dense_block",
    title=msg("Dense block"),
    about=(
        msg("A row of layers in which each reads the results of all before it."),
        msg("Because nothing is lost, each layer can be very narrow: DenseNet-121 adds 32 channels at a time."),
        msg("The channels grow steadily, and so does the memory that has to be held."),
    ),
    formula="y = [x; f₁(x); f₂([x; f₁(x)]); …]",
    paper="Huang et al. 2017, arXiv:1608.06993",
    make=DenseBlock,
    knobs=(
        knobs.in_channels(64),
        Knob("growth", 32, msg("k: how many channels each layer adds."), largest=512, choices=(12, 24, 32, 48)),
        Knob("layers", 4, msg("L: how many layers there are."), largest=24, choices=(1, 2, 4, 6, 12)),
        Knob(
            "bottleneck",
            4,
            msg("The 1 × 1 convolution makes this many times k channels; 0 leaves it out."),
            least=0,
            largest=16,
            choices=(0, 1, 2, 4),
        ),
    ),
    inputs=FEATURES,
    sizes={"batch": 1, "height": 56, "width": 56},
)
