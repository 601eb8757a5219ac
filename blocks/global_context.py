"""Global context: one summary of the whole picture, added to every place."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from blocks import knobs
from blocks.sizes import hidden_width
from blocks.spec import IMAGE, BlockSpec, Knob, msg


class GlobalContext(nn.Module):
    """Pool the picture with learned weights and give every place the result.

    y = x + t(sum_j softmax_j(Wk x_j) x_j), t(z) = W2 relu(ln(W1 z))

    Args:
        channels: C, input and output channels.
        reduction: r, the hidden width is C // r; at least one channel must remain.
        fusion: "add", or "multiply" with the sigmoid of t.

    Shape:
        x: (N, C, H, W) -> (N, C, H, W)

    Source: Cao et al. 2019 (GCNet), arXiv:1904.11492, eq. 4.
    Differs: nothing; "multiply" is the paper's ablation in table 2.

    >>> GlobalContext(64)(torch.zeros(2, 64, 8, 8)).shape
    torch.Size([2, 64, 8, 8])
    """

    def __init__(self, channels: int, reduction: int = 16, fusion: str = "add") -> None:
        super().__init__()
        hidden = hidden_width(channels, reduction)
        self.fusion = fusion
        self.mask = nn.Conv2d(channels, 1, 1)
        self.transform = nn.Sequential(
            nn.Conv2d(channels, hidden, 1), nn.LayerNorm((hidden, 1, 1)), nn.ReLU(), nn.Conv2d(hidden, channels, 1)
        )

    def forward(self, x: Tensor) -> Tensor:
        logits = self.mask(x).flatten(2).transpose(1, 2)  # (N, H W, 1)
        weights = torch.softmax(logits, dim=1)
        context = x.flatten(2) @ weights  # (N, C, 1)
        context = self.transform(context.unsqueeze(3))  # (N, C, 1, 1)
        if self.fusion == "multiply":
            return x * torch.sigmoid(context)  # (N, C, H, W)
        return x + context  # (N, C, H, W)


SPEC = BlockSpec(
    key="global_context",
    title=msg("Global context (GC)"),
    about=(
        msg("A non-local block whose every place asks the same question, so the answer is computed once for all of them."),
        msg(
            "A softmax over the places pools the picture into one vector, a small network transforms it, and every place adds it."
        ),
        msg("That brings the cost down from the square of H·W to H·W."),
    ),
    formula="y = x + W₂ relu(ln(W₁ Σⱼ softmaxⱼ(W_k xⱼ) xⱼ))",
    paper="Cao et al. 2019, arXiv:1904.11492",
    make=GlobalContext,
    knobs=(
        knobs.channels(),
        knobs.reduction(),
        Knob(
            "fusion",
            "add",
            msg("Whether the context is added to the picture or gates its channels."),
            choices=("add", "multiply"),
        ),
    ),
    inputs=IMAGE,
    sizes={"batch": 1, "height": 28, "width": 28},
    gates=("spatial",),
)
