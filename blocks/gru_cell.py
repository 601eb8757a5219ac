"""One step of a GRU, written out with its gates."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from blocks.spec import BlockSpec, Knob, msg


class GRUCell(nn.Module):
    """Mix the old state with a new one, number by number.

    h' = (1 - z) * n + z * h, z, r = sigmoid(W [x; h] + b), n = tanh(Wx x + r * (Wh h))

    Args:
        input_size: D, numbers that come in per step.
        hidden_size: M, numbers of the state.
        reset_after: whether r multiplies W_h h, as torch and cuDNN do, or h before the product, as the paper does.

    Shape:
        x: (N, D), h: (N, M) -> (N, M)

    Source: Cho et al. 2014, arXiv:1406.1078, eq. 5-8.
    Differs: with reset_after the product comes first, which is faster; z keeps the old state, as in the paper's eq. 7.

    >>> GRUCell(8, 16)(torch.zeros(2, 8), torch.zeros(2, 16)).shape
    torch.Size([2, 16])
    """

    def __init__(self, input_size: int, hidden_size: int, reset_after: bool = True) -> None:
        super().__init__()
        self.reset_after = reset_after
        self.gates = nn.Linear(input_size + hidden_size, 2 * hidden_size)
        self.from_x = nn.Linear(input_size, hidden_size)
        self.from_h = nn.Linear(hidden_size, hidden_size)

    def forward(self, x: Tensor, h: Tensor) -> Tensor:
        both = torch.cat((x, h), dim=1)  # (N, D + M)
        update, reset = self.gates(both).chunk(2, dim=1)  # (N, M) each
        update = torch.sigmoid(update)
        reset = torch.sigmoid(reset)
        if self.reset_after:
            recalled = reset * self.from_h(h)
        else:
            recalled = self.from_h(reset * h)
        new = torch.tanh(self.from_x(x) + recalled)
        return (1 - update) * new + update * h


SPEC = BlockSpec(
    key="gru_cell",
    title=msg("GRU cell"),
    about=(
        msg("A recurrent cell with two gates instead of the LSTM's three and without a second memory."),
        msg("The update gate mixes old and new, so what is not overwritten is kept exactly."),
        msg("The reset gate decides how much of the past the new content may use."),
    ),
    formula="h′ = (1 − z) · n + z · h,  n = tanh(W_x x + r · (W_h h))",
    paper="Cho et al. 2014, arXiv:1406.1078",
    make=GRUCell,
    knobs=(
        Knob("input_size", 64, msg("D: how many numbers come in per step."), choices=(16, 32, 64, 128, 256)),
        Knob("hidden_size", 128, msg("M: how many numbers the state holds."), choices=(16, 32, 64, 128, 256)),
        Knob("reset_after", True, msg("Whether the reset gate acts after the matrix product or before it.")),
    ),
    inputs=(("batch", "input_size"), ("batch", "hidden_size")),
    sizes={"batch": 1},
    gates=("elementwise", "elementwise", "elementwise"),
)
