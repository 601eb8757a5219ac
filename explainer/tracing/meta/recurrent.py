"""Rules for recurrent layers and their cells."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from torch import Tensor

from explainer.tracing.meta.layout import are_row_major, is_number, new

_GATES = {"lstm": 4, "gru": 3, "rnn_tanh": 1, "rnn_relu": 1}


def _layers(name: str) -> Callable[..., tuple[Tensor, ...] | None]:
    gates = _GATES[name]

    def rule(
        input: Any, hx: Any, params: Any, has_biases: Any, num_layers: Any, dropout: Any, train: Any, bidirectional: Any,
        batch_first: Any,
    ) -> tuple[Tensor, ...] | None:  # fmt: skip
        states = tuple(hx) if name == "lstm" else (hx,)
        flags = (has_biases, train, bidirectional, batch_first)
        if [flag for flag in flags if type(flag) is not bool] or type(num_layers) is not int or not is_number(dropout):
            return None
        if not are_row_major(input, *states, *params) or input.dim() != 3 or 0 in input.shape or not 0 <= dropout <= 1:
            return None
        batch, steps = input.shape[:2] if batch_first else (input.shape[1], input.shape[0])
        directions = 2 if bidirectional else 1
        hidden = states[-1].shape[-1]  # of the cell, where there is one: an LSTM may project its output
        size = states[0].shape[-1]
        shapes = [(num_layers * directions, batch, n) for n in ((size, hidden) if name == "lstm" else (size,))]
        if [tuple(state.shape) for state in states] != shapes or min(num_layers, size, hidden) < 1:
            return None
        if [tuple(p.shape) for p in params] != _weights(input.shape[2], hidden, size, gates, num_layers, directions, has_biases):
            return None
        output = new((steps, batch, size * directions), input.dtype)
        return (output.transpose(0, 1) if batch_first else output, *[new(shape, input.dtype) for shape in shapes])

    return rule


def _weights(
    features: int, hidden: int, size: int, gates: int, num_layers: int, directions: int, has_biases: bool
) -> list[tuple[int, ...]]:
    """The shapes of all weights, in torch's order."""
    shapes: list[tuple[int, ...]] = []
    for layer in range(num_layers):
        width = features if layer == 0 else size * directions
        one: list[tuple[int, ...]] = [(gates * hidden, width), (gates * hidden, size)]
        one += [(gates * hidden,)] * 2 if has_biases else []
        one += [(size, hidden)] if size != hidden else []
        shapes += one * directions
    return shapes


def _cell(gates: int, has_state: bool) -> Callable[..., Any]:
    def rule(input: Any, hx: Any, w_ih: Any, w_hh: Any, b_ih: Any = None, b_hh: Any = None) -> Any:
        states = tuple(hx) if has_state else (hx,)
        if not are_row_major(input, *states, w_ih, w_hh, b_ih, b_hh) or input.dim() != 2 or len(states) != 1 + has_state:
            return None
        batch, features = input.shape
        hidden = states[0].shape[-1]
        if [tuple(state.shape) for state in states] != [(batch, hidden)] * len(states) or 0 in (batch, features, hidden):
            return None
        if tuple(w_ih.shape) != (gates * hidden, features) or tuple(w_hh.shape) != (gates * hidden, hidden):
            return None
        if (b_ih is None) != (b_hh is None) or [b for b in (b_ih, b_hh) if b is not None and tuple(b.shape) != (gates * hidden,)]:
            return None
        results = tuple([new((batch, hidden), input.dtype) for _ in states])
        return results if has_state else results[0]

    return rule


FUNCTIONAL: Mapping[str, Callable[..., Any]] = {}
BUILTIN: Mapping[str, Callable[..., Any]] = {
    **{name: _layers(name) for name in _GATES},
    "lstm_cell": _cell(4, has_state=True),
    "gru_cell": _cell(3, has_state=False),
    "rnn_tanh_cell": _cell(1, has_state=False),
    "rnn_relu_cell": _cell(1, has_state=False),
}
