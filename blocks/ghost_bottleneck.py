"""Ghost bottleneck: two ghost modules, a stride and a gate where wanted, and a way around."""

from __future__ import annotations

from torch import Tensor, nn

from blocks import knobs
from blocks.ghost_module import GhostModule
from blocks.sizes import same_padding
from blocks.spec import FEATURES, BlockSpec, Knob, msg
from blocks.squeeze_excite_hard import SqueezeExciteHard


class GhostBottleneck(nn.Module):
    """Widen with one ghost module, narrow with another, and add what came in.

    y = ghost2(se(bn(depthwise(ghost1(x))))) + shortcut(x)

    Args:
        in_channels: channels of x.
        hidden: the wide middle.
        out_channels: C, channels of y.
        kernel_size: k of the depthwise convolutions, which are there at a stride above 1; odd.
        stride: 1 leaves the depthwise convolution out.
        se_ratio: the gate's hidden width as a share of ``hidden``; 0 leaves the gate out.

    Shape:
        x: (N, C_in, H, W) -> (N, C, H / stride, W / stride)

    Source: Han et al. 2020 (GhostNet), arXiv:1911.11907, fig. 3.
    Differs: nothing.

    >>> sum(p.numel() for p in GhostBottleneck(16, 48, 24, stride=2).parameters())
    2564
    """

    def __init__(
        self,
        in_channels: int,
        hidden: int,
        out_channels: int,
        kernel_size: int = 3,
        stride: int = 1,
        se_ratio: float = 0.0,
    ) -> None:
        super().__init__()
        padding = same_padding(kernel_size)
        self.ghost1 = GhostModule(in_channels, hidden)
        self.depthwise = nn.Sequential()
        if stride > 1:
            self.depthwise = nn.Sequential(
                nn.Conv2d(hidden, hidden, kernel_size, stride, padding, groups=hidden, bias=False), nn.BatchNorm2d(hidden)
            )
        self.se = SqueezeExciteHard(hidden, se_ratio) if se_ratio else None
        self.ghost2 = GhostModule(hidden, out_channels, relu=False)
        self.shortcut = nn.Sequential()
        if stride > 1 or in_channels != out_channels:
            self.shortcut = nn.Sequential(
                nn.Conv2d(in_channels, in_channels, kernel_size, stride, padding, groups=in_channels, bias=False),
                nn.BatchNorm2d(in_channels),
                nn.Conv2d(in_channels, out_channels, 1, bias=False),
                nn.BatchNorm2d(out_channels),
            )

    def forward(self, x: Tensor) -> Tensor:
        y = self.ghost1(x)  # (N, hidden, H, W)
        y = self.depthwise(y)  # (N, hidden, H', W')
        if self.se is not None:
            y = self.se(y)
        y = self.ghost2(y)  # (N, C, H', W')
        return y + self.shortcut(x)


SPEC = BlockSpec(
    key="ghost_bottleneck",
    title=msg("Ghost bottleneck"),
    about=(
        msg("The block of GhostNet: an inverted residual whose two 1 × 1 convolutions are ghost modules."),
        msg(
            "The first widens, the second narrows without an activation; between them a depthwise convolution can halve the size."
        ),
        msg("A hard gate on the wide channels is optional."),
    ),
    formula="y = ghost₂(se(bn(depthwise(ghost₁(x))))) + shortcut(x)",
    paper="Han et al. 2020, arXiv:1911.11907",
    make=GhostBottleneck,
    knobs=(
        knobs.in_channels(16),
        Knob("hidden", 48, msg("Channels of the wide middle."), choices=(16, 32, 48, 64, 128, 256)),
        knobs.out_channels(24),
        knobs.kernel_size(),
        knobs.stride(2),
        Knob(
            "se_ratio",
            0.25,
            msg("The gate's hidden width as a share of the middle's; 0 leaves the gate out."),
            choices=(0.0, 0.0625, 0.125, 0.25, 0.5),
        ),
    ),
    inputs=FEATURES,
    sizes={"batch": 1, "height": 56, "width": 56},
    gates=("channel",),
)
