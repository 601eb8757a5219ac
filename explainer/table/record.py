"""An architecture table as its author wrote it: lines of cells, all of them text, so that nothing typed is lost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Literal, TypeAlias

Column: TypeAlias = Literal["name", "input", "operation", "kernel", "channels", "stride", "padding", "then", "shortcut", "output"]
After: TypeAlias = Literal["auto", "bn_relu", "relu", "nothing"]

MOST_LINES = 120
LONGEST_CELL = 200
AFTERS: tuple[After, ...] = ("auto", "bn_relu", "relu", "nothing")


@dataclass(frozen=True, slots=True)
class Cells:
    """One line. ``then`` is what follows the operation: normalisation and activation. Sizes are written H×W×C."""

    name: str = ""
    input: str = ""
    operation: str = ""
    kernel: str = ""
    channels: str = ""
    stride: str = ""
    padding: str = ""
    then: str = ""
    shortcut: str = ""
    output: str = ""

    @classmethod
    def of(cls, values: Mapping[str, object]) -> Cells:
        """The line with these cells, each on one line and cut to a bounded length; None is empty, other names are ignored."""
        return cls(**{column: _tidy(values.get(column)) for column in COLUMNS})

    def get(self, column: str) -> str:
        return str(getattr(self, column))

    def put(self, **cells: str) -> Cells:
        return replace(self, **cells)

    @property
    def is_empty(self) -> bool:
        return not any(self.get(column) for column in COLUMNS)


COLUMNS: tuple[Column, ...] = tuple(field.name for field in fields(Cells))  # type: ignore[misc]


@dataclass(frozen=True, slots=True)
class Table:
    """``after`` says what an empty ``then`` cell of a convolution means; ``auto`` lets the rest of the table decide."""

    lines: tuple[Cells, ...] = ()
    after: After = "auto"


def lines_of(rows: Iterable[Mapping[str, object]]) -> tuple[Cells, ...]:
    """The lines of an edited table, without empty ones, at most MOST_LINES."""
    found = [line for row in rows if not (line := Cells.of(row)).is_empty]
    return tuple(found[:MOST_LINES])


def _tidy(value: object) -> str:
    text = "" if value is None or value != value else str(value)
    return " ".join(text.split())[:LONGEST_CELL]
