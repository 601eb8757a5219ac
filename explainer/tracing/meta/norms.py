"""Rules for normalisation, dropout and gated units."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import prod
from typing import Any

import torch
from torch import Tensor

from explainer.tracing.meta.layout import are_floats, are_row_major, elementwise, is_float, is_number, new


def _batch_norm(
    input: Any, running_mean: Any, running_var: Any, weight: Any = None, bias: Any = None, training: Any = False,
    momentum: Any = 0.1, eps: Any = 1e-5,
) -> Tensor | None:  # fmt: skip
    if not are_row_major(input, running_mean, running_var, weight, bias) or input.dim() < 2 or 0 in input.shape:
        return None
    if not _are_vectors(input.shape[1], running_mean, running_var, weight, bias) or (running_mean is None) != (
        running_var is None
    ):
        return None
    if type(training) is not bool or not is_number(momentum) or not is_number(eps):
        return None
    if input.numel() == input.shape[1] if training else running_mean is None:
        return None
    return new(input.shape, input.dtype)


def _instance_norm(
    input: Any, running_mean: Any = None, running_var: Any = None, weight: Any = None, bias: Any = None,
    use_input_stats: Any = True, momentum: Any = 0.1, eps: Any = 1e-5,
) -> Tensor | None:  # fmt: skip
    if not are_row_major(input, running_mean, running_var, weight, bias) or input.dim() < 3 or 0 in input.shape:
        return None
    if not _are_vectors(input.shape[1], running_mean, running_var, weight, bias) or (running_mean is None) != (
        running_var is None
    ):
        return None
    if type(use_input_stats) is not bool or not is_number(momentum) or not is_number(eps):
        return None
    if prod(input.shape[2:]) == 1 if use_input_stats else running_mean is None:
        return None
    return new(input.shape, input.dtype)


def _are_vectors(channels: int, *tensors: Any) -> bool:
    return not [x for x in tensors if x is not None and tuple(x.shape) != (channels,)]


def _layer_norm(input: Any, normalized_shape: Any, weight: Any = None, bias: Any = None, eps: Any = 1e-5) -> Tensor | None:
    if not are_floats(input, weight, bias) or not _is_tail(input, normalized_shape) or not is_number(eps):
        return None
    shape = tuple(normalized_shape)
    fits = not [p for p in (weight, bias) if p is not None and tuple(p.shape) != shape]
    return new(input.shape, input.dtype) if fits else None


def _rms_norm(input: Any, normalized_shape: Any, weight: Any = None, eps: Any = None) -> Tensor | None:
    if not are_row_major(input, weight) or not _is_tail(input, normalized_shape) or not (eps is None or is_number(eps)):
        return None
    return new(input.shape, input.dtype) if weight is None or tuple(weight.shape) == tuple(normalized_shape) else None


def _is_tail(input: Tensor, shape: Any) -> bool:
    """Whether a sequence of integers is the end of the input's shape."""
    if type(shape) not in (tuple, list, type(input.shape)) or [n for n in shape if type(n) is not int] or not shape:
        return False
    return tuple(input.shape[-len(shape) :]) == tuple(shape) and input.numel() > 0


def _group_norm(input: Any, num_groups: Any, weight: Any = None, bias: Any = None, eps: Any = 1e-5) -> Tensor | None:
    if not are_row_major(input, weight, bias) or input.dim() < 3 or type(num_groups) is not int or not is_number(eps):
        return None
    channels = input.shape[1]
    if 0 in input.shape or num_groups < 1 or channels % num_groups or not _are_vectors(channels, weight, bias):
        return None
    return new(input.shape, input.dtype) if input.numel() > num_groups else None  # torch wants more than one value per group


def _local_response_norm(input: Any, size: Any, alpha: Any = 1e-4, beta: Any = 0.75, k: Any = 1.0) -> Tensor | None:
    if not are_row_major(input) or input.dim() < 3 or 0 in input.shape or type(size) is not int or size < 1:
        return None
    if input.dtype not in (torch.float32, torch.float64):  # inside is a pool that knows no others
        return None
    return new(input.shape, input.dtype) if is_number(alpha) and is_number(beta) and is_number(k) else None


def _normalize(input: Any, p: Any = 2.0, dim: Any = 1, eps: Any = 1e-12, out: Any = None) -> Tensor | None:
    if out is not None or type(dim) is not int or not are_row_major(input) or not is_number(p) or not is_number(eps):
        return None
    return new(input.shape, input.dtype) if -input.dim() <= dim < input.dim() and 0 not in input.shape else None


def _dropout(input: Any, *, p: Any = 0.5, training: Any = True, inplace: Any = False) -> Tensor | None:
    """Only where it computes something: in training."""
    if training is not True or inplace is not False or not is_float(input) or not is_number(p) or not 0 < p <= 1:
        return None
    return elementwise(input) if input.is_contiguous() and input.numel() else None


def _dropout_channels(input: Any, *, p: Any = 0.5, training: Any = True, inplace: Any = False) -> Tensor | None:
    return _dropout(input, p=p, training=training, inplace=inplace) if input.dim() == 4 else None


def _prelu(input: Any, weight: Any) -> Tensor | None:
    if not are_row_major(input, weight) or weight.dim() != 1 or input.dim() < 2:
        return None
    return new(input.shape, input.dtype) if weight.shape[0] in (1, input.shape[1]) else None


def _glu(input: Any, *, dim: Any = -1) -> Tensor | None:
    if not are_row_major(input) or type(dim) is not int or not -input.dim() <= dim < input.dim() or input.shape[dim] % 2:
        return None
    shape = list(input.shape)
    shape[dim] //= 2
    return new(shape, input.dtype)


FUNCTIONAL: Mapping[str, Callable[..., Tensor | None]] = {
    "batch_norm": _batch_norm,
    "instance_norm": _instance_norm,
    "layer_norm": _layer_norm,
    "rms_norm": _rms_norm,
    "group_norm": _group_norm,
    "local_response_norm": _local_response_norm,
    "normalize": _normalize,
    "dropout": _dropout,
    "dropout2d": _dropout_channels,
    "glu": _glu,
}
BUILTIN: Mapping[str, Callable[..., Tensor | None]] = {"prelu": _prelu}
