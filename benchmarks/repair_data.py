"""The examples of repair_examples.py and the readings of repair_readings.py as numbers, in batches of texts."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor

from benchmarks.repair_examples import Bags, Examples
from benchmarks.repair_readings import Readings
from explainer.paste.repairing.judging import ROLES
from explainer.paste.repairing.scoring import REACH

BATCH, _RAREST = 2500, 300  # lines in a batch; of a name that is known


@dataclass(slots=True)
class _Bags:
    """Bags of known names: their numbers one behind the other, and where each bag begins, and the end."""

    members: Tensor
    starts: Tensor

    def of(self, spans: Sequence[tuple[int, int]]) -> tuple[Tensor, Tensor]:
        """The members of the bags in these spans, and the bag of each."""
        starts = self.starts
        members = torch.cat([self.members[starts[first] : starts[end]] for first, end in spans])
        sizes = torch.cat([starts[first + 1 : end + 1] - starts[first:end] for first, end in spans])
        return members, torch.repeat_interleave(torch.arange(len(sizes)), sizes)


def _known(bags: Bags, known: dict[str, int]) -> _Bags:
    """The bags without the names that are not known."""
    table = torch.full((len(bags.names) + 1,), -1, dtype=torch.int32)
    for name, number in bags.names.items():
        table[number] = known.get(name, -1)
    members = table[torch.frombuffer(bags.members, dtype=torch.int32).long()]
    kept = torch.cat([torch.zeros(1, dtype=torch.int64), (members >= 0).cumsum(0)])
    ends = torch.frombuffer(bags.ends, dtype=torch.int64)
    return _Bags(members[members >= 0], torch.cat([torch.zeros(1, dtype=torch.int64), kept[ends]]))


def vocabulary(bags: Bags, spans: Sequence[tuple[int, int]]) -> dict[str, int]:
    """The numbers of the names that are frequent enough in these spans of bags."""
    members = torch.frombuffer(bags.members, dtype=torch.int32)
    ends = torch.cat([torch.zeros(1, dtype=torch.int64), torch.frombuffer(bags.ends, dtype=torch.int64)])
    chosen = torch.cat([members[ends[first] : ends[last]] for first, last in spans])
    counts = torch.bincount(chosen, minlength=len(bags.names))
    often = sorted(name for name, number in bags.names.items() if counts[number] >= _RAREST)
    return numbered(often)


def numbered(names: Sequence[str]) -> dict[str, int]:
    """The number of each name."""
    return {name: number for number, name in enumerate(names)}


@dataclass(slots=True)
class Batch:
    """Texts with rows of nothing in between; ``lines``: the row of each line; ``cast``: rows, the last of all for nobody."""

    words: tuple[Tensor, Tensor]
    notes: tuple[Tensor, Tensor]
    traits: tuple[Tensor, Tensor]
    marks: tuple[Tensor, Tensor]
    lines: Tensor
    rows: int
    cast: Tensor


@dataclass(slots=True)
class Ranking:
    """What the readings of a batch decide: ``places``, at which the block ends (-1) or goes on (1), and the ``reading`` of each.

    ``known``: what is added to the logit of each place of the batch; ``cells``: of each reading in a table of ``texts`` rows with
    ``width`` cells, the true one in the first.
    """

    known: Tensor
    places: Tensor
    signs: Tensor
    reading: Tensor
    cells: Tensor
    texts: int
    width: int


_Span = tuple[tuple[int, int], tuple[int, int]]
Names = dict[str, dict[str, int]]


class _Texts:
    """Lines and places of some texts as numbers; ``spans``: where the lines and the places of each begin and end."""

    def __init__(self, found: Examples | Readings, spans: Sequence[_Span], names: Names) -> None:
        self.spans, self.names = spans, names
        self.words, self.notes = _known(found.words, names["words"]), _known(found.notes, names["words"])
        self.traits, self.marks = _known(found.traits, names["traits"]), _known(found.marks, names["marks"])
        self.cast = torch.frombuffer(found.cast, dtype=torch.int16).view(-1, len(ROLES))

    @property
    def lines(self) -> int:
        return sum(last - first for (first, last), _ in self.spans)

    def chosen(self, chance: random.Random) -> Iterator[list[int]]:
        """All texts in a random order, as many at once as fill a batch."""
        order = list(range(len(self.spans)))
        chance.shuffle(order)
        found, size = list[int](), 0
        for text in order:
            found.append(text)
            size += self.spans[text][0][1] - self.spans[text][0][0]
            if size >= BATCH:
                yield found
                found, size = [], 0
        if found:
            yield found

    def batch(self, texts: Sequence[int]) -> Batch:
        """The batch of these texts."""
        lines, places = [self.spans[text][0] for text in texts], [self.spans[text][1] for text in texts]
        rows, row, casts = list[Tensor](), 0, list[Tensor]()
        for (first, last), (start, end) in zip(lines, places, strict=True):
            rows.append(torch.arange(row, row + last - first))
            casts.append(torch.where(self.cast[start:end] < 0, -1, self.cast[start:end].long() + row))
            row += last - first + REACH
        cast = torch.cat(casts)
        return Batch(
            self.words.of(lines), self.notes.of(lines), self.traits.of(lines), self.marks.of(places), torch.cat(rows), row,
            torch.where(cast < 0, row, cast),
        )  # fmt: skip


class Data(_Texts):
    """The examples of some texts; ``names``: the numbers of the names, by default of the frequent ones."""

    def __init__(self, found: Examples, kept: Sequence[bool], names: Names | None = None) -> None:
        ends = [(lines, examples) for lines, examples, _ in found.texts]
        pairs = zip([(0, 0), *ends], ends, strict=False)
        spans = [((a, c), (b, d)) for ((a, b), (c, d)), keep in zip(pairs, kept, strict=True) if keep]
        super().__init__(found, spans, names or _frequent(found, spans))
        self.ends = torch.frombuffer(found.ends, dtype=torch.int8)

    def batches(self, chance: random.Random) -> Iterator[tuple[Batch, Tensor]]:
        """All texts in batches, and which of the blocks ended."""
        for texts in self.chosen(chance):
            yield self.batch(texts), torch.cat([self.ends[slice(*self.spans[text][1])] for text in texts]).float()


def _frequent(found: Examples, spans: Sequence[_Span]) -> Names:
    lines, examples = ([span[part] for span in spans] for part in (0, 1))
    chosen = (("marks", found.marks, examples), ("words", found.words, lines), ("traits", found.traits, lines))
    return {kind: vocabulary(bags, spans) for kind, bags, spans in chosen}


class Ranked(_Texts):
    """The readings of texts."""

    def __init__(self, found: Readings, names: Names) -> None:
        texts = [(0, 0, 0), *found.texts]
        spans = [((first[0], last[0]), (first[1], last[1])) for first, last in pairwise(texts)]
        super().__init__(found, spans, names)
        self.readings = [(first[2], last[2]) for first, last in pairwise(texts)]
        self.known = torch.frombuffer(found.known, dtype=torch.float32)
        self.decided = torch.frombuffer(found.decided, dtype=torch.int32).long()
        self.stops = [0, *found.stops]

    def batches(self, chance: random.Random) -> Iterator[tuple[Batch, Ranking]]:
        """All texts in batches, and what their readings decide."""
        for texts in self.chosen(chance):
            yield self.batch(texts), self._ranking(texts)

    def _ranking(self, texts: Sequence[int]) -> Ranking:
        width = max(last - first for first, last in (self.readings[text] for text in texts))
        decided, sizes, cells, before = list[Tensor](), list[int](), list[int](), 0
        for row, text in enumerate(texts):
            first, last = self.readings[text]
            decided.append(self.decided[self.stops[first] : self.stops[last]] + 2 * before)
            sizes += [self.stops[reading + 1] - self.stops[reading] for reading in range(first, last)]
            cells += range(row * width, row * width + last - first)
            before += self.spans[text][1][1] - self.spans[text][1][0]
        all_decided = torch.cat(decided)
        return Ranking(
            torch.cat([self.known[slice(*self.spans[text][1])] for text in texts]), all_decided // 2, 1.0 - 2 * (all_decided % 2),
            torch.repeat_interleave(torch.tensor(sizes)), torch.tensor(cells), len(texts), width,
        )  # fmt: skip
