"""Which module is running: hooks on the instances, answered only on the thread that set them."""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager
from threading import get_ident
from typing import Any

import torch
from torch import Tensor, nn

from explainer.tracing.arguments import tensors_in
from explainer.tracing.hooks import hooked
from explainer.tracing.inventory import Inventory
from explainer.tracing.recorder import Recorder
from explainer.tracing.source import running_line
from explainer.types import Call

_TORCHS_FRAMES = 4  # running_line <- _enter <- inner <- _call_impl <- _wrapped_call_impl, and only then the caller


class Calls:
    """The calls of one trace and the stack of those that are running."""

    def __init__(self, inventory: Inventory, recorder: Recorder) -> None:
        self.raised_in: tuple[BaseException, str] | None = None
        self._paths = {instance: paths[0] for instance, paths in inventory.paths.items()}
        self._recorder = recorder
        self._rows: list[list[Any]] = []  # the fields of each Call; outputs are filled in when it returns, its number at the end
        self._stack: list[list[Any]] = []
        self._thread = get_ident()

    def finished(self) -> tuple[tuple[Call, ...], dict[str, int]]:
        """All calls, each with its number among those of its module; how many each module had, by its path."""
        counts: dict[str, int] = {}
        for row in self._rows:
            path = row[1]
            row[3] = counts[path] = counts.get(path, 0) + 1
        return tuple([Call(*row) for row in self._rows]), counts

    def hooked(self) -> AbstractContextManager[None]:
        """While it lasts, the recorder's scope follows the running module."""
        return hooked(self._paths, self._enter, self._leave)

    def _enter(self, instance: nn.Module, args: Any, kwargs: Any = None) -> None:
        if get_ident() != self._thread:
            return  # without kwargs, if we were unhooked just after that thread had looked the hooks up
        recorder, rows, stack = self._recorder, self._rows, self._stack
        path, number = self._paths[instance], len(rows)
        given = (args, kwargs) if kwargs else args[0] if len(args) == 1 else args
        row = [number, path, None, 1, recorder.settled_value(given) or self._value_ids(given), (), None]
        if stack:
            row[2], row[6] = stack[-1][0], running_line(recorder.files, _TORCHS_FRAMES)
        rows.append(row)
        stack.append(row)
        recorder.scope, recorder.call = path, number

    def _leave(self, instance: nn.Module, args: Any, result: Any) -> None:
        if get_ident() != self._thread or not self._stack:
            return
        if result is None:
            error = sys.exc_info()[1]
            if error is not None and (self.raised_in is None or self.raised_in[0] is not error):
                self.raised_in = (error, self._paths[instance])
        recorder, stack = self._recorder, self._stack
        stack.pop()[5] = recorder.settled_value(result) or self._value_ids(result)
        if stack:
            caller = stack[-1]
            recorder.call, recorder.scope = caller[0], caller[1]

    def _value_ids(self, tree: Any) -> tuple[int, ...]:
        with torch._C.DisableTorchFunction():
            if isinstance(tree, Tensor):
                return (self._recorder.value_of(tree),)
            return tuple(self._recorder.values_of(tensors_in(tree, [])))
