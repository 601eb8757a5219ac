"""The examples of repair_examples.py as numbers, in batches of texts."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from copy import copy
from dataclasses import dataclass

import torch
from torch import Tensor

from benchmarks.repair_examples import Bags, Examples
from explainer.paste.repairing.judging import ROLES
from explainer.paste.repairing.scoring import REACH

BATCH, _RAREST = 2500, 300  # lines in a batch; how often a name has to occur


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
    return _Bags(members[members >= 0], kept[_starts(bags)])


def _starts(bags: Bags) -> Tensor:
    """Where each bag begins, and the end."""
    return torch.cat([torch.zeros(1, dtype=torch.int64), torch.frombuffer(bags.ends, dtype=torch.int64)])


def vocabulary(bags: Bags, spans: Sequence[tuple[int, int]]) -> dict[str, int]:
    """The numbers of the names that are frequent enough in these spans of bags."""
    members = torch.frombuffer(bags.members, dtype=torch.int32)
    starts = _starts(bags)
    chosen = torch.cat([members[starts[first] : starts[last]] for first, last in spans])
    counts = torch.bincount(chosen, minlength=len(bags.names))
    often = sorted(name for name, number in bags.names.items() if counts[number] >= _RAREST)
    return {name: place for place, name in enumerate(often)}


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
    ends: Tensor


def models(found: Examples) -> list[bool]:
    """Which of the texts are classes with a ``forward``."""
    texts = torch.tensor([0, *(lines for lines, _, _ in found.texts)])
    with_class, with_forward = (
        _having(bags, name, texts) for bags, name in ((found.traits, "a class"), (found.words, "forward"))
    )
    return [bool(both) for both in with_class & with_forward]


def _having(bags: Bags, name: str, texts: Tensor) -> Tensor:
    """Whether the name is in a bag of each text; ``texts``: where the bags of each begin, and the end."""
    starts = _starts(bags)
    hits = torch.frombuffer(bags.members, dtype=torch.int32) == bags.names.get(name, -1)
    before = torch.cat([torch.zeros(1, dtype=torch.int64), hits.cumsum(0)])[starts[texts]]
    return before[1:] > before[:-1]


class Data:
    """The examples of some texts as numbers; ``names``: the numbers of the names, by default of the frequent ones."""

    def __init__(self, found: Examples, kept: Sequence[bool], names: dict[str, dict[str, int]] | None = None) -> None:
        ends = [(lines, examples) for lines, examples, _ in found.texts]
        self._all = list(zip([(0, 0), *ends], ends, strict=False))
        self.spans = [span for span, keep in zip(self._all, kept, strict=True) if keep]
        self.names = names or self._frequent(found)
        self.words, self.notes = _known(found.words, self.names["words"]), _known(found.notes, self.names["words"])
        self.traits, self.marks = _known(found.traits, self.names["traits"]), _known(found.marks, self.names["marks"])
        self.cast = torch.frombuffer(found.cast, dtype=torch.int16).view(-1, len(ROLES))
        self.ends = torch.frombuffer(found.ends, dtype=torch.int8)

    def among(self, kept: Sequence[bool]) -> Data:
        """The same with other texts."""
        found = copy(self)
        found.spans = [span for span, keep in zip(self._all, kept, strict=True) if keep]
        return found

    def _frequent(self, found: Examples) -> dict[str, dict[str, int]]:
        lines, examples = ([(first[part], last[part]) for first, last in self.spans] for part in (0, 1))
        chosen = (("marks", found.marks, examples), ("words", found.words, lines), ("traits", found.traits, lines))
        return {kind: vocabulary(bags, spans) for kind, bags, spans in chosen}

    def batches(self, chance: random.Random | None) -> Iterator[Batch]:
        """All texts in batches, in a random order if there is a chance."""
        order = list(range(len(self.spans)))
        if chance is not None:
            chance.shuffle(order)
        chosen, size = list[int](), 0
        for text in order:
            chosen.append(text)
            size += self.spans[text][1][0] - self.spans[text][0][0]
            if size >= BATCH:
                yield self._batch(chosen)
                chosen, size = [], 0
        if chosen:
            yield self._batch(chosen)

    def _batch(self, texts: Sequence[int]) -> Batch:
        lines = [(self.spans[text][0][0], self.spans[text][1][0]) for text in texts]
        ends = [(self.spans[text][0][1], self.spans[text][1][1]) for text in texts]
        rows, row, casts = list[Tensor](), 0, list[Tensor]()
        for (first, last), (start, end) in zip(lines, ends, strict=True):
            rows.append(torch.arange(row, row + last - first))
            casts.append(torch.where(self.cast[start:end] < 0, -1, self.cast[start:end].long() + row))
            row += last - first + REACH
        cast = torch.cat(casts)
        return Batch(
            self.words.of(lines), self.notes.of(lines), self.traits.of(lines), self.marks.of(ends), torch.cat(rows), row,
            torch.where(cast < 0, row, cast), torch.cat([self.ends[start:end] for start, end in ends]).float(),
        )  # fmt: skip
