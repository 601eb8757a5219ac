"""A line of a table on its way back from a module."""

from __future__ import annotations

from dataclasses import dataclass

from explainer.table.operation import Around, Wanted
from explainer.types import Shape


@dataclass(frozen=True, slots=True)
class Row:
    """``before`` and ``after`` are the values that it reads and makes, by id, ``given`` and ``made`` their shapes.

    ``text`` stands for what no table can say. ``source`` is the value that goes around, None where that is ``before``.
    """

    wanted: Wanted | None
    before: int
    after: int
    given: Shape
    made: Shape
    text: str = ""
    around: Around | None = None
    source: int | None = None
