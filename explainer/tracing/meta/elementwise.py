"""Rules for operations that act on every element by itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

from explainer.tracing.meta.layout import is_dense, is_float, like, new

_SAME = (
    "relu relu6 gelu silu sigmoid tanh hardswish hardsigmoid hardtanh leaky_relu elu selu celu mish softplus softsign logsigmoid"
    " exp log sqrt rsqrt abs neg erf sin cos square reciprocal"
).split()
_PAIRED = "add sub mul div rsub rdiv maximum minimum".split()
_INPLACE_PAIRED = "add_ sub_ mul_ div_".split()
# The positional place of ``inplace`` in torch.nn.functional, where it is not the second argument.
_INPLACE_AT = {"hardtanh": 3, "leaky_relu": 2, "elu": 2, "celu": 2}


def _unary(name: str) -> Callable[..., Tensor | None]:
    inplace_at = _INPLACE_AT.get(name, 1)

    def rule(x: Any = None, *rest: Any, input: Any = None, inplace: bool = False, **options: Any) -> Tensor | None:
        x = input if x is None else x
        if not is_float(x) or "out" in options or "dtype" in options or any(isinstance(o, Tensor) for o in rest):
            return None
        if inplace or (len(rest) >= inplace_at and rest[inplace_at - 1] is True):
            return torch.relu_(x) if x.is_contiguous() else None
        return like(x) if is_dense(x) else None

    return rule


def _inplace_unary(x: Any, *rest: Any, **options: Any) -> Tensor | None:
    """All in-place unary writes look alike on the meta device, and ``relu_`` is the cheapest one."""
    return torch.relu_(x) if is_float(x) and x.is_contiguous() and not rest and not options else None


def _paired(a: Any, b: Any, *, alpha: float = 1) -> Tensor | None:
    if not is_float(a):
        return None
    if isinstance(b, (int, float)):
        return like(a) if is_dense(a) else None
    if not is_float(b) or a.dtype is not b.dtype:
        return None
    if a.shape == b.shape:
        return like(a) if is_dense(a) and is_dense(b) else None
    shape = _broadcast(a.shape, b.shape)
    if shape is None or not a.is_contiguous() or not b.is_contiguous():
        return None
    return new(shape, a.dtype)


def _inplace_paired(a: Any, b: Any, *, alpha: float = 1) -> Tensor | None:
    if not is_float(a) or not a.is_contiguous():
        return None
    if isinstance(b, (int, float)) or (is_float(b) and a.dtype is b.dtype and _broadcast(a.shape, b.shape) == tuple(a.shape)):
        return torch.relu_(a)
    return None


def _broadcast(a: torch.Size, b: torch.Size) -> tuple[int, ...] | None:
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


def _scalars_only(x: Any, *rest: Any, **options: Any) -> Tensor | None:
    """``clamp``, ``pow`` and the like with plain numbers."""
    if not all(type(o) in (int, float) for o in (*rest, *options.values())) or not is_float(x) or not is_dense(x):
        return None
    return like(x)


RULES: Mapping[str, Callable[..., Tensor | None]] = {
    **{name: _unary(name) for name in _SAME},
    **{name + "_": _inplace_unary for name in _SAME},
    **dict.fromkeys(_PAIRED, _paired),
    **dict.fromkeys(_INPLACE_PAIRED, _inplace_paired),
    **dict.fromkeys(("clamp", "clamp_min", "clamp_max", "pow"), _scalars_only),
}
