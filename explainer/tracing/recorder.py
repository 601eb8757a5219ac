"""Tensors become values, calls become ops.

A tensor is known by its identity as long as it lives, and by its version counter: an in-place write makes a new value of the
same tensor. A write through a view moves the counter of every tensor in that memory, so the next read of one of them finds it
stale and gets a new value from the op that wrote.
"""

from __future__ import annotations

import sys
import weakref
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import torch
from torch import Tensor, nn
from torch._C import _get_tracing_state

from explainer.tracing.arguments import Attributes, tensors_in
from explainer.tracing.operation import Operation
from explainer.tracing.source import running_line
from explainer.tracing.vmapped import wrapped_in
from explainer.types import Failure, FailureKind, Op, Origin, Value

_OWN_FRAMES = 4  # running_line <- record <- __torch_function__ <- the caller
_MOST_SIZES = 4  # of one line in one call


class OpLimit(BaseException):
    """Stops a forward that makes too many ops; not an Exception, so that the user's model cannot catch it."""


class Recorder:
    """The tables of one trace. ``keep``: value ids whose tensors are wanted; ``hold`` keeps every tensor alive (free on meta)."""

    def __init__(
        self, files: frozenset[str], max_ops: int, hold: bool, keep: frozenset[int] = frozenset(), *, differentiable: bool = False
    ) -> None:
        self.values: list[Value] = []
        self.ops: list[Op] = []
        self.kept: dict[int, Tensor] = {}
        self.owned: dict[int, int] = {}  # id(parameter or buffer) -> its first value id
        self.files = files
        self.scope, self.call = "", 0
        self.sizes: dict[tuple[int, int], list[int]] = {}  # (line, call) -> the values whose sizes were asked for there
        self.failed: tuple[BaseException, Failure] | None = None
        self._max_ops, self._hold, self._keep, self._differentiable = max_ops, hold, keep, differentiable
        self._table: dict[int, list[Any]] = {}  # id(tensor) -> [it or a weak reference, value id, version, write count then]
        self._hidden: dict[int, tuple[Any, int]] = {}  # id(base of a view) -> it or a weak reference, storage
        self._inside: dict[int, tuple[Tensor, int, str]] = {}  # id(tensor in a wrapper) -> it, the wrapper's value, who wrapped
        self._writers: dict[int, int] = {}  # storage -> op id
        self._write_count = 0

    def register(self, tensor: Tensor, origin: Origin, name: str = "", producer: int | None = None) -> int:
        """A new value for the tensor as it is now."""
        storage = self._storage_of_view(tensor) if tensor._is_view() else -1
        return self._add(tensor, origin, name, producer, storage)

    def _storage_of_view(self, tensor: Tensor) -> int:
        """The storage of the tensor that this is a view of; -1 if nobody has seen that one.

        Some results are views of a tensor that never comes to light (``linear`` makes a matrix inside). Their next views have the
        same hidden base, so it is remembered.
        """
        base = tensor._base
        key = id(base)
        known = self._table.get(key)
        if known is not None:
            number: int = known[1]
            return self.values[number].storage
        hidden = self._hidden.get(key)
        if hidden is None:
            holder: Any = base if self._hold else weakref.ref(base, lambda _: self._hidden.pop(key, None))
            hidden = self._hidden[key] = (holder, len(self.values))
        return hidden[1]

    def _add(self, tensor: Tensor, origin: Origin, name: str, producer: int | None, storage: int) -> int:
        """A new value; in a storage of its own if ``storage`` is -1."""
        values, key = self.values, id(tensor)
        number = len(values)
        try:
            version = tensor._version
        except RuntimeError:  # a tensor made in inference mode counts no versions
            version = 0
        trainable = origin == "parameter" and tensor.requires_grad
        shape = tuple(tensor.shape)
        if _get_tracing_state() is not None:  # it makes sizes tensors
            shape = tuple(map(int, shape))
        dtype = _dtype_name(tensor.dtype)
        values.append(Value(number, shape, dtype, origin, name, producer, number if storage < 0 else storage, trainable))
        holder: Any = tensor if self._hold else weakref.ref(tensor, self._forgetter(key))
        self._table[key] = [holder, number, version, self._write_count]
        if self._keep and number in self._keep:
            self._keep_copy(number, tensor)
        return number

    def _keep_copy(self, number: int, tensor: Tensor) -> None:
        self.kept[number] = (tensor if self._differentiable else tensor.detach()).clone()

    @property
    def next_op(self) -> int:
        """The id of the op that is recorded next."""
        return len(self.ops)

    def _forgetter(self, key: int) -> Callable[[Any], None]:
        table = self._table

        def forget(reference: Any) -> None:
            entry = table.get(key)
            if entry is not None and entry[0] is reference:
                del table[key]

        return forget

    def stand_in(self, tensor: Tensor, twin: Tensor) -> None:
        """From now on operations see ``twin`` in the place of ``tensor``."""
        self._table[id(twin)] = [twin, self.value_of(tensor), _version(twin), self._write_count]

    def settled_value(self, x: Any) -> tuple[int] | None:
        """The id of a tensor's present value, if that can be told without asking it anything: under the mode this is dear."""
        entry = self._table.get(id(x))
        return (entry[1],) if entry is not None and entry[3] == self._write_count else None

    def is_known(self, tensor: Tensor) -> bool:
        return id(tensor) in self._table

    def values_of(self, tensors: list[Tensor]) -> list[int]:
        """``value_of`` each of them."""
        table, count, found = self._table, self._write_count, []
        try:
            for tensor in tensors:
                entry = table.get(id(tensor))
                if entry is None or entry[2] != tensor._version:
                    found.append(self.value_of(tensor))
                else:
                    entry[3] = count
                    found.append(entry[1])
        except RuntimeError:  # a tensor made in inference mode counts no versions
            return [self.value_of(tensor) for tensor in tensors]
        return found

    def value_of(self, tensor: Tensor) -> int:
        """The id of the tensor's present value; one never seen before is a constant, or a parameter that nobody registered."""
        entry = self._table.get(id(tensor))
        if entry is None:
            source = self._source_of(tensor)
            if source is not None:
                return self._carry(tensor, *source)
            return self.register(tensor, "parameter" if isinstance(tensor, nn.Parameter) else "constant")
        version, entry[3] = _version(tensor), self._write_count
        if entry[2] != version:
            entry[2] = version
            writer = self._writers.get(_storage(tensor))
            if writer is not None:
                entry[1] = self._rewritten(tensor, entry[1], writer)
        return int(entry[1])

    def look_inside(self, tensors: list[Tensor]) -> None:
        """Remembers what is in the wrappers of a transform's results: that is what comes out of ``torch.vmap``."""
        for tensor in tensors:
            for inner, name in wrapped_in(tensor):
                self._inside[id(inner)] = (inner, self._table[id(tensor)][1], name)

    def _source_of(self, tensor: Tensor) -> tuple[int, str] | None:
        """The value that came into a transform as this wrapper, or out of it as this tensor, and the transform's name."""
        for inner, name in wrapped_in(tensor):
            entry = self._table.get(id(inner))
            if entry is not None:
                return entry[1], name
        if not self._inside:
            return None
        outside = self._inside.get(id(tensor)) or (self._inside.get(id(tensor._base)) if tensor._is_view() else None)
        return None if outside is None else outside[1:]

    def _carry(self, tensor: Tensor, source: int, name: str) -> int:
        """A value on its way into a transform or out of it, which moves nothing."""
        number = len(self.ops)
        value = self._add(tensor, "op", "", number, self.values[source].storage)
        line = running_line(self.files, _OWN_FRAMES)
        self.ops.append(Op(number, name, self.scope, self.call, (source,), (value,), (), line))
        return value

    def _rewritten(self, tensor: Tensor, old: int, writer: int) -> int:
        """A new value of a tensor whose memory ``writer`` wrote through another tensor."""
        number = len(self.values)
        before = self.values[old]
        self.values.append(replace(before, id=number, origin="op", name="", producer=writer, trainable=False))
        op = self.ops[writer]
        self.ops[writer] = replace(op, outputs=(*op.outputs, number))
        if number in self._keep:
            self._keep_copy(number, tensor)
        return number

    def own(self, tensors: dict[str, Tensor], origin: Origin) -> None:
        """Registers the module's parameters or buffers by name."""
        owned, register = self.owned, self.register
        for name, tensor in tensors.items():
            owned[id(tensor)] = register(tensor, origin, name)

    def record(self, operation: Operation, attributes: Attributes, read: list[Tensor], inputs: list[int], result: Any) -> None:
        """Adds the op that has just run: ``inputs`` are the value ids of the tensors ``read``, looked up before it ran."""
        if isinstance(result, Tensor):
            results = [result]
        else:
            results = read[:1] if operation.name == "setitem" else tensors_in(result, [])
            if not results:
                return
        number = len(self.ops)
        if number >= self._max_ops:
            raise OpLimit
        outputs: list[int] = []
        overwrites: list[int] = []
        table = self._table
        for tensor in results:
            entry = table.get(id(tensor))
            if entry is None:
                outputs.append(self.register(tensor, "op", "", number))
                continue
            old = self.values[entry[1]]
            if operation.writes or entry[2] != _version(tensor):
                overwrites.append(entry[1])
                self._writers[_storage(tensor)] = number
                self._write_count += 1
            elif old.origin in ("parameter", "buffer", "constant") or old.id not in inputs:
                return  # nothing was computed: weight.contiguous() is the weight
            outputs.append(self._add(tensor, "op", "", number, old.storage))
        line = running_line(self.files, _OWN_FRAMES - 1)
        ids = tuple(inputs), tuple(outputs)
        self.ops.append(Op(number, operation.name, self.scope, self.call, *ids, attributes, line, tuple(overwrites)))

    def note_size(self, tensor: Any) -> None:
        """Remembers that a line of the user's asks for a tensor's size; torch's own, which ask all the time, do not count."""
        frame = sys._getframe(3)
        if frame.f_code.co_filename not in self.files:
            return
        asked = self.sizes.setdefault((frame.f_lineno, self.call), [])
        if len(asked) < _MOST_SIZES and isinstance(tensor, Tensor):
            with torch._C.DisableTorchFunction():
                value = self.value_of(tensor)
            if value not in asked:
                asked.append(value)

    def refuse(
        self, operation: Operation, attributes: Attributes, read: list[Tensor], inputs: list[int], error: BaseException
    ) -> None:
        """Remembers the op that raised; it is the failure if the exception leaves the forward."""
        if isinstance(error, RecursionError):  # where the stack happens to end says nothing
            return
        kind: FailureKind = "undecidable" if self._hold and _wants_numbers(operation, read, error) else "error"
        line = running_line(self.files, _OWN_FRAMES - 1)
        words, name = str(error) or type(error).__name__, type(error).__name__
        self.failed = (error, Failure(kind, operation.name, self.scope, tuple(inputs), attributes, name, words, line))


def _wants_numbers(operation: Operation, read: list[Tensor], error: BaseException) -> bool:
    """Whether an op failed on the meta device because it needs the numbers in a tensor, which are not there."""
    if operation.name in ("getitem", "setitem"):  # by a mask
        return any(tensor.is_meta and tensor.dtype in (torch.bool, torch.uint8) for tensor in read[1:])
    return operation.decides or "Cannot copy out of meta tensor" in str(error)


def _version(tensor: Tensor) -> int:
    try:
        version: int = tensor._version
    except RuntimeError:  # a tensor made in inference mode counts no versions
        return 0
    return version


def _storage(tensor: Tensor) -> int:
    return int(tensor.untyped_storage()._cdata)


@cache
def _dtype_name(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")
