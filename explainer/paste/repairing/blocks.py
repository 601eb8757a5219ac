"""The blocks that are open at a line, which line may go into which of them, and what is known to be bound there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeAlias

from explainer.paste.repairing.lines import ARMS, Line

_NONE: frozenset[str] = frozenset()
_DEEPEST = 24
ALWAYS = ""  # the condition of what is bound under none
_GOES_ON = {
    "elif": frozenset({"if", "elif"}),
    "else": frozenset({"if", "elif", "for", "while", "except"}),
    "except": frozenset({"try", "except"}),
    "finally": frozenset({"try", "except", "else"}),
}


@dataclass(frozen=True, slots=True)
class Arm:
    """A finished arm of an ``if`` or ``try`` that goes on."""

    lines: tuple[Line, ...]
    writes: frozenset[str]
    bound: frozenset[str]
    unread: frozenset[str]
    leaves: bool

    @property
    def count(self) -> int:
        return len(self.lines)


@dataclass(slots=True)
class Block:
    """An open block.

    ``writes``: bound somewhere in it; ``bound``: bound whenever its last line has run; ``leaves``: that line leaves it;
    ``inner``: the block that was closed last in it; ``given``: attributes, and under which conditions they are bound;
    ``unread``: bound in it and not read in it since; ``grows``: what it appends or adds to.
    """

    kind: str
    header: Line | None
    lines: tuple[Line, ...] = ()
    writes: frozenset[str] = _NONE
    bound: frozenset[str] = _NONE
    reads: frozenset[str] = _NONE
    unread: frozenset[str] = _NONE
    leaves: bool = False
    arms: tuple[Arm, ...] = ()
    inner: Block | None = None
    given: frozenset[tuple[str, str]] = frozenset()
    grows: frozenset[str] = _NONE

    @property
    def count(self) -> int:
        return len(self.lines)

    @property
    def header_shape(self) -> str:
        return self.header.shape if self.header is not None else ""

    @property
    def last(self) -> Line | None:
        return self.lines[-1] if self.lines else None


Stack: TypeAlias = "tuple[Block, ...]"
ROOT: Stack = (Block("module", None),)


def allowed(stack: Stack, line: Line, depth: int) -> bool:
    """Whether grammar lets the line stand at this depth once the blocks above it are closed."""
    top = len(stack) - 1
    if top >= _DEEPEST and line.is_header:
        return False
    if stack[-1].count == 0 and stack[-1].header is not None:
        return depth == top and line.kind not in ARMS
    if line.inline:
        return depth == top
    if depth == top and stack[-1].lines and stack[-1].lines[0].inline:
        return False  # the body stood behind the header's colon, and this is another line
    if line.kind in ARMS:
        if depth >= top or stack[depth + 1].kind not in _GOES_ON[line.kind]:
            return False
        closed = stack[depth + 2 :]
    else:
        closed = stack[depth + 1 :]
    if any(block.kind == "try" for block in closed):
        return False
    return _belongs(stack[: depth + 1], line)


def _belongs(stack: Stack, line: Line) -> bool:
    """Whether what leaves a function or a loop stands in one, and the part for ``__main__`` in nothing."""
    if is_main(line):
        return len(stack) == 1
    if line.kind == "return":
        defines = any(line.kind in ("def", "class") for line in stack[0].lines)
        return not defines or any(block.kind == "def" for block in stack)
    if line.kind in ("break", "continue"):
        for block in reversed(stack):
            if block.kind in ("for", "while"):
                return True
            if block.kind in ("def", "class"):
                return False
        return False
    return True


def is_main(line: Line | None) -> bool:
    """``if __name__ == "__main__":``."""
    return line is not None and line.kind == "if" and "__name__" in line.reads


def put(stack: Stack, line: Line, depth: int) -> Stack:
    """The blocks that are open after the line, which stands at this depth."""
    if line.kind in ARMS:
        while len(stack) > depth + 2:
            stack = closed(stack)
        before = stack[-1]
        arm = Arm(before.lines, before.writes, before.bound, before.unread, before.leaves)
        return (*stack[:-1], Block(line.kind, line, bound=line.writes, writes=line.writes, arms=(*before.arms, arm)))
    while len(stack) > depth + 1:
        stack = closed(stack)
    block = stack[-1]
    writes = line.writes if line.kind != "for" else _NONE
    block = Block(
        block.kind, block.header, (*block.lines, line), block.writes | writes, block.bound | writes, block.reads | line.reads,
        block.unread - line.reads | writes, line.leaves, block.arms, block.inner, block.given,
        block.grows | {line.grows} if line.grows else block.grows,
    )  # fmt: skip
    stack = _noted((*stack[:-1], block), line)
    if not line.is_header:
        return stack
    inside = frozenset(line.parameters) if line.kind == "def" else line.writes if line.kind != "class" else _NONE
    return (*stack, Block(line.kind, line, writes=inside, bound=inside))


def _noted(stack: Stack, line: Line) -> Stack:
    """The blocks, with the conditions noted under which the line binds attributes."""
    attributes = [name for name in line.writes if "." in name]
    if not attributes:
        return stack
    asked = {plain(name) for block in stack if block.kind in ("if", "elif") and block.header for name in block.header.reads}
    conditions = asked - {"self"} or {ALWAYS}
    pairs = stack[0].given.union((plain(name), condition) for name in attributes for condition in conditions)
    return (replace(stack[0], given=pairs), *stack[1:])


def plain(name: str) -> str:
    """``bias`` for ``self.bias``."""
    return name.removeprefix("self.")


def closed(stack: Stack) -> Stack:
    """The blocks without the innermost one, whose names reach the one around it as far as they are surely bound."""
    child, around = stack[-1], stack[-2]
    if child.kind in ("def", "class"):
        around = Block(
            around.kind, around.header, around.lines, around.writes, around.bound, around.reads, around.unread, False,
            around.arms, child, around.given, around.grows,
        )  # fmt: skip
        return (*stack[:-2], around)
    writes = child.writes.union(*(arm.writes for arm in child.arms))
    bound, leaves = _NONE, False
    if child.kind == "with":
        bound, leaves = child.bound, child.leaves
    elif child.kind in ("else", "except", "finally"):
        staying = [arm.bound for arm in child.arms if not arm.leaves] + ([] if child.leaves else [child.bound])
        bound = frozenset.intersection(*staying) if staying else _NONE
        leaves = not staying
    unread = child.unread.union(around.unread - child.reads, *(arm.unread for arm in child.arms))
    around = Block(
        around.kind, around.header, around.lines, around.writes | writes, around.bound | bound, around.reads | child.reads,
        unread, leaves, around.arms, child, around.given, around.grows | child.grows if child.grows else around.grows,
    )  # fmt: skip
    return (*stack[:-2], around)


def bound_in(stack: Stack) -> frozenset[str]:
    """Every name that is surely bound for a line in the innermost block."""
    return _NONE.union(*(block.bound for block in stack))
