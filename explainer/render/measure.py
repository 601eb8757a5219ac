"""How wide a text will be in the browser, near enough to size its box: no font is at hand on the server."""

from __future__ import annotations

import unicodedata

_NARROW = frozenset("iljtfrI.,:;'|!()[]{} ·")
_INVISIBLE = frozenset(("Cc", "Cf", "Cs", "Cn", "Co", "Zl", "Zp"))
_WIDE = frozenset("mwMW@%→⇉×")


def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """The width of one line of sans-serif text, in the unit of ``size``, rather too much than too little."""
    ems = 0.0
    for character in text:
        if unicodedata.east_asian_width(character) in "WF":
            ems += 1.02
        elif character in _NARROW:
            ems += 0.33
        elif character in _WIDE:
            ems += 0.86
        else:
            ems += 0.66 if character.isupper() else 0.56
    return ems * size * (1.05 if bold else 1.0)


def clean(text: str) -> str:
    """The text with a space for each character that is invisible, turns the line around, or is none: safe in XML and in DOT."""
    if text.isprintable():  # as nearly every name is
        return text
    return "".join(" " if unicodedata.category(c) in _INVISIBLE else c for c in text)


def shorten(text: str, length: int) -> str:
    """At most ``length`` characters of the cleaned text, the middle left out."""
    if len(text) <= length:
        return clean(text)
    head = length // 2
    return f"{clean(text[:head])}…{clean(text[-(length - head - 1) :])}"
