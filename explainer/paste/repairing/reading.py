"""Statements and blocks of a cleaned text: its readings, and what had to be done for them."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from explainer.paste.repairing.breaking import Broken
from explainer.paste.repairing.checking import Checker
from explainer.paste.repairing.collapse import restore_lines
from explainer.paste.repairing.done import Done, missing_class, said
from explainer.paste.repairing.lines import Line
from explainer.paste.repairing.missing import put_class
from explainer.paste.repairing.prose import comment_out, set_prose_apart
from explainer.paste.repairing.search import Reading, find_readings
from explainer.paste.repairing.statements import compiles
from explainer.paste.repairing.writing import Rows, Written, write
from explainer.types import Sentence, sentence

MOST_READINGS, _FEWEST_READINGS, _MOST_WRITTEN = 32, 12, 200_000  # the last in characters of all readings together
_MOST_LINES = 2500
_LONG = 20_000
_DOUBTFUL = 5.0


@dataclass(frozen=True, slots=True)
class Told:
    """A reading's source, and what tells it from the likeliest one."""

    source: str
    words: Sentence


@dataclass(frozen=True, slots=True)
class Found:
    readings: tuple[Told, ...]
    edits: tuple[Done, ...]


def is_accident(text: str) -> bool:
    """Whether Python reads the text only because a comment has swallowed the code behind it."""
    if "#" not in text or "\n" in text.strip():
        return False
    found = restore_lines(text)
    return bool(found.cut) and len(found.lines) > 2


def read(text: str) -> Found | None:
    """The readings of a text, None if there are none that Python can read."""
    for simpler, done in ((textwrap.dedent(text).strip("\n") + "\n", "margin"), (text.expandtabs(4), "tabs")):
        if simpler != text and compiles(simpler) and not is_accident(simpler):
            count = text.count("\t") if done == "tabs" else text.count("\n") + 1
            return Found((Told(simpler, _LIKELIEST),), (said(done, count),))
    text, prose = set_prose_apart(text.expandtabs(4))
    broken = restore_lines(text)
    text, name = put_class(text, broken.lines)
    broken = restore_lines(text) if name else broken
    if not broken.lines or len(broken.lines) > _MOST_LINES or (prose and not any(map(_is_surely_code, broken.lines))):
        return None
    unreadable = comment_out(text, broken)
    return _found(text, broken, prose, unreadable, name)


def _is_surely_code(line: Line) -> bool:
    """Whether a statement is more than ``Stride=1`` in a table or a sentence."""
    return line.is_header or line.first in ("import", "from") or any(token.text == "(" for token in line.tokens)


_LIKELIEST = sentence("The likeliest reading.")


def _found(text: str, broken: Broken, prose: int, unreadable: int, name: str) -> Found | None:
    most = max(_FEWEST_READINGS, min(MOST_READINGS, _MOST_WRITTEN // len(text))) if len(text) < _LONG else 3
    readings = find_readings(broken.lines, most)
    spread, rows = bool(broken.breaks), Rows()
    checker = Checker(broken.lines, rows)
    told, kept, written = list[Told](), list[Reading](), list[Written]()
    for reading in readings:
        source = write(text, broken, reading.depths, spread, rows)
        if checker.accepts(reading.depths, source) and all(source.source != other.source for other in told):
            words = _difference(broken.lines, kept[0], reading, source) if kept else _LIKELIEST
            told.append(Told(source.source, words))
            kept.append(reading)
            written.append(source)
    if not told:
        return None
    return Found(tuple(told), tuple(_edits(broken, kept, written[0], prose, unreadable, name)))


def _edits(broken: Broken, kept: Sequence[Reading], best: Written, prose: int, unreadable: int, name: str) -> list[Done]:
    counts = (
        ("line breaks", len(broken.breaks) + broken.cut), ("comments", broken.cut), ("prose", prose), ("unreadable", unreadable),
        ("brackets", broken.closed - broken.open_at_end), ("broken off", broken.open_at_end),
    )  # fmt: skip
    edits = [said(kind, count) for kind, count in counts if count]
    if name:
        line = next(
            number
            for found, number in zip(broken.lines, best.numbers, strict=True)
            if found.kind == "class" and found.name == name
        )
        edits.append(missing_class(name, line))
    moved = sum(line.column <= 0 for line, depth in zip(broken.lines, kept[0].depths, strict=True) if depth)
    if moved:
        edits.append(said("indentation", moved))
    guesses = sorted({_first_difference(kept[0], other) for other in kept[1:] if other.cost < kept[0].cost + _DOUBTFUL})
    if guesses:
        edits.append(said("guesses", len(guesses), [best.numbers[place] for place in guesses]))
    return edits


def _first_difference(best: Reading, other: Reading) -> int:
    return next(place for place, depth in enumerate(best.depths) if depth != other.depths[place])


def _difference(lines: Sequence[Line], best: Reading, other: Reading, written: Written) -> Sentence:
    """Where a reading first leaves the likeliest one."""
    place = _first_difference(best, other)
    here, there = other.depths[place], best.depths[place]
    around = min(here, there)
    header = max(j for j in range(place) if other.depths[j] == around and lines[j].is_header)
    line, at = written.numbers[place], written.numbers[header]
    if here > there:
        return sentence(
            "Line {line} still belongs to the {word} in line {header}.", line=line, word=lines[header].kind, header=at
        )
    return sentence(
        "Line {line} no longer belongs to the {word} in line {header}.", line=line, word=lines[header].kind, header=at
    )
