"""A source listing -> HTML: coloured code, and at the end of each line the shape that it makes."""

from __future__ import annotations

import io
import keyword
import tokenize
from collections.abc import Collection, Sequence
from html import escape

from explainer.listing import Line


def listing_html(lines: Sequence[Line], chosen: Collection[int]) -> str:
    """The listing; lines that run one of the ``chosen`` ops are marked."""
    colours = _colours("\n".join(line.text for line in lines))
    rows = (_row(line, colours.get(index, ()), not set(chosen).isdisjoint(line.ops)) for index, line in enumerate(lines, start=1))
    return f"<ol class='bl-listing'>{''.join(rows)}</ol>"


def _row(line: Line, spans: Sequence[tuple[int, int, str]], is_chosen: bool) -> str:
    parts, at = [], 0
    for start, end, name in spans:
        parts += [escape(line.text[at:start]), f"<span class='bl-{name}'>{escape(line.text[start:end])}</span>"]
        at = end
    code = "".join(parts) + escape(line.text[at:])
    shape = f"<output>{escape(line.shape)}</output>" if line.shape else ""
    names = " ".join(name for name, on in (("bl-chosen", is_chosen), ("bl-gate-line", line.is_gate)) if on)
    current = " aria-current='step'" if is_chosen else ""
    return f"<li class='{names}'{current}><i>{line.number}</i><code>{code or ' '}</code>{shape}</li>"


def _colours(source: str) -> dict[int, list[tuple[int, int, str]]]:
    """(start, end, class) of what is coloured, by line; multi-line strings stay plain."""
    found: dict[int, list[tuple[int, int, str]]] = {}
    after_def = False
    try:
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            name = ""
            if token.type == tokenize.COMMENT:
                name = "comment"
            elif token.type == tokenize.STRING:
                name = "string"
            elif token.type == tokenize.NAME and keyword.iskeyword(token.string):
                name = "keyword"
            elif token.type == tokenize.NAME and after_def:
                name = "name"
            after_def = token.string in ("def", "class")
            if name and token.start[0] == token.end[0]:
                found.setdefault(token.start[0], []).append((token.start[1], token.end[1], name))
    except (tokenize.TokenError, IndentationError):  # an excerpt need not be a whole program; the rest stays plain
        return found
    return found
