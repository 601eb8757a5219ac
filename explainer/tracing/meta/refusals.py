"""What real tensors refuse and torch's meta device lets pass: refused here, in the words of the CPU.

On meta, torch 2.13 checks neither the channels of a transposed convolution, nor that the operands of a matrix product or of a
normalisation are numbers of one kind, nor the axis of a softmax. A module that no computer runs would be called healthy.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

from explainer.tracing.meta.layout import repeated
from explainer.tracing.operation import Operation

_REDUCED = (torch.float16, torch.bfloat16)


def check(operation: Operation, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """RuntimeError or IndexError where the CPU would raise it; nothing for operations and arguments that no check knows."""
    checker = _CHECKS.get(operation.name)
    if checker is None:
        return
    try:
        error = checker(*args, **kwargs)
    except (TypeError, ValueError, AttributeError):  # arguments of another form: torch knows what to say
        return
    if error is not None:
        raise error


def _conv_transpose(rank: int) -> Callable[..., Exception | None]:
    def checker(
        input: Any, weight: Any, bias: Any = None, stride: Any = 1, padding: Any = 0, output_padding: Any = 0, groups: Any = 1,
        dilation: Any = 1,
    ) -> Exception | None:  # fmt: skip
        if input.dim() not in (rank + 1, rank + 2) or weight.dim() != rank + 2:
            return None
        shape, channels = list(weight.shape), input.shape[-rank - 1]
        if groups < 1 or shape[0] % groups:
            return RuntimeError(
                f"Given groups={groups}, expected weight to be divisible by {groups} at dimension 0, but got weight of size"
                f" [{shape}] instead"
            )
        if channels != shape[0]:
            return RuntimeError(
                f"Given transposed=1, weight of size {shape}, expected input{list(input.shape)} to have {shape[0]} channels, but"
                f" got {channels} channels instead"
            )
        steps = zip(repeated(output_padding, rank), repeated(stride, rank), repeated(dilation, rank), strict=True)
        if any(extra >= max(s, d) for extra, s, d in steps):
            return RuntimeError("output padding must be smaller than either stride or dilation")
        return None

    return checker


def _product(input: Any, other: Any, *_: Any) -> Exception | None:
    if not isinstance(input, Tensor) or not isinstance(other, Tensor) or input.dtype == other.dtype:
        return None
    names = [_SHORT.get(t.dtype, str(t.dtype).removeprefix("torch.")) for t in (input, other)]
    return RuntimeError(f"expected m1 and m2 to have the same dtype, but got: {names[0]} != {names[1]}")


_SHORT = {torch.float64: "double", torch.float32: "float", torch.int64: "long int", torch.float16: "c10::Half"}


def _norm(input: Any, *args: Any, **kwargs: Any) -> Exception | None:
    others = [t for t in (*args, *kwargs.values()) if isinstance(t, Tensor)]
    if input.dtype in _REDUCED or all(t.dtype == input.dtype for t in others):
        return None
    return RuntimeError("mixed dtype (CPU): all inputs must share same datatype.")


def _softmax(input: Any, dim: Any = None, *_: Any, **__: Any) -> Exception | None:
    rank = max(input.dim(), 1)
    if type(dim) is not int or -rank <= dim < rank:
        return None
    return IndexError(f"Dimension out of range (expected to be in range of [{-rank}, {rank - 1}], but got {dim})")


_CHECKS: Mapping[str, Callable[..., Exception | None]] = {
    **{f"conv_transpose{rank}d": _conv_transpose(rank) for rank in (1, 2, 3)},
    **dict.fromkeys(("linear", "matmul", "mm", "bmm"), _product),
    **dict.fromkeys(("batch_norm", "layer_norm", "group_norm", "instance_norm"), _norm),
    "softmax": _softmax,
}
