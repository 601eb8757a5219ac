"""Rules for layers with weights, normalisation and pooling."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from torch import Tensor

from explainer.tracing.meta.layout import is_dense, is_float, is_row_major, like, new, pair


def _conv(rank: int) -> Callable[..., Tensor | None]:
    def rule(
        input: Any, weight: Any, bias: Any = None, stride: Any = 1, padding: Any = 0, dilation: Any = 1, groups: int = 1
    ) -> Tensor | None:
        if (
            not is_row_major(input, weight, bias)
            or input.dim() != rank + 2
            or weight.dim() != rank + 2
            or isinstance(padding, str)
        ):
            return None
        out_channels, in_channels, *kernel = weight.shape
        batch, channels, *sizes = input.shape
        if groups < 1 or channels != in_channels * groups or out_channels % groups or out_channels == 0 or channels == 0:
            return None
        if bias is not None and tuple(bias.shape) != (out_channels,):
            return None
        spatial = _windows(sizes, kernel, pair(stride, rank), pair(padding, rank), pair(dilation, rank))
        return None if spatial is None else new((batch, out_channels, *spatial), input.dtype)

    return rule


def _windows(
    sizes: Sequence[int], kernel: Sequence[int], stride: Sequence[int], padding: Sequence[int], dilation: Sequence[int]
) -> tuple[int, ...] | None:
    """Window counts per axis; None where a window does not fit or a number makes no sense."""
    counts = []
    for n, k, s, p, d in zip(sizes, kernel, stride, padding, dilation, strict=True):
        span = n + 2 * p - d * (k - 1) - 1
        if span < 0 or n < 1 or k < 1 or s < 1 or d < 1 or p < 0:
            return None
        counts.append(span // s + 1)
    return tuple(counts)


def _linear(input: Any, weight: Any, bias: Any = None) -> Tensor | None:
    if not is_row_major(input, weight, bias) or weight.dim() != 2 or input.dim() < 1 or input.shape[-1] != weight.shape[1]:
        return None
    if bias is not None and bias.shape != weight.shape[:1]:
        return None
    return new((*input.shape[:-1], weight.shape[0]), input.dtype)


def _batch_norm(
    input: Any, running_mean: Any, running_var: Any, weight: Any = None, bias: Any = None, training: bool = False,
    momentum: float = 0.1, eps: float = 1e-5,
) -> Tensor | None:  # fmt: skip
    if not is_row_major(input, running_mean, running_var, weight, bias) or input.dim() < 2:
        return None
    channels = input.shape[1]
    if any(p is not None and tuple(p.shape) != (channels,) for p in (running_mean, running_var, weight, bias)):
        return None
    if input.numel() == 0 or (training and input.numel() == channels) or (running_mean is None) != (running_var is None):
        return None
    return like(input) if training or running_mean is not None else None


def _layer_norm(input: Any, normalized_shape: Any, weight: Any = None, bias: Any = None, eps: float = 1e-5) -> Tensor | None:
    shape = tuple(normalized_shape)
    if not is_row_major(input, weight, bias) or not shape or tuple(input.shape[-len(shape) :]) != shape or input.numel() == 0:
        return None
    return like(input) if all(p is None or tuple(p.shape) == shape for p in (weight, bias)) else None


def _group_norm(input: Any, num_groups: int, weight: Any = None, bias: Any = None, eps: float = 1e-5) -> Tensor | None:
    if (
        not is_row_major(input, weight, bias)
        or input.dim() < 3
        or num_groups < 1
        or input.shape[1] % num_groups
        or input.numel() == 0
    ):
        return None
    return like(input) if all(p is None or tuple(p.shape) == (input.shape[1],) for p in (weight, bias)) else None


def _pool2d(input: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1, ceil_mode: bool = False,
            return_indices: bool = False) -> Tensor | None:  # fmt: skip
    if ceil_mode or return_indices or not is_row_major(input) or input.dim() != 4:
        return None
    kernel = pair(kernel_size, 2)
    strides = kernel if stride is None or stride == () or stride == [] else pair(stride, 2)
    pads = pair(padding, 2)
    if min(kernel) < 1 or any(2 * p > k for p, k in zip(pads, kernel, strict=True)) or 0 in input.shape:
        return None
    spatial = _windows(input.shape[2:], kernel, strides, pads, pair(dilation, 2))
    return None if spatial is None else new((*input.shape[:2], *spatial), input.dtype)


def _avg_pool2d(
    input: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, ceil_mode: bool = False, *rest: Any
) -> Tensor | None:
    return None if rest and rest[1:] not in ((), (None,)) else _pool2d(input, kernel_size, stride, padding, 1, ceil_mode)


def _adaptive_avg_pool2d(input: Any, output_size: Any) -> Tensor | None:
    if not is_row_major(input) or input.dim() != 4 or 0 in input.shape:
        return None
    sizes = pair(output_size, 2)
    return new((*input.shape[:2], *sizes), input.dtype) if min(sizes) >= 1 else None


def _attention(
    query: Any, key: Any, value: Any, attn_mask: Any = None, dropout_p: float = 0.0, is_causal: bool = False, **options: Any
) -> Tensor | None:
    if options or attn_mask is not None or not all(is_float(t) and is_dense(t) for t in (query, key, value)):
        return None
    if not query.dim() == key.dim() == value.dim() == 4 or not query.dtype is key.dtype is value.dtype:
        return None
    if (
        query.shape[:2] != key.shape[:2]
        or key.shape[:3] != value.shape[:3]
        or query.shape[3] != key.shape[3]
        or query.numel() == 0
    ):
        return None
    if key.numel() == 0 or value.numel() == 0:
        return None
    batch, heads, length, _ = query.shape  # the CPU kernel lays heads out inside each position
    return new((batch, length, heads, value.shape[3]), query.dtype).transpose(1, 2)


RULES: Mapping[str, Callable[..., Tensor | None]] = {
    "conv1d": _conv(1),
    "conv2d": _conv(2),
    "conv3d": _conv(3),
    "linear": _linear,
    "batch_norm": _batch_norm,
    "layer_norm": _layer_norm,
    "group_norm": _group_norm,
    "max_pool2d": _pool2d,
    "avg_pool2d": _avg_pool2d,
    "adaptive_avg_pool2d": _adaptive_avg_pool2d,
    "scaled_dot_product_attention": _attention,
}
