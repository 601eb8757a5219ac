"""Which parts of a source are coloured, line by line."""

from __future__ import annotations

import io
import keyword
import tokenize


def colours(source: str) -> dict[int, list[tuple[int, int, str]]]:
    """(start, end, class) of what is coloured, by the number of the line from 1; multi-line strings stay plain."""
    found: dict[int, list[tuple[int, int, str]]] = {}
    after_def = False
    try:
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            name = _class_of(token, after_def=after_def)
            after_def = token.string in ("def", "class")
            if name and token.start[0] == token.end[0]:
                found.setdefault(token.start[0], []).append((token.start[1], token.end[1], name))
    except (tokenize.TokenError, SyntaxError):  # an excerpt need not be a whole program; the rest stays plain
        return found
    return found


def _class_of(token: tokenize.TokenInfo, *, after_def: bool) -> str:
    if token.type == tokenize.COMMENT:
        return "comment"
    if token.type == tokenize.STRING:
        return "string"
    if token.type != tokenize.NAME:
        return "number" if token.type == tokenize.NUMBER else ""
    return "keyword" if keyword.iskeyword(token.string) else "name" if after_def else ""
