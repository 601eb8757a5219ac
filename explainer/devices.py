"""The devices that a block can run on."""

from __future__ import annotations


def devices() -> tuple[str, ...]:
    """``cpu``, then whatever torch reports on this machine: ``cuda:0``, ``mps``."""
    import torch

    found = ["cpu", *(f"cuda:{index}" for index in range(torch.cuda.device_count()))]
    if torch.backends.mps.is_available():
        found.append("mps")
    return tuple(found)
