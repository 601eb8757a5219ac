"""Marks from the flow of names: which would never be bound, and which would be bound in vain, if the block ended here."""

from __future__ import annotations

from collections.abc import Iterator

from explainer.paste.repairing.blocks import ALWAYS, Block, Stack, plain
from explainer.paste.repairing.lines import Line
from explainer.paste.repairing.outlook import Outlook
from explainer.paste.repairing.uses import Use, asked_by

_NONE: frozenset[str] = frozenset()


def flow_marks(block: Block, below: Stack, line: Line, ahead: Outlook) -> Iterator[str]:
    """Marks of an ``if``, a loop and the like."""
    yield from _first_marks(block, line, ahead)
    yield from _vain_marks(block, line, ahead)
    yield from _arm_marks(block, ahead)
    if block.kind == "for" and block.header is not None and block.header.writes & ahead.live:
        yield "the loop's name is live"
    if block.kind in ("if", "elif"):
        yield from _use_marks(block, line, ahead)
        yield from _given_marks(block, below, line)


def _first_marks(block: Block, line: Line, ahead: Outlook) -> Iterator[str]:
    """Names that nothing before the block binds."""
    assert block.header is not None
    first = frozenset(name for name in block.writes if "." not in name) - block.header.known
    if block.kind == "else":
        first -= _NONE.union(*(arm.writes for arm in block.arms))
    if not first:
        return
    if first & line.reads:
        yield "reads what it binds first"
    yield "what it binds first is live" if first & ahead.live else "what it binds first is over"


def _vain_marks(block: Block, line: Line, ahead: Outlook) -> Iterator[str]:
    """What the block has bound and not read."""
    if not block.unread:
        yield "all is read"
        return
    if block.unread & line.reads:
        yield "reads its work"
    if block.unread & ahead.live:
        yield "its work is live"
    if block.unread & ahead.lost:
        yield "overwrites its work" if block.unread & line.writes - line.reads else "its work would be lost"


def _arm_marks(block: Block, ahead: Outlook) -> Iterator[str]:
    """What the arms before this one have bound for what comes."""
    staying = [arm for arm in block.arms if not arm.leaves]
    if not staying:
        return
    known = block.arms[0].lines[0].known if block.arms[0].lines else _NONE
    work = _NONE.union(*(arm.unread for arm in staying)) - block.writes
    if work & ahead.lost:
        yield "an arm's work would be lost"
    if work & ahead.live:
        yield "does not bind what is live" if work & ahead.live - known else "an arm's work is live"


def _use_marks(block: Block, line: Line, ahead: Outlook) -> Iterator[str]:
    """How the attributes that are bound here are read in later functions."""
    yield from _used("", block, line, line, ahead)
    if ahead.next is not None and ahead.next.kind == "simple":
        yield from _used("next ", block, ahead.next, line, ahead)


def _used(who: str, block: Block, binder: Line, line: Line, ahead: Outlook) -> Iterator[str]:
    assert block.header is not None
    uses = _later_uses(binder.writes, line, ahead)
    if not uses:
        return
    asked = asked_by(block.header)
    if any(use.near & asked for use in uses):
        yield f"{who}used where it asks"
    yield f"{who}used after it asks" if any(use.asked & asked for use in uses) else f"{who}used without asking"
    own = {use.under for use in _later_uses(block.writes, line, ahead)}
    if own:
        yield f"{who}used beside its own" if any(use.under in own for use in uses) else f"{who}used apart from its own"


def _later_uses(names: frozenset[str], line: Line, ahead: Outlook) -> list[Use]:
    return [use for name in names if name in ahead.uses for use in ahead.uses[name] if use.function > line.place]


def _given_marks(block: Block, below: Stack, line: Line) -> Iterator[str]:
    """Attributes that are there whatever the condition."""
    given = below[0].given if below else block.given
    if any((plain(name), ALWAYS) in given for name in line.reads if "." in name):
        yield "is always there"
