"""What a forward may change, put back afterwards: written parameters and buffers, rebound ones, training flags, random state."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor

from explainer.tracing.inventory import Inventory


class Written:
    """Copies of parameters and buffers, taken just before the forward writes to them (through whatever view)."""

    def __init__(self, inventory: Inventory) -> None:
        self._inventory = inventory
        self._owners: dict[int, Tensor] | None = None
        self._copies: dict[int, tuple[Tensor, Tensor]] = {}

    def before_write(self, tensors: list[Tensor]) -> None:
        """Keeps a copy of every parameter or buffer whose memory one of these tensors shares."""
        if self._owners is None:
            self._owners = {t.untyped_storage()._cdata: t for t in self._inventory.tensors if not t.is_meta}
        for tensor in tensors if self._owners else ():
            key = tensor.untyped_storage()._cdata
            owner = self._owners.get(key)
            if owner is not None and key not in self._copies:
                self._copies[key] = (owner, owner.detach().clone())

    def put_back(self) -> None:
        with torch.no_grad():
            for owner, copy in self._copies.values():
                owner.detach().copy_(copy)


@contextmanager
def unchanged(inventory: Inventory, device: torch.device) -> Iterator[None]:
    """Whatever the forward rebinds or switches on the instances, and the random state, is as before afterwards."""
    rng = torch.get_rng_state()
    cuda_rng = torch.cuda.get_rng_state(device) if device.type == "cuda" else None
    try:
        yield
    finally:
        for instance, training in inventory.training:
            if instance.training is not training:
                instance.training = training
        for table, rows in inventory.tables:
            if len(table) != len(rows) or any(table.get(name, table) is not tensor for name, tensor in rows):
                table.clear()
                table.update(rows)
        torch.set_rng_state(rng)
        if cuda_rng is not None:
            torch.cuda.set_rng_state(cuda_rng, device)
