"""The trained weights of a network, from the numbers that its child sent: nothing of them is ever unpickled here."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterable
from io import BytesIO
from typing import TYPE_CHECKING

from explainer.training.record import Weight

if TYPE_CHECKING:
    from torch import Tensor


def state_dict(weights: Iterable[Weight], prefix: str = "") -> dict[str, Tensor]:
    """The tensors by their names; of the part below ``prefix`` alone, without it: ``blocks.2.`` is the block of stage 3."""
    import numpy as np
    import torch

    found = {}
    for weight in weights:
        if weight.name.startswith(prefix):
            numbers = np.frombuffer(b64decode(weight.data), dtype=np.dtype(weight.dtype).newbyteorder("<"))
            native = numbers.astype(weight.dtype).reshape(weight.shape)
            found[weight.name.removeprefix(prefix)] = torch.from_numpy(native)
    return found


def state_bytes(weights: Iterable[Weight], prefix: str = "") -> bytes:
    """A file that ``torch.load(..., weights_only=True)`` reads."""
    import torch

    torch.save(state_dict(weights, prefix), buffer := BytesIO())
    return buffer.getvalue()
