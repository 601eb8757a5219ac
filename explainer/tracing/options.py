"""How to trace: what a trace is asked for, and how far it may go."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from explainer.types import Op

MAX_OPS = 100_000

Change: TypeAlias = "Callable[..., Any]"
"""What runs in the place of an op: it gets the op's function and then its arguments, and returns the result."""


@dataclass(frozen=True, slots=True)
class Options:
    """How to trace.

    ``files``: whose lines an op reports; the module's own file if empty. ``keep``: value ids whose tensors are handed back.
    ``max_real_bytes``, ``max_real_macs``: bounds of a second run on real tensors, after the meta device failed; 0 forbids it.
    ``changes``: what runs in the place of an op, by its id in an earlier trace of the same module, with that trace's op; on real
    tensors only. ``grad``: the kept tensors can be differentiated, and the module is left as the forward leaves it.
    """

    files: frozenset[str] = frozenset()
    max_ops: int = MAX_OPS
    max_real_bytes: int = 256 << 20
    max_real_macs: int = 5_000_000_000
    keep: frozenset[int] = frozenset()
    changes: Mapping[int, tuple[Op, Change]] = field(default_factory=dict)
    grad: bool = False
