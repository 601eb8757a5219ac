"""External attention: tokens ask a small memory instead of each other."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from blocks import knobs
from blocks.spec import SEQUENCE, BlockSpec, Knob, msg


class ExternalAttention(nn.Module):
    """Replace every token by a mixture of learned vectors, weighted by how well it agrees with learned keys.

    y = norm(x Mk^T) Mv, norm: softmax over the tokens, then divided by the sum over the memory

    Args:
        dim: D, numbers per token.
        memory: S, how many keys and values the layer remembers.
        normalise: "double" as in the paper, or "softmax" over the memory alone.

    Shape:
        x: (N, L, D) -> (N, L, D)

    Source: Guo et al. 2021, arXiv:2105.02358, eq. 5-8.
    Differs: no linear layers around it; a sum of 0 is kept from dividing.

    >>> ExternalAttention(64)(torch.zeros(2, 10, 64)).shape
    torch.Size([2, 10, 64])
    """

    def __init__(self, dim: int, memory: int = 64, normalise: str = "double") -> None:
        super().__init__()
        self.normalise = normalise
        self.keys = nn.Linear(dim, memory, bias=False)
        self.values = nn.Linear(memory, dim, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        weights = self.keys(x)  # (N, L, S)
        if self.normalise == "double":
            weights = torch.softmax(weights, dim=1)
            weights = weights / (weights.sum(2, keepdim=True) + 1e-9)
        else:
            weights = torch.softmax(weights, dim=2)
        return self.values(weights)  # (N, L, D)


SPEC = BlockSpec(
    key="external_attention",
    title=msg("External attention"),
    about=(
        msg("Attention whose cost grows with the length of a sequence and not with its square."),
        msg("Tokens compare themselves with a small set of learned keys, shared by all inputs, instead of with each other."),
        msg("That memory has seen the whole training set, so a token profits from other pictures as well."),
    ),
    formula="y = norm(x M_kᵀ) M_v",
    paper="Guo et al. 2021, arXiv:2105.02358",
    make=ExternalAttention,
    knobs=(
        knobs.dim(),
        Knob("memory", 64, msg("S: how many keys and values are remembered."), choices=(8, 16, 32, 64, 128)),
        Knob(
            "normalise",
            "double",
            msg("Over what the weights are normalised: tokens, then memory, or the memory alone."),
            choices=("double", "softmax"),
        ),
    ),
    inputs=SEQUENCE,
    sizes={"batch": 1, "length": 49},
    gates=("token-to-token",),
)
