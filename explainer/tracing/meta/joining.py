"""Rules for operations that join, move or cut out elements."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from torch import Tensor

from explainer.tracing.meta.layout import are_row_major, is_plain, looks_channels_last, new


def _cat(tensors: Any, dim: Any = 0) -> Tensor | None:
    if type(dim) is not int or not _are_alike(tensors):
        return None
    first = list(tensors[0].shape)
    rank = len(first)
    if not -rank <= dim < rank:
        return None
    dim %= rank
    total = 0
    for tensor in tensors:
        if rank in (4, 5) and looks_channels_last(tensor):
            return None
        shape = list(tensor.shape)
        total += shape[dim]
        first[dim] = shape[dim]  # that alone may differ
        if shape != first:
            return None
    first[dim] = total
    return new(first, tensors[0].dtype)


def _stack(tensors: Any, dim: Any = 0) -> Tensor | None:
    if type(dim) is not int or not _are_alike(tensors):
        return None
    shape = tuple(tensors[0].shape)
    if [x for x in tensors if x.shape != shape] or not -len(shape) - 1 <= dim <= len(shape):
        return None
    dim %= len(shape) + 1
    return new((*shape[:dim], len(tensors), *shape[dim:]), tensors[0].dtype)


def _are_alike(tensors: Any) -> bool:
    return type(tensors) in (tuple, list) and bool(tensors) and not [x for x in tensors if x is None] and are_row_major(*tensors)


def _roll(input: Any, shifts: Any, dims: Any = None) -> Tensor | None:
    if not are_row_major(input) or dims is None:
        return None
    counts = [[value] if type(value) is int else list(value) for value in (shifts, dims)]
    if len(counts[0]) != len(counts[1]) or not counts[0] or [n for n in (*counts[0], *counts[1]) if type(n) is not int]:
        return None
    return new(input.shape, input.dtype) if all(-input.dim() <= axis < input.dim() for axis in counts[1]) else None


def _contiguous(input: Any) -> Tensor | None:
    """Only where it copies: else the tensor itself is the answer, and torch gives it fast."""
    return new(input.shape, input.dtype) if is_plain(input) and not input.is_contiguous() else None


def _triangle(input: Any, diagonal: Any = 0) -> Tensor | None:
    if type(diagonal) is not int or not -(1 << 31) < diagonal < 1 << 31:
        return None
    return new(input.shape, input.dtype) if is_plain(input) and input.is_contiguous() and input.dim() >= 2 else None


FUNCTIONAL: Mapping[str, Callable[..., Tensor | None]] = {}
BUILTIN: Mapping[str, Callable[..., Tensor | None]] = {
    "cat": _cat,
    "stack": _stack,
    "roll": _roll,
    "contiguous": _contiguous,
    "tril": _triangle,
    "triu": _triangle,
}
