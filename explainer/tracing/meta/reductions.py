"""Rules for operations that reduce axes, or run along one: their results are row-major."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from torch import Tensor

from explainer.tracing.meta.layout import are_floats, are_row_major, new


def _axes(dim: Any, rank: int) -> frozenset[int] | None:
    """Axis numbers counted from the front; None where torch would refuse them."""
    given = (dim,) if type(dim) is int else tuple(dim)
    if not given or [axis for axis in given if type(axis) is not int or not -rank <= axis < rank]:
        return None
    axes = frozenset([axis % rank for axis in given])
    return axes if len(axes) == len(given) else None


def _reduced(input: Any, dim: Any, keepdim: Any) -> Tensor | None:
    if type(keepdim) is not bool or not are_floats(input) or input.dim() == 0 or 0 in input.shape:
        return None
    axes = _axes(dim, input.dim())
    if axes is None:
        return None
    return new([1 if i in axes else n for i, n in enumerate(input.shape) if keepdim or i not in axes], input.dtype)


def _reduce_some(input: Any, dim: Any, keepdim: Any = False) -> Tensor | None:
    return _reduced(input, dim, keepdim)


def _reduce(input: Any, *axes: Any, **options: Any) -> Tensor | None:
    if axes or options:
        return _reduce_some(input, *axes, **options)
    return new((), input.dtype) if are_floats(input) and 0 not in input.shape else None


def _softmax(input: Any, dim: Any, dtype: Any = None) -> Tensor | None:
    if dtype is not None or type(dim) is not int or not are_floats(input) or not -input.dim() <= dim < input.dim():
        return None
    return new(input.shape, input.dtype)


def _functional_softmax(input: Any, *, dim: Any = None, _stacklevel: Any = 3, dtype: Any = None) -> Tensor | None:
    return _softmax(input, dim, dtype)


def _cumulative(input: Any, dim: Any) -> Tensor | None:
    return _softmax(input, dim) if are_row_major(input) else None


FUNCTIONAL: Mapping[str, Callable[..., Tensor | None]] = dict.fromkeys(("softmax", "log_softmax", "softmin"), _functional_softmax)
BUILTIN: Mapping[str, Callable[..., Tensor | None]] = {
    **dict.fromkeys(("mean", "sum", "amax", "amin"), _reduce),
    "logsumexp": _reduce_some,
    **dict.fromkeys(("softmax", "log_softmax"), _softmax),
    **dict.fromkeys(("cumsum", "cumprod"), _cumulative),
}
