"""A two-layer bidirectional LSTM that tags each token of a sentence.

Graves and Schmidhuber 2005 (bidirectional LSTM), as used for tagging by Huang et al. 2015, arXiv:1508.01991, without the CRF.
No published count; by hand, with E = 100, H = 256 and 17 tags: embedding 10,000 E = 1,000,000; a direction of a layer
4 H (in + H + 2), in = E then 2 H: 2 * 366,592 + 2 * 788,480 = 2,310,144; head 17 (2 H + 1) = 8,721; together 3,318,865.
"""

from __future__ import annotations

from torch import Tensor, nn


class Tagger(nn.Module):
    def __init__(self, vocabulary: int = 10_000, embedding_dim: int = 100, hidden_dim: int = 256, tags: int = 17) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, embedding_dim, padding_idx=0)
        self.dropout = nn.Dropout(0.5)
        self.lstm = nn.LSTM(embedding_dim, hidden_dim, num_layers=2, batch_first=True, dropout=0.5, bidirectional=True)
        self.head = nn.Linear(2 * hidden_dim, tags)

    def forward(self, tokens: Tensor) -> Tensor:
        x = self.dropout(self.embedding(tokens))  # (N, L, E)
        x, (_hidden, _cell) = self.lstm(x)  # (N, L, 2H)
        return self.head(x).log_softmax(dim=-1)  # (N, L, tags)
