"""What lies ahead of each line, up to the next ``def`` or ``class``: who reads what, which arms still look for their ``if``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from explainer.paste.repairing.lines import ARMS, Line
from explainer.paste.repairing.uses import Use, uses_of

_NONE: frozenset[str] = frozenset()
_OPENS = frozenset({"if", "for", "while", "try"})
_OFTEN = 0.12


@dataclass(frozen=True, slots=True)
class Outlook:
    """``final``: nothing follows before the next definition; ``arm``: how many lines ahead an arm stands, 0 if none does
    before the next block; ``needs``: how many open blocks the arms ahead need at least; ``tail_reads``: what the last ``return``
    reads; ``run``: how many lines of the same sort stand here; ``live``: names that are read from this line on before they are
    bound anew, ``lost``: that are bound anew before they are read; ``rare``: words of few lines of the whole text; ``uses``:
    where its attributes are read.
    """

    final: bool
    following: str
    next: Line | None
    next_but_one: Line | None
    arm: int
    needs: int
    rest: int
    run: int
    tail_reads: frozenset[str]
    next_reads: frozenset[str]
    later_reads: frozenset[str]
    later_writes: frozenset[str]
    live: frozenset[str]
    lost: frozenset[str]
    rare: frozenset[str]
    style: str
    uses: Mapping[str, Sequence[Use]]


def look_ahead(lines: Sequence[Line]) -> list[Outlook]:
    """The outlook of every line; numbers the lines, and tells them which names are known."""
    found: list[Outlook] = []
    _tell_names(lines)
    often = Counter(part for line in lines for part in line.parts)
    rare = frozenset(part for part, count in often.items() if 1 < count <= 5)
    style, uses = _style(lines), uses_of(lines)
    live, lost = _NONE, _NONE
    tail, reads, writes = _NONE, _NONE, _NONE
    arm, needs, rest, run = 0, 0, 0, 1
    for place in range(len(lines) - 1, -1, -1):
        line, following = lines[place], lines[place + 1] if place + 1 < len(lines) else None
        final = following is None or following.kind in ("def", "class")
        if following is None or final:
            tail, reads, writes = line.reads if line.kind == "return" else _NONE, _NONE, _NONE
            arm, needs, rest, run = 0, 0, 0, 1
            live, lost = _NONE, _NONE
        else:
            reads, writes, rest = reads | following.reads, writes | following.writes, rest + 1
            arm = 1 if following.kind in ARMS else 0 if following.kind in _OPENS or not arm else arm + 1
            needs = _needs(following.kind, needs)
            run = run + 1 if following.shape == line.shape else 1
        live, lost = line.reads | live - line.writes, line.writes - line.reads | lost - line.reads
        after = lines[place + 2] if following is not None and not final and place + 2 < len(lines) else None
        found.append(
            Outlook(
                final, following.kind if following else "end", following, after, arm, needs, rest, run, tail,
                following.reads if following else _NONE, reads, writes, live, lost, rare, style, uses,
            )
        )  # fmt: skip
    return found[::-1]


def _needs(kind: str, needs: int) -> int:
    """How many blocks have to be open before a line of this kind, for the arms from there on."""
    if kind in ("else", "finally"):
        return needs + 1
    if kind in ("elif", "except"):
        return max(needs, 1)
    return max(0, needs - 1) if kind in _OPENS else needs


def _style(lines: Sequence[Line]) -> str:
    """Whether blank lines and comments set parts of bodies apart in this text."""
    inner = [line for line in lines if line.kind not in ("def", "class")]
    blank = sum(line.blank for line in inner) / (len(inner) or 1)
    commented = sum(bool(line.before) for line in inner) / (len(inner) or 1)
    return f"{_share(blank)} blank, {_share(commented)} commented"


def _share(part: float) -> str:
    return "none" if not part else "often" if part > _OFTEN else "seldom"


def _tell_names(lines: Sequence[Line]) -> None:
    known = _NONE
    for place, line in enumerate(lines):
        line.place = place
        known = frozenset(line.parameters) if line.kind in ("def", "class") else known
        line.known = known
        known |= line.writes
