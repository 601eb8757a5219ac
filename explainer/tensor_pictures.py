"""Tensors as a person can look at them: how their numbers are spread, and small pictures of them."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from math import isqrt
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from torch import Tensor

PictureKind: TypeAlias = Literal["maps", "matrix", "vector", "kernels"]

MAX_TILES = 64
FEW_TILES, MAX_TILE_SIDE, MAX_SIDE_OF_MANY = 16, 48, 32  # many are shown half as wide
MAX_SIDE = 128
BINS = 32


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


def spread_of(numbers: Tensor) -> Spread | None:
    """None of no numbers at all."""
    import torch

    finite = numbers[torch.isfinite(numbers)].flatten()
    if not finite.numel():
        return None
    least, largest = float(finite.min()), float(finite.max())
    bins = torch.histc(finite, BINS, least, largest) if largest > least else torch.tensor([finite.numel()])
    return Spread(
        least,
        float(finite.mean()),
        largest,
        float(finite.std(correction=0)),
        float((finite == 0).double().mean()),
        tuple(int(count) for count in bins),
        numbers.numel() - finite.numel(),
    )


def picture_of(tensor: Tensor) -> Picture | None:
    """What a step made: channels of the first sample, a matrix, or a vector; None of a single number."""
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


def weights_picture(weight: Tensor) -> Picture | None:
    """Kernels by output and input channel, or the matrix; None of a vector."""
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


def _tiles(kind: PictureKind, numbers: Tensor, names: tuple[str, ...], count: int, side: int | None = None) -> Picture:
    """Each larger than ``side`` is averaged down to it, or to what suits the number of tiles."""
    import torch

    side = side or (MAX_TILE_SIDE if len(numbers) <= FEW_TILES else MAX_SIDE_OF_MANY)
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
    written = bytearray(scaled.numel())
    torch.frombuffer(written, dtype=torch.uint8).copy_(scaled.flatten())
    tiles = tuple(b64encode(written[at : at + width * height]).decode() for at in range(0, len(written), width * height))
    return Picture(kind, width, height, tiles, names, count, least, largest, signed)
