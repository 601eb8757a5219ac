"""The record of one network of the corpus, and the inputs that fit it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn


@dataclass(frozen=True, slots=True)
class Architecture:
    """A whole network. ``param_count`` is the published number, or the one worked out in its file's docstring.

    ``dtype`` is that of every input; int64 stands for token ids.
    """

    name: str
    make: Callable[[], nn.Module]
    input_shapes: tuple[tuple[int, ...], ...]
    param_count: int | None = None
    dtype: Literal["float32", "int64"] = "float32"

    def build(self, device: str = "meta") -> nn.Module:
        """The network on that device, in eval mode; on meta it costs no memory."""
        with torch.device(device):
            return self.make().eval()

    def inputs(self, device: str = "meta") -> tuple[Tensor, ...]:
        """Fresh inputs: normal noise, or the token ids 0 and 1."""
        if self.dtype == "int64":
            return tuple(torch.randint(0, 2, shape, device=device) for shape in self.input_shapes)
        return tuple(torch.randn(shape, device=device) for shape in self.input_shapes)
