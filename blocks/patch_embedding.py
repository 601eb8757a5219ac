"""Patch embedding: a picture becomes a sequence of tokens."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from blocks import knobs
from blocks.spec import FEATURES, BlockSpec, Knob, msg


class PatchEmbedding(nn.Module):
    """Cut a picture into squares and describe each by D numbers.

    y = [class token; W patch_1 + b; W patch_2 + b; ...], as a convolution whose stride is its kernel

    Args:
        in_channels: channels of x.
        patch: P, the side of a square; what does not fill a last square is cut off.
        dim: D, numbers per token.
        class_token: whether a learned token stands in front.

    Shape:
        x: (N, C_in, H, W) -> (N, H/P W/P + 1, D)

    Source: Dosovitskiy et al. 2021 (ViT), arXiv:2010.11929, eq. 1.
    Differs: no position embedding, whose size would fix that of the picture; timm's PatchEmbed has no class token.

    >>> PatchEmbedding(3, 16, 768)(torch.zeros(1, 3, 224, 224)).shape
    torch.Size([1, 197, 768])
    """

    def __init__(self, in_channels: int, patch: int = 16, dim: int = 768, class_token: bool = True) -> None:
        super().__init__()
        self.project = nn.Conv2d(in_channels, dim, patch, stride=patch)
        self.token = nn.Parameter(torch.zeros(1, 1, dim)) if class_token else None

    def forward(self, x: Tensor) -> Tensor:
        x = self.project(x)  # (N, D, H / P, W / P)
        x = x.flatten(2).transpose(1, 2)  # (N, H/P W/P, D)
        if self.token is not None:
            token = self.token.expand(x.shape[0], -1, -1)  # (N, 1, D)
            x = torch.cat((token, x), dim=1)  # (N, H/P W/P + 1, D)
        return x


SPEC = BlockSpec(
    key="patch_embedding",
    title=msg("Patch embedding"),
    about=(
        msg("Makes a picture readable for a transformer: every square of it becomes a token."),
        msg("A convolution whose stride equals its kernel does just that, since its windows do not overlap."),
        msg("A learned token in front collects what the whole picture is about."),
    ),
    formula="y = [token; W patch₁ + b; W patch₂ + b; …]",
    paper="Dosovitskiy et al. 2021, arXiv:2010.11929",
    make=PatchEmbedding,
    knobs=(
        knobs.in_channels(3),
        Knob("patch", 16, msg("P: the side of a square."), largest=128, choices=(4, 8, 14, 16, 32)),
        Knob("dim", 192, msg("D: how many numbers describe one token."), choices=(64, 192, 384, 768, 1024)),
        Knob("class_token", True, msg("Whether a learned token stands in front.")),
    ),
    inputs=FEATURES,
    sizes={"batch": 1, "height": 224, "width": 224},
)
