"""Marks of the end of a function or a class: what the line reads, whether it is a method."""

from __future__ import annotations

from collections.abc import Iterator

from explainer.paste.repairing.blocks import Block, Stack, bound_in
from explainer.paste.repairing.lines import Line
from explainer.paste.repairing.outlook import Outlook

_OWN = (("self",), ("cls",))


def scope_marks(block: Block, below: Stack, line: Line, ahead: Outlook) -> Iterator[str]:
    """What speaks for or against an end of the function or class before the line."""
    assert block.header is not None
    yield from _definition_marks(block, below, line, ahead) if line.kind == "def" else (f"line {line.kind}",)
    known = bound_in(below)
    own, name = block.writes - known, {block.header.name}
    pairs = (
        ("reads its own", line.reads & own), ("later reads its own", ahead.later_reads & own - line.writes),
        ("next has self", ahead.next_reads & {"self"}), ("reads its name", line.reads & name),
        ("later reads its name", ahead.later_reads & name), ("a return ahead", ahead.tail_reads),
    )  # fmt: skip
    yield from (mark for mark, names in pairs if names)
    if "self" in line.reads:
        yield "self in it" if "self" in block.bound else "self not in it"
    if "__name__" in line.reads and line.kind == "if":
        yield "main"
    if line.first in ("import", "from"):
        yield "import"
    if line.leaves:
        yield line.kind
    yield from _end_marks(block, line, ahead)


def _definition_marks(block: Block, below: Stack, line: Line, ahead: Outlook) -> Iterator[str]:
    assert block.header is not None
    kind = "method" if line.parameters[:1] in _OWN else "decorated" if line.decorators else "function"
    yield f"{kind} {'class' if any(b.kind == 'class' for b in (*below, block)) else 'free'}"
    yield f"{kind} in {'method' if block.header.parameters[:1] in _OWN else 'function'}"
    if f"self.{line.name}" in ahead.later_reads:
        yield "used as method"
    if line.name in ahead.later_reads:
        yield "used as function"
    if block.header.parameters[:1] == line.parameters[:1]:
        yield "same first parameter"


def _end_marks(block: Block, line: Line, ahead: Outlook) -> Iterator[str]:
    last = block.last
    if block.leaves and ahead.final and line.kind == "return":
        yield "second return"
    if not block.leaves and block.count:
        yield "not left"
    if block.count == 1 and last is not None and last.first in ("pass", "..."):
        yield "stub"
    if last is not None:
        yield f"after {last.shape}"
    if line.kind == "simple":
        yield "annotates" if len(line.tokens) > 1 and line.tokens[1].text == ":" else "assigns" if line.writes else "calls"
        yield f"{line.shape}"
