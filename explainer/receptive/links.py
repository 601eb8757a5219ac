"""Links: how a result's axes read one axis of an operand, as functions of what that axis itself reads."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from math import gcd, prod
from typing import TypeAlias

from explainer.receptive.reach import MAX_PHASES, WHOLE, Cells, Reach, read, refit
from explainer.types import Attribute, Op, Shape

Link: TypeAlias = Callable[[Reach], Reach]
Links: TypeAlias = tuple[Link, ...]  # one for each axis of the operand
# For each result, by the operand's position among the op's inputs, its links; None if the result takes nothing from its numbers.
# An operand that is missing is not understood: then the result depends on all of it.
Plan: TypeAlias = Sequence[Mapping[int, Links | None]]
Shapes: TypeAlias = tuple[Shape, ...]


@dataclass(frozen=True, slots=True)
class Call:
    """An op with the shapes of its operands and results."""

    op: Op
    inputs: Shapes
    outputs: Shapes


Rule: TypeAlias = Callable[[Call], Plan | None]  # None: not understood


def whole(_: Reach) -> Reach:
    return WHOLE


def keep(axis: int) -> Link:
    """The result's axis is this one, index by index."""
    return _KEEP[axis] if axis < len(_KEEP) else partial(_keep, axis)


def _keep(axis: int, reach: Reach) -> Reach:
    return reach if reach.axis == axis else Reach(axis, reach.step, reach.windows, reach.slack)


_KEEP = tuple(partial(_keep, axis) for axis in range(8))


def at(index: int) -> Link:
    """The result has one index of this axis only."""
    return lambda reach: read(reach, None, 0, ((index, index, 1),))


def mix(size: int) -> Link:
    """The result reads every index of this axis; the only one, if there is but one."""
    return whole if size > 1 else at(0)


def slide(axis: int, step: int, first: int, length: int = 1, dilation: int = 1) -> Link:
    """Index ``i`` of the result reads ``length`` cells from ``first + i * step``, ``dilation`` apart."""
    return lambda reach: read(reach, axis, step, ((first, first + (length - 1) * dilation, dilation),))


def every(shape: Shape) -> Links:
    """Each element of the result reads the whole operand."""
    return tuple(mix(size) for size in shape)


def same(rank: int) -> Links:
    return tuple(keep(axis) for axis in range(rank))


def broadcast(shape: Shape, to: Shape) -> Links | None:
    """Axes aligned from the right, as torch broadcasts; None if they do not fit."""
    shift = len(to) - len(shape)
    if shift < 0 or any(size not in (1, to[shift + axis]) for axis, size in enumerate(shape)):
        return None
    return tuple(keep(shift + axis) if size == to[shift + axis] else at(0) for axis, size in enumerate(shape))


def regroup(shape: Shape, to: Shape) -> Links | None:
    """The links of ``reshape``: the elements stay in row-major order."""
    if prod(shape) != prod(to) or 0 in shape:
        return None
    if shape == to:
        return same(len(shape))
    return tuple(
        partial(_regroup, size, prod(shape[axis + 1 :]), _digits(to)) if size > 1 else at(0) for axis, size in enumerate(shape)
    )


def _digits(shape: Shape) -> tuple[tuple[int, int, int], ...]:
    """(axis, size, how many elements one index spans) of the axes that have more than one index."""
    return tuple((axis, size, prod(shape[axis + 1 :])) for axis, size in enumerate(shape) if size > 1)


def _regroup(size: int, span: int, digits: tuple[tuple[int, int, int], ...], reach: Reach) -> Reach:
    """The reach through the axis of the result that tells most about the operand's index ``element // span % size``."""
    options = [_through(size, span, digit, reach) for digit in digits]
    sizes = [(option.size, position) for position, option in enumerate(options) if option.size is not None]
    return options[min(sizes)[1]] if sizes else WHOLE


def _through(size: int, span: int, digit: tuple[int, int, int], reach: Reach) -> Reach:
    axis, count, stride = digit
    top, outer = size * span, count * stride
    if (span, size) == (stride, count):
        return _keep(axis, reach)
    if span % stride == 0 and outer % top == 0:  # merged: the result's axis holds the operand's, and more
        repeat = span // stride
        if outer == top:
            return read(reach, axis, 1, ((0, 0, 1),) * repeat) if repeat <= MAX_PHASES else WHOLE
        if repeat * size > MAX_PHASES:
            return WHOLE
        return read(reach, axis, 0, tuple((index // repeat, index // repeat, 1) for index in range(repeat * size)))
    if stride % span == 0 and top % outer == 0:  # split: the operand's axis holds the result's, and more
        below, block = stride // span, outer // span
        inside = read(reach, axis, 1, ((0, size - block, block),)) if block < size else reach
        return inside if inside.axis is None else refit(read(inside, axis, below, ((0, below - 1, 1),)), count)
    return WHOLE


def numbers(value: Attribute, rank: int) -> tuple[int, ...] | None:
    """``rank`` integers from an attribute that is one number or a tuple; None if it is neither."""
    if isinstance(value, int) and not isinstance(value, bool):
        return (value,) * rank
    if not isinstance(value, tuple):
        return None
    found = tuple(item for item in value if isinstance(item, int) and not isinstance(item, bool))
    if len(found) != len(value):
        return None
    found = found * rank if len(found) == 1 else found
    return found if len(found) == rank else None


def axes(value: Attribute, rank: int) -> tuple[int, ...] | None:
    """Axis numbers from the front, from an attribute that is one number or a tuple; None if it names no axes."""
    given = numbers(value, len(value) if isinstance(value, tuple) else 1)
    if given is None or any(not -rank <= axis < rank for axis in given):
        return None
    return tuple(axis % rank for axis in given)


def dim_of(op: Op, rank: int, default: Attribute = None) -> tuple[int, ...] | None:
    """The axes that ``dim`` names; the default only where no argument could be an unnamed ``dim``."""
    value = first_of(op, "dim", "axis")
    if value is None and not any(key.startswith("argument") for key, _ in op.attributes):
        value = default
    return axes(value, rank)


def first_of(op: Op, *names: str) -> Attribute:
    """The first of these attributes that the op has."""
    return next((value for name in names for key, value in op.attributes if key == name), None)


def phases(step: int, first: int, divisor: int) -> tuple[int, tuple[Cells | None, ...]]:
    """Cells ``(first + i * step) / divisor`` where that is whole, as ``read`` takes them: (step, cells)."""
    period = divisor // gcd(step, divisor)
    places = [first + index * step for index in range(period)]
    cells = tuple((n // divisor, n // divisor, 1) if n % divisor == 0 else None for n in places)
    return period * step // divisor, cells
