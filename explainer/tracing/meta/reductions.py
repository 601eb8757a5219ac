"""Rules for operations that reduce, join or shift axes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from torch import Tensor

from explainer.tracing.meta.layout import is_row_major, like, new


def _axes(dim: Any, rank: int) -> frozenset[int] | None:
    """Axis numbers counted from the front; None where torch would refuse them."""
    given = (dim,) if type(dim) is int else tuple(dim)
    axes = frozenset(axis % rank for axis in given) if rank else frozenset[int]()
    return axes if given and len(axes) == len(given) and all(-rank <= axis < rank for axis in given) else None


def _reduce(input: Any, dim: Any = None, keepdim: bool = False) -> Tensor | None:
    if not is_row_major(input) or input.dim() == 0 or input.numel() == 0:
        return None
    axes = frozenset(range(input.dim())) if dim is None else _axes(dim, input.dim())
    if axes is None:
        return None
    shape = [1 if i in axes else n for i, n in enumerate(input.shape) if keepdim or i not in axes]
    return new(shape, input.dtype)


def _softmax(input: Any, dim: Any = None, _stacklevel: int = 3, dtype: Any = None) -> Tensor | None:
    if dtype is not None or type(dim) is not int or not is_row_major(input) or not -input.dim() <= dim < input.dim():
        return None
    return like(input)


def _cat(tensors: Any, dim: int = 0) -> Tensor | None:
    if not tensors or not is_row_major(*tensors) or any(t is None for t in tensors):
        return None
    first = tuple(tensors[0].shape)
    if not -len(first) <= dim < len(first):
        return None
    dim %= len(first)
    total = 0
    for tensor in tensors:
        shape = tuple(tensor.shape)
        if len(shape) != len(first) or shape[:dim] != first[:dim] or shape[dim + 1 :] != first[dim + 1 :]:
            return None
        total += shape[dim]
    return new((*first[:dim], total, *first[dim + 1 :]), tensors[0].dtype)


def _roll(input: Any, shifts: Any, dims: Any = None) -> Tensor | None:
    if not is_row_major(input) or dims is None or _axes(dims, input.dim()) is None:
        return None
    counts = 1 if type(shifts) is int else len(tuple(shifts)), 1 if type(dims) is int else len(tuple(dims))
    return like(input) if counts[0] == counts[1] else None


RULES: Mapping[str, Callable[..., Tensor | None]] = {
    "mean": _reduce,
    "sum": _reduce,
    "amax": _reduce,
    "amin": _reduce,
    "softmax": _softmax,
    "log_softmax": _softmax,
    "cat": _cat,
    "roll": _roll,
}
