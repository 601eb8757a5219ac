"""What TorchScript computes, which asks no torch function mode: seen one level lower, and handed up to the mode that records."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch.utils._python_dispatch import TorchDispatchMode

from explainer.tracing.inventory import Inventory
from explainer.tracing.mode import Answering

_CONVOLUTIONS = (
    {1: F.conv1d, 2: F.conv2d, 3: F.conv3d},
    {1: F.conv_transpose1d, 2: F.conv_transpose2d, 3: F.conv_transpose3d},
)


class Beneath(TorchDispatchMode):
    """``above`` knows whether what runs has been seen already, as a call of Python's."""

    def __init__(self, above: Answering) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._above = above

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if self._above.is_answering:
            return func(*args, **kwargs)
        if func.overloadpacket in (torch.ops.aten.convolution, torch.ops.aten._convolution):
            return _convolve(*args[:9])
        if func is torch.ops.aten.empty.memory_format and 0 in args[0]:  # a norm's scratch memory
            with torch._C.DisableTorchFunction():
                return func(*args, **kwargs)
        return func(*args, **kwargs)  # a call of Python's as any other: the torch function mode is asked


def _convolve(
    x: Any, weight: Any, bias: Any, stride: Any, padding: Any, dilation: Any, transposed: bool, output_padding: Any, groups: int
) -> Any:
    """The one operator of all convolutions as the function that people call, with its own arguments."""
    convolve: Any = _CONVOLUTIONS[transposed][weight.dim() - 2]
    sizes = [tuple(size) for size in (stride, padding, dilation, output_padding)]
    if transposed:
        return convolve(x, weight, bias, sizes[0], sizes[1], sizes[3], groups, sizes[2])
    return convolve(x, weight, bias, *sizes[:3], groups)


def has_scripted(inventory: Inventory) -> bool:
    """Whether anything is in TorchScript, among the modules or among functions anywhere."""
    functions: Any = torch.jit._state._python_cu  # its types say that it returns nothing
    return bool(functions.get_functions() or inventory.find_scripted())
