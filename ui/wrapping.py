"""Where a line of text may end: not inside a shape, and inside a formula only where it must."""

from __future__ import annotations

import re
from html import escape
from unicodedata import east_asian_width

# What stays in one line: (1, 64, 56, 56), 64 × 56 × 56, 56 → 28, an arrow with the shape behind it, 1.6 MB.
_SHAPE = r"\([A-Z\d, ]+\)|\d[\d,]*(?: × \d[\d,]*)+"
_TOGETHER = re.compile(rf"{_SHAPE}|(?<![×\d])\d+ → \d+(?! ?×|\d)|→ (?=[\d(✗])|\d (?=[kMGT]?i?B\b)")
_NESTED = re.compile(r"\S{25,}")


def unbroken(text: str) -> str:
    """The text with its shapes and its numbers with their units in one line each."""
    return _TOGETHER.sub(lambda found: found[0].replace(" ", "\u00a0"), text)


def formula_html(formula: str) -> str:
    """A formula that goes to a line of its own before it is broken, and is then broken behind a bracket."""
    text = _NESTED.sub(lambda found: found[0].replace("(", "(<wbr>"), escape(formula))
    return f"<span class='bl-math'>{text}</span>"


def width(text: str) -> float:
    """How many digits a text is about as wide as."""
    return round(sum(map(_character, text)), 1)


def _character(character: str) -> float:
    if character.isspace():
        return 0.4
    return 1.7 if character in "×→" or east_asian_width(character) in "WF" else 1.0


def longest(text: str) -> float:
    """The width of the longest piece that is not broken."""
    return max(map(width, text.split(" ")))
