"""Small changes to a text, made where its syntax tree says, so that everything else stays byte for byte."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

N = TypeVar("N", bound=ast.AST)


@dataclass(frozen=True, slots=True)
class Patch:
    """``text`` in the place of the characters from ``start`` to ``end``."""

    start: int
    end: int
    text: str


class Text:
    """A source, its tree, and the way from a node to its characters. SyntaxError if it is no Python."""

    def __init__(self, source: str) -> None:
        self.source, self.tree = source, ast.parse(source)
        self.lines = source.splitlines(keepends=True)
        self._starts = [0]
        for line in self.lines:
            self._starts.append(self._starts[-1] + len(line))

    def offset(self, line: int, column: int) -> int:
        """Characters before a place that Python counts in lines from 1 and bytes from 0."""
        return self._starts[line - 1] + len(self.lines[line - 1].encode()[:column].decode(errors="ignore"))

    def span(self, node: ast.expr | ast.stmt | ast.keyword | ast.arg) -> tuple[int, int]:
        end = self.offset(node.end_lineno or node.lineno, node.end_col_offset or 0)
        return self.offset(node.lineno, node.col_offset), end

    def text(self, node: ast.expr | ast.stmt) -> str:
        start, end = self.span(node)
        return self.source[start:end]

    def replace(self, node: ast.expr | ast.stmt, text: str) -> Patch:
        return Patch(*self.span(node), text)

    def wrap(self, node: ast.expr, before: str, after: str) -> Patch:
        """The node with something around it; in brackets of its own where it would fall apart otherwise."""
        text = self.text(node)
        closed = isinstance(node, (ast.Name, ast.Call, ast.Attribute, ast.Subscript, ast.Constant))
        return Patch(*self.span(node), f"{before}{text if closed or before.endswith('(') else f'({text})'}{after}")

    def new_line(self, before: int, text: str) -> Patch:
        """A new line in front of line ``before``, its indentation in ``text``."""
        at = self._starts[min(before - 1, len(self.lines))]
        is_open_end = at and not self.source[:at].endswith("\n")
        return Patch(at, at, f"\n{text}" if is_open_end else f"{text}\n")

    def function(self, line: int) -> ast.FunctionDef | None:
        """The innermost function around a line."""
        around = [f for f in self.nodes(ast.FunctionDef) if f.lineno <= line <= (f.end_lineno or 0)]
        return max(around, key=lambda f: f.lineno, default=None)

    def nodes(self, kind: type[N]) -> Iterator[N]:
        return (node for node in ast.walk(self.tree) if isinstance(node, kind))


def apply(source: str, patches: Iterable[Patch]) -> str:
    """The source with all patches made, the last place first."""
    for patch in sorted(patches, key=lambda p: (p.start, p.end), reverse=True):
        source = source[: patch.start] + patch.text + source[patch.end :]
    return source


def argument(call: ast.Call, names: Iterable[str], name: str) -> ast.expr | None:
    """The expression that a call gives to one of its function's arguments, None if it leaves it out."""
    for word in call.keywords:
        if word.arg == name:
            return word.value
    order = list(names)
    place = order.index(name) if name in order else len(call.args)
    given = call.args[: place + 1]
    return call.args[place] if place < len(call.args) and not any(isinstance(a, ast.Starred) for a in given) else None


def set_argument(text: Text, call: ast.Call, names: Iterable[str], name: str, value: str) -> Patch:
    """The call with this argument at ``value``, replaced where it stands, else added by name behind the others."""
    known = argument(call, names, name)
    if known is not None:
        return text.replace(known, value)
    if not call.args and not call.keywords:
        end = text.span(call)[1] - 1
        return Patch(end, end, f"{name}={value}")
    end = max([text.span(a)[1] for a in call.args] + [text.span(word)[1] for word in call.keywords])
    return Patch(end, end, f", {name}={value}")


def unified(before: str, after: str, name: str = "source") -> str:
    """The change as a unified diff that ``patch`` takes."""
    lines = difflib.unified_diff(before.splitlines(keepends=True), after.splitlines(keepends=True), name, name)
    return "".join(line if line.endswith("\n") else line + "\n\\ No newline at end of file\n" for line in lines)
