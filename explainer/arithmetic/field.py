"""Receptive fields of a stack of windows on one axis, by composition."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from explainer.arithmetic.axis import Axis
from explainer.arithmetic.inverse import Window
from explainer.errors import InvalidInput, InvalidLayer


@dataclass(frozen=True, slots=True)
class Jump:
    """Where the values of a row come from in the input: value i sees positions ``start + i * jump`` and the next ones.

    ``size`` values; ``jump`` input positions from one to the next; each sees ``receptive_field`` positions, dilation gaps
    included; ``start`` is the first that value 0 sees, negative in the padding.
    """

    size: int
    jump: int = 1
    receptive_field: int = 1
    start: int = 0

    def then(self, following: Jump) -> Jump:
        """Both after each other: r = r1 + (r2 - 1) * j1, j = j1 * j2. Associative; ``Jump(size)`` changes nothing."""
        return Jump(
            following.size,
            self.jump * following.jump,
            self.receptive_field + (following.receptive_field - 1) * self.jump,
            self.start + following.start * self.jump,
        )

    def field(self, index: int) -> range:
        """The input positions that value ``index`` sees; they may lie in the padding.

        >>> receptive_fields(32, [Window(3, padding=1), Window(3, stride=2)])[-1].field(0)
        range(-1, 4)
        """
        if not 0 <= index < self.size:
            raise InvalidInput("There is no value {index}: there are {count}.", field="index", index=index, count=self.size)
        first = self.start + index * self.jump
        return range(first, first + self.receptive_field)


def jump_of(axis: Axis) -> Jump:
    """What one sliding window does to positions."""
    return Jump(axis.output, axis.stride, axis.reach, -axis.padding[0])


def receptive_fields(size: int, windows: Iterable[Window]) -> tuple[Jump, ...]:
    """One Jump per row of a stack: the input first, then the row after each window. Raises InvalidLayer where none fits.

    >>> [(j.size, j.receptive_field) for j in receptive_fields(224, [Window(7, 2, 3), Window(3, 2, 1)])]
    [(224, 1), (112, 7), (56, 11)]
    """
    rows = [Jump(size)]
    for number, window in enumerate(windows, 1):
        axis = window.on(rows[-1].size)
        if axis.output < 1:
            raise InvalidLayer(
                "Layer {number} reaches over {reach} cells, but there are {padded} with padding.",
                field="kernel_size", number=number, reach=axis.reach, padded=axis.padded,
            )  # fmt: skip
        rows.append(rows[-1].then(jump_of(axis)))
    return tuple(rows)
