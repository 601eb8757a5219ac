"""Dense meta tensors: which ones the rules take, and how they make new ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn import Parameter

FLOATS = frozenset((torch.float32, torch.float16, torch.bfloat16, torch.float64))
PLAIN = frozenset((Tensor, Parameter))


def is_float(x: Any) -> bool:
    """A plain floating tensor on the meta device."""
    return type(x) in PLAIN and x.is_meta and x.dtype in FLOATS


def is_row_major(*tensors: Any) -> bool:
    """All are plain floating meta tensors of one dtype in contiguous memory; None (a missing bias) is passed over."""
    dtype = None
    for x in tensors:
        if x is None:
            continue
        kind = type(x)
        if (kind is not Tensor and kind is not Parameter) or not x.is_meta or not x.is_contiguous():
            return False
        if dtype is None:
            dtype = x.dtype
            if dtype not in FLOATS:
                return False
        elif x.dtype is not dtype:
            return False
    return True


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
    return torch.empty(shape, dtype=dtype, device="meta")


def like(x: Tensor) -> Tensor:
    """A meta tensor of the same shape, dtype and memory layout."""
    if x.is_contiguous():
        return torch.empty(x.shape, dtype=x.dtype, device="meta")
    return torch.empty_strided(x.shape, x.stride(), dtype=x.dtype, device="meta")


def pair(value: Any, rank: int) -> tuple[int, ...]:
    """``rank`` integers from one number or a sequence; ValueError where torch would see something else."""
    if type(value) is int:
        return (value,) * rank
    numbers = tuple(value)
    if len(numbers) == 1:
        numbers *= rank
    if len(numbers) != rank or [n for n in numbers if type(n) is not int]:
        raise ValueError(value)
    return numbers
