"""Plain tensors: which ones the rules take, and how the results lie in memory. That all are on meta, ``answer`` has seen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn import Parameter

FLOATS = frozenset((torch.float32, torch.float16, torch.bfloat16, torch.float64))
_INT = frozenset((int,))
_META = torch.device("meta")
_LARGEST = 65504  # of half precision: torch refuses larger numbers for some operations


def is_plain(x: Any) -> bool:
    """A tensor of torch's own class, of whatever dtype."""
    kind = type(x)
    return kind is Tensor or kind is Parameter


def is_float(x: Any) -> bool:
    kind = type(x)
    return (kind is Tensor or kind is Parameter) and x.dtype in FLOATS


def are_floats(*tensors: Any) -> bool:
    """All are plain floating tensors of one dtype; None (a missing bias) is passed over."""
    dtype = None
    for x in tensors:
        if x is not None:
            kind = type(x)
            if kind is not Tensor and kind is not Parameter:
                return False
            if dtype is None:
                dtype = x.dtype
            elif x.dtype is not dtype:
                return False
    return dtype in FLOATS


def are_row_major(*tensors: Any) -> bool:
    """Besides, all are in contiguous memory."""
    dtype = None
    for x in tensors:  # as are_floats, in one walk: every convolution comes by here
        if x is not None:
            kind = type(x)
            if kind is not Tensor and kind is not Parameter:
                return False
            if dtype is None:
                dtype = x.dtype
                if dtype not in FLOATS:
                    return False
            elif x.dtype is not dtype:
                return False
            if not x.is_contiguous():
                return False
    return dtype is not None


def is_number(x: Any) -> bool:
    """A plain number that fits into every floating dtype."""
    kind = type(x)
    return (kind is float or kind is int) and -_LARGEST <= x <= _LARGEST


def looks_channels_last(x: Tensor) -> bool:
    """Whether torch may take contiguous memory for an image in channels-last order: the strides of axes of length 1 tell."""
    return x.stride(1) == 1 and (x.stride(-1) != 1 or x.numel() != x.shape[0] * x.shape[1])


def is_dense(x: Tensor) -> bool:
    """No gaps and no overlaps in memory, whatever the order of the axes."""
    if x.is_contiguous():
        return True
    expected = 1
    for stride, size in sorted(zip(x.stride(), x.shape, strict=True)):
        if size == 0:
            return False
        if size != 1:
            if stride != expected:
                return False
            expected *= size
    return True


def new(shape: Sequence[int], dtype: torch.dtype) -> Tensor:
    """A row-major meta tensor."""
    return torch.empty(tuple(shape), dtype=dtype, device=_META)


def elementwise(*tensors: Tensor, dtype: torch.dtype | None = None) -> Tensor | None:
    """The result of an operation on every element: broadcast, in the memory order that torch's TensorIterator chooses."""
    first = tensors[0]
    shape: tuple[int, ...] | None = first.shape
    if len(tensors) == 1 and first.is_contiguous():  # most of what a network does
        return torch.empty(tuple(first.shape), dtype=dtype or first.dtype, device=_META)
    for x in tensors[1:]:
        if x.shape != shape:
            shape = None if shape is None else broadcast(shape, x.shape)
    if shape is None:
        return None
    if not [x for x in tensors if not x.is_contiguous()]:
        return torch.empty(shape, dtype=dtype or first.dtype, device=_META)
    return torch.empty_strided(shape, _iterated(shape, tensors), dtype=dtype or first.dtype, device=_META)


def broadcast(a: Sequence[int], b: Sequence[int]) -> tuple[int, ...] | None:
    """The common shape, None where there is none."""
    if len(a) < len(b):
        a, b = b, a
    shape = list(a)
    for axis in range(1, len(b) + 1):
        if a[-axis] != b[-axis]:
            if a[-axis] != 1 and b[-axis] != 1:
                return None
            shape[-axis] = a[-axis] * b[-axis]
    return tuple(shape)


def _iterated(shape: tuple[int, ...], tensors: Sequence[Tensor]) -> list[int]:
    """Strides of a new tensor whose axes are nested like those of the operands: the first that tells two axes apart decides."""
    rank = len(shape)
    operands = []
    for x in tensors:
        strides = [0 if n == 1 != full else s for n, s, full in zip(x.shape, x.stride(), shape[rank - x.dim() :], strict=True)]
        operands.append([0] * (rank - x.dim()) + strides)
    order = list(range(rank - 1, -1, -1))  # the innermost axis first
    for position in range(1, rank):
        moving = position
        for place in range(position - 1, -1, -1):
            verdict = _is_outer(order[place], order[moving], shape, operands)
            if verdict is False:
                break
            if verdict:
                order[place], order[moving] = order[moving], order[place]
                moving = place
    result, step = [0] * rank, 1
    for axis in order:
        result[axis] = step
        step *= shape[axis]
    return result


def _is_outer(a: int, b: int, shape: Sequence[int], operands: Sequence[Sequence[int]]) -> bool | None:
    """Whether axis ``a`` lies outside of axis ``b``; None if no operand tells."""
    for strides in operands:
        if strides[a] and strides[b]:
            if strides[a] != strides[b]:
                return strides[a] > strides[b]
            if shape[a] > shape[b]:
                return True
    return None


def repeated(value: Any, rank: int) -> tuple[int, ...]:
    """``rank`` integers from one number or a sequence; ValueError where torch would see something else."""
    kind = type(value)
    if kind is tuple and len(value) == rank and _INT.issuperset(map(type, value)):
        return value  # type: ignore[no-any-return]
    if kind is int:
        return (value,) * rank
    if (kind is not tuple and kind is not list) or not _INT.issuperset(map(type, value)):
        raise ValueError(value)
    if len(value) == 1:
        return (value[0],) * rank
    if len(value) != rank:
        raise ValueError(value)
    return tuple(value)
