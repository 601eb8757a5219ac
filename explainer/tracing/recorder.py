"""Tensors become values, calls become ops.

A tensor is known by its identity as long as it lives, and by its version counter: an in-place write makes a new value of the
same tensor. A write through a view moves the counter of every tensor in that memory, so the next read of one of them finds it
stale and gets a new value from the op that wrote.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from explainer.tracing.operation import Operation, attributes_of, tensors_in
from explainer.tracing.source import running_line
from explainer.types import Failure, FailureKind, Op, Origin, Value

_OWN_FRAMES = 4  # running_line <- record <- __torch_function__ <- the caller


class OpLimit(BaseException):
    """Stops a forward that makes too many ops; not an Exception, so that the user's model cannot catch it."""


class Recorder:
    """The tables of one trace. ``keep``: value ids whose tensors are wanted; ``hold`` keeps every tensor alive (free on meta)."""

    def __init__(self, files: frozenset[str], max_ops: int, hold: bool, keep: frozenset[int] = frozenset()) -> None:
        self.values: list[Value] = []
        self.ops: list[Op] = []
        self.kept: dict[int, Tensor] = {}
        self.owned: dict[int, int] = {}  # id(parameter or buffer) -> its first value id
        self.files = files
        self.scope, self.call = "", 0
        self.failed: tuple[BaseException, Failure] | None = None
        self._max_ops, self._hold, self._keep = max_ops, hold, keep
        self._table: dict[int, list[Any]] = {}  # id(tensor) -> [tensor or weak reference, value id, version]
        self._writers: dict[int, int] = {}  # storage -> op id
        self._dtypes: dict[torch.dtype, str] = {}

    def register(self, tensor: Tensor, origin: Origin, name: str = "", producer: int | None = None) -> int:
        """A new value for the tensor as it is now."""
        number = len(self.values)
        storage = number
        if tensor._is_view():
            base = self._table.get(id(tensor._base))
            if base is not None:
                storage = self.values[base[1]].storage
        self._add(tensor, number, origin, name, producer, storage)
        return number

    def _add(self, tensor: Tensor, number: int, origin: Origin, name: str, producer: int | None, storage: int) -> None:
        dtype = self._dtypes.get(tensor.dtype) or self._dtypes.setdefault(tensor.dtype, str(tensor.dtype).removeprefix("torch."))
        trainable = origin == "parameter" and tensor.requires_grad
        self.values.append(Value(number, tuple(tensor.shape), dtype, origin, name, producer, storage, trainable))
        self._remember(tensor, number)
        if number in self._keep:
            self.kept[number] = tensor.detach().clone()

    def _remember(self, tensor: Tensor, number: int) -> None:
        key = id(tensor)
        holder: Any = tensor if self._hold else weakref.ref(tensor, self._forgetter(key))
        self._table[key] = [holder, number, _version(tensor)]

    def _forgetter(self, key: int) -> Callable[[Any], None]:
        table = self._table

        def forget(reference: Any) -> None:
            entry = table.get(key)
            if entry is not None and entry[0] is reference:
                del table[key]

        return forget

    def value_of(self, tensor: Tensor) -> int:
        """The id of the tensor's present value; one never seen before is a constant, or a parameter that nobody registered."""
        entry = self._table.get(id(tensor))
        if entry is None:
            return self.register(tensor, "parameter" if isinstance(tensor, nn.Parameter) else "constant")
        version = _version(tensor)
        if entry[2] != version:
            entry[2] = version
            writer = self._writers.get(_storage(tensor))
            if writer is not None:
                entry[1] = self._rewritten(tensor, entry[1], writer)
        return int(entry[1])

    def _rewritten(self, tensor: Tensor, old: int, writer: int) -> int:
        """A new value of a tensor whose memory ``writer`` wrote through another tensor."""
        number = len(self.values)
        before = self.values[old]
        self.values.append(replace(before, id=number, origin="op", name="", producer=writer, trainable=False))
        op = self.ops[writer]
        self.ops[writer] = replace(op, outputs=(*op.outputs, number))
        if number in self._keep:
            self.kept[number] = tensor.detach().clone()
        return number

    def own(self, tensors: dict[str, Tensor], origin: Origin) -> None:
        """Registers the module's parameters or buffers by name."""
        for name, tensor in tensors.items():
            self.owned[id(tensor)] = self.register(tensor, origin, name)

    def record(
        self,
        func: Callable[..., Any],
        operation: Operation,
        args: Any,
        kwargs: Any,
        read: list[Tensor],
        inputs: list[int],
        result: Any,
    ) -> None:
        """Adds the op that has just run: ``inputs`` are the value ids of the tensors ``read``, looked up before it ran."""
        results = [result] if isinstance(result, Tensor) else tensors_in(result, [])
        if operation.name == "setitem":
            results = read[:1]
        if not results:
            return
        number = len(self.ops)
        if number >= self._max_ops:
            raise OpLimit
        outputs: list[int] = []
        overwrites: list[int] = []
        for tensor in results:
            entry = self._table.get(id(tensor))
            if entry is None:
                outputs.append(self.register(tensor, "op", "", number))
                continue
            old = self.values[entry[1]]
            if operation.writes or entry[2] != _version(tensor):
                overwrites.append(old.id)
                self._writers[_storage(tensor)] = number
            elif old.origin in ("parameter", "buffer", "constant") or old.id not in inputs:
                return  # nothing was computed: weight.contiguous() is the weight
            outputs.append(len(self.values))
            self._add(tensor, len(self.values), "op", "", number, old.storage)
        attributes = attributes_of(func, operation.name, args, kwargs)
        line = running_line(self.files, _OWN_FRAMES - 1)
        self.ops.append(
            Op(number, operation.name, self.scope, self.call, tuple(inputs), tuple(outputs), attributes, line, tuple(overwrites))
        )

    def refuse(
        self, func: Callable[..., Any], operation: Operation, args: Any, kwargs: Any, inputs: list[int], error: BaseException
    ) -> None:
        """Remembers the op that raised; it is the failure if the exception leaves the forward."""
        attributes = attributes_of(func, operation.name, args, kwargs)
        kind: FailureKind = "undecidable" if operation.decides and self._hold else "error"
        line = running_line(self.files, _OWN_FRAMES - 1)
        words = str(error) or type(error).__name__
        self.failed = (
            error,
            Failure(kind, operation.name, self.scope, tuple(inputs), attributes, type(error).__name__, words, line),
        )


def _version(tensor: Tensor) -> int:
    try:
        return int(tensor._version)
    except RuntimeError:  # a tensor made in inference mode counts no versions
        return 0


def _storage(tensor: Tensor) -> int:
    return int(tensor.untyped_storage()._cdata)
