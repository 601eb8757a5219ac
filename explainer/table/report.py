"""A worked-out table as plain JSON values, for the command line; and whether a fix, tried, makes its line right."""

from __future__ import annotations

from typing import Any

from explainer.language import say
from explainer.table.lines import understand, write_line
from explainer.table.record import Table
from explainer.table.solve import Line, Solution, solve
from explainer.table.steps import turned


def rows_of(solution: Solution, lang: str = "en") -> list[dict[str, Any]]:
    """One object per line. Sizes are lists as H, W, C; null where unknown; ``found`` names the cells that were not typed.

    >>> from explainer.table.record import Cells, Table
    >>> from explainer.table.solve import solve
    >>> solution = solve(Table((Cells(input="112×112×3", operation="Conv 5×5×64", stride="2", padding="2"),)))
    >>> [rows_of(solution)[0][key] for key in ("input", "operation", "stride", "output")]
    [[112, 112, 3], 'conv 5x5, 64', 2, [56, 56, 64]]
    """
    return [_row(line, lang) for line in solution.lines]


def _row(line: Line, lang: str) -> dict[str, Any]:
    filled = line.filled
    return {
        "name": line.cells.name or None,
        "input": list(turned(line.before)) if line.before else None,
        "operation": _ascii(" ".join([filled.operation, ", ".join(filter(None, (filled.kernel, filled.channels)))]).strip()),
        "stride": _numbers(filled.stride),
        "padding": _numbers(filled.padding),
        "then": filled.then or None,
        "shortcut": _ascii(_spelled(filled.shortcut)) or None,
        "output": list(turned(line.after)) if line.after else None,
        "declared": list(line.declared.numbers()) if line.declared is not None else None,
        "verdict": line.verdict,
        "found": dict(line.how),
        "notes": [say(note, lang) for note in line.notes],
        "param_count": line.param_count,
        "macs": line.macs,
    }


def _spelled(shortcut: str) -> str:
    """``conv 1×1×128, stride 2`` as the operation is written: ``conv 1×1, 128, stride 2``."""
    head, comma, rest = shortcut.partition(",")
    kernel, times, channels = head.rpartition("×")
    return f"{kernel}, {channels}{comma}{rest}" if times and kernel.count("×") == 1 and kernel.startswith("conv") else shortcut


def _ascii(text: str) -> str:
    return text.replace("×", "x")


def _numbers(cell: str) -> int | list[int] | None:
    numbers = [int(number) for number in cell.split("×")] if cell.replace("×", "").isdecimal() else []
    return None if not numbers else numbers[0] if len(numbers) == 1 else numbers


def fixed(table: Table, line: int, cells: tuple[tuple[str, str], ...]) -> Table:
    """The table with other numbers in a line, which is brought to one spelling first: its operation may hold them too."""
    one = write_line(understand(table.lines[line])).put(**dict(cells))
    return Table((*table.lines[:line], one, *table.lines[line + 1 :]), table.after)


def diagnosis_of(table: Table, solution: Solution, lang: str = "en") -> dict[str, Any] | None:
    """What is wrong with the first line that is not right, None if all are; a fix says whether the line is right with it."""
    number = next((k for k, line in enumerate(solution.lines) if line.verdict in ("wrong", "unread", "stopped")), None)
    if number is None:
        return None
    line = solution.lines[number]
    fixes = []
    if line.fix is not None:
        passes = solve(fixed(table, number, line.fix.cells)).lines[number].verdict == "agrees"
        fixes = [{"message": line.fix.words, "diff": None, "passes": passes}]
    return {
        "rule": {"wrong": "declared size", "unread": "unread line"}.get(line.verdict, "impossible line"),
        "line": number + 1,
        "scope": line.cells.name,
        "operands": [list(turned(line.before))] if line.before else [],
        "message": " ".join(say(note, lang) for note in line.notes),
        "fixes": fixes,
    }
