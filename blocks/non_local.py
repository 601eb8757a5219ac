"""Non-local block: every place asks every other."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from blocks import knobs
from blocks.sizes import hidden_width
from blocks.spec import IMAGE, BlockSpec, Knob, msg


class NonLocal(nn.Module):
    """Add to every place what it finds at places that resemble it.

    y = x + bn(Wz softmax(theta(x)^T phi(x)) g(x))

    Args:
        channels: C, input and output channels.
        reduction: r, places are compared in C // r channels.
        pairing: "embedded" (softmax of the products) or "dot" (products divided by their number).
        subsample: whether keys and values are halved by a max pool first.

    Shape:
        x: (N, C, H, W) -> (N, C, H, W)

    Source: Wang et al. 2018, arXiv:1711.07971, eq. 3, 4 and 6.
    Differs: the last normalisation starts at 1, not at 0, so that an untrained block shows what it does.

    >>> NonLocal(64)(torch.zeros(2, 64, 8, 8)).shape
    torch.Size([2, 64, 8, 8])
    """

    def __init__(self, channels: int, reduction: int = 2, pairing: str = "embedded", subsample: bool = False) -> None:
        super().__init__()
        hidden = hidden_width(channels, reduction)
        self.pairing = pairing
        self.query = nn.Conv2d(channels, hidden, 1)
        self.key = nn.Conv2d(channels, hidden, 1)
        self.value = nn.Conv2d(channels, hidden, 1)
        self.pool = nn.MaxPool2d(2) if subsample else nn.Identity()
        self.project = nn.Sequential(nn.Conv2d(hidden, channels, 1), nn.BatchNorm2d(channels))

    def forward(self, x: Tensor) -> Tensor:
        query = self.query(x).flatten(2).transpose(1, 2)  # (N, H W, C / r)
        key = self.pool(self.key(x)).flatten(2)  # (N, C / r, P)
        value = self.pool(self.value(x)).flatten(2).transpose(1, 2)  # (N, P, C / r)
        scores = query @ key  # (N, H W, P)
        if self.pairing == "embedded":
            weights = torch.softmax(scores, dim=-1)
        else:
            weights = scores / scores.shape[-1]
        found = (weights @ value).transpose(1, 2)  # (N, C / r, H W)
        found = found.unflatten(2, x.shape[2:])  # (N, C / r, H, W)
        return x + self.project(found)  # (N, C, H, W)


SPEC = BlockSpec(
    key="non_local",
    title=msg("Non-local block"),
    about=(
        msg("Self-attention for pictures: every place gathers from all places that resemble it, however far away they are."),
        msg("A convolution needs many layers to connect two corners; this needs one."),
        msg("The price is a matrix of H·W × H·W weights, which is why it stands late in a network."),
    ),
    formula="y = x + bn(W_z softmax(θ(x)ᵀ φ(x)) g(x))",
    paper="Wang et al. 2018, arXiv:1711.07971",
    make=NonLocal,
    knobs=(
        knobs.channels(),
        knobs.reduction(2),
        Knob(
            "pairing",
            "embedded",
            msg("How two places are compared: with a softmax, or by the plain product."),
            choices=("embedded", "dot"),
        ),
        Knob("subsample", False, msg("Whether keys and values are halved by a max pool first.")),
    ),
    inputs=IMAGE,
    sizes={"batch": 1, "height": 14, "width": 14},
    gates=("token-to-token",),
)
