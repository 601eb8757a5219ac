"""Marks from names: who binds them, who reads them, on which paths they are bound."""

from __future__ import annotations

from collections.abc import Iterator

from explainer.paste.repairing.blocks import Block, Stack, bound_in, plain
from explainer.paste.repairing.lines import Line
from explainer.paste.repairing.outlook import Outlook


def name_marks(block: Block, below: Stack, line: Line, ahead: Outlook) -> Iterator[str]:
    """Marks of an ``if``, a loop and the like."""
    known = bound_in(below)
    yield from _alone_marks(block, known, line, ahead)
    yield from _changed_marks(block, known, line, ahead)
    yield from _fresh_marks(known, line, ahead)
    yield from _asked_marks(block, below, line, ahead)
    yield from _last_marks(block, line, ahead)
    yield from _grown_marks(block, line, ahead)
    if any(outer.kind == "for" and outer.header is not None and line.reads & outer.header.writes for outer in below):
        yield "reads outer loop"
    if block.kind == "for":
        yield from _loop_marks(block, line, ahead)


def _alone_marks(block: Block, known: frozenset[str], line: Line, ahead: Outlook) -> Iterator[str]:
    """Names that the block binds anew: where they are read, it has not ended, unless every arm binds them."""
    only = block.writes - known
    if block.kind == "else" and block.arms:
        joint = only.intersection(*(arm.writes for arm in block.arms if not arm.leaves))
        yield from _readers("every arm binds", joint, line, ahead)
        only -= joint
    yield from _readers("only it binds, local", frozenset(name for name in only if "." not in name), line, ahead)
    yield from _readers("only it binds, attribute", frozenset(name for name in only if "." in name), line, ahead)


def _readers(sort: str, names: frozenset[str], line: Line, ahead: Outlook) -> Iterator[str]:
    if not names:
        return
    if line.reads & names:
        yield f"reads what {sort}"
    left = names - line.writes
    if ahead.next_reads & left:
        yield f"next reads what {sort}"
    if ahead.later_reads & left:
        yield f"later reads what {sort}"


def _changed_marks(block: Block, known: frozenset[str], line: Line, ahead: Outlook) -> Iterator[str]:
    """Names that were bound before and are bound anew in the block: where they are read, it has often ended."""
    yield from _readers("it rebinds", block.writes & known, line, ahead)
    if block.last is not None and block.last.writes & known & line.reads:
        yield "reads what the last rebinds"
    if line.writes & known:
        yield "rebinds known"
        if line.writes & known & ahead.tail_reads:
            yield "rebinds what the end needs"
        if line.writes & known & line.reads:
            yield "changes known"
    if line.writes & block.writes:
        yield "rebinds"
    if line.writes & block.reads:
        yield "binds what it read"
    if not line.reads & (block.writes | block.reads) - {"self"}:
        yield "reads nothing of it"


def _fresh_marks(known: frozenset[str], line: Line, ahead: Outlook) -> Iterator[str]:
    fresh = {name for name in line.writes - known if "." not in name}
    if not fresh:
        return
    yield "binds new"
    if fresh & ahead.tail_reads:
        yield "binds what the end needs"
    if fresh & ahead.next_reads:
        yield "binds what the next needs"
    if fresh & ahead.later_reads:
        yield "binds what comes later"
    if fresh & ahead.later_writes:
        yield "binds what is bound again"


def _asked_marks(block: Block, below: Stack, line: Line, ahead: Outlook) -> Iterator[str]:
    """Names of the condition, and attributes that are there only under it."""
    assert block.header is not None
    asked = block.header.reads - {"self"}
    pairs = (
        ("binds what it asks", line.writes), ("has bound what it asks", block.writes), ("reads what it asks", line.reads),
        ("next reads what it asks", ahead.next_reads), ("later reads what it asks", ahead.later_reads),
        ("it reads what it asks", block.reads),
    )  # fmt: skip
    yield from (mark for mark, names in pairs if names & asked)
    if block.kind in ("if", "elif"):
        given, conditions = below[0].given if below else block.given, {plain(name) for name in asked}
        if any((plain(name), condition) in given for name in line.reads | line.writes for condition in conditions):
            yield "is there only then"
        if any((plain(name), condition) in given for name in ahead.next_reads for condition in conditions):
            yield "next is there only then"


def _last_marks(block: Block, line: Line, ahead: Outlook) -> Iterator[str]:
    if block.last is None:
        return
    if line.reads & block.last.writes:
        yield "reads last"
        if (line.reads & block.last.writes) - ahead.later_reads:
            yield "reads last, as nothing later does"
    elif ahead.later_reads & block.last.writes:
        yield "later reads last"
    if (line.reads - {"self"}) & block.last.reads:
        yield "reads as last"


def _grown_marks(block: Block, line: Line, ahead: Outlook) -> Iterator[str]:
    """What a loop collects is read behind it."""
    if line.grows:
        yield "grows"
        if line.grows in block.grows:
            yield "grows the same"
        if line.grows in block.writes:
            yield "grows what it binds"
    if block.grows:
        yield from _readers("it grows", block.grows, line, ahead)
        if block.last is not None and block.last.grows:
            yield "last grows"


def _loop_marks(block: Block, line: Line, ahead: Outlook) -> Iterator[str]:
    assert block.header is not None
    looped = block.header.writes
    yield "reads loop" if line.reads & looped else "no loop"
    if block.reads & looped:
        yield "it reads loop"
    if ahead.later_reads & looped:
        yield "later reads loop"
    if ahead.next_reads & looped:
        yield "next reads loop"
