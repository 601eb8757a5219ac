"""Pasted text to rows of cells: Markdown, LaTeX, tabs, commas, bars, or lines alone; and what the columns are called."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from explainer.table.normal import is_latex, latex_lines, unify
from explainer.table.words import HEADS

Form: TypeAlias = Literal["markdown", "latex", "tabs", "commas", "lines", "code"]
_RULE = re.compile(r"[\s|:+=-]+")


@dataclass(frozen=True, slots=True)
class Grid:
    """Rows of unified cells. ``sources`` are the rows as they stood in the text."""

    form: Form
    rows: tuple[tuple[str, ...], ...]
    sources: tuple[str, ...]


def read_grid(text: str) -> Grid:
    """The cells of a text, in the form that it has."""
    if is_latex(text):
        rows = [(tuple(map(_clean, row)), " & ".join(row)) for row in latex_lines(text)]
        return _grid("latex", rows)
    lines = [line for line in _joined(text.splitlines()) if line.strip()]
    if _count(lines, "|") >= 2 or (len(lines) > 1 and _count(lines, "|") >= 1):
        kept = [line for line in lines if not _RULE.fullmatch(line)]
        framed = all(line.lstrip().startswith("|") for line in kept)
        return _grid("markdown", [(_bars(line, framed=framed), line) for line in kept])
    if len(lines) > 1 and _count(lines, "\t") >= 1:
        return _grid("tabs", [(tuple(map(_clean, line.split("\t"))), line) for line in lines])
    if _is_commas(lines):
        separator = ";" if _count(lines, ";") > _count(lines, ",") else ","
        parsed = csv.reader(lines, delimiter=separator, skipinitialspace=True)
        return _grid("commas", [(tuple(map(_clean, row)), line) for row, line in zip(parsed, lines, strict=False)])
    return _grid("lines", [((_clean(line),), line) for line in lines])


def _grid(form: Form, rows: Sequence[tuple[tuple[str, ...], str]]) -> Grid:
    kept = [(row, source.strip()) for row, source in rows if any(row)]
    return Grid(form, tuple(row for row, _ in kept), tuple(source for _, source in kept))


def _clean(cell: str) -> str:
    return " ".join(unify(cell).strip().strip("`*_ ").split())


def _count(lines: Sequence[str], sign: str) -> int:
    """How many of a sign most lines have, at least three of four."""
    counts = sorted(line.count(sign) for line in lines if not _RULE.fullmatch(line))
    return counts[len(counts) // 4] if counts else 0


def _bars(line: str, *, framed: bool) -> tuple[str, ...]:
    """The cells between bars; a bar at the end closes the last cell, one at the start the frame."""
    line = line.strip()
    inner = line[int(framed) : len(line) - (line.endswith("|") and not line.endswith("\\|"))]
    return tuple(_clean(cell.replace("\\|", "|")) for cell in re.split(r"(?<!\\)\|", inner))


def _is_commas(lines: Sequence[str]) -> bool:
    """Whether commas or semicolons part columns: a head with known names, and as many in most lines."""
    if len(lines) < 2:
        return False
    for sign in ",;":
        heads = next(csv.reader([lines[0]], delimiter=sign, skipinitialspace=True))
        same = Counter(len(row) for row in csv.reader(lines, delimiter=sign, skipinitialspace=True))
        if len(heads) > 2 and sum(role_of(unify(head)) is not None for head in heads) > len(heads) // 2:
            return same[len(heads)] * 4 >= len(lines) * 3
    return False


def _joined(lines: Sequence[str]) -> list[str]:
    """Lines whose brackets are still open go on in the next one."""
    found: list[str] = []
    depth = 0
    for line in lines:
        if depth > 0 and found:
            found[-1] += " ; " + line.strip()
        else:
            found.append(line)
        depth = max(0, depth + line.count("[") - line.count("]"))
        if depth and len(found[-1]) > 600:
            depth = 0
    return found


def role_of(head: str) -> str | None:
    """What a column with this head holds; None if its name says nothing. An empty head says nothing."""
    head = head.lower().strip()
    if not head or len(head) > 60:
        return None
    return next((role for pattern, role in HEADS if re.search(pattern, head)), None)
