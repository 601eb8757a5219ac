"""A sweep: one number of a layer takes every value in a range while the others stay, and what comes of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import gcd
from typing import Any

from explainer.arithmetic import LAYERS, Argument, LayerForm
from explainer.errors import InvalidLayer, TooLarge
from explainer.types import Sentence, Shape

QUANTITIES = ("output", "params", "macs")

_ORDER = (
    "size", "kernel_size", "stride", "padding", "output_padding", "dilation", "output_size", "scale_factor", "upscale_factor",
    "downscale_factor", "groups", "out_features", "in_features", "in_channels", "out_channels",
)  # fmt: skip
_REGROUPING = frozenset({"Fold", "Flatten", "Unflatten"})  # their numbers name axes, or hang together
_TOPS = {
    "kernel_size": 15, "stride": 8, "padding": 8, "dilation": 8, "output_padding": 4, "output_size": 16, "scale_factor": 8,
    "upscale_factor": 8, "downscale_factor": 8,
}  # fmt: skip
_FROM_ZERO = frozenset({"padding", "output_padding"})
_LARGEST_SIDE = 16_384
_LARGEST_COUNT = 65_536


@dataclass(frozen=True, slots=True)
class Point:
    """What one value of the parameter gives; a refused one has only its reason."""

    value: int
    input_shape: Shape
    output_shape: Shape = ()
    param_count: int | None = None
    macs: int | None = None
    refusal: Sentence | None = None

    def quantity(self, name: str, axis: int = -1) -> int | None:
        """One size of the output, the parameters or the multiply-adds; None where the layer refuses."""
        if name == "output":
            return self.output_shape[axis] if self.output_shape else None
        return self.param_count if name == "params" else self.macs


@dataclass(frozen=True, slots=True)
class Sweep:
    """``points`` by rising value. ``current`` is the present value, None where it is a word or a list. ``both``: all axes
    change, not the first alone while the others keep numbers of their own. ``rank``: how many sizes of the output are of
    interest, the last ones.
    """

    layer: str
    parameter: str
    current: int | None
    both: bool
    rank: int
    points: tuple[Point, ...]

    @property
    def is_square(self) -> bool:
        """Whether all sizes of interest are equal all along."""
        return all(len(set(point.output_shape[-self.rank :])) < 2 for point in self.points)


def parameters_of(name: str) -> tuple[str, ...]:
    """What a layer can be swept over, ``size`` being that of its input; nothing where no number stands alone.

    >>> parameters_of("MaxPool2d"), parameters_of("Flatten")
    (('size', 'kernel_size', 'stride', 'padding', 'dilation'), ())
    """
    if name in _REGROUPING:
        return ()
    names = {parameter.name for parameter in LAYERS[name].parameters} - {"size"} | ({"size"} if name != "Linear" else set())
    return tuple(parameter for parameter in _ORDER if parameter in names)


def quantities_of(name: str) -> tuple[str, ...]:
    """What can be watched: a layer without weights has neither parameters nor multiply-adds."""
    return QUANTITIES if {"in_channels", "in_features"} & {p.name for p in LAYERS[name].parameters} else QUANTITIES[:1]


def spatial_rank(name: str, input_shape: Shape) -> int:
    """How many of the last dimensions of the input are sizes of an image, a sequence or a volume."""
    rank = LAYERS[name].rank
    return len(input_shape) - 2 if rank is None else rank


def sweep(name: str, arguments: Mapping[str, Argument], input_shape: Shape, parameter: str) -> Sweep:
    """The series over ``parameter`` of ``nn.name(**arguments)``.

    >>> [point.quantity("output") for point in sweep("Conv2d", {"in_channels": 1, "out_channels": 1, "kernel_size": (3, 3)},
    ...  (1, 1, 8, 8), "stride").points]
    [6, 3, 2, 2, 2, 1, 1, 1]
    """
    form, rank = LAYERS[name], spatial_rank(name, input_shape)
    present = input_shape[-rank:] if parameter == "size" else _present(form, arguments, parameter)
    both = len(set(present)) < 2

    def point(value: int) -> Point:
        every = (value,) * rank if parameter == "size" else value
        chosen, shape = _with(arguments, input_shape, rank, parameter, every if both else (value, *present[1:]))
        try:
            layer = form.make(**chosen)
            return Point(value, shape, layer.output_shape(shape), layer.param_count, layer.macs(shape))
        except (InvalidLayer, TooLarge) as error:
            return Point(value, shape, refusal=error.sentence)

    current = present[0] if present else None
    shown = 1 if name in ("Linear", "Unfold") else rank
    return Sweep(name, parameter, current, both, shown, tuple(map(point, _values(parameter, current or 0, arguments))))


def _present(form: LayerForm, arguments: Mapping[str, Argument], parameter: str) -> tuple[int, ...]:
    """The numbers of a parameter on each axis, or the one for all; nothing where it is a word or what no one number replaces."""
    found = next(known for known in form.parameters if known.name == parameter)
    value = arguments.get(parameter, found.default)
    if value is None and parameter == "stride":
        value = arguments["kernel_size"]  # a pool's windows lie side by side unless told otherwise
    numbers = value if isinstance(value, tuple) else (value,)
    if any(isinstance(number, str) or number is None or number != int(number) for number in numbers):
        return ()
    if found.kind in ("sides", "factor") and len(set(numbers)) > 1:
        return ()
    return tuple(int(number) for number in numbers)


def _with(
    arguments: Mapping[str, Argument], input_shape: Shape, rank: int, parameter: str, value: Any
) -> tuple[dict[str, Any], Shape]:
    chosen = dict(arguments)
    if parameter == "size":
        return chosen, (*input_shape[:-rank], *value)
    chosen[parameter] = value
    if parameter == "in_channels":
        return chosen, (*input_shape[: -rank - 1], value, *input_shape[-rank:])
    return chosen, (*input_shape[:-1], value) if parameter == "in_features" else input_shape


def _values(parameter: str, current: int, arguments: Mapping[str, Any]) -> Sequence[int]:
    """The values worth showing: about the present one, and never more than a hundred."""
    if parameter in _TOPS:
        least = 0 if parameter in _FROM_ZERO else 1
        return _around(current, min(least, current), max(_TOPS[parameter], current + 4), _LARGEST_SIDE)
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
