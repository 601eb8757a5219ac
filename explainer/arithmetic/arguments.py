"""Arguments as people write them (one number, or one per axis) to checked tuples, and back to source text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import isqrt, prod
from typing import TypeAlias

from explainer.errors import InvalidLayer
from explainer.types import Shape

PerAxis: TypeAlias = int | Sequence[int]
Argument: TypeAlias = "int | float | bool | str | None | Sequence[int | float | None]"

_LIMIT = 2**63 - 1
_SEARCHED = 10**10


def whole(value: object, name: str, minimum: int | None = None) -> int:
    """The value, if it is an integer of at least ``minimum`` that torch's 64 bits can hold."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise InvalidLayer("{name} must be a whole number, not {value}.", field=name, name=name, value=repr(value))
    if minimum is not None and value < minimum:
        raise InvalidLayer("{name} must be at least {minimum}, not {value}.", field=name, name=name, minimum=minimum, value=value)
    if abs(value) > _LIMIT:
        raise InvalidLayer("{name}={value} does not fit into 64 bits.", field=name, name=name, value=value)
    return value


def per_axis(value: object, rank: int, name: str, minimum: int | None = None, *, stretch: bool = True) -> Shape:
    """One checked number per axis. ``stretch`` lets a sequence of one number stand for all axes, as torch mostly does."""
    if not isinstance(value, (tuple, list)):
        return (whole(value, name, minimum),) * rank
    numbers = tuple(whole(number, name, minimum) for number in value)
    if stretch and len(numbers) == 1:
        return numbers * rank
    if len(numbers) != rank:
        raise InvalidLayer(
            "{name} needs one number, or one for each of the {rank} axes; {value} has {count}.",
            field=name, name=name, rank=rank, value=numbers, count=len(numbers),
        )  # fmt: skip
    return numbers


def checked_shape(shape: Iterable[int], name: str = "input_shape") -> Shape:
    """The shape as a tuple, if every size is a whole number of at least 0 and a float32 tensor of it can be addressed."""
    sizes = tuple(whole(size, name, 0) for size in shape)
    if prod(size for size in sizes if size) * 4 > _LIMIT:
        raise InvalidLayer("A tensor of shape {shape} has more elements than PyTorch can count.", field=name, shape=sizes)
    return sizes


def shortest(numbers: Shape) -> int | Shape:
    """One number where all are equal, as people write it."""
    return numbers[0] if numbers and len(set(numbers)) == 1 else numbers


def source(name: str, positional: Sequence[object], options: Sequence[tuple[str, object, object]]) -> str:
    """The PyTorch line ``nn.name(...)``: positional values, then each (name, value, default) whose value is not the default."""
    written = [repr(value) for value in positional]
    written += [f"{key}={value!r}" for key, value, default in options if value != default]
    return f"nn.{name}({', '.join(written)})"


def nearest_divisors(number: int, wanted: int) -> tuple[int, int | None]:
    """The divisors of ``number`` next below and next above ``wanted``; None if there is none above."""
    found = {1, number}
    if number <= _SEARCHED:
        small = [divisor for divisor in range(1, isqrt(number) + 1) if number % divisor == 0]
        found |= {*small, *(number // divisor for divisor in small)}
    below = max((divisor for divisor in found if divisor <= wanted), default=1)
    return below, min((divisor for divisor in found if divisor > wanted), default=None)
