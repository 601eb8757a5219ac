"""Numbers of gates as grids without torch: channels by pictures, channels by changes."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence

from explainer.attention.records import LEVELS, Grid


def samples_grid(rows: Sequence[Sequence[float]], *, is_sorted: bool = False) -> Grid:
    """A matrix as a Grid; its columns sorted by the first row, the largest first, if wanted. More than 1024 are averaged."""
    columns = list(range(len(rows[0])))
    if is_sorted:
        columns.sort(key=lambda column: -rows[0][column])
    width = min(len(columns), 1024)
    parts = [columns[len(columns) * at // width : len(columns) * (at + 1) // width] for at in range(width)]
    numbers = [[sum(row[column] for column in part) / len(part) for part in parts] for row in rows]
    least, largest = min(map(min, numbers)), max(map(max, numbers))
    scale = LEVELS / (largest - least) if largest > least else 0.0
    data = b"".join(round((number - least) * scale).to_bytes(2, "little") for row in numbers for number in row)
    return Grid(len(rows), width, b64encode(data).decode(), least, largest, len(rows), len(columns))
