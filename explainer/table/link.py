"""A table as one word for a link, and back: version, then the cells as compressed JSON in base64url."""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from dataclasses import dataclass
from typing import Any

from explainer.table.record import AFTERS, COLUMNS, LONGEST_CELL, MOST_LINES, Cells, Table
from explainer.types import Sentence, sentence

VERSION = "1"
LONGEST_LINK = 8_000
_MOST_BYTES = 400_000


@dataclass(frozen=True, slots=True)
class Opened:
    """What a link gave: ``table`` is None if nothing could be read; ``dropped`` says what could not."""

    table: Table | None
    dropped: tuple[Sentence, ...] = ()


def to_link(table: Table) -> str:
    """The word for a link, the same in every language.

    >>> from_link(to_link(Table((Cells(operation="conv", kernel="3×3"),)))).table.lines[0].kernel
    '3×3'
    """
    lines = [_bare([line.get(column) for column in COLUMNS]) for line in table.lines]
    data = json.dumps({"after": table.after, "lines": lines}, ensure_ascii=False, separators=(",", ":"))
    return VERSION + base64.urlsafe_b64encode(zlib.compress(data.encode(), 9)).decode().rstrip("=")


def _bare(cells: list[str]) -> list[str]:
    """Without the empty cells at the end."""
    while cells and not cells[-1]:
        cells.pop()
    return cells


def from_link(word: str) -> Opened:
    """The table of a link; what makes no sense is left out and said."""
    if len(word) > LONGEST_LINK:
        return Opened(None, (sentence("The table in the link is longer than {limit:,} characters.", limit=LONGEST_LINK),))
    if not word.startswith(VERSION):
        return Opened(None, (sentence("The link has a table of a version that this page does not know."),))
    try:
        data = json.loads(_unpacked(word[1:]))
    except (ValueError, zlib.error, binascii.Error, RecursionError):
        return Opened(None, (sentence("The table in the link is damaged."),))
    return _table(data)


def _unpacked(word: str) -> str:
    packed = base64.b64decode(word + "=" * (-len(word) % 4), altchars=b"-_", validate=True)
    opener = zlib.decompressobj()
    data = opener.decompress(packed, _MOST_BYTES)
    if opener.unconsumed_tail or not opener.eof:
        raise ValueError("too long or cut")
    return data.decode()


def _table(data: Any) -> Opened:
    if not isinstance(data, dict) or not isinstance(data.get("lines"), list):
        return Opened(None, (sentence("The table in the link is damaged."),))
    dropped: list[Sentence] = []
    lines = [line for given in data["lines"][:MOST_LINES] if (line := _line(given)) is not None]
    if len(lines) < len(data["lines"]):
        dropped.append(sentence("{count} lines of the table in the link were left out.", count=len(data["lines"]) - len(lines)))
    after = data.get("after")
    return Opened(Table(tuple(lines), after if after in AFTERS else "auto"), tuple(dropped))


def _line(given: Any) -> Cells | None:
    if not isinstance(given, list) or len(given) > len(COLUMNS):
        return None
    if not all(isinstance(text, str) and len(text) <= LONGEST_CELL for text in given):
        return None
    line = Cells.of(dict(zip(COLUMNS, given, strict=False)))
    return None if line.is_empty else line
