"""Terms in a text: every word of the glossary where it stands, the longest first, each term once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from explainer.glossary.terms import TERMS
from explainer.language import LANGUAGES, pick_language, say


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a text, and the key of the term that it is, empty if it is none."""

    text: str
    key: str = ""


def find_terms(text: str, lang: str, seen: set[str] | None = None) -> Iterator[Piece]:
    """The text in pieces; a term that stands in it again is no longer marked, nor one that was ``seen`` before.

    >>> [(piece.text, piece.key) for piece in find_terms("stride and a second stride", "en")]
    [('stride', 'stride'), (' and a second stride', '')]
    """
    seen = set() if seen is None else seen
    start = 0
    for place, end, key in _places(text, pick_language(lang)):
        if key in seen:
            continue
        seen.add(key)
        if place > start:
            yield Piece(text[start:place])
        yield Piece(text[place:end], key)
        start = end
    if start < len(text):
        yield Piece(text[start:])


@lru_cache(maxsize=1024)  # a page says most of its sentences again after a change
def _places(text: str, lang: str) -> tuple[tuple[int, int, str], ...]:
    """Where each word of the glossary begins and ends, and the term that it is."""
    pattern, keys = _words(lang)
    return tuple((found.start(), found.end(), keys[found[0].lower()]) for found in pattern.finditer(text))


@lru_cache(maxsize=len(LANGUAGES))
def _words(lang: str) -> tuple[re.Pattern[str], dict[str, str]]:
    """One pattern for all words of a language, and the term that each word is."""
    keys = {word.lower(): key for key, term in TERMS.items() for word in say(term.words, lang).split("|")}
    longest_first = sorted(keys, key=lambda word: (-len(word), word))
    # A Latin word does not end within another; Chinese has no spaces.
    joined = "|".join(rf"(?<![\w.]){re.escape(w)}(?![\w=(])" if w.isascii() else re.escape(w) for w in longest_first)
    return re.compile(joined, re.IGNORECASE), keys
