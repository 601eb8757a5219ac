"""Tokens of text that may be no Python: nothing raises, whatever fits nowhere is a token of kind ``bad``."""

from __future__ import annotations

import keyword
import re
from collections.abc import Generator
from dataclasses import dataclass

_SPACE = re.compile(r"(?:[ \t\f\r]|\\\r?\n)+")
_NUMBER = re.compile(
    r"0[xX](?:_?[0-9a-fA-F])+|0[bB](?:_?[01])+|0[oO](?:_?[0-7])+"
    r"|(?:[0-9](?:_?[0-9])*\.?(?:[0-9](?:_?[0-9])*)?|\.[0-9](?:_?[0-9])*)(?:[eE][-+]?[0-9]+)?(?:[jJ](?![A-Za-z0-9_]))?"
)
_NAME = re.compile(r"[A-Za-z_\u00c0-\u024f\u0370-\u03ff][A-Za-z0-9_\u00c0-\u024f\u0370-\u03ff]*")
_FOREIGN = re.compile(r"[^\x00-\u024f\u0370-\u03ff]+")
_OPENING = re.compile(r"(?i:rb|br|rf|fr|[rbuf])?(\"\"\"|'''|\"|')")
_BODIES = {
    '"': re.compile(r'(?:[^"\\\n]++|\\(?:.|\n))*+"'),
    "'": re.compile(r"(?:[^'\\\n]++|\\(?:.|\n))*+'"),
    '"""': re.compile(r'(?:[^"\\]++|\\(?:.|\n)|"(?!""))*+"""'),
    "'''": re.compile(r"(?:[^'\\]++|\\(?:.|\n)|'(?!''))*+'''"),
}
_OP = re.compile(
    r"\*\*=|//=|>>=|<<=|\.\.\.|!=|==|<=|>=|->|:=|\+=|-=|\*=|/=|%=|&=|\|=|\^=|@=|\*\*|//|<<|>>|[-+*/%@&|^~<>()\[\]{},:;.=]"
)

_PLAIN = re.compile(f"(?P<name>{_NAME.pattern})|(?P<number>{_NUMBER.pattern})|(?P<op>{_OP.pattern})")
_BLANKS = frozenset(" \t\f\r\\")
_MAY_OPEN = frozenset("rbufRBUF\"'")

CONSTANTS = frozenset({"None", "True", "False"})
KEYWORDS = frozenset(keyword.kwlist) - CONSTANTS
OPENERS, CLOSERS = {"(": ")", "[": "]", "{": "}"}, {")": "(", "]": "[", "}": "{"}


@dataclass(slots=True)
class Token:
    """A piece of the text. ``gap``: white space stands before it; ``fresh``: it is the first of its line, at ``column``."""

    kind: str
    text: str
    start: int
    gap: bool = False
    fresh: bool = False
    column: int = 0
    blank: bool = False

    @property
    def end(self) -> int:
        return self.start + len(self.text)

    @property
    def is_operand(self) -> bool:
        """Whether an expression may end with it."""
        if self.kind == "name":
            return self.text not in KEYWORDS
        return self.kind in ("number", "string") or self.text in (")", "]", "}", "...")


def lex(text: str, start: int = 0) -> Generator[Token, int | None, None]:
    """The tokens from a place on, comments among them; the generator can be sent a new place to go on from."""
    place, gap, fresh, blank, line_start = start, False, start == 0, False, 0 if start == 0 else text.rfind("\n", 0, start) + 1
    unclosed: dict[str, int] = {}
    while place < len(text):
        char = text[place]
        if char == "\n":
            blank = blank or (fresh and line_start < place + 1 and not text[line_start:place].strip())
            place, gap, fresh, line_start = place + 1, True, True, place + 1
            continue
        if char in _BLANKS and (space := _SPACE.match(text, place)):
            place, gap = space.end(), True
            continue
        kind, end = _piece(text, char, place, unclosed)
        column = len(text[line_start:place].expandtabs(4)) if fresh else 0
        moved = yield Token(kind, text[place:end], place, gap, fresh, column, blank)
        place, gap, fresh, blank = (end if moved is None else moved), False, False, False


def _piece(text: str, char: str, place: int, unclosed: dict[str, int]) -> tuple[str, int]:
    """What begins with this character here, and where it ends."""
    if char == "#":
        end = text.find("\n", place)
        return "comment", len(text) if end < 0 else end
    if (char in _MAY_OPEN) and (opening := _OPENING.match(text, place)) and (end_of := _string_end(text, opening, unclosed)):
        return "string", end_of
    found = _PLAIN.match(text, place)
    if found and found.lastgroup:
        return found.lastgroup, found.end()
    foreign = _FOREIGN.match(text, place)
    return "bad", foreign.end() if foreign else place + 1


def _string_end(text: str, opening: re.Match[str], unclosed: dict[str, int]) -> int | None:
    """The end of the string, None if its line ends first; a long string that nothing closes is closed by the end of the text."""
    quote = opening[1]
    if opening.start() < unclosed.get(quote, 0):
        return None  # the same was looked for and not found on this line
    if body := _BODIES[quote].match(text, opening.end()):
        return body.end()
    if len(quote) == 3:
        return len(text)
    line_end = text.find("\n", opening.end())
    unclosed[quote] = len(text) if line_end < 0 else line_end
    return None
