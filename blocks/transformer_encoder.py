"""The encoder block of a transformer."""

from __future__ import annotations

from torch import Tensor, nn

from blocks import knobs
from blocks.activations import ACTIVATIONS
from blocks.self_attention import SelfAttention
from blocks.spec import SEQUENCE, BlockSpec, Knob, msg


class TransformerEncoder(nn.Module):
    """Gather from the other tokens, then think alone; both are added to what is there.

    z = x + attention(ln(x)), y = z + W2 act(W1 ln(z)); or with the normalisation behind each sum

    Args:
        dim: D, numbers per token.
        heads: attentions side by side; divides D.
        expansion: the hidden width is this many times D.
        activation: "gelu", "relu" or "silu".
        norm_first: whether the normalisation comes before attention and MLP, or behind the sums as in the paper.

    Shape:
        x: (N, L, D) -> (N, L, D)

    Source: Vaswani et al. 2017, arXiv:1706.03762, fig. 1; before the layers: Xiong et al. 2020, arXiv:2002.04745.
    Differs: no dropout; GELU by default, as in BERT and ViT.

    >>> import torch
    >>> TransformerEncoder(64)(torch.zeros(2, 10, 64)).shape
    torch.Size([2, 10, 64])
    """

    def __init__(self, dim: int, heads: int = 4, expansion: int = 4, activation: str = "gelu", norm_first: bool = True) -> None:
        super().__init__()
        self.norm_first = norm_first
        self.norm1 = nn.LayerNorm(dim)
        self.attention = SelfAttention(dim, heads)
        self.norm2 = nn.LayerNorm(dim)
        self.mlp = nn.Sequential(nn.Linear(dim, expansion * dim), ACTIVATIONS[activation](), nn.Linear(expansion * dim, dim))

    def forward(self, x: Tensor) -> Tensor:
        if self.norm_first:
            x = x + self.attention(self.norm1(x))
            x = x + self.mlp(self.norm2(x))
        else:
            x = self.norm1(x + self.attention(x))
            x = self.norm2(x + self.mlp(x))
        return x


SPEC = BlockSpec(
    key="transformer_encoder",
    title=msg("Transformer encoder block"),
    about=(
        msg("The block of BERT, of the vision transformer and of most language models."),
        msg(
            "Attention lets the tokens talk, a small network then works on each token by itself; both only add to what is there."
        ),
        msg("With the normalisation in front it trains without a careful warm-up."),
    ),
    formula="z = x + attention(ln(x)),  y = z + W₂ act(W₁ ln(z))",
    paper="Vaswani et al. 2017, arXiv:1706.03762; Xiong et al. 2020, arXiv:2002.04745",
    make=TransformerEncoder,
    knobs=(
        knobs.dim(),
        knobs.heads(),
        Knob(
            "expansion",
            4,
            msg("The hidden layer of the MLP is this many times as wide as a token."),
            largest=16,
            choices=(1, 2, 4, 8),
        ),
        Knob("activation", "gelu", msg("The function between the two linear layers."), choices=("gelu", "relu", "silu")),
        Knob("norm_first", True, msg("Whether the normalisation comes first, or behind each sum as in the paper.")),
    ),
    inputs=SEQUENCE,
    sizes={"batch": 1, "length": 16},
    gates=("token-to-token",),
)
