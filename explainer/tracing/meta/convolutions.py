"""Rules for convolutions and their transposes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from torch import Tensor

from explainer.tracing.meta.layout import are_row_major, looks_channels_last, new, repeated
from explainer.types import Shape


def _conv(rank: int) -> Callable[..., Tensor | None]:
    def rule(
        input: Any, weight: Any, bias: Any = None, stride: Any = 1, padding: Any = 0, dilation: Any = 1, groups: Any = 1
    ) -> Tensor | None:
        if type(groups) is not int or not are_row_major(input, weight, bias):
            return None
        given, kernel, biases = tuple(input.shape), tuple(weight.shape), None if bias is None else tuple(bias.shape)
        paddings = padding if type(padding) is str else repeated(padding, rank)
        shape = _conv_shape(given, kernel, biases, repeated(stride, rank), paddings, repeated(dilation, rank), groups)
        if shape is None or (rank > 1 and (looks_channels_last(input) or looks_channels_last(weight))):
            return None
        return new(shape, input.dtype)

    return rule


@lru_cache(maxsize=4096)
def _conv_shape(
    given: Shape, weight: Shape, bias: Shape | None, stride: Shape, padding: Shape | str, dilation: Shape, groups: int
) -> Shape | None:
    """The result's shape, None where torch refuses. A network repeats its layers, and a page its networks: hence the cache."""
    if not len(given) == len(weight) == len(stride) + 2 or 0 in given or 0 in weight or groups < 1:
        return None
    out_channels, in_channels, *kernel = weight
    batch, channels, *sizes = given
    if channels != in_channels * groups or out_channels % groups or bias not in (None, (out_channels,)):
        return None
    spatial: Shape | None
    if padding == "same":
        spatial = tuple(sizes) if set(stride) == {1} and min(*sizes, *kernel, *dilation) > 0 else None
    elif padding == "valid":
        spatial = _windows(sizes, kernel, stride, (0,) * len(kernel), dilation)
    else:
        spatial = None if isinstance(padding, str) else _windows(sizes, kernel, stride, padding, dilation)
    return None if spatial is None else (batch, out_channels, *spatial)


def _conv_transpose(rank: int) -> Callable[..., Tensor | None]:
    def rule(
        input: Any, weight: Any, bias: Any = None, stride: Any = 1, padding: Any = 0, output_padding: Any = 0, groups: Any = 1,
        dilation: Any = 1,
    ) -> Tensor | None:  # fmt: skip
        if not _fit(rank, input, weight, bias, groups):
            return None
        in_channels, out_channels, *kernel = weight.shape
        batch, channels, *sizes = input.shape
        if channels != in_channels or channels % groups:
            return None
        if bias is not None and bias.shape != (out_channels * groups,):
            return None
        spatial = []
        lists = [repeated(value, rank) for value in (stride, padding, output_padding, dilation)]
        for n, k, s, p, extra, d in zip(sizes, kernel, *lists, strict=True):
            size = (n - 1) * s - 2 * p + d * (k - 1) + extra + 1
            if min(n, k, s, d, size) < 1 or min(p, extra) < 0 or extra >= max(s, d):
                return None
            spatial.append(size)
        return new((batch, out_channels * groups, *spatial), input.dtype)

    return rule


def _fit(rank: int, input: Any, weight: Any, bias: Any, groups: Any) -> bool:
    if type(groups) is not int or groups < 1 or not are_row_major(input, weight, bias):
        return False
    if input.dim() != rank + 2 or weight.dim() != rank + 2 or not (input.numel() and weight.numel()):
        return False
    return rank == 1 or not (looks_channels_last(input) or looks_channels_last(weight))


def _windows(
    sizes: Sequence[int], kernel: Sequence[int], stride: Sequence[int], padding: Sequence[int], dilation: Sequence[int]
) -> tuple[int, ...] | None:
    """Window counts per axis; None where a window does not fit or a number makes no sense."""
    counts = []
    for n, k, s, p, d in zip(sizes, kernel, stride, padding, dilation, strict=True):
        span = n + 2 * p - d * (k - 1) - 1
        if span < 0 or s < 1 or d < 1 or p < 0:
            return None
        counts.append(span // s + 1)
    return tuple(counts)


FUNCTIONAL: Mapping[str, Callable[..., Tensor | None]] = {}
BUILTIN: Mapping[str, Callable[..., Tensor | None]] = {
    **{f"conv{rank}d": _conv(rank) for rank in (1, 2, 3)},
    **{f"conv_transpose{rank}d": _conv_transpose(rank) for rank in (1, 2, 3)},
}
