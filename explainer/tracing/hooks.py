"""Our hooks on a module's instances, inserted by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from torch import nn


@contextmanager
def hooked(instances: Iterable[nn.Module], before: Callable[..., None], after: Callable[..., None]) -> Iterator[None]:
    """While it lasts, ``before(instance, args, kwargs)`` opens each forward and ``after(instance, args, result)`` closes it.

    This is what ``register_forward_pre_hook(with_kwargs=True, prepend=True)`` and ``register_forward_hook(always_call=True)`` do,
    but torch numbers its handles with a counter that has no lock, so that of two threads that hook one module at once, one may
    overwrite the other's hook; and it takes five times as long. Our key is an object of its own; each step below is one C call on
    one dict. Another thread in this module meets both hooks or none, except that it may find ``before`` and no more its flag, and
    then calls it without ``kwargs``. What torch cannot stand is a forward that *raises* there at the very moment of a step.
    """
    key: Any = object()
    tables = [(m._forward_pre_hooks, m._forward_pre_hooks_with_kwargs, m._forward_hooks, m._forward_hooks_always_called)
              for m in instances]  # fmt: skip
    try:
        for ahead, with_kwargs, behind, always_called in tables:
            with_kwargs[key] = always_called[key] = True
            ahead[key], behind[key] = before, after
            if len(ahead) > 1:
                ahead.move_to_end(key, last=False)  # type: ignore[attr-defined] # an OrderedDict, annotated as Dict
        yield
    finally:
        for ahead, with_kwargs, behind, always_called in tables:
            for table in (ahead, behind, with_kwargs, always_called):
                table.pop(key, None)
