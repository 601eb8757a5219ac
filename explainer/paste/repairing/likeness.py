"""Marks from likeness: of a line with the block's header, its lines, the arm before it, the block before it, the next line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from explainer.paste.repairing.blocks import Block, Stack
from explainer.paste.repairing.lines import ARMS, Line
from explainer.paste.repairing.outlook import Outlook


def arm_marks(block: Block, below: Stack, line: Line, ahead: Outlook) -> Iterator[str]:
    """How the line fits to the arms before this one."""
    if line.kind in ARMS:
        yield f"chain {min(len(block.arms), 2)}"
        if block.header is not None and line.reads & block.header.reads - {"self"}:
            yield "asks the same"
        if ahead.next is not None:
            yield from _belonging_marks(block, below[-1], ahead.next)
    if not block.arms:
        return
    yield from _parallel_marks("arm", block.arms[0].lines, block, line)
    wanted = frozenset[str]().union(*(arm.writes for arm in block.arms if not arm.leaves))
    longest = max(arm.count for arm in block.arms)
    yield "as long" if block.count == longest else "shorter" if block.count < longest else "longer"
    if all(arm.leaves for arm in block.arms):
        yield "arms leave"
    if wanted:
        yield "complete" if wanted <= block.writes else "incomplete"
        if line.writes & (wanted - block.writes):
            yield "completes"
        elif line.writes and not line.writes & wanted:
            yield "binds other"


def _belonging_marks(block: Block, around: Block, first: Line) -> Iterator[str]:
    """How the first line of an arm fits to the block that it may go on, and to the one around that."""
    direct = frozenset[str]().union(*(line.writes for line in around.lines if not line.is_header))
    if first.writes & block.writes:
        yield "arm binds as it does"
    if first.writes & direct:
        yield "arm binds as around it"
    if block.lines:
        yield from (f"arm has {mark} as its first" for mark in _comparison(block.lines[0], first))
    if around.lines:
        yield from (f"arm has {mark} as the first around it" for mark in _comparison(around.lines[0], first))


def _parallel_marks(name: str, model: Sequence[Line], block: Block, line: Line) -> Iterator[str]:
    """How the line compares with the one at its place in a block of the same sort."""
    if block.count >= len(model):
        yield f"{name} is over"
        if block.count == len(model):
            yield f"{name} is just over"
        if any(_alike(line, other) for other in model):
            yield f"{name} has one like it"
        return
    yield f"{name} goes on"
    other = model[block.count]
    yield from (f"{name} {mark}" for mark in _comparison(other, line))
    if block.count + 1 == len(model):
        yield f"{name} would be over"


def _comparison(other: Line, line: Line) -> Iterator[str]:
    if other.shape == line.shape:
        yield "same shape"
    if other.writes and other.writes == line.writes:
        yield "same target"
    if other.called and other.called == line.called:
        yield "same call"
    if _alike(other, line):
        yield "same words"


def _alike(other: Line, line: Line) -> bool:
    return len(other.parts & line.parts) * 2 > len(line.parts)


def likeness_marks(block: Block, below: Stack, line: Line, ahead: Outlook) -> Iterator[str]:
    """How the line resembles what stands around it."""
    yield from _header_marks(block, line)
    yield from _rare_marks(block, below, line, ahead)
    last, around = block.last, below[-1]
    other = around.inner
    if other is not None and other.kind == block.kind and other.header is not None and other.header.shape == block.header_shape:
        yield from _parallel_marks("sibling", other.lines, block, line)
    if last is not None:
        yield from (f"last has {mark}" for mark in _comparison(last, line))
        if last.first == line.first and last.writes != line.writes:
            yield "same start as last"
    if block.count > 1:
        yield from (f"first has {mark}" for mark in _comparison(block.lines[0], line))
    if around.count > 1:
        before = around.lines[-2]
        yield from (f"before has {mark}" for mark in _comparison(before, line))
        yield f"{before.shape}, block, {line.shape}"


def _header_marks(block: Block, line: Line) -> Iterator[str]:
    assert block.header is not None
    if line.kind == block.kind:
        yield "sibling" if _alike(block.header, line) else "same kind"
        if line.words == block.header.words:
            yield "same header"
        elif len(set(line.words) ^ set(block.header.words)) <= 2:
            yield "nearly the same header"
    elif line.parts & block.header.parts:
        yield "like header"
    if line.first == block.header.first:
        yield "header's start"


def _rare_marks(block: Block, below: Stack, line: Line, ahead: Outlook) -> Iterator[str]:
    assert block.header is not None
    rare = line.parts & ahead.rare
    if not rare:
        yield "has no rare word"
        return
    if rare & block.header.parts:
        yield "shares a rare word with the header"
    if block.last is not None:
        yield "shares a rare word with the last" if rare & block.last.parts else "shares no rare word with the last"
    if any(rare & other.parts for other in block.lines[:-1]):
        yield "shares a rare word with the block"
    if ahead.next is not None and rare & ahead.next.parts:
        yield "shares a rare word with the next"
    if below[-1].count > 1 and rare & below[-1].lines[-2].parts:
        yield "shares a rare word with the line before the block"
