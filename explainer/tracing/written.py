"""Real memory that a forward writes to, put back afterwards."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from functools import cache
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from explainer.tracing.arguments import tensors_in


class Written:
    """Knows the tensors that were there before the forward; keeps what those held that it writes to, through whatever view."""

    def __init__(self, tensors: Iterable[Tensor]) -> None:
        self._tensors = tensors
        self._owned: set[int] | None = None
        self._kept: dict[int, tuple[torch.UntypedStorage, torch.UntypedStorage]] = {}
        self._swapped: dict[int, tuple[Tensor, Tensor]] = {}

    def watching(self) -> AbstractContextManager[Any]:
        """While it lasts, every write of torch's is noticed, also inside of its functions; too slow for the meta device."""
        return _Watch(self)

    def before_call(self, writes: bool, read: list[Tensor], kwargs: dict[str, Any]) -> None:
        """Keeps what a call is about to overwrite, as its name or ``inplace=True`` tell, or what ``out`` names."""
        if writes or kwargs.get("inplace"):
            self.keep(read[:1])
        if kwargs.get("out") is not None:
            self.keep(tensors_in(kwargs["out"], []))

    def keep(self, tensors: Iterable[Tensor]) -> None:
        if self._owned is None:
            self._owned = {t.untyped_storage()._cdata for t in self._tensors if not t.is_meta}
        for tensor in tensors if self._owned else ():
            storage = tensor.untyped_storage()
            key = storage._cdata
            if key in self._owned and key not in self._kept:
                self._kept[key] = (storage, storage.clone())  # type: ignore[no-untyped-call]

    def before_swap(self, tensor: Tensor) -> None:
        """Keeps the memory of a tensor that is about to get another by ``tensor.data = other``."""
        self._swapped.setdefault(id(tensor), (tensor, tensor.data))

    def put_back(self) -> None:
        """Autograd does not notice: it counts writes to tensors, not to their memory."""
        for tensor, data in self._swapped.values():
            tensor.data = data
        for storage, content in self._kept.values():
            storage.copy_(content)


class _Watch(TorchDispatchMode):
    def __init__(self, written: Written) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._written = written

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        positions, names = _overwritten(func)
        if positions or names:
            targets = [args[i] for i in positions if i < len(args)], [kwargs[name] for name in names if name in kwargs]
            self._written.keep(tensors_in(targets, []))
        return func(*args, **kwargs)


@cache
def _overwritten(func: Any) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """Which arguments of an operator its schema marks as written to."""
    marked = [(i, arg.name) for i, arg in enumerate(func._schema.arguments) if arg.alias_info and arg.alias_info.is_write]
    return tuple(i for i, _ in marked), tuple(name for _, name in marked)
