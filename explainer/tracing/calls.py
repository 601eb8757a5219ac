"""Which module is running: hooks on the instances, answered only on the thread that set them."""

from __future__ import annotations

import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from explainer.tracing.inventory import Inventory
from explainer.tracing.operation import tensors_in
from explainer.tracing.recorder import Recorder
from explainer.tracing.source import running_line
from explainer.types import Call


class Calls:
    """The calls of one trace and the stack of those that are running."""

    def __init__(self, inventory: Inventory, recorder: Recorder) -> None:
        self.counts: Counter[str] = Counter()
        self.raised_in: tuple[BaseException, str] | None = None
        self._paths = {instance: paths[0] for instance, paths in inventory.paths.items()}
        self._recorder = recorder
        self._rows: list[list[Any]] = []  # the fields of each Call; its outputs are filled in when it returns
        self._stack: list[int] = []
        self._thread = threading.get_ident()

    @property
    def calls(self) -> tuple[Call, ...]:
        return tuple(Call(*row) for row in self._rows)

    @contextmanager
    def hooked(self) -> Iterator[None]:
        """While it lasts, the recorder's scope follows the running module."""
        handles = []
        try:
            for instance in self._paths:
                handles.append(instance.register_forward_pre_hook(self._enter, with_kwargs=True, prepend=True))
                handles.append(instance.register_forward_hook(self._leave, always_call=True))
            yield
        finally:
            for handle in handles:
                handle.remove()

    def _enter(self, instance: nn.Module, args: Any, kwargs: Any) -> None:
        if threading.get_ident() != self._thread:
            return
        path = self._paths[instance]
        self.counts[path] += 1
        parent, line = None, None
        if self._stack:
            parent, line = self._stack[-1], running_line(self._recorder.files)
        number = len(self._rows)
        inputs = self._value_ids((args, kwargs) if kwargs else args)
        self._rows.append([number, path, parent, self.counts[path], inputs, (), line])
        self._stack.append(number)
        self._recorder.scope, self._recorder.call = path, number

    def _leave(self, instance: nn.Module, args: Any, result: Any) -> None:
        if threading.get_ident() != self._thread or not self._stack:
            return
        error = sys.exc_info()[1] if result is None else None
        if error is not None and (self.raised_in is None or self.raised_in[0] is not error):
            self.raised_in = (error, self._paths[instance])
        self._rows[self._stack.pop()][5] = self._value_ids(result)
        if self._stack:
            self._recorder.call = self._stack[-1]
            self._recorder.scope = self._rows[self._recorder.call][1]

    def _value_ids(self, tree: Any) -> tuple[int, ...]:
        with torch._C.DisableTorchFunction():
            if isinstance(tree, Tensor):
                return (self._recorder.value_of(tree),)
            return tuple([self._recorder.value_of(t) for t in tensors_in(tree, [])])
