"""Multi-head self-attention, written out."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from blocks import knobs
from blocks.sizes import share
from blocks.spec import SEQUENCE, BlockSpec, Knob, msg


class SelfAttention(nn.Module):
    """Replace every token by a mixture of all tokens, weighted by how well query and key agree.

    y = Wo concat_h(softmax(q_h k_h^T / sqrt(d)) v_h)

    Args:
        dim: D, numbers per token.
        heads: attentions side by side, each on d = D / heads numbers.
        bias: whether queries, keys and values get a learned number added.
        causal: whether a token sees only itself and those before it.

    Shape:
        x: (N, L, D) -> (N, L, D)

    Source: Vaswani et al. 2017, arXiv:1706.03762, eq. 1 and sec. 3.2.2.
    Differs: one layer computes queries, keys and values together; no dropout on the weights.

    >>> SelfAttention(64)(torch.zeros(2, 10, 64)).shape
    torch.Size([2, 10, 64])
    """

    def __init__(self, dim: int, heads: int = 4, bias: bool = True, causal: bool = False) -> None:
        super().__init__()
        self.head_dim = share(dim, heads, "heads")
        self.causal = causal
        self.qkv = nn.Linear(dim, 3 * dim, bias=bias)
        self.project = nn.Linear(dim, dim)

    def forward(self, x: Tensor) -> Tensor:
        qkv = self.qkv(x)  # (N, L, 3 D)
        qkv = qkv.unflatten(2, (3, -1, self.head_dim))  # (N, L, 3, heads, d)
        query, key, value = qkv.permute(2, 0, 3, 1, 4).unbind(0)  # (N, heads, L, d)
        scores = query @ key.transpose(2, 3) / self.head_dim**0.5  # (N, heads, L, L)
        if self.causal:
            future = torch.ones(scores.shape[2:], dtype=torch.bool, device=x.device).triu(1)  # (L, L)
            scores = scores.masked_fill(future, float("-inf"))  # (N, heads, L, L)
        weights = torch.softmax(scores, dim=-1)
        mixed = (weights @ value).transpose(1, 2)  # (N, L, heads, d)
        return self.project(mixed.flatten(2))  # (N, L, D)


SPEC = BlockSpec(
    key="self_attention",
    title=msg("Multi-head self-attention"),
    about=(
        msg("Lets every token of a sequence gather what it needs from all others; the core of every transformer."),
        msg("Each token asks with a query, offers a key and hands out a value; a softmax decides from whom it takes how much."),
        msg("Several heads ask different questions at once, for the price of one."),
    ),
    formula="y = W_o concat_h(softmax(q_h k_hᵀ / √d) v_h)",
    paper="Vaswani et al. 2017, arXiv:1706.03762",
    make=SelfAttention,
    knobs=(
        knobs.dim(),
        knobs.heads(),
        knobs.bias(),
        Knob("causal", False, msg("Whether a token sees only itself and those before it.")),
    ),
    inputs=SEQUENCE,
    sizes={"batch": 1, "length": 16},
    gates=("token-to-token",),
)
