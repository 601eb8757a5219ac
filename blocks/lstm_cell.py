"""One step of an LSTM, written out with its gates."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from blocks.spec import BlockSpec, Knob, msg


class LSTMCell(nn.Module):
    """Forget a part of the memory, write something new into it, and show a part of it.

    c' = f * c + i * g, h' = o * tanh(c'), f, i, o = sigmoid(W [x; h] + b + p * c), g = tanh(W [x; h] + b)

    Args:
        input_size: D, numbers that come in per step.
        hidden_size: M, numbers of the memory.
        peephole: whether forget and input gate also see c, and the output gate c'.

    Shape:
        x: (N, D), h: (N, M), c: (N, M) -> h': (N, M), c': (N, M)

    Source: Hochreiter and Schmidhuber 1997; forget gate and peepholes as in Greff et al. 2015, arXiv:1503.04069, eq. in sec. II.
    Differs: one layer computes all four from x and h side by side, with one bias; torch.nn.LSTMCell has two.

    >>> h, c = LSTMCell(8, 16)(torch.zeros(2, 8), torch.zeros(2, 16), torch.zeros(2, 16))
    >>> h.shape
    torch.Size([2, 16])
    """

    def __init__(self, input_size: int, hidden_size: int, peephole: bool = False) -> None:
        super().__init__()
        self.linear = nn.Linear(input_size + hidden_size, 4 * hidden_size)
        self.peep = nn.Parameter(torch.zeros(3, hidden_size)) if peephole else None

    def forward(self, x: Tensor, h: Tensor, c: Tensor) -> tuple[Tensor, Tensor]:
        both = torch.cat((x, h), dim=1)  # (N, D + M)
        forget, enter, show, new = self.linear(both).chunk(4, dim=1)  # (N, M) each
        if self.peep is not None:
            forget = forget + self.peep[0] * c
            enter = enter + self.peep[1] * c
        kept = torch.sigmoid(forget) * c
        written = torch.sigmoid(enter) * torch.tanh(new)
        c = kept + written
        if self.peep is not None:
            show = show + self.peep[2] * c
        h = torch.sigmoid(show) * torch.tanh(c)
        return h, c


SPEC = BlockSpec(
    key="lstm_cell",
    title=msg("LSTM cell"),
    about=(
        msg("Reads a sequence one step at a time and keeps a memory that it can hold for long."),
        msg("Three gates between 0 and 1 decide, number by number, what is forgotten, what is written and what is shown."),
        msg("The memory is scaled by a gate and added to, never multiplied by weights, so its gradient fades far more slowly."),
    ),
    formula="c′ = σ(f) · c + σ(i) · tanh(g),  h′ = σ(o) · tanh(c′)",
    paper="Hochreiter and Schmidhuber 1997; Greff et al. 2015, arXiv:1503.04069",
    make=LSTMCell,
    knobs=(
        Knob("input_size", 64, msg("D: how many numbers come in per step."), choices=(16, 32, 64, 128, 256)),
        Knob("hidden_size", 128, msg("M: how many numbers the memory holds."), choices=(16, 32, 64, 128, 256)),
        Knob("peephole", False, msg("Whether the gates also see the memory.")),
    ),
    inputs=(("batch", "input_size"), ("batch", "hidden_size"), ("batch", "hidden_size")),
    sizes={"batch": 1},
    gates=("elementwise", "elementwise", "elementwise"),
)
