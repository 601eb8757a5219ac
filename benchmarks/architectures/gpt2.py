"""GPT-2 small: a causal transformer whose output matrix is its token embedding.

Radford et al. 2019, "Language models are unsupervised multitask learners", table 2; 124,439,808 parameters, the shared matrix
counted once.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class CausalAttention(nn.Module):
    def __init__(self, dim: int, num_heads: int) -> None:
        super().__init__()
        self.num_heads = num_heads
        self.c_attn = nn.Linear(dim, 3 * dim)
        self.c_proj = nn.Linear(dim, dim)

    def forward(self, x: Tensor) -> Tensor:
        N, L, D = x.size()
        q, k, v = self.c_attn(x).split(D, dim=2)  # each (N, L, D)
        q, k, v = (t.view(N, L, self.num_heads, D // self.num_heads).transpose(1, 2) for t in (q, k, v))  # (N, heads, L, d)
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        y = y.transpose(1, 2).contiguous().view(N, L, D)  # (N, L, D)
        return self.c_proj(y)


class MLP(nn.Module):
    def __init__(self, dim: int) -> None:
        super().__init__()
        self.c_fc = nn.Linear(dim, 4 * dim)
        self.c_proj = nn.Linear(4 * dim, dim)

    def forward(self, x: Tensor) -> Tensor:
        return self.c_proj(F.gelu(self.c_fc(x), approximate="tanh"))  # (N, L, D), inside (N, L, 4D)


class Block(nn.Module):
    def __init__(self, dim: int, num_heads: int) -> None:
        super().__init__()
        self.ln_1 = nn.LayerNorm(dim)
        self.attn = CausalAttention(dim, num_heads)
        self.ln_2 = nn.LayerNorm(dim)
        self.mlp = MLP(dim)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attn(self.ln_1(x))
        return x + self.mlp(self.ln_2(x))


class GPT2(nn.Module):
    def __init__(
        self, vocabulary: int = 50_257, context: int = 1024, dim: int = 768, depth: int = 12, num_heads: int = 12
    ) -> None:
        super().__init__()
        self.wte = nn.Embedding(vocabulary, dim)
        self.wpe = nn.Embedding(context, dim)
        self.h = nn.ModuleList([Block(dim, num_heads) for _ in range(depth)])
        self.ln_f = nn.LayerNorm(dim)
        self.lm_head = nn.Linear(dim, vocabulary, bias=False)
        self.lm_head.weight = self.wte.weight

    def forward(self, tokens: Tensor) -> Tensor:
        position = torch.arange(tokens.shape[1], device=tokens.device)  # (L,)
        x = self.wte(tokens) + self.wpe(position)  # (N, L, D)
        for block in self.h:
            x = block(x)
        return self.lm_head(self.ln_f(x))  # (N, L, vocabulary)
