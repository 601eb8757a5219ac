"""The network that is trained: four times convolution, batch norm, ReLU and a block, then the mean and a linear layer.

It is as small as a network can be that has early and late stages and names nearly every digit: the pictures are 8 x 8.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn

from explainer.errors import InvalidInput
from explainer.gates import find_gates
from explainer.trace import run
from explainer.tracing.options import Options
from explainer.training.measures import gate_means, units
from explainer.training.record import CLASSES, SIDES, STRIDES, WIDTHS, GateMeans
from explainer.types import Gate

Build = Callable[[int], nn.Module]
_OPTIONS = Options(max_real_bytes=0, max_real_macs=0)


class Network(nn.Module):
    """(N, 1, 8, 8) -> (N, 10); ``blocks`` are empty for the network without attention."""

    def __init__(self, build: Build | None, seed: int) -> None:
        """The same seed gives the same convolutions with any block and without."""
        super().__init__()
        torch.manual_seed(seed)
        ends = zip((1, *WIDTHS), WIDTHS, STRIDES, strict=False)
        self.stages = nn.ModuleList(_stage(*end) for end in ends)
        self.head = nn.Linear(WIDTHS[-1], CLASSES)
        torch.manual_seed(seed + 1)
        self.blocks = nn.ModuleList(() if build is None else map(build, WIDTHS))

    def forward(self, x: Tensor) -> Tensor:
        for number, stage in enumerate(self.stages):
            x = stage(x)
            x = self.blocks[number](x) if len(self.blocks) else x
        scores: Tensor = self.head(x.mean(dim=(2, 3)))
        return scores


def _stage(in_channels: int, out_channels: int, stride: int) -> nn.Sequential:
    convolution = nn.Conv2d(in_channels, out_channels, 3, stride, padding=1, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(out_channels), nn.ReLU())


@dataclass(frozen=True, slots=True)
class Look:
    """What a trained network makes of pictures: its scores, and its gates by stage with their values."""

    scores: Tensor
    gates: tuple[tuple[int, int, Gate, Tensor], ...]

    def means(self, classes: Tensor, seed: int | None) -> Iterator[GateMeans]:
        for stage, number, gate, values in self.gates:
            rows = units(values, gate.kind, len(classes))
            if rows is not None:
                yield gate_means((stage, number, gate.kind), tuple(values.shape[1:]), rows, classes, seed)


def look(network: Network, pictures: Tensor) -> Look:
    """A forward in evaluation mode that keeps every gate's values."""
    network.eval()
    x, found = pictures, []
    with torch.no_grad():
        for number, stage in enumerate(network.stages):
            x = stage(x)
            if len(network.blocks):
                x, gates = _through(network.blocks[number], x)
                found += [(number, place, gate, values) for place, (gate, values) in enumerate(gates)]
        return Look(network.head(x.mean(dim=(2, 3))), tuple(found))


def _through(block: nn.Module, x: Tensor) -> tuple[Tensor, list[tuple[Gate, Tensor]]]:
    trace, _kept = run(block, (x[:2],), {}, _OPTIONS)  # which values are gates does not depend on how many pictures there are
    gates = [gate for gate in find_gates(trace) if gate.values is not None]
    wanted = frozenset(gate.values for gate in gates if gate.values is not None) | {trace.outputs[0]}
    _trace, kept = run(block, (x,), {}, replace(_OPTIONS, keep=wanted))
    return kept[trace.outputs[0]], [(gate, kept[gate.values]) for gate in gates if gate.values is not None]


def check_fit(build: Build) -> None:
    """InvalidInput with a sentence for people if a block cannot stand at the end of every stage."""
    for width, side in zip(WIDTHS, SIDES, strict=True):
        shape = (2, width, side, side)
        with torch.no_grad():
            made = build(width).train()(torch.zeros(shape))
        if not isinstance(made, Tensor):
            raise InvalidInput(
                "The block gives back {what} and no single tensor: it cannot stand between two layers.",
                what=type(made).__name__[:80],
            )
        if tuple(made.shape) != shape:
            raise InvalidInput(
                "The block makes {output} from {input}. Here it must keep the shape, so that it can stand behind any layer.",
                output=tuple(made.shape), input=shape,
            )  # fmt: skip


_CATALOGUE: dict[str, Any] = {}


def offer(module: str) -> None:
    """Makes a module's ``CATALOGUE`` of blocks known, each with ``at(width, side)`` and ``build(settings)``."""
    if module:
        from importlib import import_module

        _CATALOGUE.update(import_module(module).CATALOGUE)


def from_catalogue(key: str, settings: Mapping[str, int | float | str]) -> Build:
    """How to build a block of the catalogue for so many channels; InvalidInput for one that is not there."""
    spec = _CATALOGUE.get(key)
    if spec is None:
        raise InvalidInput("There is no block named {name} in the catalogue.", name=key[:80])

    def build(width: int) -> nn.Module:
        wanted = spec.at(width, SIDES[0])
        module: nn.Module = spec.build(wanted | {name: value for name, value in settings.items() if name in wanted})
        return module

    return build
