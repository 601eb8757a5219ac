"""Stand-ins for real tensors, so that a module is traced without being touched."""

from __future__ import annotations

from collections.abc import Callable, Collection
from copy import copy
from typing import Any

import torch
from torch import Tensor
from torch._C._functorch import is_functorch_wrapped_tensor
from torch.nn import Parameter

from explainer.tracing.vmapped import is_transformed


class Twins:
    """Gives each real tensor one meta twin, and answers the same twin each time.

    Numbers that the forward makes itself (an ``arange``, a mask) stay real as long as they meet only their like, since Python may
    branch on them; a parameter never does. ``on_birth`` hears of each real tensor and its new twin.
    """

    def __init__(self, stateful: Collection[int], on_birth: Callable[[Tensor, Tensor], None]) -> None:
        self._stateful, self._on_birth = stateful, on_birth
        self._twins: dict[int, tuple[Tensor, Tensor]] = {}
        self._originals: dict[int, Tensor] = {}

    def needed(self, tensors: list[Tensor]) -> bool:
        """Whether these operands must be answered on the meta device but are not all there."""
        has_meta = has_real = False
        for tensor in tensors:
            if tensor.is_meta:
                has_meta = True
            elif id(tensor) in self._stateful or type(tensor) is Parameter:
                has_meta = has_real = True
            else:
                has_real = True
        return has_meta and has_real

    def of(self, tensor: Tensor) -> Tensor:
        """The tensor itself if it is on meta, else its twin."""
        if tensor.is_meta:
            return tensor
        known = self._twins.get(id(tensor))
        if known is None:
            twin = _meta_like(tensor)
            known = self._twins[id(tensor)] = (tensor, twin)
            self._originals[id(twin)] = tensor
            self._on_birth(tensor, twin)
        return known[1]

    def original(self, tensor: Tensor) -> Tensor:
        """What a tensor is the twin of, else the tensor itself."""
        return self._originals.get(id(tensor), tensor)


def _meta_like(tensor: Tensor) -> Tensor:
    """Without ``requires_grad_``: a transform of functions forbids it inside."""
    if is_transformed() and is_functorch_wrapped_tensor(tensor):  # its hidden axes as well
        return torch.empty_like(tensor, device="meta")
    shape, strides, dtype = tensor.shape, tensor.stride(), tensor.dtype
    return torch.empty_strided(shape, strides, dtype=dtype, device="meta", requires_grad=tensor.requires_grad)


def mapped(tree: Any, change: Callable[[Tensor], Tensor]) -> Any:
    """The same nested tuples, lists and dicts with each tensor changed."""
    if isinstance(tree, Tensor):
        return change(tree)
    if isinstance(tree, (tuple, list)):
        items = [mapped(item, change) for item in tree]
        if isinstance(tree, list) or type(tree) is tuple:
            return items if isinstance(tree, list) else tuple(items)
        return type(tree)(*items) if hasattr(tree, "_fields") else tree if isinstance(tree, torch.Size) else type(tree)(items)
    if isinstance(tree, dict):
        table = copy(tree)
        for key, item in tree.items():
            table[key] = mapped(item, change)
        return table
    return tree
