"""Readings for the weights of the repair: ``python -m benchmarks.repair_readings READINGS WEIGHTS FOLDER ...``.

The examples of repair_examples.py all stand on the true reading so far. The search has to tell it from others, whose blocks hold
what no true block does: here are the likeliest readings that it finds for a text whose indentation is lost, the true one first,
each as the ends of blocks that it decides on, as far as it does not share them with all others.
"""

from __future__ import annotations

import argparse
import json
import pickle
import random
from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.repair import is_held_out
from benchmarks.repair_examples import Bags, depths_of, ends_of, texts_in
from explainer.paste.repairing import scoring
from explainer.paste.repairing.blocks import ROOT, Stack, put
from explainer.paste.repairing.breaking import break_lines
from explainer.paste.repairing.judging import cast, kind_of, marks
from explainer.paste.repairing.lines import ARMS, Line
from explainer.paste.repairing.outlook import Outlook, look_ahead
from explainer.paste.repairing.scoring import comment_words
from explainer.paste.repairing.search import end, find_readings
from explainer.paste.repairing.traits import traits_of

_MODELS = 12_000
_MOST, _KEPT, _MOST_LINES = 32, 16, 300
_SURE = 6.0  # by how much the true reading has to be cheaper than the next to teach nothing more
_NO_BLANKS, _NO_COMMENTS = 0.3, 0.2


@dataclass(slots=True)
class Readings:
    """``texts``: where the lines, the places and the readings of each text end; the true reading is the first of each.

    ``decided``: for each reading the places of its text where it decides, twice the number, and one more where the block ends;
    ``known``: what search.py adds to the logit of each place.
    """

    words: Bags = field(default_factory=Bags)
    notes: Bags = field(default_factory=Bags)
    traits: Bags = field(default_factory=Bags)
    marks: Bags = field(default_factory=Bags)
    cast: array[int] = field(default_factory=lambda: array("h"))
    known: array[float] = field(default_factory=lambda: array("f"))
    decided: array[int] = field(default_factory=lambda: array("i"))
    stops: array[int] = field(default_factory=lambda: array("q"))
    texts: list[tuple[int, int, int]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a block may end, as far as the fit sees it."""

    line: int
    kind: str
    marks: tuple[str, ...]
    cast: tuple[int, ...]
    known: float


class _Decisions:
    """What readings of a text decide; what they share so far is weighed once."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self._lines, self._ahead = lines, look_ahead(lines)
        self._after: dict[tuple[int, ...], Stack] = {(): ROOT}
        self._made = dict[tuple[int, ...], list[tuple[_Place, bool]]]()

    def of(self, depths: tuple[int, ...]) -> Iterator[tuple[_Place, bool]]:
        """Every place where the reading with these depths decides, and whether the block ends."""
        for number, (line, ahead) in enumerate(zip(self._lines, self._ahead, strict=True)):
            until = depths[: number + 1]
            if until not in self._made:
                stack = self._after[depths[:number]]
                self._made[until] = list(self._at(number, line, ahead, until))
                self._after[until] = put(stack, line, depths[number])
            yield from self._made[until]

    def _at(self, number: int, line: Line, ahead: Outlook, until: tuple[int, ...]) -> Iterator[tuple[_Place, bool]]:
        stack, depth, arm = self._after[until[:-1]], until[-1], line.kind in ARMS
        for here in ends_of(stack, line, depth):
            found = tuple(marks(here, line, ahead))
            place = _Place(number, kind_of(here[-1], line), found, tuple(cast(here, line, ahead)), end(0.0, here, line, False))
            yield place, len(here) - 1 > depth + arm


def add_readings(found: Readings, source: str, chance: random.Random) -> str:
    """Adds the readings of the source without its indentation; says what came of it."""
    intact = break_lines(source).lines
    lines = break_lines("\n".join(row.strip() for row in source.split("\n"))).lines
    if len(lines) != len(intact) or len(lines) > _MOST_LINES or any(line.column < 0 and not line.inline for line in intact):
        return "odd"
    no_blanks, no_comments = chance.random() < _NO_BLANKS, chance.random() < _NO_COMMENTS
    for line in lines:
        line.blank = line.blank and not no_blanks
        line.before = [] if no_comments else line.before
    true, readings = tuple(depths_of(intact)), find_readings(lines, _MOST)
    costs = {reading.depths: reading.cost for reading in readings}
    if true not in costs:
        return "lost"
    others = [reading for reading in readings if reading.depths != true]
    if not others or others[0].cost > costs[true] + _SURE:
        return "sure"
    _add(found, lines, [true, *(reading.depths for reading in others[: _KEPT - 1])])
    return "first" if costs[true] < others[0].cost else "wrong"


def _add(found: Readings, lines: Sequence[Line], readings: Sequence[tuple[int, ...]]) -> None:
    decisions = _Decisions(lines)
    made = [set(decisions.of(depths)) for depths in readings]
    shared, numbers = set.intersection(*made), dict[_Place, int]()
    for choices in made:
        for place, ends in sorted(choices - shared, key=lambda choice: choice[0].line):
            found.decided.append(2 * numbers.setdefault(place, len(numbers)) + ends)
        found.stops.append(len(found.decided))
    for place in numbers:
        found.marks.add(f"{place.kind} {mark}" for mark in place.marks)
        found.cast.extend(place.cast)
        found.known.append(place.known)
    for line, traits in zip(lines, traits_of(lines), strict=True):
        found.words.add(line.words)
        found.notes.add(comment_words(line))
        found.traits.add(traits)
    found.texts.append((len(found.words.ends), len(found.known), len(found.stops)))


def models_in(folders: Sequence[Path], with_held_out: bool) -> list[str]:
    """The models of the folders in a random order; of those that are held out only if it is asked for."""
    seen, found = set[bytes](), list[str]()
    for folder in sorted(folders, key=lambda folder: (not is_held_out(folder.name), folder.name)):
        texts = texts_in(folder, random.Random(folder.name), seen)
        if with_held_out or not is_held_out(folder.name):
            found += [text for text in texts if text.startswith(("class", "@")) and "forward" in text]
    random.Random(0).shuffle(found)
    return found


def main() -> None:
    """Writes the readings of some models of the folders, as the search finds them with the weights."""
    parser = argparse.ArgumentParser()
    parser.add_argument("readings", type=Path)
    parser.add_argument("weights", type=Path)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--all", action="store_true", help="the folders that are held out as well")
    asked = parser.parse_args()
    weights = scoring.unpacked(json.loads(asked.weights.read_text()))
    scoring.weights_of_file = lambda: weights
    found, chance = Readings(), random.Random(0)
    told = Counter(add_readings(found, source, chance) for source in models_in(asked.folders, asked.all)[:_MODELS])
    print(dict(told))
    asked.readings.write_bytes(pickle.dumps(found))


if __name__ == "__main__":
    main()
