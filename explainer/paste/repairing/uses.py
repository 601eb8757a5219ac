"""Where a text reads the attributes of ``self``, and what is asked before: what one ``if`` binds is often read under another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from explainer.paste.repairing.lines import Line

_NONE: frozenset[str] = frozenset()
_ASKS = frozenset({"if", "elif"})


@dataclass(frozen=True, slots=True)
class Use:
    """A read. ``function``: where its function begins; ``under``: the last header before it; ``near``: what that asks about, if
    it does; ``asked``: what was asked about in the function so far.
    """

    function: int
    under: int
    near: frozenset[str]
    asked: frozenset[str]


def uses_of(lines: Sequence[Line]) -> Mapping[str, Sequence[Use]]:
    """The reads of every attribute, in order."""
    found = dict[str, list[Use]]()
    function, under, near, asked = 0, -1, _NONE, _NONE
    for place, line in enumerate(lines):
        if line.kind in ("def", "class"):
            function, under, near, asked = place, place, _NONE, _NONE
        elif line.is_header:
            under, near = place, asked_by(line) if line.kind in _ASKS else _NONE
            asked |= near
        use = None
        for name in line.reads:
            if name.startswith("self."):
                use = use or Use(function, under, near, asked)
                found.setdefault(name, []).append(use)
    return found


def asked_by(line: Line) -> frozenset[str]:
    """The names that the condition of an ``if`` reads, attributes without ``self``."""
    return frozenset(name.removeprefix("self.") for name in line.reads) - {"self"}
