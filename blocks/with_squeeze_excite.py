"""Squeeze-and-excitation behind any block: a factory that takes a block and gives the same block with a gate."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import Tensor, nn

from blocks import knobs
from blocks.conv_norm_act import ConvNormAct
from blocks.depthwise_separable import DepthwiseSeparable
from blocks.ghost_module import GhostModule
from blocks.spec import FEATURES, BlockSpec, Knob, msg
from blocks.squeeze_excite_ceil import SqueezeExciteCeil

_BLOCKS: dict[str, Callable[..., nn.Module]] = {
    "conv": nn.Conv2d,
    "conv_norm_act": ConvNormAct,
    "separable": DepthwiseSeparable,
    "ghost": GhostModule,
}


def with_squeeze_excite(block: Callable[..., nn.Module], reduction: int = 8) -> Callable[..., nn.Module]:
    """A constructor like ``block`` whose modules end in a gate.

    >>> import torch
    >>> make = with_squeeze_excite(nn.Conv2d)
    >>> make(64, 128, kernel_size=3)(torch.zeros(1, 64, 56, 56)).shape
    torch.Size([1, 128, 54, 54])
    """

    def make(in_channels: int, out_channels: int, **arguments: Any) -> nn.Module:
        return nn.Sequential(block(in_channels, out_channels, **arguments), SqueezeExciteCeil(out_channels, reduction))

    return make


class WithSqueezeExcite(nn.Module):
    """A block, and a gate on the channels of its result.

    y = f(x) * gate(f(x))

    Args:
        in_channels: channels of x.
        out_channels: C, channels of y.
        wrapped: f: "conv", "conv_norm_act", "separable" or "ghost".
        kernel_size: of the block.
        reduction: r, the gate's hidden width is C / r rounded up.

    Shape:
        x: (N, C_in, H, W) -> (N, C, H', W'), as the block makes it

    Source: Hu et al. 2018, arXiv:1709.01507, sec. 3.3.
    Differs: nothing; the paper puts the gate behind Inception and residual modules.

    >>> import torch
    >>> WithSqueezeExcite(16, 32)(torch.zeros(1, 16, 8, 8)).shape
    torch.Size([1, 32, 6, 6])
    """

    def __init__(
        self, in_channels: int, out_channels: int, wrapped: str = "conv", kernel_size: int = 3, reduction: int = 8
    ) -> None:
        super().__init__()
        self.block = _BLOCKS[wrapped](in_channels, out_channels, kernel_size=kernel_size)
        self.gate = SqueezeExciteCeil(out_channels, reduction)

    def forward(self, x: Tensor) -> Tensor:
        y = self.block(x)  # (N, C, H', W')
        y = self.gate(y)
        return y


SPEC = BlockSpec(
    key="with_squeeze_excite",
    title=msg("Any block with squeeze-and-excitation"),
    about=(
        msg("Puts a gate behind a block without touching the block."),
        msg("Whatever goes in and out of the block stays as it is; only its output channels are reweighted."),
        msg("In code it is a factory: it takes a block's constructor and gives back one with the same arguments."),
    ),
    formula="y = f(x) · gate(f(x))",
    paper="Hu et al. 2018, arXiv:1709.01507",
    make=WithSqueezeExcite,
    knobs=(
        knobs.in_channels(),
        knobs.out_channels(128),
        Knob("wrapped", "conv", msg("The block in front of the gate."), choices=tuple(_BLOCKS)),
        knobs.kernel_size(),
        Knob(
            "reduction", 8, msg("r: the hidden layer has C / r channels, rounded up."), largest=1024, choices=(1, 2, 4, 8, 16, 32)
        ),
    ),
    inputs=FEATURES,
    sizes={"batch": 1, "height": 56, "width": 56},
    gates=("channel",),
)
