"""YOLO's pyramid: max pools of growing reach that keep the size."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from blocks import knobs
from blocks.conv_norm_act import ConvNormAct
from blocks.sizes import same_padding
from blocks.spec import FEATURES, BlockSpec, Knob, msg


class SPPYolo(nn.Module):
    """Put the picture and three max pools of it side by side and mix.

    y = cna([z; pool_k(z); pool_(2k-1)(z); pool_(3k-2)(z)]), z = cna(x)

    Args:
        in_channels: channels of x.
        out_channels: C, channels of y.
        kernel_size: k of the smallest pool; odd.
        chained: whether the small pool is applied three times, which gives the same numbers for less work.

    Shape:
        x: (N, C_in, H, W) -> (N, C, H, W)

    Source: Bochkovskiy et al. 2020 (YOLOv4), arXiv:2004.10934, sec. 3.4; the chain is YOLOv5's, which has no paper.
    Differs: one convolution before and one behind, as in YOLOv5.

    >>> SPPYolo(64, 64)(torch.zeros(1, 64, 8, 8)).shape
    torch.Size([1, 64, 8, 8])
    """

    def __init__(self, in_channels: int, out_channels: int, kernel_size: int = 5, chained: bool = True) -> None:
        super().__init__()
        hidden = max(in_channels // 2, 1)
        self.chained = chained
        self.reduce = ConvNormAct(in_channels, hidden, 1, activation="silu")
        kernels = [kernel_size + (0 if chained else number * (kernel_size - 1)) for number in range(3)]
        self.pools = nn.ModuleList(nn.MaxPool2d(k, stride=1, padding=same_padding(k)) for k in kernels)
        self.mix = ConvNormAct(4 * hidden, out_channels, 1, activation="silu")

    def forward(self, x: Tensor) -> Tensor:
        x = self.reduce(x)  # (N, C_in / 2, H, W)
        seen = [x]
        for pool in self.pools:
            seen.append(pool(seen[-1] if self.chained else x))
        y = torch.cat(seen, dim=1)  # (N, 2 C_in, H, W)
        return self.mix(y)  # (N, C, H, W)


SPEC = BlockSpec(
    key="spp_yolo",
    title="SPP / SPPF (YOLO)",
    about=(
        msg("Widens the view of a detector's last stage at hardly any cost."),
        msg("Max pools with a stride of 1 keep the size, so their results can be put beside the picture itself."),
        msg("Three small pools in a row give exactly the numbers of a small, a middle and a large one."),
    ),
    formula="y = W [z; pool_k(z); pool_2k−1(z); pool_3k−2(z)],  z = W₁ x",
    paper="Bochkovskiy et al. 2020, arXiv:2004.10934",
    make=SPPYolo,
    knobs=(
        knobs.in_channels(256),
        knobs.out_channels(256),
        Knob("kernel_size", 5, msg("k: the smallest window is k × k."), least=3, largest=31, choices=(3, 5, 7, 9)),
        Knob("chained", True, msg("Whether one small pool is applied three times instead of three growing ones once.")),
    ),
    inputs=FEATURES,
    sizes={"batch": 1, "height": 20, "width": 20},
)
