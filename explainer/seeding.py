"""Random numbers that depend on a seed alone, on whatever thread: torch's own generator is one for the whole process."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from inspect import Parameter, signature
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

_BUILTIN = frozenset(
    "rand randn randint randperm normal bernoulli multinomial uniform_ normal_ random_ bernoulli_ exponential_ cauchy_"
    " log_normal_ geometric_".split()
)


class Seeded(TorchFunctionMode):
    """Inside it every drawing operation of this thread draws from a generator of its own.

    >>> with Seeded(7):
    ...     first = torch.nn.Linear(3, 2)
    >>> with Seeded(7):
    ...     second = torch.nn.Linear(3, 2)
    >>> torch.equal(first.weight, second.weight)
    True
    """

    def __init__(self, seed: int, device: str = "cpu") -> None:
        super().__init__()
        self._generator = torch.Generator(device).manual_seed(seed)

    def __torch_function__(self, func: Callable[..., Any], types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if _draws(func) and kwargs.get("generator") is None:
            kwargs = {**kwargs, "generator": self._generator}
        return func(*args, **kwargs)


@cache
def _draws(func: Callable[..., Any]) -> bool:
    """Whether the callable takes a generator."""
    if getattr(func, "__name__", "") in _BUILTIN and not hasattr(func, "__code__"):
        return True
    if not hasattr(func, "__code__"):
        return False
    parameter = signature(func).parameters.get("generator")
    return parameter is not None and parameter.kind is not Parameter.POSITIONAL_ONLY
