"""Darknet's residual block, the brick of the YOLO family."""

from __future__ import annotations

from torch import Tensor, nn

from blocks import knobs
from blocks.conv_norm_act import ConvNormAct
from blocks.spec import IMAGE, BlockSpec, Knob, msg


class DarkResidual(nn.Module):
    """Narrow or keep the channels, convolve, and add what came in.

    y = x + cna3x3(cna_k(x))

    Args:
        channels: C, input and output channels.
        kernel_size: k of the first convolution; odd.
        divisor: the first convolution makes C // divisor channels, at least 1.
        shortcut: whether the input is added.

    Shape:
        x: (N, C, H, W) -> (N, C, H, W)

    Source: Redmon and Farhadi 2018 (YOLOv3), arXiv:1804.02767, table 1.
    Differs: SiLU in the place of leaky ReLU, as from YOLOv5 on.

    >>> import torch
    >>> DarkResidual(64)(torch.zeros(1, 64, 8, 8)).shape
    torch.Size([1, 64, 8, 8])
    """

    def __init__(self, channels: int, kernel_size: int = 1, divisor: int = 2, shortcut: bool = True) -> None:
        super().__init__()
        hidden = max(channels // divisor, 1)
        self.conv1 = ConvNormAct(channels, hidden, kernel_size, activation="silu")
        self.conv2 = ConvNormAct(hidden, channels, 3, activation="silu")
        self.shortcut = shortcut

    def forward(self, x: Tensor) -> Tensor:
        y = self.conv1(x)  # (N, C / divisor, H, W)
        y = self.conv2(y)  # (N, C, H, W)
        return x + y if self.shortcut else y


SPEC = BlockSpec(
    key="dark_residual",
    title=msg("Darknet residual block"),
    about=(
        msg("The residual block of the YOLO detectors."),
        msg("Unlike ResNet's bottleneck it widens again with the 3 × 3 convolution, and bends before the sum, not after it."),
        msg("CSP and C2f are made of it."),
    ),
    formula="y = x + silu(bn(conv₃ₓ₃(silu(bn(conv_k(x))))))",
    paper="Redmon and Farhadi 2018, arXiv:1804.02767",
    make=DarkResidual,
    knobs=(
        knobs.channels(),
        Knob("kernel_size", 1, msg("k: the window of the first convolution is k × k."), largest=31, choices=(1, 3, 5)),
        Knob("divisor", 2, msg("The first convolution makes C // divisor channels."), largest=64, choices=(1, 2, 4)),
        Knob("shortcut", True, msg("Whether the input is added.")),
    ),
    inputs=IMAGE,
    sizes={"batch": 1, "height": 40, "width": 40},
)
