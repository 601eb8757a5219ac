"""One forward under observation, from the module to the finished Trace."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from contextlib import nullcontext, suppress
from copy import deepcopy
from types import FunctionType
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.parameter import UninitializedBuffer, UninitializedParameter

from explainer.cost import totals
from explainer.tracing.arguments import tensors_in
from explainer.tracing.beneath import Beneath, has_scripted
from explainer.tracing.calls import Calls
from explainer.tracing.inventory import Inventory, take_inventory
from explainer.tracing.mode import Answering, Tracing
from explainer.tracing.options import Options
from explainer.tracing.recorder import OpLimit, Recorder
from explainer.tracing.settings import settings_of
from explainer.tracing.source import files_of, raised_line
from explainer.tracing.state import compiled_runs_as_written, own_turn, same_random_state, unchanged
from explainer.tracing.twins import Twins, mapped
from explainer.tracing.written import Written
from explainer.types import Attribute, Failure, Module, Sentence, SizeRead, Trace, sentence

_SEED = 0
_STARRED = inspect.CO_VARARGS | inspect.CO_VARKEYWORDS


def run_forward(
    module: nn.Module, inputs: tuple[Any, ...], kwargs: dict[str, Any], options: Options
) -> tuple[Trace, dict[int, Tensor]]:
    """The Trace of ``module(*inputs, **kwargs)``, on the meta device if anything in it is, and the kept tensors."""
    with own_turn(module):
        return _run_forward(module, inputs, kwargs, options)


def _run_forward(
    module: nn.Module, inputs: tuple[Any, ...], kwargs: dict[str, Any], options: Options
) -> tuple[Trace, dict[int, Tensor]]:
    tensors = tensors_in((inputs, kwargs), [])
    inventory = take_inventory(module)
    on_meta = any(t.is_meta for t in (*tensors, *inventory.tensors))
    home = next((t.device for t in (*inventory.tensors, *tensors)), torch.device("cpu"))
    device = torch.device("meta") if on_meta else home
    if inventory.is_lazy:
        module = _settled(module, inputs, kwargs, device)
        inventory = take_inventory(module)
    result = _observe(module, inventory, (inputs, kwargs), options, device)
    if not on_meta or any(t.is_meta for t in inventory.tensors) or not _worth_real_tensors(result[0], options):
        return result
    undecided = result[0].failure is not None and result[0].failure.kind == "undecidable"
    notes = (sentence("A branch depends on the numbers in a tensor, so this ran on real tensors with random input."),)
    home = torch.device("cpu") if home.type == "meta" else home
    arguments = _materialised((inputs, kwargs), home, torch.Generator().manual_seed(_SEED))
    return _observe(module, inventory, arguments, options, home, notes if undecided else ())


def _settled(module: nn.Module, inputs: tuple[Any, ...], kwargs: dict[str, Any], device: torch.device) -> nn.Module:
    """A copy of a module with lazy layers, after a first forward has given them their sizes."""
    ready: dict[int, Tensor] = {}  # copies of the tensors that torch cannot copy, or that we want elsewhere
    for tensor in (*module.parameters(), *module.buffers()):
        if isinstance(tensor, (UninitializedParameter, UninitializedBuffer)):
            kind: Any = type(tensor)
            ready[id(tensor)] = kind(requires_grad=tensor.requires_grad, device=device, dtype=tensor.dtype)
        elif device.type == "meta":
            twin = torch.empty_strided(tensor.shape, tensor.stride(), dtype=tensor.dtype, device=device)
            ready[id(tensor)] = nn.Parameter(twin, tensor.requires_grad) if isinstance(tensor, nn.Parameter) else twin
    copy: nn.Module = deepcopy(module, ready)
    inputs, kwargs = mapped((inputs, kwargs), Tensor.clone)
    with torch.no_grad(), same_random_state(device), suppress(Exception):  # if it fails, so will the forward that we observe
        copy(*inputs, **kwargs)
    return copy


def _worth_real_tensors(trace: Trace, options: Options) -> bool:
    """Whether a failed forward is small enough to run again on real tensors."""
    if trace.failure is None or trace.failure.kind in ("op_limit", "recursion"):
        return False
    size_bytes = sum(value.size_bytes for value in trace.values if value.origin in ("input", "op"))
    return size_bytes <= options.max_real_bytes and totals(trace).macs <= options.max_real_macs


def _materialised(tree: Any, device: torch.device, generator: torch.Generator) -> Any:
    """The nested arguments with random tensors in the place of meta ones."""

    def fill(tensor: Tensor) -> Tensor:
        if not tensor.is_meta:
            return tensor
        if not tensor.is_floating_point():
            return torch.zeros(tensor.shape, dtype=tensor.dtype, device=device)
        return torch.randn(tensor.shape, generator=generator).to(device, tensor.dtype)

    return mapped(tree, fill)


def _observe(
    module: nn.Module,
    inventory: Inventory,
    arguments: tuple[tuple[Any, ...], dict[str, Any]],
    options: Options,
    device: torch.device,
    notes: tuple[Sentence, ...] = (),
) -> tuple[Trace, dict[int, Tensor]]:
    inputs, kwargs = arguments
    on_meta = device.type == "meta"
    recorder = Recorder(options.files or files_of(module), options.max_ops, on_meta, options.keep, differentiable=options.grad)
    recorder.own(inventory.parameters, "parameter")
    recorder.own(inventory.buffers, "buffer")
    given = list(_input_names(module, inputs, kwargs))
    input_ids = tuple([recorder.register(tensor, "input", name) for name, tensor in given])
    # What a forward wrote to cannot be put back before its gradient is known: autograd would compute with the old numbers.
    known = () if options.grad else (*inventory.tensors, *(tensor for _, tensor in given))
    calls, written = Calls(inventory, recorder), Written(known)
    settings = {instance: settings_of(instance) for instance in inventory.paths if not _is_torchs(type(instance))}
    failure: Failure | None = None
    outputs: tuple[int, ...] = ()
    twins = Twins(recorder.owned.keys(), recorder.stand_in) if on_meta else None
    mode = (Answering if has_scripted(inventory) else Tracing)(recorder, twins, written, options.changes)
    try:
        with (
            torch.set_grad_enabled(options.grad),
            unchanged(inventory, device),
            compiled_runs_as_written(),
            calls.hooked(),
            Beneath(mode) if isinstance(mode, Answering) else nullcontext(),
            mode,
        ):
            result = module(*inputs, **kwargs)
        outputs = tuple(recorder.value_of(t) for t in tensors_in(result, []))
    except (Exception, OpLimit, SystemExit) as error:
        failure = _failure(error, recorder, calls, options.max_ops)
    finally:
        written.put_back()
    made, counts = calls.finished()
    trace = Trace(
        name=str(getattr(module, "original_name", type(module).__name__)),
        device=str(device),
        values=tuple(recorder.values),
        ops=tuple(recorder.ops),
        modules=_modules(inventory, recorder.owned, counts, settings),
        calls=made,
        inputs=input_ids,
        outputs=outputs,
        failure=failure,
        notes=notes,
        sizes=tuple(SizeRead(line, call, tuple(asked)) for (line, call), asked in recorder.sizes.items() if asked),
    )
    return trace, recorder.kept


def _failure(error: BaseException, recorder: Recorder, calls: Calls, max_ops: int) -> Failure:
    if recorder.failed is not None and recorder.failed[0] is error:
        return recorder.failed[1]
    line = raised_line(recorder.files, error.__traceback__)
    words, name, scope = str(error) or type(error).__name__, type(error).__name__, recorder.scope
    if isinstance(error, OpLimit):
        return Failure("op_limit", None, scope, (), (("max_ops", max_ops),), name, f"more than {max_ops:,} operations", line)
    if isinstance(error, RecursionError):
        return Failure("recursion", None, scope, (), (), name, words, line)
    if calls.raised_in is not None and calls.raised_in[0] is error:
        scope = calls.raised_in[1]
    return Failure("error", None, scope, (), (), name, words, line)


def _is_torchs(kind: type) -> bool:
    return kind.__module__.startswith("torch.")


def _modules(
    inventory: Inventory,
    owned: Mapping[int, int],
    counts: Mapping[str, int],
    settings: Mapping[nn.Module, tuple[tuple[str, Attribute], ...]],
) -> tuple[Module, ...]:
    def ids(table: Mapping[str, Any]) -> tuple[int, ...]:
        return tuple([owned[id(t)] for t in table.values() if id(t) in owned])

    rows: list[Module] = []
    scripted = inventory.find_scripted()
    for instance, paths in inventory.paths.items():  # the fields in order: by name they take half as long again
        kind, training = type(instance), instance.training
        parameters = ids(instance._parameters) if instance._parameters else ()
        buffers = ids(instance._buffers) if instance._buffers else ()
        aliases = tuple(paths[1:]) if len(paths) > 1 else ()
        count, builtin = counts.get(paths[0], 0), _is_torchs(kind)
        name = kind.__name__
        if scripted and instance in scripted:
            name, count = str(getattr(instance, "original_name", name)), count or _count_around(paths[0], rows)
        kept = settings.get(instance, ())
        rows.append(Module(paths[0], name, parameters, buffers, aliases, training, count, builtin, kept))
    return tuple(rows)


def _count_around(path: str, before: list[Module]) -> int:
    """How often the module around one in TorchScript was called, which calls it and asks no hook."""
    return next((module.call_count for module in reversed(before) if module.path == path.rpartition(".")[0]), 0) if path else 0


def _input_names(module: nn.Module, inputs: tuple[Any, ...], kwargs: dict[str, Any]) -> Iterator[tuple[str, Tensor]]:
    """The tensors of the arguments, named as ``forward`` names them (``x``, ``skips.0``)."""
    try:
        arguments = _plain_arguments(module, inputs, kwargs)
        if arguments is None:
            arguments = inspect.signature(module.forward).bind(*inputs, **kwargs).arguments
    except (TypeError, ValueError):  # the call will fail with Python's own words
        arguments = {**{f"input{i}": value for i, value in enumerate(inputs)}, **kwargs}
    for name, value in arguments.items():
        yield from _leaves(name, value)


def _plain_arguments(module: nn.Module, inputs: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any] | None:
    """What ``inspect`` would bind, in a tenth of its time; None unless all are positional arguments of a plain method."""
    function = getattr(module.forward, "__func__", None)
    if type(function) is not FunctionType or vars(function) or kwargs:  # a wrapper notes in its attributes what it wraps
        return None
    code = function.__code__
    least = code.co_argcount - len(function.__defaults__ or ())
    if not least <= len(inputs) + 1 <= code.co_argcount or code.co_kwonlyargcount or code.co_flags & _STARRED:
        return None
    return dict(zip(code.co_varnames[1:], inputs, strict=False))


def _leaves(name: str, value: Any) -> Iterator[tuple[str, Tensor]]:
    if isinstance(value, Tensor):
        yield name, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _leaves(f"{name}.{key}", item)
    elif isinstance(value, (tuple, list)):
        for index, item in enumerate(value):
            yield from _leaves(f"{name}.{index}", item)
