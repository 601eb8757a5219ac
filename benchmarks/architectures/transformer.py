"""The encoder of the base transformer, from PyTorch's own layers.

Vaswani et al. 2017, arXiv:1706.03762, sections 3.1-3.5 (D = 512, 8 heads, 2048 inside, 6 layers, 37,000 tokens).
By hand, since papers count it together with the decoder: embedding 37,000 D = 18,944,000; a layer 4 D (D + 1) for the attention,
2 * 2048 D + 2048 + D for the perceptron, 4 D for two norms: 3,152,384; six of them 18,914,304; together 37,858,304.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn


class PositionalEncoding(nn.Module):
    """Sines and cosines of falling frequency, added to the tokens."""

    def __init__(self, dim: int, max_length: int = 512) -> None:
        super().__init__()
        position = torch.arange(max_length).unsqueeze(1)
        frequency = torch.exp(torch.arange(0, dim, 2) * (-math.log(10_000.0) / dim))
        table = torch.zeros(1, max_length, dim)
        table[0, :, 0::2] = torch.sin(position * frequency)
        table[0, :, 1::2] = torch.cos(position * frequency)
        self.register_buffer("table", table)
        self.dropout = nn.Dropout(0.1)

    def forward(self, x: Tensor) -> Tensor:
        return self.dropout(x + self.table[:, : x.size(1)])


class Encoder(nn.Module):
    def __init__(self, vocabulary: int = 37_000, dim: int = 512, num_heads: int = 8, depth: int = 6) -> None:
        super().__init__()
        self.dim = dim
        self.embedding = nn.Embedding(vocabulary, dim)
        self.position = PositionalEncoding(dim)
        layer = nn.TransformerEncoderLayer(dim, num_heads, dim_feedforward=4 * dim, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, num_layers=depth)

    def forward(self, tokens: Tensor) -> Tensor:
        x = self.embedding(tokens) * math.sqrt(self.dim)  # (N, L, D)
        x = self.position(x)
        return self.encoder(x)  # (N, L, D)
