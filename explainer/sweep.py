"""A sweep: one number of a convolution takes every value in a range while the others stay, and what comes of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import gcd
from typing import Any

from explainer.arithmetic import conv_layer
from explainer.errors import InvalidLayer
from explainer.types import Sentence, Shape

PARAMETERS = ("size", "kernel_size", "stride", "padding", "dilation", "groups", "in_channels", "out_channels")
QUANTITIES = ("output", "params", "macs")

_PER_AXIS = ("kernel_size", "stride", "padding", "dilation")
_LEAST_TOPS = {"kernel_size": 15, "stride": 8, "padding": 8, "dilation": 8}
_LARGEST_SIDE = 16_384
_LARGEST_COUNT = 65_536


@dataclass(frozen=True, slots=True)
class Point:
    """What one value of the parameter gives; a refused one has only its reason."""

    value: int
    output_shape: Shape = ()
    param_count: int | None = None
    macs: int | None = None
    refusal: Sentence | None = None

    def quantity(self, name: str, axis: int = -2) -> int | None:
        """The height or width of the output, the parameters or the multiply-adds; None where the layer refuses."""
        if name == "output":
            return self.output_shape[axis] if self.output_shape else None
        return self.param_count if name == "params" else self.macs


@dataclass(frozen=True, slots=True)
class Sweep:
    """``points`` by rising value. ``current`` is the present value, None where padding is a word. ``both`` axes change, or the
    height alone while the width keeps a number of its own.
    """

    parameter: str
    current: int | None
    both: bool
    points: tuple[Point, ...]

    @property
    def is_square(self) -> bool:
        """Whether height and width of the output are equal all along."""
        return all(point.output_shape[-2:-1] == point.output_shape[-1:] for point in self.points)


def sweep(arguments: Mapping[str, Any], input_shape: Shape, parameter: str) -> Sweep:
    """The series over ``parameter`` of the two-dimensional convolution with these arguments, pairs as (height, width).

    >>> [point.quantity("output") for point in sweep({"in_channels": 1, "out_channels": 1, "kernel_size": (3, 3)},
    ...  (1, 1, 8, 8), "stride").points]
    [6, 3, 2, 2, 2, 1, 1, 1]
    """
    present = input_shape[-2:] if parameter == "size" else arguments.get(parameter, 0 if parameter == "padding" else 1)
    pair = (present, present) if isinstance(present, (int, str)) else tuple(present)
    both = pair[0] == pair[1]
    current = None if isinstance(pair[0], str) else int(pair[0])

    def point(value: int) -> Point:
        chosen, shape = _with(arguments, input_shape, parameter, (value, value) if both else (value, pair[1]))
        try:
            layer = conv_layer(2, **chosen)
            return Point(value, layer.output_shape(shape), layer.param_count, layer.macs(shape))
        except InvalidLayer as error:
            return Point(value, refusal=error.sentence)

    return Sweep(parameter, current, both, tuple(map(point, _values(parameter, current or 0, arguments))))


def _with(
    arguments: Mapping[str, Any], input_shape: Shape, parameter: str, pair: tuple[Any, Any]
) -> tuple[dict[str, Any], Shape]:
    if parameter == "size":
        return dict(arguments), (*input_shape[:-2], *pair)
    chosen = {**arguments, parameter: pair if parameter in _PER_AXIS else pair[0]}
    channels = chosen["in_channels"]
    return chosen, (input_shape[0], channels, *input_shape[-2:])


def _values(parameter: str, current: int, arguments: Mapping[str, Any]) -> Sequence[int]:
    """The values worth showing: about the present one, and never more than a hundred."""
    if parameter in _LEAST_TOPS:
        least, top = (0 if parameter == "padding" else 1), _LEAST_TOPS[parameter]
        return _around(current, least, max(top, current + 4), _LARGEST_SIDE)
    if parameter == "size":
        return _around(current, 1, max(24, 2 * current), _LARGEST_SIDE)
    if parameter == "groups":
        return _group_counts(current, gcd(arguments["in_channels"], arguments["out_channels"]))
    step = 1
    while step * 16 <= current:
        step *= 2
    stepped = {step * number for number in range(1, 33) if step * number <= max(2 * current, 16)}
    return sorted(value for value in stepped | {current} if 1 <= value <= _LARGEST_COUNT)


def _around(current: int, least: int, top: int, limit: int) -> Sequence[int]:
    if top - least <= 64:
        return range(least, min(top, limit) + 1)
    return range(max(least, current - 32), min(current + 32, limit) + 1)


def _group_counts(current: int, common: int) -> Sequence[int]:
    """Every count up to 16, refused ones too, then the divisors."""
    divisors = {number for number in range(1, min(common, 2**16) + 1) if common % number == 0}
    return sorted({*range(1, min(common + 4, 16) + 1), *divisors, current})
