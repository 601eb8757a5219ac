"""Whether Python can read the readings of a text: most of their functions are the same, and are looked at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from explainer.paste.repairing.lines import Line
from explainer.paste.repairing.statements import compiles
from explainer.paste.repairing.writing import Rows, Written

_Part = tuple[tuple[int, int], ...]  # places with their depths


class Checker:
    """Checks the readings of one text; ``rows``: the rows of its statements, which those written so far have filled in."""

    def __init__(self, lines: Sequence[Line], rows: Rows) -> None:
        self._lines, self._rows, self._known, self._whole = lines, rows, dict[_Part, bool](), False

    def accepts(self, depths: Sequence[int], written: Written) -> bool:
        """Whether Python can read it. The first that it can is read as a whole: its comments are those of all."""
        parts = list(self._parts(depths))
        if not all(self._known.get(part, True) for part in parts):
            return False
        if not self._whole:
            self._whole = compiles(written.source)
            if self._whole:
                self._known.update(dict.fromkeys(parts, True))
        readable = [self._reads(part) for part in parts]  # each of them: others may share what cannot be read
        return self._whole and all(readable)

    def _parts(self, depths: Sequence[int]) -> Iterator[_Part]:
        """The outermost functions, and what is left without their bodies."""
        rest, place = list[tuple[int, int]](), 0
        while place < len(depths):
            start, place = place, place + 1
            rest.append((start, depths[start]))
            if self._lines[start].kind == "def":
                while place < len(depths) and depths[place] > depths[start]:
                    place += 1
                yield tuple(zip(range(start, place), depths[start:place], strict=True))
        yield tuple(rest)

    def _reads(self, part: _Part) -> bool:
        if part not in self._known:
            self._known[part] = compiles("\n".join(self._written(part)))
        return self._known[part]

    def _written(self, part: _Part) -> Iterator[str]:
        """Its rows, inside as many blocks as it needs; functions without their bodies get another."""
        for depth in range(part[0][1]):
            yield "    " * depth + "if x:"
        for number, (place, depth) in enumerate(part):
            yield from self._rows[place, depth]
            following = part[number + 1][1] if number + 1 < len(part) else 0
            if self._lines[place].kind == "def" and following <= depth:
                yield "    " * (depth + 1) + "pass"
