"""Pasted text becomes source again: what a website took from it is put back, what it added is taken away.

    text -> characters -> wrapping -> statements -> blocks -> readings

Nothing is run here. Text that Python can read as it stands is returned byte for byte.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from explainer.collecting import no_garbage_collection
from explainer.errors import TooLarge
from explainer.paste.repairing.characters import narrow, straighten, unemphasise, unmark
from explainer.paste.repairing.done import Done
from explainer.paste.repairing.methods import gather_methods
from explainer.paste.repairing.reading import is_accident, read
from explainer.paste.repairing.statements import compiles
from explainer.paste.repairing.wrapping import undiff, unfence, unfence_within_lines, unnumber, unprompt, unquote
from explainer.types import Sentence, sentence

MOST_BYTES = 64 << 10
_STEPS: Sequence[Callable[[str], tuple[str, list[Done]]]] = (
    straighten, unfence, unmark, unfence_within_lines, unquote, undiff, unnumber, unprompt, narrow, unemphasise,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Repaired:
    """``readings``: whole sources, the likeliest first and that is ``source``; ``alternatives``: how each of them reads the text.

    ``edits``: what was done to the text, with the lines of ``source`` that are guesses.
    """

    source: str
    edits: tuple[Done, ...] = ()
    readings: tuple[str, ...] = ()
    alternatives: tuple[Sentence, ...] = ()


def repair(text: str) -> Repaired:
    """The text as source, in every reading worth a try; TooLarge if it is more than a paste."""
    size = len(text.encode("utf-8", "replace"))
    if size > MOST_BYTES:
        raise TooLarge("This text has {size} bytes; up to {most} are read.", size=size, most=MOST_BYTES)
    # It would look through all of torch, over and over, for what the search keeps, and nothing of that refers to itself.
    with no_garbage_collection():
        return _repaired(text)


def _repaired(text: str) -> Repaired:
    if compiles(text) and not is_accident(text):
        return _as_it_stands(text)
    straight, exchanged = narrow(text)  # alone at first: what looks like a tag may stand in a string
    if exchanged and compiles(straight) and not is_accident(straight):
        return Repaired(straight, tuple(exchanged), (straight,))
    edits = list[Done]()
    cleaned = text
    for step in _STEPS:
        cleaned, done = step(cleaned)
        edits += done
        if done and compiles(cleaned) and not is_accident(cleaned):
            return Repaired(cleaned, tuple(edits), (cleaned,))
    found = read(cleaned)
    if found is None:
        return Repaired(text, (), (text,))
    sources = tuple(reading.source for reading in found.readings)
    words = tuple(reading.words for reading in found.readings)
    return Repaired(sources[0], (*edits, *found.edits), sources, words)


def _as_it_stands(text: str) -> Repaired:
    """Text that Python can read, unchanged; where methods stand outside their class, a second reading puts them there."""
    gathered = gather_methods(text)
    if gathered is None:
        return Repaired(text, (), (text,))
    return Repaired(text, (), (text, gathered[0]), (sentence("The text as it stands."), gathered[1]))
