"""Declared sizes: numbers in the order of their table, H×W×C or C×H×W, and what agrees with them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from explainer.table.lines import Understood
from explainer.types import Shape

Layout: TypeAlias = Literal["HWC", "CHW"]


@dataclass(frozen=True, slots=True)
class Declared:
    """What a table says of a size; None where it says nothing. A single number is ``features`` or both sides of a map."""

    height: int | None = None
    width: int | None = None
    channels: int | None = None
    alone: int | None = None

    def agrees(self, shape: Shape) -> bool:
        """Whether a size (C, H, W) or (features,) is what was declared."""
        if len(shape) == 1:
            numbers = [n for n in (self.height, self.width, self.channels, self.alone) if n is not None]
            return not numbers or all(n == 1 for n in numbers) or [n for n in numbers if n != 1] == [shape[0]]
        if self.alone is not None:
            return self.alone in (shape[1], shape[0] * shape[1] * shape[2]) and shape[1] in (shape[2], 1)
        pairs = ((self.channels, shape[0]), (self.height, shape[1]), (self.width, shape[2]))
        return all(said is None or said == real for said, real in pairs)

    @property
    def plane(self) -> tuple[int, int] | None:
        if self.height is not None and self.width is not None:
            return self.height, self.width
        return (self.alone, self.alone) if self.alone is not None else None

    @property
    def shape(self) -> Shape | None:
        """(C, H, W) where all of it is declared."""
        if self.channels is None or self.height is None or self.width is None:
            return None
        return self.channels, self.height, self.width

    def numbers(self) -> Shape:
        """As tables write it."""
        found = (self.height, self.width, self.channels, self.alone)
        return tuple(number for number in found if number is not None)


def declared(numbers: Sequence[int], layout: Layout) -> Declared | None:
    """The declared size of a cell's numbers; four of them begin with the batch."""
    numbers = list(numbers)[-3:]
    if not numbers:
        return None
    if len(numbers) == 1:
        return Declared(alone=numbers[0])
    if len(numbers) == 2:
        return Declared(numbers[0], numbers[1])
    if layout == "CHW":
        return Declared(numbers[1], numbers[2], numbers[0])
    return Declared(numbers[0], numbers[1], numbers[2])


def layouts_of(lines: Iterable[Understood]) -> tuple[Layout, ...]:
    """The orders in which the table's sizes may stand, the more likely one first: squares tell, and three channels at the start.

    One alone where no size has three numbers.
    """
    votes, found = 0, False
    for line in lines:
        for numbers in (line.input[-3:], line.output[-3:]):
            if len(numbers) == 3:
                found = True
                votes += (numbers[0] == numbers[1] != numbers[2]) - (numbers[0] != numbers[1] == numbers[2])
                votes -= 3 * (numbers[0] == 3 != numbers[2] and numbers[1] != 3)
    if not found:
        return ("HWC",)
    return ("CHW", "HWC") if votes < 0 else ("HWC", "CHW")
