"""Real memory that a forward writes to, put back afterwards."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor


class Written:
    """Knows the tensors that were there before the forward; keeps what those held that it writes to, through whatever view."""

    def __init__(self, tensors: Iterable[Tensor]) -> None:
        self._tensors = tensors
        self._owned: set[int] | None = None
        self._kept: dict[int, tuple[torch.UntypedStorage, torch.UntypedStorage]] = {}

    def before_call(self, writes: bool, read: list[Tensor], kwargs: dict[str, Any]) -> None:
        """Keeps what a call is about to overwrite: its first operand, for its name or ``inplace=True``, or what ``out`` names."""
        if writes or kwargs.get("inplace"):
            self._keep(read[:1])
        out = kwargs.get("out")
        if out is not None:
            self._keep([out] if isinstance(out, Tensor) else out)

    def _keep(self, tensors: Iterable[Tensor]) -> None:
        if self._owned is None:
            self._owned = {t.untyped_storage()._cdata for t in self._tensors if not t.is_meta}
        for tensor in tensors if self._owned else ():
            storage = tensor.untyped_storage()
            key = storage._cdata
            if key in self._owned and key not in self._kept:
                self._kept[key] = (storage, storage.clone())  # type: ignore[no-untyped-call]

    def put_back(self) -> None:
        """Autograd does not notice: it counts writes to tensors, not to their memory."""
        for storage, content in self._kept.values():
            storage.copy_(content)
