"""ShuffleNetV2's unit: half of the channels rest, then all are shuffled."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from blocks import knobs
from blocks.sizes import same_padding, share
from blocks.spec import IMAGE, BlockSpec, Knob, msg


class ShuffleUnit(nn.Module):
    """Work on half of the channels, put both halves side by side and interleave them.

    y = shuffle([a; f(b)]), [a; b] = x, f = 1x1, depthwise, 1x1; at a stride above 1 both halves are computed from all of x

    Args:
        channels: C of x; even.
        kernel_size: k of the depthwise convolution; odd.
        stride: above 1 the channels double.
        shuffled: whether the channels are interleaved at the end.

    Shape:
        x: (N, C, H, W) -> (N, C, H, W); at a stride above 1 (N, 2 C, H / stride, W / stride)

    Source: Ma et al. 2018 (ShuffleNetV2), arXiv:1807.11164, fig. 3c and 3d.
    Differs: nothing; torchvision's InvertedResidual of shufflenetv2 has always 3x3 kernels and the shuffle.

    >>> ShuffleUnit(16, stride=2)(torch.zeros(1, 16, 8, 8)).shape
    torch.Size([1, 32, 4, 4])
    """

    def __init__(self, channels: int, kernel_size: int = 3, stride: int = 1, shuffled: bool = True) -> None:
        super().__init__()
        half = share(channels, 2, "channels") if stride == 1 else channels
        padding = same_padding(kernel_size)
        self.shuffled = shuffled
        self.main = nn.Sequential(
            nn.Conv2d(half, half, 1, bias=False),
            nn.BatchNorm2d(half),
            nn.ReLU(),
            nn.Conv2d(half, half, kernel_size, stride, padding, groups=half, bias=False),
            nn.BatchNorm2d(half),
            nn.Conv2d(half, half, 1, bias=False),
            nn.BatchNorm2d(half),
            nn.ReLU(),
        )
        self.around = None
        if stride > 1:
            self.around = nn.Sequential(
                nn.Conv2d(half, half, kernel_size, stride, padding, groups=half, bias=False),
                nn.BatchNorm2d(half),
                nn.Conv2d(half, half, 1, bias=False),
                nn.BatchNorm2d(half),
                nn.ReLU(),
            )

    def forward(self, x: Tensor) -> Tensor:
        if self.around is None:
            resting, working = x.chunk(2, dim=1)  # (N, C / 2, H, W) each
            halves = (resting, self.main(working))
        else:
            halves = (self.around(x), self.main(x))  # (N, C, H', W') each
        y = torch.cat(halves, dim=1)
        if self.shuffled:
            y = y.unflatten(1, (2, -1))  # (N, 2, half, H', W')
            y = y.transpose(1, 2).flatten(1, 2)  # (N, 2 half, H', W')
        return y


SPEC = BlockSpec(
    key="shuffle_unit",
    title=msg("ShuffleNetV2 unit"),
    about=(
        msg("Designed for measured speed instead of counted operations."),
        msg("Half of the channels pass untouched, the other half are convolved; joining them costs nothing, unlike a sum."),
        msg("A shuffle interleaves the halves, so that in the next unit others rest."),
    ),
    formula="y = shuffle([a; f(b)]),  [a; b] = x",
    paper="Ma et al. 2018, arXiv:1807.11164",
    make=ShuffleUnit,
    knobs=(
        knobs.channels(64),
        knobs.kernel_size(),
        Knob("stride", 1, msg("How far the window moves; above 1 the channels double."), largest=8, choices=(1, 2, 4)),
        Knob("shuffled", True, msg("Whether the channels are interleaved at the end.")),
    ),
    inputs=IMAGE,
    sizes={"batch": 1, "height": 28, "width": 28},
)
