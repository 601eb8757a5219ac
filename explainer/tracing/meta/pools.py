"""Rules for pooling with a sliding window and to a fixed size."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from torch import Tensor

from explainer.tracing.meta.layout import are_row_major, looks_channels_last, new, repeated
from explainer.types import Shape


def _max_pool(rank: int) -> Callable[..., Tensor | None]:
    def rule(
        input: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1, ceil_mode: Any = False,
        return_indices: Any = False,
    ) -> Tensor | None:  # fmt: skip
        return None if return_indices is not False else _pooled(rank, input, kernel_size, stride, padding, dilation, ceil_mode)

    return rule


def _avg_pool(rank: int) -> Callable[..., Tensor | None]:
    def rule(
        input: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, ceil_mode: Any = False, count_include_pad: Any = True,
        *divisor: Any,
    ) -> Tensor | None:  # fmt: skip
        if type(count_include_pad) is not bool or divisor not in ((), (None,)) or (rank == 1 and (divisor or stride is None)):
            return None
        if rank == 3 and not _holds(input, kernel_size):
            return None
        return _pooled(rank, input, kernel_size, stride, padding, 1, ceil_mode)

    return rule


def _holds(input: Any, kernel_size: Any) -> bool:
    """Whether a window fits without padding: the pool over volumes insists."""
    return not [n for n, k in zip(input.shape[2:], repeated(kernel_size, 3), strict=True) if n < k]


def _pooled(rank: int, input: Any, kernel_size: Any, stride: Any, padding: Any, dilation: Any, ceil_mode: Any) -> Tensor | None:
    if not _is_map(rank, input) or type(ceil_mode) is not bool:
        return None
    kernels = repeated(kernel_size, rank)
    strides = kernels if stride is None or stride == () or stride == [] else repeated(stride, rank)
    shape = _pooled_shape(input.shape, kernels, strides, repeated(padding, rank), repeated(dilation, rank), ceil_mode)
    return None if shape is None else new(shape, input.dtype)


@lru_cache(maxsize=1024)
def _pooled_shape(
    given: Shape, kernel: Shape, stride: Shape, padding: Shape, dilation: Shape, ceil_mode: bool
) -> Shape | None:
    """The result's shape, None where torch refuses."""
    spatial = []
    batch, channels, *sizes = given
    for n, k, s, p, d in zip(sizes, kernel, stride, padding, dilation, strict=True):
        span = n + 2 * p - d * (k - 1) - 1
        if span < 0 or k < 1 or s < 1 or d < 1 or p < 0 or 2 * p > k:
            return None
        count = (span + s - 1) // s + 1 if ceil_mode else span // s + 1
        if ceil_mode and (count - 1) * s >= n + p:  # the last window must start inside the input or its left padding
            count -= 1
        spatial.append(count)
    return batch, channels, *spatial


def _adaptive(rank: int) -> Callable[..., Tensor | None]:
    def rule(input: Any, output_size: Any, return_indices: Any = False) -> Tensor | None:
        if return_indices is not False or not _is_map(rank, input):
            return None
        given = (output_size,) * rank if type(output_size) is int else tuple(output_size)
        if len(given) != rank or type(output_size) not in (int, tuple, list) or (rank == 1 and given == (None,)):
            return None
        sizes = [n if size is None else size for size, n in zip(given, input.shape[2:], strict=True)]
        return new((*input.shape[:2], *sizes), input.dtype) if all(type(n) is int and n > 0 for n in sizes) else None

    return rule


def _is_map(rank: int, input: Any) -> bool:
    if not are_row_major(input) or input.dim() != rank + 2 or 0 in input.shape:
        return False
    return rank == 1 or not looks_channels_last(input)


FUNCTIONAL: Mapping[str, Callable[..., Tensor | None]] = {
    **{f"max_pool{rank}d": _max_pool(rank) for rank in (1, 2, 3)},
    **{f"adaptive_max_pool{rank}d": _adaptive(rank) for rank in (1, 2, 3)},
    **{f"adaptive_avg_pool{rank}d": _adaptive(rank) for rank in (2, 3)},
}
BUILTIN: Mapping[str, Callable[..., Tensor | None]] = {
    **{f"avg_pool{rank}d": _avg_pool(rank) for rank in (1, 2, 3)},
    "adaptive_avg_pool1d": _adaptive(1),
}
