"""A module and its inputs become a Trace: every torch call of one forward, with shapes, scopes and source lines."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from explainer.tracing.options import Options
from explainer.types import Trace

if TYPE_CHECKING:
    from torch import Tensor, nn


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
