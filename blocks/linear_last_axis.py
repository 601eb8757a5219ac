"""A linear layer works on the last axis, whatever stands before it."""

from __future__ import annotations

from torch import Tensor, nn

from blocks import knobs
from blocks.spec import BlockSpec, Knob, msg


class LinearLastAxis(nn.Module):
    """Replace every row of numbers along the last axis by another row, each by itself.

    y[n, l, :] = W x[n, l, :] + b

    Args:
        in_features: the length of the last axis.
        out_features: what it becomes.
        bias: whether b is there.

    Shape:
        x: (N, L, in_features) -> (N, L, out_features)

    Source: the definition of torch.nn.Linear; on tokens, Vaswani et al. 2017, arXiv:1706.03762, sec. 3.3.
    Differs: nothing.

    >>> import torch
    >>> LinearLastAxis(64, 10)(torch.zeros(2, 7, 64)).shape
    torch.Size([2, 7, 10])
    """

    def __init__(self, in_features: int, out_features: int, bias: bool = True) -> None:
        super().__init__()
        self.linear = nn.Linear(in_features, out_features, bias=bias)

    def forward(self, x: Tensor) -> Tensor:
        return self.linear(x)  # (N, L, out_features)


SPEC = BlockSpec(
    key="linear_last_axis",
    title=msg("Linear layer on the last axis"),
    about=(
        msg("A linear layer looks at the last axis only; all axes before it are just more rows."),
        msg("So one small matrix serves a batch, a sequence or a whole picture whose channels are last."),
        msg("On channels it computes the same as a 1 × 1 convolution."),
    ),
    formula="y[n, l, :] = W x[n, l, :] + b",
    paper="Vaswani et al. 2017, arXiv:1706.03762",
    make=LinearLastAxis,
    knobs=(
        Knob("in_features", 64, msg("The length of the last axis."), choices=knobs.WIDTHS),
        Knob("out_features", 10, msg("What the last axis becomes."), choices=(1, 10, 64, 100, 1000)),
        knobs.bias(),
    ),
    inputs=(("batch", "length", "in_features"),),
    sizes={"batch": 2, "length": 16},
)
