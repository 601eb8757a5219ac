"""What a forward may change, put back afterwards: attributes, tables, training flags, gradients, random state, modes."""

from __future__ import annotations

import sys
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from operator import is_
from threading import Lock, RLock
from types import SimpleNamespace
from typing import Any
from weakref import WeakKeyDictionary

import torch
from torch import nn
from torch._guards import TracingContext, tracing

from explainer.tracing.inventory import Inventory

# Attributes that every module has. Most are tables of hooks, which are left alone: those of other threads come and go meanwhile.
_OWN = frozenset(vars(nn.Module()))
_BOXES = frozenset((list, dict, set, OrderedDict))

# Traces of one module take turns: two at once would each take the other's traces for the state to go back to.
_TURNS: WeakKeyDictionary[nn.Module, RLock] = WeakKeyDictionary()
_TURNS_LOCK = Lock()

# torch holds its generator's lock while it wraps the state, where Python may collect garbage and let another thread go on. If
# that one wants the generator, it waits for torch's lock with Python's own in its hand, and the whole process stands still.
_GENERATOR_LOCK = Lock()


@contextmanager
def own_turn(module: nn.Module) -> Iterator[None]:
    """While it lasts, no other thread traces this module."""
    with _TURNS_LOCK:
        turn = _TURNS.setdefault(module, RLock())
    with turn:
        yield


@contextmanager
def unchanged(inventory: Inventory, device: torch.device) -> Iterator[None]:
    """Whatever the forward rebinds or switches on the instances, and this thread's random state, is as before afterwards.

    Lists, dicts and sets among the attributes of the user's modules are as before one level deep.
    """
    tables = [vars(instance) for instance in inventory.paths]
    attributes = [(table, table.copy()) for table in tables]
    scripted = inventory.find_scripted()  # their tables are views of what C++ holds
    boxes = _boxes([instance for instance in inventory.paths if instance not in scripted] if scripted else inventory.paths)
    filled = [(box, box.copy()) for box in boxes if box]
    empty = [box for box in boxes if not box]
    gradients = [(p, p.requires_grad, p.grad) for p in inventory.parameters.values() if p.is_leaf]
    with _same_modes(), same_random_state(device):
        try:
            yield
        finally:
            for table, before in attributes:  # by identity, since tensors cannot be compared in one word
                if not all(map(is_, table.values(), before.values())) or [*table] != [*before]:
                    for name in table.keys() - before.keys():
                        del table[name]
                    table.update(before)
            for box, content in filled:
                _refill(box, content)
            for box in empty:
                if box:
                    box.clear()
            for parameter, requires_grad, gradient in gradients:
                if parameter.requires_grad is not requires_grad:
                    parameter.requires_grad_(requires_grad)
                if parameter.grad is not gradient:
                    parameter.grad = gradient


def _boxes(instances: Iterable[nn.Module]) -> list[Any]:
    """The containers of the modules that a forward may fill; torch's own modules fill none but the first three."""
    found: list[Any] = []
    for instance in instances:
        found += (instance._parameters, instance._buffers, instance._modules)
        if type(instance).__module__.startswith("torch.nn."):
            continue
        found.append(instance._non_persistent_buffers_set)
        own = vars(instance)
        if len(own) > len(_OWN):  # it has attributes besides
            found += [own[name] for name in own.keys() - _OWN if type(own[name]) in _BOXES]
    return found


def _refill(box: Any, content: Any) -> None:
    if isinstance(box, dict):
        if not all(map(is_, box.values(), content.values())) or [*box] != [*content]:
            box.clear()
            box.update(content)
    elif isinstance(box, set):
        if box != content:
            box.clear()
            box.update(content)
    elif len(box) != len(content) or not all(map(is_, box, content)):
        box[:] = content


@contextmanager
def same_random_state(device: torch.device) -> Iterator[None]:
    """Afterwards the next random numbers are those that would have come."""
    with _GENERATOR_LOCK:
        rng = torch.get_rng_state()
    cuda_rng = torch.cuda.get_rng_state(device) if device.type == "cuda" else None
    try:
        yield
    finally:
        with _GENERATOR_LOCK:
            torch.set_rng_state(rng)
        if cuda_rng is not None:
            torch.cuda.set_rng_state(cuda_rng, device)


@contextmanager
def compiled_runs_as_written() -> Iterator[None]:
    """While it lasts, what ``torch.compile`` made runs as plain Python on this thread, so that its ops are seen.

    The compiler itself does so inside of a kernel; that it is in one is noted per thread, while its stances hold for all of them.
    Where nothing was compiled it is not noted: ``torch.export`` asks for it too, and would refuse.
    """
    compiler = sys.modules.get("torch._dynamo.eval_frame")
    if compiler is None or all(backend is None for backend in compiler.cached_backends.values()):  # None is torch.export's own
        yield
        return
    in_a_kernel: Any = SimpleNamespace(in_kernel_invocation=True, shape_env=None)
    with tracing(TracingContext(in_a_kernel)):
        yield


@contextmanager
def _same_modes() -> Iterator[None]:
    dtype, grad = torch.get_default_dtype(), torch.is_grad_enabled()
    try:
        yield
    finally:
        torch.set_grad_enabled(grad)
        if torch.get_default_dtype() is not dtype:
            torch.set_default_dtype(dtype)
