"""How many samples a call stands for: under ``torch.vmap`` the code sees one of them, and torch computes all at once."""

from __future__ import annotations

from math import prod

from torch import Tensor
from torch._C._functorch import (
    get_unwrapped,
    is_batchedtensor,
    is_functorch_wrapped_tensor,
    maybe_get_bdim,
    maybe_get_level,
    peek_interpreter_stack,
)


def is_transformed() -> bool:
    """Whether ``torch.vmap``, ``torch.func.grad`` or another transform of functions is at work on this thread."""
    return peek_interpreter_stack() is not None


def sample_count(tensors: list[Tensor]) -> int:
    """The product of the hidden axes, one for each ``vmap`` that any of the tensors is inside of."""
    sizes: dict[int, int] = {}
    for tensor in tensors:
        while is_functorch_wrapped_tensor(tensor):
            inner = get_unwrapped(tensor)
            if is_batchedtensor(tensor):
                sizes[maybe_get_level(tensor)] = inner.shape[maybe_get_bdim(tensor)]
            tensor = inner
    return prod(sizes.values())
