"""The numbers of one step after a real forward: how they are spread, and small pictures of them."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Collection
from dataclasses import dataclass
from math import isqrt
from typing import TYPE_CHECKING, Literal, TypeAlias

from explainer.examine import Make, real_tensors
from explainer.gates import find_gates
from explainer.types import Shape, Trace

if TYPE_CHECKING:
    from torch import Tensor

PictureKind: TypeAlias = Literal["maps", "matrix", "vector", "kernels"]

MAX_TILES = 64
MAX_TILE_SIDE = 48
MAX_SIDE = 128
_BINS = 32


@dataclass(frozen=True, slots=True)
class Spread:
    """How numbers are spread: their bounds and moments, the share that is exactly 0, and a histogram between the bounds.

    ``infinite`` of them are infinite or no numbers, and count in nothing else.
    """

    least: float
    mean: float
    largest: float
    deviation: float
    zeros: float
    bins: tuple[int, ...]
    infinite: int = 0


@dataclass(frozen=True, slots=True)
class Picture:
    """Small pictures on one scale: rows of bytes in base64, 0 for ``least`` and 255 for ``largest``.

    maps: channels of the first sample; matrix: its two axes; vector: its numbers in rows from the left; kernels: filters of a
    convolution by output and input channel, ``names`` say which. ``count`` are there in all. If ``signed``, 0 is in the middle.
    """

    kind: PictureKind
    width: int
    height: int
    tiles: tuple[str, ...]
    names: tuple[str, ...]
    count: int
    least: float
    largest: float
    signed: bool


@dataclass(frozen=True, slots=True)
class StepValues:
    """What a step made of a random input with random weights.

    ``weights`` are its kernels or its matrix, ``gate`` the gate that it applies, if it has any.
    """

    shape: Shape
    spread: Spread | None
    result: Picture | None
    weights: Picture | None
    gate: Picture | None = None


def step_values(
    make: Make, input_shapes: tuple[Shape, ...], plan: Trace, ops: Collection[int], device: str = "cpu", seed: int = 0
) -> StepValues:
    """The numbers of the last of these ops, and the weights of the first that has some; ``plan`` is the module's trace.

    TooLarge if the tensors would not fit.
    """
    made = plan.ops[max(ops)].outputs[0]
    gate = next((found.values for found in find_gates(plan) if found.op in ops), None)
    read = [i for op in sorted(ops) for i in plan.ops[op].inputs]
    weight = next((i for i in read if plan.values[i].origin == "parameter" and len(plan.shape(i)) > 1), None)
    return _values_of(make, input_shapes, plan, made, (weight, gate), device, seed)


def input_values(
    make: Make, input_shapes: tuple[Shape, ...], plan: Trace, value: int, device: str = "cpu", seed: int = 0
) -> StepValues:
    """The numbers of an input, or of any other value by its id."""
    return _values_of(make, input_shapes, plan, value, (None, None), device, seed)


def _values_of(
    make: Make,
    input_shapes: tuple[Shape, ...],
    plan: Trace,
    made: int,
    beside: tuple[int | None, int | None],
    device: str,
    seed: int,
) -> StepValues:
    weight, gate = beside
    wanted = {value for value in (made, weight, gate) if value is not None}
    kept = real_tensors(make, input_shapes, plan, wanted, device, seed)
    tensor = kept[made].double() if not kept[made].is_complex() else kept[made].abs().double()
    return StepValues(
        tuple(tensor.shape),
        spread_of(tensor),
        _result(tensor),
        None if weight is None else _weights(kept[weight].double()),
        None if gate is None else _result(kept[gate].double()),
    )


def spread_of(numbers: Tensor) -> Spread | None:
    """None of no numbers at all."""
    import torch

    finite = numbers[torch.isfinite(numbers)].flatten()
    if not finite.numel():
        return None
    least, largest = float(finite.min()), float(finite.max())
    bins = torch.histc(finite, _BINS, least, largest) if largest > least else torch.tensor([finite.numel()])
    return Spread(
        least,
        float(finite.mean()),
        largest,
        float(finite.std(correction=0)),
        float((finite == 0).double().mean()),
        tuple(int(count) for count in bins),
        numbers.numel() - finite.numel(),
    )


def _result(tensor: Tensor) -> Picture | None:
    if tensor.dim() == 5:
        tensor = tensor[:, :, tensor.shape[2] // 2]
    if tensor.dim() == 4:
        maps = tensor[0]
        if maps.shape[1] * maps.shape[2] == 1:
            return _vector(maps.flatten())
        return _tiles("maps", maps[:MAX_TILES], tuple(str(n) for n in range(min(len(maps), MAX_TILES))), len(maps))
    if tensor.dim() == 3:
        return _matrix(tensor[0])
    if tensor.dim() == 2 and tensor.shape[0] > 1:
        return _matrix(tensor)
    return _vector(tensor.flatten()) if tensor.dim() in (1, 2) else None


def _weights(weight: Tensor) -> Picture | None:
    if weight.dim() == 4 and weight.shape[2] * weight.shape[3] > 1:
        pairs = weight.reshape(-1, *weight.shape[2:])
        inputs = weight.shape[1]
        names = tuple(f"{n // inputs} ← {n % inputs}" for n in range(min(len(pairs), MAX_TILES)))
        return _tiles("kernels", pairs[:MAX_TILES], names, len(pairs))
    return _matrix(weight.flatten(1)) if weight.dim() > 1 else None


def _vector(numbers: Tensor) -> Picture | None:
    """A vector in rows that make it nearly a square."""
    import torch

    count = numbers.numel()
    numbers = numbers[: MAX_SIDE * MAX_SIDE]
    width = max(1, isqrt(max(0, numbers.numel() - 1)) + 1) if numbers.numel() > 8 else max(1, numbers.numel())
    rows = -(-numbers.numel() // width)
    filled = torch.full((rows * width,), float(numbers.min()) if count else 0.0, dtype=numbers.dtype)
    filled[: numbers.numel()] = numbers
    return _tiles("vector", filled.reshape(1, rows, width), ("",), count) if count else None


def _matrix(numbers: Tensor) -> Picture:
    return _tiles("matrix", numbers[None], ("",), 1, MAX_SIDE)


def _tiles(kind: PictureKind, numbers: Tensor, names: tuple[str, ...], count: int, side: int = MAX_TILE_SIDE) -> Picture:
    """Each larger than ``side`` is averaged down to it."""
    import torch

    numbers = torch.nan_to_num(numbers.cpu(), 0.0, 0.0, 0.0)
    height, width = (min(size, side) for size in numbers.shape[1:])
    if (height, width) != tuple(numbers.shape[1:]):
        numbers = torch.nn.functional.adaptive_avg_pool2d(numbers, (height, width))
    least, largest = float(numbers.min()), float(numbers.max())
    signed = least < 0 < largest
    if signed:
        largest = max(-least, largest)
        least = -largest
    scaled = ((numbers - least) * (255 / (largest - least) if largest > least else 0.0)).round().to(torch.uint8)
    tiles = tuple(b64encode(bytes(tile.flatten().tolist())).decode() for tile in scaled)
    return Picture(kind, width, height, tiles, names, count, least, largest, signed)
