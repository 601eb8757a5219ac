"""The weights of a freshly built module: from a seed, from a state dict, by hand."""

from __future__ import annotations

import math
from base64 import b64decode
from collections.abc import Callable

import torch
from torch import Tensor, nn

from explainer.attention.records import Edit, Entry, Report, Weights
from explainer.errors import InvalidInput
from explainer.seeding import Seeded


def built(make: Callable[[], nn.Module], weights: Weights) -> tuple[nn.Module, Report | None]:
    """The module in evaluation mode with these weights but for the edits, and what its state dict did."""
    with Seeded(weights.seed):
        module = make().eval()
    report = load(module, weights.entries) if weights.entries else None
    return module, report


def number_at(module: nn.Module, name: str, index: tuple[int, ...]) -> float:
    """One number of one parameter; 0 if there is none."""
    parameter = dict(module.named_parameters()).get(name)
    return 0.0 if parameter is None or not is_inside(index, tuple(parameter.shape)) else float(parameter.detach()[index])


def edit(module: nn.Module, edits: tuple[Edit, ...]) -> None:
    """Sets numbers by hand; InvalidInput for one that is not there."""
    for one in edits:
        _write(module, one)


def load(module: nn.Module, entries: tuple[Entry, ...]) -> Report:
    """Copies every entry that the module has in the same shape. A prefix that all names of the file share may be left out."""
    own = dict(module.state_dict())
    given = {entry.name: entry for entry in entries}
    if not own.keys() & given.keys():
        given = _without_prefix(given)
    mismatched = [(name, tuple(own[name].shape), given[name].shape) for name in own if name in given]
    mismatched = [found for found in mismatched if found[1] != found[2]]
    wrong = {name for name, _, _ in mismatched}
    loaded = tuple(name for name in own if name in given and name not in wrong)
    with torch.no_grad():
        for name in loaded:
            own[name].copy_(_tensor(given[name]))
    return Report(
        loaded,
        tuple(name for name in own if name not in given),
        tuple(name for name in given if name not in own),
        tuple(mismatched),
    )


def _without_prefix(given: dict[str, Entry]) -> dict[str, Entry]:
    """``module.conv.weight`` as ``conv.weight``, if every name starts alike."""
    heads = {name.partition(".")[0] for name in given}
    if len(heads) != 1 or not all("." in name for name in given):
        return given
    return {name.partition(".")[2]: entry for name, entry in given.items()}


def _tensor(entry: Entry) -> Tensor:
    data = b64decode(entry.data, validate=True)
    if len(data) != 4 * math.prod(entry.shape):
        raise InvalidInput("The tensor {name} has not as many numbers as its shape says.", name=entry.name[:100])
    if not data:
        return torch.zeros(entry.shape)
    return torch.frombuffer(bytearray(data), dtype=torch.float32).reshape(entry.shape)


def _write(module: nn.Module, edit: Edit) -> None:
    parameter = dict(module.named_parameters()).get(edit.name)
    if parameter is None or not is_inside(edit.index, tuple(parameter.shape)):
        raise InvalidInput("There is no number {name}{index} in this module.", name=edit.name[:100], index=str(list(edit.index)))
    with torch.no_grad():
        parameter[edit.index] = edit.value


def is_inside(index: tuple[int, ...], shape: tuple[int, ...]) -> bool:
    return len(index) == len(shape) and all(0 <= place < size for place, size in zip(index, shape, strict=True))
