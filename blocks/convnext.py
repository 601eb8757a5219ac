"""ConvNeXt's block: a convolution in the shape of a transformer."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from blocks import knobs
from blocks.sizes import same_padding
from blocks.spec import IMAGE, BlockSpec, Knob, msg


class ConvNeXt(nn.Module):
    """Look around with a large depthwise kernel, then think at each place by itself.

    y = x + gamma * W2 gelu(W1 ln(depthwise(x)))

    Args:
        channels: C, input and output channels.
        kernel_size: k of the depthwise convolution; odd.
        expansion: the hidden width is this many times C.
        layer_scale: whether gamma, a learned number per channel that starts at 1e-6, scales the result.

    Shape:
        x: (N, C, H, W) -> (N, C, H, W)

    Source: Liu et al. 2022, arXiv:2201.03545, fig. 4.
    Differs: no stochastic depth, which torchvision's CNBlock has.

    >>> sum(p.numel() for p in ConvNeXt(96).parameters())
    79296
    """

    def __init__(self, channels: int, kernel_size: int = 7, expansion: int = 4, layer_scale: bool = True) -> None:
        super().__init__()
        padding = same_padding(kernel_size)
        self.depthwise = nn.Conv2d(channels, channels, kernel_size, padding=padding, groups=channels)
        self.norm = nn.LayerNorm(channels, eps=1e-6)
        self.widen = nn.Linear(channels, expansion * channels)
        self.narrow = nn.Linear(expansion * channels, channels)
        self.gamma = nn.Parameter(torch.full((channels,), 1e-6)) if layer_scale else None

    def forward(self, x: Tensor) -> Tensor:
        y = self.depthwise(x)
        y = self.norm(y.permute(0, 2, 3, 1))  # (N, H, W, C)
        y = F.gelu(self.widen(y))  # (N, H, W, expansion C)
        y = self.narrow(y)  # (N, H, W, C)
        if self.gamma is not None:
            y = y * self.gamma
        return x + y.permute(0, 3, 1, 2)  # (N, C, H, W)


SPEC = BlockSpec(
    key="convnext",
    title=msg("ConvNeXt block"),
    about=(
        msg("What remains when a ResNet adopts every habit of a transformer except attention."),
        msg("A large depthwise kernel takes the place of attention, and two linear layers mix the channels at each place."),
        msg("One normalisation and one activation per block are enough."),
    ),
    formula="y = x + γ · W₂ gelu(W₁ ln(depthwise₇ₓ₇(x)))",
    paper="Liu et al. 2022, arXiv:2201.03545",
    make=ConvNeXt,
    knobs=(
        Knob("channels", 96, msg("C: how many feature maps go in and come out."), choices=(16, 32, 64, 96, 192, 384, 768)),
        knobs.kernel_size(7),
        Knob("expansion", 4, msg("The hidden layer has this many times C channels."), largest=16, choices=(1, 2, 4, 8)),
        Knob("layer_scale", True, msg("Whether a learned number per channel scales the result before it is added.")),
    ),
    inputs=IMAGE,
    sizes={"batch": 1, "height": 56, "width": 56},
)
