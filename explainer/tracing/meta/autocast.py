"""What ``torch.autocast("cpu")`` does to operands, which it leaves alone on the meta device.

Source: torch's own lists (aten/src/ATen/autocast_mode.cpp), compared with a real forward in the tests.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from explainer.tracing.operation import Operation
from explainer.tracing.twins import mapped

_TO_FEWER_BITS = frozenset(
    "conv1d conv2d conv3d conv_transpose1d conv_transpose2d conv_transpose3d linear matmul rmatmul mm bmm addmm baddbmm addbmm"
    " einsum tensordot inner scaled_dot_product_attention lstm rnn_tanh rnn_relu prelu".split()
)
_TO_FLOAT32 = frozenset(
    "prod grid_sample avg_pool3d mse_loss cross_entropy nll_loss binary_cross_entropy cdist trace fft fft2 fftn rfft rfft2 rfftn"
    " ifft ifft2 ifftn irfft irfft2 irfftn".split()
)


def under_autocast(operation: Operation, args: Any, kwargs: Any) -> tuple[Any, Any]:
    """The arguments as an op gets them on the CPU where autocast is on, and as they are elsewhere."""
    if not torch.is_autocast_enabled("cpu"):
        return args, kwargs
    name = operation.name
    if name in _TO_FLOAT32 or (name == "pad" and kwargs.get("mode", "constant") != "constant"):
        dtype = torch.float32
    elif name in _TO_FEWER_BITS:
        dtype = torch.get_autocast_dtype("cpu")
    else:
        return args, kwargs

    def cast(tensor: Tensor) -> Tensor:
        narrow = tensor.is_floating_point() and tensor.dtype is not torch.float64
        return tensor.to(dtype) if narrow else tensor

    return mapped(args, cast), mapped(kwargs, cast)
