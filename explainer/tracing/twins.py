"""Meta stand-ins for real tensors: a real module is traced on the meta device without being touched."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import torch
from torch import Tensor
from torch.nn import Parameter


class Twins:
    """Gives each real tensor one meta twin, and answers the same twin each time.

    Numbers that the forward makes itself (an ``arange``, a mask) stay real as long as they meet only their like, since Python may
    branch on them; a parameter never does.
    """

    def __init__(self, stateful: Collection[int]) -> None:
        self._stateful = stateful
        self._twins: dict[int, tuple[Tensor, Tensor]] = {}

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

    def of(self, tree: Any) -> Any:
        """The same nested arguments with each real tensor replaced by its twin."""
        if isinstance(tree, Tensor):
            return tree if tree.is_meta else self._twin(tree)
        if isinstance(tree, list):
            return [self.of(item) for item in tree]
        if type(tree) is tuple:
            return tuple(self.of(item) for item in tree)
        if isinstance(tree, dict):
            return {key: self.of(item) for key, item in tree.items()}
        return tree

    def _twin(self, tensor: Tensor) -> Tensor:
        known = self._twins.get(id(tensor))
        if known is None:
            twin = torch.empty_strided(tensor.shape, tensor.stride(), dtype=tensor.dtype, device="meta")
            known = self._twins[id(tensor)] = (tensor, twin)
        return known[1]
