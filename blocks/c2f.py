"""C2f: a CSP stage that keeps the result of every block."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from blocks import knobs
from blocks.conv_norm_act import ConvNormAct
from blocks.dark_residual import DarkResidual
from blocks.spec import FEATURES, BlockSpec, Knob, msg


class C2f(nn.Module):
    """Split the channels, and put every intermediate result beside the two halves.

    y = W2 [a; b; f_1(b); f_2(f_1(b)); ...], [a; b] = W1 x

    Args:
        in_channels: channels of x.
        out_channels: C, channels of y.
        repeats: n, how many residual blocks follow each other.
        shortcut: whether those blocks add their input.

    Shape:
        x: (N, C_in, H, W) -> (N, C, H, W)

    Source: YOLOv8 (Ultralytics 2023), which has no paper; the idea is ELAN's, Wang et al. 2022, arXiv:2207.02696, fig. 2c.
    Differs: nothing known.

    >>> C2f(64, 64)(torch.zeros(1, 64, 8, 8)).shape
    torch.Size([1, 64, 8, 8])
    """

    def __init__(self, in_channels: int, out_channels: int, repeats: int = 1, shortcut: bool = True) -> None:
        super().__init__()
        half = max(out_channels // 2, 1)
        self.split = ConvNormAct(in_channels, 2 * half, 1, activation="silu")
        self.blocks = nn.ModuleList(DarkResidual(half, 3, 1, shortcut) for _ in range(repeats))
        self.join = ConvNormAct((2 + repeats) * half, out_channels, 1, activation="silu")

    def forward(self, x: Tensor) -> Tensor:
        parts = list(self.split(x).chunk(2, dim=1))  # (N, C / 2, H, W) each
        for block in self.blocks:
            parts.append(block(parts[-1]))
        y = torch.cat(parts, dim=1)  # (N, (2 + n) C / 2, H, W)
        return self.join(y)  # (N, C, H, W)


SPEC = BlockSpec(
    key="c2f",
    title="C2f (YOLOv8)",
    about=(
        msg("The stage of YOLOv8: like CSP, but the result of every block is kept, not only the last."),
        msg("Short and long ways through the stage meet at the end, so gradients reach every block directly."),
        msg("The last convolution grows with the number of blocks."),
    ),
    formula="y = W₂ [a; b; f₁(b); f₂(f₁(b)); …],  [a; b] = W₁ x",
    paper="Ultralytics YOLOv8, 2023; Wang et al. 2022, arXiv:2207.02696",
    make=C2f,
    knobs=(
        knobs.in_channels(128),
        knobs.out_channels(128),
        Knob("repeats", 2, msg("n: how many residual blocks there are."), least=0, largest=16, choices=(0, 1, 2, 3, 6)),
        Knob("shortcut", True, msg("Whether those blocks add their input.")),
    ),
    inputs=FEATURES,
    sizes={"batch": 1, "height": 40, "width": 40},
)
