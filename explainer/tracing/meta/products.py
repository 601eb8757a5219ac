"""Rules for matrix products, attention and embeddings: most results are row-major, whatever the operands are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

from explainer.tracing.meta.layout import are_floats, broadcast, elementwise, is_float, is_plain, new


def _linear(input: Any, weight: Any, bias: Any = None) -> Tensor | None:
    if not are_floats(input, weight, bias) or weight.dim() != 2 or input.dim() < 2 or input.shape[-1] != weight.shape[1]:
        return None
    if 0 in input.shape or 0 in weight.shape or (bias is not None and bias.shape != weight.shape[:1]):
        return None
    return new((*input.shape[:-1], weight.shape[0]), input.dtype)


def _matmul(input: Any, other: Any) -> Tensor | None:
    if not are_floats(input, other) or input.shape[-1] != other.shape[-2] or 0 in input.shape or 0 in other.shape:
        return None
    if input.dim() < 2 or (
        input.dim() == 2 and other.dim() > 2
    ):  # the second is folded the other way round, and so is its result
        return None
    batch = broadcast(input.shape[:-2], other.shape[:-2])
    return None if batch is None else new((*batch, input.shape[-2], other.shape[-1]), input.dtype)


def _mm(rank: int) -> Callable[..., Tensor | None]:
    def rule(input: Any, mat2: Any) -> Tensor | None:
        return _matmul(input, mat2) if input.dim() == mat2.dim() == rank and input.shape[:-2] == mat2.shape[:-2] else None

    return rule


def _addmm(input: Any, mat1: Any, mat2: Any) -> Tensor | None:
    result = _mm(2)(mat1, mat2)
    if result is None or not is_float(input) or input.dtype is not result.dtype or input.dim() != 1:
        return None
    return result if input.shape[0] in (1, result.shape[1]) else None


def _attention(
    query: Any, key: Any, value: Any, attn_mask: Any = None, dropout_p: Any = 0.0, is_causal: Any = False
) -> Tensor | None:
    """Where the CPU's fused kernel runs: its result lies in memory as the query does."""
    if dropout_p != 0 or type(is_causal) is not bool or not are_floats(query, key, value):
        return None
    if not query.dim() == key.dim() == value.dim() == 4 or 0 in query.shape or 0 in key.shape:
        return None
    if key.shape != value.shape or query.shape[:2] != key.shape[:2] or query.shape[3] != key.shape[3]:
        return None
    if not query.stride(3) == key.stride(3) == value.stride(3) == 1:
        return None
    if attn_mask is not None and (is_causal or not _is_attention_mask(attn_mask, query, key)):
        return None
    return elementwise(query)


def _is_attention_mask(mask: Any, query: Tensor, key: Tensor) -> bool:
    if not is_plain(mask) or (mask.dtype is not torch.bool and mask.dtype is not query.dtype) or mask.dim() not in (2, 4):
        return False
    shape = (*query.shape[:3], key.shape[2])
    return tuple(mask.shape[-2:]) == shape[2:] and all(n in (1, full) for n, full in zip(mask.shape[:-2], shape, strict=False))


def _embedding(
    input: Any, weight: Any, *, padding_idx: Any = None, max_norm: Any = None, norm_type: Any = 2.0,
    scale_grad_by_freq: Any = False, sparse: Any = False,
) -> Tensor | None:  # fmt: skip
    if not _is_index(input) or not is_float(weight) or weight.dim() != 2 or max_norm is not None or 0 in weight.shape:
        return None
    if type(scale_grad_by_freq) is not bool or type(sparse) is not bool or type(norm_type) is not float:
        return None
    if padding_idx is not None and (type(padding_idx) is not int or not -weight.shape[0] <= padding_idx < weight.shape[0]):
        return None
    return new((*input.shape, weight.shape[1]), weight.dtype)


def _getitem(input: Any, index: Any) -> Tensor | None:
    """Rows by a tensor of numbers: ``table[index]``."""
    if not _is_index(index) or not is_plain(input) or not input.is_contiguous() or not index.is_contiguous():
        return None
    if index.dim() < 1 or input.dim() < 1 or 0 in input.shape:
        return None
    return new((*index.shape, *input.shape[1:]), input.dtype)


def _is_index(x: Any) -> bool:
    return is_plain(x) and x.dtype is torch.int64


FUNCTIONAL: Mapping[str, Callable[..., Tensor | None]] = {"embedding": _embedding}
BUILTIN: Mapping[str, Callable[..., Tensor | None]] = {
    "linear": _linear,
    "matmul": _matmul,
    "mm": _mm(2),
    "bmm": _mm(3),
    "addmm": _addmm,
    "scaled_dot_product_attention": _attention,
    "getitem": _getitem,
}
