"""What can be said of each line before any block is known: its sort, and how its names tie it to the lines around it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from explainer.paste.repairing.lines import Line

_NONE: frozenset[str] = frozenset()
_SELF = frozenset({"self"})
_LENGTHS = (4, 8, 14, 24, 48)
_NEAR = 3


def traits_of(lines: Sequence[Line]) -> list[tuple[str, ...]]:
    """The traits of every line; a ``def`` or ``class`` begins anew."""
    spans, start = list[tuple[int, int]](), 0
    for place, line in enumerate(lines):
        if line.kind in ("def", "class") and place > start:
            spans.append((start, place))
            start = place
    spans.append((start, len(lines)))
    return [tuple(row) for first, end in spans for row in _of_span(lines[first:end])]


def _of_span(lines: Sequence[Line]) -> Iterator[list[str]]:
    """The traits of the lines of one function."""
    later, ahead = [_NONE] * len(lines), _NONE
    for place in range(len(lines) - 1, -1, -1):
        later[place] = ahead
        ahead |= lines[place].reads
    bound, read = frozenset(lines[0].parameters), _NONE
    for place, line in enumerate(lines):
        yield [*_alone(line), *_among(line, bound, read, later[place]), *_near(lines, place)]
        bound, read = bound | line.writes, read | line.reads


def _alone(line: Line) -> Iterator[str]:
    yield f"a {line.shape}"
    yield f"from {line.first}" if line.first.isidentifier() else "from no name"
    yield f"size {sum(len(line.tokens) > length for length in _LENGTHS)}"
    if line.called:
        yield f"calls {line.called.rpartition('.')[2]}"
    yield from (f"binds {name}" for name in sorted(line.writes)[:3])
    if line.blank:
        yield "after a blank"
    if line.before:
        yield "commented"
    if line.after:
        yield "commented behind"
    if line.decorators:
        yield "decorated"
    if line.grows:
        yield "grows"


def _among(line: Line, bound: frozenset[str], read: frozenset[str], later: frozenset[str]) -> Iterator[str]:
    """How the names of the line occur in its function before and after."""
    if line.writes:
        yield "binds again" if line.writes & bound else "binds anew"
        yield "for later" if line.writes & later else "for nobody"
        if line.writes & line.reads:
            yield "changes"
        if line.writes & read:
            yield "binds what was read"
    own = line.reads - _SELF
    if own & bound:
        yield "reads bound"
        if not own & bound & later:
            yield "reads for the last time"


def _near(lines: Sequence[Line], place: int) -> Iterator[str]:
    """What the line shares with each of the lines in front of it."""
    line = lines[place]
    for back in range(1, min(_NEAR, place) + 1):
        other = lines[place - back]
        if line.reads & other.writes:
            yield f"reads {back}"
        if line.writes and line.writes & other.writes:
            yield f"binds as {back}"
        if line.shape == other.shape:
            yield f"a sort with {back}"
        if line.called and line.called == other.called:
            yield f"calls as {back}"
        if len(line.parts & other.parts) * 2 > len(line.parts):
            yield f"like {back}"
        if len(line.tokens) > 2 and line.words == other.words:
            yield f"the same as {back}"
