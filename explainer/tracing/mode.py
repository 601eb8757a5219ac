"""Sees every torch call of one thread, answers it, and hands it to the recorder."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import Tensor
from torch.overrides import TorchFunctionMode

from explainer.tracing.arguments import arguments_of
from explainer.tracing.meta import answer
from explainer.tracing.operation import Operation, describe
from explainer.tracing.recorder import Recorder
from explainer.tracing.state import Written
from explainer.tracing.twins import Twins

_NORMS = frozenset(("batch_norm", "instance_norm"))  # in training they write their running statistics


class Tracing(TorchFunctionMode):
    """``twins`` is None when the forward runs on real tensors."""

    def __init__(self, recorder: Recorder, twins: Twins | None, written: Written) -> None:
        super().__init__()
        self._recorder, self._twins, self._written = recorder, twins, written

    def __torch_function__(self, func: Callable[..., Any], types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        operation = describe(func)
        if not operation.is_op:
            return func(*args, **kwargs)
        if operation.insides is not None:
            with self:
                return operation.insides(*args, **kwargs)
        read, attributes = arguments_of(func, operation.name, args, kwargs)
        inputs = self._recorder.values_of(read)
        try:
            result = self._run(func, operation, args, kwargs, read)
        except Exception as error:
            self._recorder.refuse(operation, attributes, inputs, error)
            raise
        self._recorder.record(operation, attributes, read, inputs, result)
        return result

    def _run(self, func: Callable[..., Any], operation: Operation, args: Any, kwargs: Any, read: list[Tensor]) -> Any:
        if self._twins is None:
            if operation.writes:
                self._written.before_write(read[:1])
            elif operation.name in _NORMS:
                self._written.before_write(read[1:3])
            return func(*args, **kwargs)
        run_args, run_kwargs = args, kwargs
        if self._twins.needed(read):
            run_args, run_kwargs = self._twins.of(args), self._twins.of(kwargs)
        result = answer(operation.name, run_args, run_kwargs)
        if result is None:
            result = func(*run_args, **run_kwargs)
        if run_args is not args and operation.writes and run_args and result is run_args[0]:
            return args[0]
        return result
