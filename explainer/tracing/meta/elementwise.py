"""Rules for operations that act on every element by itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import isinf
from typing import Any

import torch
from torch import Tensor

from explainer.tracing.meta.layout import broadcast, elementwise, is_dense, is_float, is_number, is_plain, new

_UNARY = (
    "relu sigmoid tanh exp exp2 expm1 log log2 log10 log1p sqrt rsqrt abs neg erf sin cos tan asin acos atan sinh cosh square"
    " reciprocal sign floor ceil trunc logsigmoid selu"
).split()
# Names of torch.nn.functional, all but the last two with ``inplace``, and their numbers.
_ACTIVATIONS = {
    "relu": (), "silu": (), "mish": (), "hardswish": (), "hardsigmoid": (), "selu": (), "elu": ("alpha",), "celu": ("alpha",),
    "leaky_relu": ("negative_slope",), "hardtanh": ("min_val", "max_val"), "softsign": (), "tanhshrink": (),
}  # fmt: skip
_COMPARED = "gt ge lt le eq ne".split()


def _unary(input: Any) -> Tensor | None:
    return elementwise(input) if is_float(input) else None


def _in_place(input: Any) -> Tensor | None:
    """All in-place unary writes look alike on the meta device, and ``relu_`` is the cheapest one."""
    return torch.relu_(input) if is_float(input) and is_dense(input) else None


def _activation(names: tuple[str, ...]) -> Callable[..., Tensor | None]:
    def rule(input: Any, *, inplace: Any = False, **numbers: Any) -> Tensor | None:
        if numbers and not _are_known(numbers, names):
            return None
        if inplace is False:
            return _unary(input)
        return _in_place(input) if inplace is True else None

    return rule


def _are_known(numbers: dict[str, Any], names: tuple[str, ...]) -> bool:
    """Whether torch takes these numbers: bounds in order, a scale that is not 0."""
    if not all(name in names and is_number(n) for name, n in numbers.items()):
        return False
    return numbers.get("min_val", 0) <= numbers.get("max_val", 1) and (names != ("alpha",) or bool(numbers.get("alpha", 1)))


def _with_numbers(*defaults: float | None) -> Callable[..., Tensor | None]:
    """An operation whose further positional arguments are numbers; None is one that must be given."""

    def rule(input: Any, *numbers: Any) -> Tensor | None:
        if len(numbers) > len(defaults) or None in defaults[len(numbers) :]:
            return None
        return elementwise(input) if is_float(input) and all(is_number(n) for n in numbers) else None

    return rule


def _gelu(input: Any, *, approximate: Any = "none") -> Tensor | None:
    return _unary(input) if approximate in ("none", "tanh") else None


def _clamp(input: Any, min: Any = None, max: Any = None) -> Tensor | None:
    bounds = [bound for bound in (min, max) if bound is not None]
    return _unary(input) if bounds and all(is_number(bound) for bound in bounds) else None


def _added(input: Any, other: Any, *, alpha: Any = 1) -> Tensor | None:
    return _paired(input, other) if is_number(alpha) else None


def _paired(input: Any, other: Any) -> Tensor | None:
    if not is_float(input):
        return None
    if is_number(other):
        return elementwise(input)
    return elementwise(input, other) if is_float(other) and input.dtype is other.dtype else None


def _two_tensors(input: Any, other: Any) -> Tensor | None:
    return elementwise(input, other) if is_float(input) and is_float(other) and input.dtype is other.dtype else None


def _with_number(input: Any, other: Any) -> Tensor | None:
    return elementwise(input) if is_float(input) and is_number(other) else None


def _added_in_place(input: Any, other: Any, *, alpha: Any = 1) -> Tensor | None:
    return _paired_in_place(input, other) if is_number(alpha) else None


def _paired_in_place(input: Any, other: Any) -> Tensor | None:
    if not is_float(input) or not is_dense(input):
        return None
    if is_number(other):
        return torch.relu_(input)
    if not is_float(other) or input.dtype is not other.dtype or broadcast(input.shape, other.shape) != tuple(input.shape):
        return None
    if input is not other and (input._is_view() or other._is_view()) and _memory(input) is _memory(other):
        return None  # torch refuses a sum of a tensor and a part of itself that overlaps it otherwise
    return torch.relu_(input)


def _memory(x: Tensor) -> Tensor:
    return x._base if x._base is not None else x


def _compared(input: Any, other: Any) -> Tensor | None:
    if is_float(input) and (is_number(other) or (is_float(other) and other.dtype is input.dtype)):
        return elementwise(*([input, other] if isinstance(other, Tensor) else [input]), dtype=torch.bool)
    return None


def _mask(input: Any) -> Tensor | None:
    return elementwise(input) if is_plain(input) and input.dtype is torch.bool else None


def _two_masks(input: Any, other: Any) -> Tensor | None:
    if not is_plain(input) or not is_plain(other) or not input.dtype is other.dtype is torch.bool:
        return None
    return elementwise(input, other)


def _masked_fill(input: Any, mask: Any, value: Any) -> Tensor | None:
    if not is_float(input) or not is_plain(mask) or mask.dtype is not torch.bool:
        return None
    if not is_number(value) and not (type(value) is float and isinf(value)):
        return None
    shape = broadcast(input.shape, mask.shape)
    return None if shape is None else new(shape, input.dtype)


def _where(condition: Any, input: Any, other: Any) -> Tensor | None:
    if not is_plain(condition) or condition.dtype is not torch.bool:
        return None
    if not is_float(input) or not (is_number(other) or (is_float(other) and other.dtype is input.dtype)):
        return None
    return elementwise(condition, input, *([other] if isinstance(other, Tensor) else []), dtype=input.dtype)


BUILTIN: Mapping[str, Callable[..., Tensor | None]] = {
    **dict.fromkeys(_UNARY, _unary),
    **{name + "_": _in_place for name in _UNARY if hasattr(Tensor, name + "_")},
    **dict.fromkeys(("softplus",), _with_numbers(1, 20)),
    **dict.fromkeys(("hardshrink", "softshrink"), _with_numbers(0.5)),
    **dict.fromkeys(("clamp", "clip"), _clamp),
    **dict.fromkeys(("clamp_min", "clamp_max"), _with_numbers(None)),
    **dict.fromkeys(("add", "sub"), _added),
    **dict.fromkeys(("add_", "sub_"), _added_in_place),
    **dict.fromkeys(("mul", "div", "pow"), _paired),
    **dict.fromkeys(("mul_", "div_"), _paired_in_place),
    **dict.fromkeys(("rsub", "rdiv", "rpow"), _with_number),
    **dict.fromkeys(("maximum", "minimum"), _two_tensors),
    **dict.fromkeys(_COMPARED, _compared),
    **dict.fromkeys(("logical_not", "invert"), _mask),
    **dict.fromkeys(("and", "or", "xor", "logical_and", "logical_or"), _two_masks),
    "gelu": _gelu,
    "masked_fill": _masked_fill,
    "where": _where,
}
FUNCTIONAL: Mapping[str, Callable[..., Tensor | None]] = {name: _activation(names) for name, names in _ACTIVATIONS.items()}
