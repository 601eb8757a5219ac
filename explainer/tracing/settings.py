"""The plain values that a module keeps beside its layers and tensors: ``self.stride = stride``."""

from __future__ import annotations

from math import isfinite
from typing import Any

from torch import nn

from explainer.types import Attribute

_EVERY_MODULES = frozenset(vars(nn.Module()))
_MOST, _MOST_IN_A_TUPLE, _LONGEST, _DEEPEST = 40, 12, 60, 2
_LARGEST = 1 << 53
_NOT_PLAIN = object()


def settings_of(module: nn.Module) -> tuple[tuple[str, Attribute], ...]:
    """The names and values, in the order in which they were set. Only of Python's own classes: asking others would run them."""
    found: list[tuple[str, Attribute]] = []
    for name, value in vars(module).items():
        if name not in _EVERY_MODULES and len(found) < _MOST:
            plain = _plain(value, _DEEPEST)
            if plain is not _NOT_PLAIN:
                found.append((name, plain))
    return tuple(found)


def _plain(value: Any, depth: int) -> Any:
    """The value with tuples for lists; _NOT_PLAIN if it is anything else than short and plain."""
    kind = type(value)
    if value is None or kind is bool:
        return value
    if kind is int:
        return value if abs(value) < _LARGEST else _NOT_PLAIN
    if kind is float:
        return value if isfinite(value) else _NOT_PLAIN
    if kind is str:
        return value if len(value) <= _LONGEST else _NOT_PLAIN
    if kind in (tuple, list) and depth and len(value) <= _MOST_IN_A_TUPLE:
        items = tuple(_plain(item, depth - 1) for item in value)
        return _NOT_PLAIN if _NOT_PLAIN in items else items
    return _NOT_PLAIN
