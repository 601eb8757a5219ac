"""A module and its inputs become a Trace: every torch call of one forward, with shapes, scopes and source lines."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from explainer.types import Op, Trace

if TYPE_CHECKING:
    from torch import Tensor, nn

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


def trace(module: nn.Module, *inputs: Any, **kwargs: Any) -> Trace:
    """What ``module(*inputs, **kwargs)`` does, op by op, or does until it fails.

    With an input or a parameter on the meta device only shapes are computed: nothing is allocated, whatever the sizes, and a
    real module stays untouched. If that fails (a branch depends on numbers, or torch refuses an op), a small enough forward of
    a real module runs once more on random real tensors, so that the failure is the one a user would meet. Otherwise the forward
    runs where its tensors are. Parameters, buffers, training flags, hooks, gradients and random state are as before afterwards.
    Safe on any number of threads.

    >>> import torch
    >>> layer = torch.nn.Conv2d(3, 8, 3, stride=2)
    >>> [op.name for op in trace(layer, torch.empty(1, 3, 33, 33, device="meta")).ops]
    ['conv2d']
    """
    return run(module, inputs, kwargs, Options())[0]


def capture(module: nn.Module, values: Collection[int], *inputs: Any, **kwargs: Any) -> tuple[Trace, dict[int, Tensor]]:
    """The trace of a forward on real tensors, and copies of the tensors that have these value ids."""
    return run(module, inputs, kwargs, Options(keep=frozenset(values)))


def run(module: nn.Module, inputs: tuple[Any, ...], kwargs: dict[str, Any], options: Options) -> tuple[Trace, dict[int, Tensor]]:
    """``trace`` with options; also the kept tensors by value id."""
    from explainer.tracing.forward import run_forward  # torch takes seconds to import; most of the app can do without

    return run_forward(module, inputs, kwargs, options)
