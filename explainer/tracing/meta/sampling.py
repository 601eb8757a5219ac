"""Rules for resampling and for cutting images into windows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from torch import Tensor

from explainer.tracing.meta.layout import are_floats, are_row_major, looks_channels_last, new, repeated

_MODES = {"nearest": (3, 4, 5), "nearest-exact": (3, 4, 5), "linear": (3,), "bilinear": (4,), "bicubic": (4,), "trilinear": (5,)}


def _interpolate(
    input: Any, *, size: Any = None, scale_factor: Any = None, mode: Any = "nearest", align_corners: Any = None,
    recompute_scale_factor: Any = None, antialias: Any = False,
) -> Tensor | None:  # fmt: skip
    if antialias is not False or recompute_scale_factor is not None or (size is None) == (scale_factor is None):
        return None
    if not are_row_major(input) or input.dim() not in _MODES.get(mode, ()) or 0 in input.shape:
        return None
    if align_corners is not None and (type(align_corners) is not bool or mode.startswith("nearest")):
        return None
    if input.dim() > 3 and looks_channels_last(input, input.shape):
        return None
    sizes = _sizes(input, size, scale_factor)
    return new((*input.shape[:2], *sizes), input.dtype) if min(sizes) > 0 else None


def _sizes(input: Tensor, size: Any, scale_factor: Any) -> list[int]:
    rank = input.dim() - 2
    given = scale_factor if size is None else size
    numbers = list(given) if type(given) in (tuple, list) else [given] * rank
    allowed = (int,) if scale_factor is None else (float,)
    if len(numbers) != rank or [n for n in numbers if type(n) not in allowed or not 0 < n < 1e6]:
        raise ValueError(given)
    return numbers if size is not None else [int(n * scale) for n, scale in zip(input.shape[2:], numbers, strict=True)]


def _grid_sample(
    input: Any, grid: Any, *, mode: Any = "bilinear", padding_mode: Any = "zeros", align_corners: Any = None
) -> Tensor | None:
    if not are_floats(input, grid) or input.dim() != 4 or grid.dim() != 4 or type(align_corners) is not bool:
        return None
    if mode not in ("bilinear", "nearest", "bicubic") or padding_mode not in ("zeros", "border", "reflection"):
        return None
    if grid.shape[0] != input.shape[0] or grid.shape[3] != 2 or 0 in input.shape or 0 in grid.shape:
        return None
    return new((*input.shape[:2], *grid.shape[1:3]), input.dtype)


def _unfold(input: Any, kernel_size: Any, *, dilation: Any = 1, padding: Any = 0, stride: Any = 1) -> Tensor | None:
    if not are_row_major(input) or input.dim() != 4 or 0 in input.shape:
        return None
    windows, area = 1, 1
    lists = [(value, value) if type(value) is int else value for value in (kernel_size, dilation, padding, stride)]
    if [value for value in lists if type(value) is not tuple or len(value) != 2 or repeated(value, 2) != value]:
        return None
    for n, k, d, p, s in zip(input.shape[2:], *lists, strict=True):
        span = n + 2 * p - d * (k - 1) - 1
        if min(k, d, s) < 1 or p < 0 or span < 0:
            return None
        windows *= span // s + 1
        area *= k
    return new((input.shape[0], input.shape[1] * area, windows), input.dtype)


FUNCTIONAL: Mapping[str, Callable[..., Tensor | None]] = {
    "interpolate": _interpolate,
    "grid_sample": _grid_sample,
    "unfold": _unfold,
}
BUILTIN: Mapping[str, Callable[..., Tensor | None]] = {}
