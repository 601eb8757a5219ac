"""How likely a block ends before a line: the marks that the two carry, and the weight of each mark.

scoring.py weighs them. They are what a reader goes by: a line after a ``return`` is dead, the last ``return`` belongs to the
function, both arms of an ``if`` bind the same names, a name that only one arm binds is not read behind it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from explainer.paste.repairing.blocks import Block, Stack, bound_in, plain
from explainer.paste.repairing.lines import ARMS, Line

_QUESTIONS = (
    ("none", {"None"}), ("isinstance", {"isinstance"}), ("not", {"not"}), ("compares", {"==", ">", "<", "!="}),
)  # fmt: skip
_KINDS = {"elif": "if", "while": "for", "except": "else", "finally": "else"}


@dataclass(slots=True)
class Outlook:
    """What lies ahead of a line up to the next ``def`` or ``class``."""

    following: str
    final: bool
    arm_is_next: bool
    tail_reads: frozenset[str]
    later_reads: frozenset[str]
    next_reads: frozenset[str]
    rest: int
    next: Line | None
    run: int
    rare: frozenset[str]


def look_ahead(lines: Sequence[Line]) -> list[Outlook]:
    """The outlook of every line."""
    found: list[Outlook] = []
    often = Counter(part for line in lines for part in line.parts)
    rare = frozenset(part for part, count in often.items() if 1 < count <= 5)
    tail, later, arm, rest, run = frozenset[str](), frozenset[str](), False, 0, 1
    for place in range(len(lines) - 1, -1, -1):
        following = lines[place + 1] if place + 1 < len(lines) else None
        final = following is None or following.kind in ("def", "class")
        if final:
            line = lines[place]
            tail, later, arm, rest = (line.reads if line.kind == "return" else frozenset()), frozenset(), False, 0
        else:
            assert following is not None
            later |= following.reads
            arm = following.kind in ARMS or (arm and following.kind not in ("if", "for", "while", "try"))
            rest += 1
        run = run + 1 if following is not None and not final and following.shape == lines[place].shape else 1
        kind = following.kind if following else "end"
        found.append(
            Outlook(kind, final, arm, tail, later, following.reads if following else frozenset(), rest, following, run, rare)
        )
    return found[::-1]


def marks(stack: Stack, line: Line, ahead: Outlook) -> Iterator[str]:
    """What speaks for or against an end of the innermost block before the line."""
    block, below = stack[-1], stack[:-1]
    kind = _KINDS.get(block.kind, block.kind)
    if line.kind in ARMS:
        kind = "arm-" + kind
    for mark in _marks(block, below, line, ahead):
        yield f"{kind} {mark}"


def _marks(block: Block, below: Stack, line: Line, ahead: Outlook) -> Iterator[str]:
    yield "always"
    yield f"count {min(block.count, 4)}"
    if block.leaves:
        yield "dead"
    if line.blank:
        yield "blank"
    if line.before:
        yield "comment"
    if block.header is not None and block.header.before and not line.before:
        yield "only the header has a comment"
    if ahead.next is not None and (ahead.next.before or ahead.next.blank):
        yield "next is set apart"
    if block.last is not None and block.last.inline and block.count == 1:
        yield "inline"
    if block.kind in ("def", "class"):
        yield from _scope_marks(block, below, line, ahead)
        return
    depth = sum(outer.kind not in ("def", "class", "module") for outer in below)
    yield f"nested {min(depth, 2)}"
    yield from _asking_marks(block)
    yield from _line_marks(block, line, ahead)
    yield from _name_marks(block, below, line, ahead)
    yield from _arm_marks(block, line)
    yield from _likeness_marks(block, below, line, ahead)


def _asking_marks(block: Block) -> Iterator[str]:
    assert block.header is not None
    for name in block.header.reads:
        if name != "self":
            yield f"asks about {name}"
    if block.kind in ("if", "elif"):
        yield f"asks {_question({token.text for token in block.header.tokens})}"
        if block.last is not None and block.last.is_header:
            yield "last was a block"


def _question(texts: set[str]) -> str:
    """What sort of condition it is."""
    for sort, words in (
        ("none", {"None"}),
        ("isinstance", {"isinstance"}),
        ("not", {"not"}),
        ("compares", {"==", ">", "<", "!="}),
    ):
        if texts & words:
            return sort
    return "flag"


def _line_marks(block: Block, line: Line, ahead: Outlook) -> Iterator[str]:  # noqa: C901 - one mark after the other
    yield f"line {line.shape}"
    yield f"run {min(ahead.run, 4)}"
    if line.called:
        yield f"calls {line.called.rpartition('.')[2]}"
    if line.writes:
        yield f"binds {min(line.writes)}"
    yield f"rest {min(ahead.rest, 4)}"
    if line.first in ("print", "assert", "del", "warnings", "logger", "setattr"):
        yield f"begins with {line.first}"
    if ".append" in line.called:
        yield "appends"
    if block.last is not None and block.last.called.endswith(".append"):
        yield "last appends"
    if line.leaves:
        yield f"{line.kind} {'final' if ahead.final else 'arm' if ahead.following in ARMS else 'inner'}"
    if ahead.final and not line.leaves:
        yield "final"
    if ahead.following == "return" and ahead.rest == 1:
        yield "before final return"
    if ahead.arm_is_next:
        yield "arm next"
    if line.first == "super":
        yield "super"
    if block.last is not None:
        yield f"{block.last.shape} then {line.shape}"
    if ahead.next is not None:
        yield f"{line.shape} before {ahead.next.shape}"
        if ahead.next.called and ahead.next.called == line.called:
            yield "calls as next"
        if len(ahead.next.parts & line.parts) * 2 > len(line.parts):
            yield "like next"


def _name_marks(block: Block, below: Stack, line: Line, ahead: Outlook) -> Iterator[str]:  # noqa: C901 - one mark after the other
    known = bound_in(below)
    only = block.writes - known
    for sort, names in (("local", {n for n in only if "." not in n}), ("attribute", {n for n in only if "." in n})):
        if line.reads & names:
            yield f"reads what only it binds, {sort}"
        if ahead.next_reads & names - line.writes:
            yield f"next reads what only it binds, {sort}"
        if ahead.later_reads & names - line.writes:
            yield f"later reads what only it binds, {sort}"
    fresh = {name for name in line.writes - known if "." not in name}
    if fresh:
        yield "binds new"
        if fresh & ahead.tail_reads:
            yield "binds what the end needs"
        if fresh & ahead.next_reads:
            yield "binds what the next needs"
        if fresh & ahead.later_reads:
            yield "binds what comes later"
    if line.writes and line.writes & known & ahead.tail_reads:
        yield "rebinds what the end needs"
    if line.writes & known:
        yield "rebinds known"
    assert block.header is not None
    asked = block.header.reads - {"self"}
    if line.writes & asked:
        yield "binds what it asks"
    if block.writes & asked:
        yield "has bound what it asks"
    if block.kind in ("if", "elif"):
        given, conditions = below[0].given if below else block.given, {plain(name) for name in asked}
        if any((plain(name), condition) in given for name in line.reads | line.writes for condition in conditions):
            yield "is there only then"
        if any((plain(name), condition) in given for name in ahead.next_reads for condition in conditions):
            yield "next is there only then"
    if line.writes & block.writes:
        yield "rebinds"
    if line.writes & block.reads:
        yield "binds what it read"
    if line.reads & asked:
        yield "reads what it asks"
    if ahead.next_reads & asked:
        yield "next reads what it asks"
    if ahead.later_reads & asked:
        yield "later reads what it asks"
    if block.last is not None and (line.reads & block.last.writes):
        yield "reads last"
    if block.last is not None and ((line.reads - {"self"}) & block.last.reads):
        yield "reads as last"
    if any(outer.kind == "for" and outer.header is not None and line.reads & outer.header.writes for outer in below):
        yield "reads outer loop"
    if block.kind == "for":
        looped = block.header.writes
        yield "reads loop" if line.reads & looped else "no loop"
        if ahead.later_reads & looped:
            yield "later reads loop"
        if ahead.next_reads & looped:
            yield "next reads loop"


def _arm_marks(block: Block, line: Line) -> Iterator[str]:
    if line.kind in ARMS:
        yield f"chain {min(len(block.arms), 2)}"
        if block.header is not None and line.reads & block.header.reads - {"self"}:
            yield "asks the same"
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


def _parallel_marks(name: str, model: Sequence[Line], block: Block, line: Line) -> Iterator[str]:
    """How the line compares with the one at its place in a block of the same sort."""
    if block.count >= len(model):
        yield f"{name} is over"
        return
    other = model[block.count]
    yield f"{name} goes on"
    if other.shape == line.shape:
        yield f"{name} same shape"
    if other.writes and other.writes == line.writes:
        yield f"{name} same target"
    if other.called and other.called == line.called:
        yield f"{name} same call"
    if len(other.parts & line.parts) * 2 > len(line.parts):
        yield f"{name} same words"


def _likeness_marks(block: Block, below: Stack, line: Line, ahead: Outlook) -> Iterator[str]:  # noqa: C901 - one mark after the other
    assert block.header is not None
    if line.kind == block.kind:
        shared = len(line.parts & block.header.parts)
        yield "sibling" if shared * 2 > len(line.parts) else "same kind"
    elif line.parts & block.header.parts:
        yield "like header"
    rare = line.parts & ahead.rare
    if rare & block.header.parts:
        yield "shares a rare word with the header"
    if block.last is not None:
        yield "shares a rare word with the last" if rare & block.last.parts else "shares no rare word with the last"
    if ahead.next is not None and rare & ahead.next.parts:
        yield "shares a rare word with the next"
    if below[-1].last is not None and below[-1].count > 1 and rare & below[-1].lines[-2].parts:
        yield "shares a rare word with the line before the block"
    last, before = block.last, below[-1]
    other = before.inner
    if other is not None and other.kind == block.kind and other.header is not None and other.header.shape == block.header.shape:
        yield from _parallel_marks("sibling", other.lines, block, line)
    if last is not None:
        if last.writes and last.writes == line.writes:
            yield "same target as last"
        elif last.first == line.first:
            yield "same start as last"
        if last.called and last.called == line.called:
            yield "calls as last"
        if len(last.parts & line.parts) * 2 > len(line.parts):
            yield "like last"
    if before.last is not None and below[-1].count > 1 and line.first == block.header.first:
        yield "like header's start"


def _scope_marks(block: Block, below: Stack, line: Line, ahead: Outlook) -> Iterator[str]:  # noqa: C901 - one mark after the other
    """Marks of a function or class: what is read, whether the line is a method."""
    assert block.header is not None
    kind = line.kind
    if line.kind == "def":
        own = line.parameters[:1] in (("self",), ("cls",))
        kind = "method" if own else "decorated" if line.decorators else "function"
        in_class = "class" if any(b.kind == "class" for b in (*below, block)) else "free"
        yield f"{kind} {in_class}"
        method = block.header.parameters[:1] in (("self",), ("cls",))
        yield f"{kind} in {'method' if method else 'function'}"
        if f"self.{line.name}" in ahead.later_reads:
            yield "used as method"
    else:
        yield f"line {line.kind}"
    known = bound_in(below)
    if line.reads & (block.writes - known):
        yield "reads its own"
    if ahead.later_reads & (block.writes - known) - line.writes:
        yield "later reads its own"
    if "self" in line.reads:
        yield "self in it" if "self" in block.bound else "self not in it"
    if "__name__" in line.reads and line.kind == "if":
        yield "main"
    if block.kind == "def" and block.header.name in line.reads:
        yield "reads its name"
    if block.kind == "class" and block.header.name in line.reads:
        yield "reads its name"
    if line.first in ("import", "from"):
        yield "import"
    if line.leaves:
        yield line.kind
    if not block.leaves and block.count:
        yield "not left"
    if block.leaves and ahead.final and line.kind == "return":
        yield "second return"
    if line.kind == "simple":
        yield "annotates" if len(line.tokens) > 1 and line.tokens[1].text == ":" else "assigns" if line.writes else "calls"
