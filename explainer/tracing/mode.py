"""Sees every torch call of one thread, answers it, and hands it to the recorder."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from torch import Tensor
from torch.overrides import TorchFunctionMode

from explainer.tracing.arguments import arguments_of, tensors_in
from explainer.tracing.meta import answer
from explainer.tracing.meta.autocast import under_autocast
from explainer.tracing.meta.refusals import check
from explainer.tracing.operation import Operation, describe
from explainer.tracing.recorder import Recorder
from explainer.tracing.twins import Twins, mapped
from explainer.tracing.vmapped import is_transformed, sample_count
from explainer.tracing.written import Written
from explainer.types import SAMPLES, Op

_NORMS = frozenset(("batch_norm", "instance_norm"))


class Tracing(TorchFunctionMode):
    """``twins`` is None when the forward runs on real tensors; ``changes`` are what runs in the place of an op, by its id."""

    def __init__(
        self, recorder: Recorder, twins: Twins | None, written: Written, changes: Mapping[int, tuple[Op, Callable[..., Any]]]
    ) -> None:
        super().__init__()
        self._recorder, self._twins, self._written, self._changes = recorder, twins, written, changes
        self.is_answering = False  # only Answering keeps it

    def __torch_function__(self, func: Callable[..., Any], types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        operation = describe(func)
        if not operation.is_op:
            return self._answered(func, operation, args, kwargs)
        if operation.insides is not None:
            self.is_answering = False
            with self:
                return operation.insides(*args, **kwargs)
        read, attributes = arguments_of(func, operation.name, args, kwargs)
        twins = self._twins
        if twins is not None and not twins.needed(read):
            twins = None
        if twins is not None:
            args, kwargs, read = mapped(args, twins.of), mapped(kwargs, twins.of), [twins.of(tensor) for tensor in read]
        inputs = self._recorder.values_of(read)
        if self._changes:
            func = self._changed(func, operation, inputs)
        transformed = is_transformed()
        try:
            result = self._run(func, operation, args, kwargs, read, by_rule=not transformed)
        except Exception as error:
            self._recorder.refuse(operation, attributes, read, inputs, error)
            raise
        if transformed and (samples := sample_count(tensors_in(result, [*read]))) != 1:
            attributes = (*attributes, (SAMPLES, samples))
        self._recorder.record(operation, attributes, read, inputs, result)
        if transformed:
            self._recorder.look_inside(tensors_in(result, []))
        return result if twins is None else mapped(result, twins.original)

    def _answered(self, func: Callable[..., Any], operation: Operation, args: Any, kwargs: Any) -> Any:
        """What is asked of a tensor and is no op."""
        if operation.asks_size:
            self._recorder.note_size(args[0])
        elif operation.swaps:
            self._written.before_swap(args[0])
        return func(*args, **kwargs)

    def _changed(self, func: Callable[..., Any], operation: Operation, inputs: list[int]) -> Callable[..., Any]:
        """The function, or what is to run in its place. A call that leaves no op has the next op's id, but not its operands."""
        planned = self._changes.get(self._recorder.next_op)
        if planned is None or (planned[0].name, planned[0].inputs) != (operation.name, tuple(inputs)):
            return func
        return partial(planned[1], func)

    def _run(
        self, func: Callable[..., Any], operation: Operation, args: Any, kwargs: Any, read: list[Tensor], *, by_rule: bool
    ) -> Any:
        """``by_rule``: a rule of our own may answer; not under ``torch.vmap``, whose tensors have an axis that nobody sees."""
        if self._twins is None:
            if operation.name in _NORMS:
                args, kwargs = self._with_statistics_copied(args, kwargs)
            with self._written.watching():
                return func(*args, **kwargs)
        if by_rule and read and read[0].is_meta:  # then all are: twins stand in for the others
            args, kwargs = under_autocast(operation, args, kwargs)
            result = answer(operation, args, kwargs)
            if result is not None:
                return result
        check(operation, args, kwargs)
        if operation.writes or kwargs:
            self._written.before_call(operation.writes, read, kwargs)
        return func(*args, **kwargs)

    def _with_statistics_copied(self, args: Any, kwargs: Any) -> Any:
        """A norm in training writes its statistics: copies of the buffers take it, so that no other thread sees them change."""
        owned = self._recorder.owned
        return mapped((args, kwargs), lambda t: t.clone() if id(t) in owned and not t.requires_grad else t)


class Answering(Tracing):
    """It also knows, which takes time, while a call that it saw is at work: what that calls in turn is no op of its own."""

    def __torch_function__(self, func: Callable[..., Any], types: Any, args: Any = (), kwargs: Any = None) -> Any:
        before, self.is_answering = self.is_answering, True
        try:
            return super().__torch_function__(func, types, args, kwargs)
        finally:
            self.is_answering = before
