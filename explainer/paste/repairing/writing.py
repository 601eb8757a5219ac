"""Lines with their depths, as source again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from explainer.paste.repairing.breaking import Broken
from explainer.paste.repairing.lexing import CLOSERS, OPENERS, Token
from explainer.paste.repairing.lines import ARMS, Line

_WIDEST = 110
_WORDLIKE = ("name", "number", "string")


@dataclass(frozen=True, slots=True)
class Written:
    """The source, and the number of the line where each statement begins."""

    source: str
    numbers: tuple[int, ...]


Rows = dict[tuple[int, int], list[str]]


def write(text: str, broken: Broken, depths: Sequence[int], spread: bool, known: Rows) -> Written:
    """The source of the statements at these depths; ``spread`` sets definitions apart where blank lines are lost as well.

    ``known``: the rows of statements at the depths at which other readings have them already.
    """
    rows, numbers = list[str](), list[int]()
    for place, (line, depth) in enumerate(zip(broken.lines, depths, strict=True)):
        indent = "    " * depth
        if rows and (line.blank or (spread and _stands_apart(broken.lines, depths, place))):
            rows.append("")
        for comment in line.before:
            rows += _comment(comment, indent)
        for decorator in line.decorators:
            rows += _statement(text, decorator, depth)
        numbers.append(len(rows) + 1)
        if (place, depth) not in known:
            known[place, depth] = _statement(text, line.tokens, depth)
        rows += known[place, depth]
        if line.after:
            if len(rows[-1]) + len(line.after) > _WIDEST + 40:
                rows[-1:-1] = _comment(line.after, indent)
                numbers[-1] += 1
            else:
                rows[-1] += "  " + line.after
    for comment in broken.last_comments:
        rows += _comment(comment, "")
    return Written("\n".join(rows) + "\n" if rows else "", tuple(numbers))


def _stands_apart(lines: Sequence[Line], depths: Sequence[int], place: int) -> bool:
    line, last = lines[place], lines[place - 1]
    starts_block = last.is_header and depths[place] > depths[place - 1]
    if line.kind in ("class", "def"):
        return not starts_block
    return depths[place] == 0 and depths[place - 1] > 0 and line.kind not in ARMS


def _comment(comment: str, indent: str) -> list[str]:
    return [indent + comment.rstrip()]


def _statement(text: str, tokens: Sequence[Token], depth: int) -> list[str]:
    """The statement's lines: its own line breaks inside brackets, or new ones where it would be too wide."""
    if len(tokens) == 1 and tokens[0].kind == "string":
        return _docstring(tokens[0].text, "    " * depth)
    wide = _wide_brackets(text, tokens, depth)
    parts, nesting, last = ["    " * depth], 0, None
    for place, token in enumerate(tokens):
        nesting -= token.text in CLOSERS and nesting > 0
        if last is not None:
            gap = text[last.end : token.start] if last.end <= token.start else ""
            if "\n" in gap or last.kind == "comment" or place in wide:
                joined = " \\" if "\\" in gap else ""
                parts.append(joined + "\n" + "    " * (depth + (nesting or bool(joined))))
            else:
                parts.append(_gap(gap, last, token))
        parts.append(token.text.rstrip() if token.kind == "comment" else token.text)
        nesting += token.text in OPENERS
        last = token
    return "".join(parts).split("\n")


def _gap(gap: str, last: Token, token: Token) -> str:
    if token.kind == "comment":
        return "  "
    if gap.strip():
        gap = " "
    if not gap and last.kind in _WORDLIKE and token.kind in _WORDLIKE and (last.kind != "string" or token.kind != "string"):
        return " "
    return " " if len(gap) > 1 or (gap and gap.strip(" ") != "") else gap


def _wide_brackets(text: str, tokens: Sequence[Token], depth: int) -> frozenset[int]:
    """Where new lines begin inside the brackets of a statement that would be too wide in one."""
    first, last = tokens[0], tokens[-1]
    if last.end - first.start + 4 * depth <= _WIDEST or "\n" in text[first.start : last.end] or len(tokens) < 8:
        return frozenset()
    best: tuple[int, list[int]] = (0, [])
    nesting, breaks, opened = 0, list[int](), 0
    for place, token in enumerate(tokens):
        if token.text in OPENERS:
            nesting += 1
            if nesting == 1:
                breaks, opened = [place + 1], token.start
        elif token.text in CLOSERS:
            nesting -= 1
            if nesting == 0 and token.start - opened > best[0] and len(breaks) > 1:
                best = (token.start - opened, [*(b for b in breaks if b != place), place])
        elif nesting == 1 and token.text == ",":
            breaks.append(place + 1)
    return frozenset(best[1])


def _docstring(string: str, indent: str) -> list[str]:
    rows = string.split("\n")
    return [indent + rows[0], *(row if not row or row[0] in " \t" else indent + row for row in rows[1:])]
