"""How likely a block ends before a line: the marks that the two carry, and the lines that have a say in it.

scoring.py weighs them. They are what a reader goes by: a line after a ``return`` is dead, the last ``return`` belongs to the
function, both arms of an ``if`` bind the same names, a name that only one arm binds is not read behind it.
"""

from __future__ import annotations

from collections.abc import Iterator

from explainer.paste.repairing.blocks import Block, Stack
from explainer.paste.repairing.flow import flow_marks
from explainer.paste.repairing.likeness import arm_marks, likeness_marks
from explainer.paste.repairing.lines import ARMS, Line
from explainer.paste.repairing.naming import name_marks
from explainer.paste.repairing.outlook import Outlook
from explainer.paste.repairing.scoping import scope_marks

ROLES = ("line", "next", "next but one", "header", "first", "last", "before", "model", "function", "around")
_KINDS = {"elif": "if", "while": "for", "except": "else", "finally": "else"}
_QUESTIONS = (
    ("none", {"None"}), ("isinstance", {"isinstance"}), ("not", {"not"}), ("compares", {"==", ">", "<", "!=", ">=", "<="}),
)  # fmt: skip


def marks(stack: Stack, line: Line, ahead: Outlook) -> list[str]:
    """What speaks for or against an end of the innermost block before the line; each mark counts by the kind of end."""
    return list(_marks(stack[-1], stack[:-1], line, ahead))


def kind_of(block: Block, line: Line) -> str:
    """What kind of end it is."""
    kind = _KINDS.get(block.kind, block.kind)
    return "arm-" + kind if line.kind in ARMS else kind


def cast(stack: Stack, line: Line, ahead: Outlook) -> list[int]:
    """The place of the line in each of the ROLES, -1 where none plays it."""
    block, around = stack[-1], stack[-2]
    model = block.arms[0].lines if block.arms else ()
    function = next((other.header for other in reversed(stack[:-1]) if other.kind == "def"), None)
    before = around.lines[-2] if around.count > 1 else None
    lines = (
        line, ahead.next, ahead.next_but_one, block.header, block.lines[0] if block.lines else None, block.last, before,
        model[block.count] if block.count < len(model) else None, function, around.header,
    )  # fmt: skip
    return [-1 if other is None else other.place for other in lines]


def _marks(block: Block, below: Stack, line: Line, ahead: Outlook) -> Iterator[str]:
    yield "always"
    yield f"count {min(block.count, 8)}"
    if block.leaves:
        yield "dead"
    yield from _gap_marks(block, line, ahead)
    if block.kind in ("def", "class"):
        yield from scope_marks(block, below, line, ahead)
        return
    depth = sum(outer.kind not in ("def", "class", "module") for outer in below)
    yield f"nested {min(depth, 3)}"
    yield from (f"inside {kind}" for kind in sorted({outer.kind for outer in below[1:-1]}))
    if below[-1].count == 1:
        yield "first around"
    if below[-1].inner is not None:
        yield f"the one before had {min(below[-1].inner.count, 4)}"
    yield from _asking_marks(block)
    yield from _line_marks(block, below[-1].kind, line, ahead)
    yield from _ahead_marks(below, line, ahead)
    yield from name_marks(block, below, line, ahead)
    yield from flow_marks(block, below, line, ahead)
    yield from arm_marks(block, below, line, ahead)
    yield from likeness_marks(block, below, line, ahead)


def _gap_marks(block: Block, line: Line, ahead: Outlook) -> Iterator[str]:
    """What blank lines and comments say, and how much they say elsewhere."""
    inner = block.lines[1:]
    if line.blank:
        yield "blank"
        yield "blank as inside" if any(other.blank for other in inner) else "first blank"
    elif any(other.blank for other in inner):
        yield "blank inside"
    if line.before:
        yield "comment"
        yield "comment as inside" if any(other.before for other in inner) else "first comment"
    if block.header is not None and block.header.before and not line.before:
        yield "only the header has a comment"
    if block.header is not None and block.header.blank:
        yield "header after a blank"
    if ahead.next is not None and (ahead.next.before or ahead.next.blank):
        yield "next is set apart"
    if block.last is not None and block.last.inline and block.count == 1:
        yield "inline"
    yield f"{'blank' if line.blank else 'close'} in {ahead.style}"


def _asking_marks(block: Block) -> Iterator[str]:
    assert block.header is not None
    for name in block.header.reads:
        if name != "self":
            yield f"asks about {name}"
    if block.kind in ("if", "elif"):
        texts = {token.text for token in block.header.tokens}
        yield f"asks {next((sort for sort, words in _QUESTIONS if texts & words), 'flag')}"
        if block.last is not None and block.last.is_header:
            yield "last was a block"


def _line_marks(block: Block, into: str, line: Line, ahead: Outlook) -> Iterator[str]:
    yield f"line {line.shape}"
    yield f"into {into}"
    if line.called:
        yield f"calls {line.called.rpartition('.')[2]}"
    if line.writes:
        yield f"binds {min(line.writes)}"
    if line.first in ("print", "assert", "del", "warnings", "logger", "setattr", "super"):
        yield f"begins with {line.first}"
    if line.leaves:
        place = "final" if ahead.final else "arm" if ahead.following in ARMS else "inner"
        yield f"{line.kind} {place}"
        yield f"{line.kind} {place} into {into}"
    elif ahead.final:
        yield "final"
    if block.last is not None:
        yield f"{block.last.shape} then {line.shape}"
        if block.last.first in ("pass", "..."):
            yield "stub"


def _ahead_marks(below: Stack, line: Line, ahead: Outlook) -> Iterator[str]:
    yield f"run {min(ahead.run, 4)}"
    yield f"rest {min(ahead.rest, 8)}"
    if ahead.following == "return" and ahead.rest == 1:
        yield "before final return"
    if ahead.arm:
        yield f"arm in {min(ahead.arm, 5)}"
    if ahead.needs:
        left = _ready(below)
        yield "arms need it" if left < ahead.needs else f"arms find {min(left, 3)} for {min(ahead.needs, 3)}"
    if ahead.next is None:
        return
    yield f"{line.shape} before {ahead.next.shape}"
    if ahead.next_but_one is not None:
        yield f"then {ahead.next.shape}, {ahead.next_but_one.shape}"
    if ahead.next.called and ahead.next.called == line.called:
        yield "calls as next"
    if len(ahead.next.parts & line.parts) * 2 > len(line.parts):
        yield "like next"


def _ready(stack: Stack) -> int:
    """How many open blocks could still get an arm, in the innermost function."""
    count = 0
    for block in reversed(stack):
        if block.kind in ("def", "class"):
            break
        count += block.kind in ("if", "elif", "for", "while", "try", "except")
    return count
