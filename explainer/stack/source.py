"""Python source to the rows of a stack. The text is parsed, never run; what is no known layer stays as text."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass, replace

from explainer.arithmetic import Argument
from explainer.errors import BlocklensError, InvalidInput
from explainer.stack.layers import FORMS
from explainer.stack.literals import literal
from explainer.stack.record import KEPT, LONGEST_COMMENT, MOST_ROWS, Item, item, text_item
from explainer.types import Sentence, sentence

MOST_TEXT = 20_000
_SHOWN = 60  # characters of what was left out
_CONTAINERS = ("Sequential", "ModuleList", "OrderedDict")
_PRINTED = re.compile(r"^\s*\((\w+)\):\s*")
_NAMED = re.compile(r"^\s*(?:self\.)?(\w+)\s*=(?!=)\s*")
_SHAPE = re.compile(r"\s*-> \([\d, ]*\)\s*$")
_LONGEST_CALL = 12
_FRAME = re.compile(r"^[\s\w.=]*\b(?:Sequential|ModuleList|OrderedDict)\s*[(\[]+\s*$|^[\s()\[\],]*$|^\s*\w+\s*=\s*[(\[]\s*$")
_OPENED = re.compile(r"^\s*(\w+)\(\s*$")


@dataclass(frozen=True, slots=True)
class Remark:
    """What there is to say about a line of the text that was not taken as a layer."""

    line: int
    text: str
    reason: Sentence


@dataclass(frozen=True, slots=True)
class Imported:
    items: tuple[Item, ...]
    remarks: tuple[Remark, ...]


def read_source(text: str) -> Imported:
    """The rows of a text: ``nn.Sequential(...)``, layers one per line, assignments of layers, or a printed model.

    >>> [item.code() for item in read_source("Sequential(nn.Linear(28 * 28, 10), torch.nn.ReLU())").items]
    ['nn.Linear(784, 10)', 'nn.ReLU()']
    """
    text, left = text[:MOST_TEXT], text[MOST_TEXT:].strip()
    try:
        parts = [part for statement in ast.parse(text).body for part in _of_statement(statement, text)]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        parts = list(_line_by_line(text))
    comments = sorted(_comments(text).items())
    rows: list[Item] = []
    remarks: list[Remark] = []
    for part in parts[:MOST_ROWS]:
        words = [part.name] if part.name else []
        while comments and comments[0][0] <= part.last_line:
            words.append(comments.pop(0)[1])
        row, reason = part.read()
        rows += [*_kept(words), _commented(row, words)]
        if reason is not None:
            remarks.append(Remark(part.line, row.text, reason))
    rest = [words for _, words in comments]
    rows += _kept(rest)
    if rows and rest:
        rows[-1] = _commented(rows[-1], [rows[-1].comment, *rest])
    if len(parts) > MOST_ROWS:
        first = parts[MOST_ROWS]
        remarks.append(Remark(first.line, first.text, sentence("A stack has at most {limit} rows.", limit=MOST_ROWS)))
    if left:
        told = sentence("Only the first {limit:,} characters were read.", limit=MOST_TEXT)
        remarks.append(Remark(text.count("\n") + 1, " ".join(left[:_SHOWN].split()), told))
    return Imported(tuple(rows[:MOST_ROWS]), tuple(remarks))


def _kept(words: list[str]) -> list[Item]:
    """The rows that an export wrote as comments; they are taken out of ``words``."""
    found = [one for one in words if one.startswith(KEPT)]
    words[:] = [one for one in words if not one.startswith(KEPT)]
    rows = []
    for one in found:
        text, _, comment = one.removeprefix(KEPT).partition("  # ")
        rows.append(text_item(text, comment))
    return rows


def _commented(row: Item, words: list[str]) -> Item:
    comment = " ".join(" ".join(words).split())[:LONGEST_COMMENT]
    return replace(row, comment=comment) if comment else row


def _comments(text: str) -> dict[int, str]:
    """The comments by line, without the shapes that an export adds."""
    found = {}
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.COMMENT and (words := _SHAPE.sub("", token.string.lstrip("#")).strip()):
                found[token.start[0]] = words
    except (tokenize.TokenError, SyntaxError):
        pass  # what was found until there is kept
    return found


@dataclass(frozen=True, slots=True)
class _Part:
    """A piece of the text that should be one layer; ``node`` is None where Python cannot read it."""

    text: str
    line: int
    last_line: int
    node: ast.expr | None
    name: str = ""

    def read(self) -> tuple[Item, Sentence | None]:
        """The row, and why it is only text."""
        kept = text_item(self.text)
        if self.node is None:
            return kept, sentence("Python cannot read this line.")
        name = _called(self.node)
        if name is None or not isinstance(self.node, ast.Call):
            return kept, sentence("This is not a layer.")
        if name not in FORMS:
            return kept, sentence("{name} has no arithmetic here.", name=name)
        try:
            return item(name, _arguments(name, self.node)), None
        except BlocklensError as error:
            return kept, error.sentence


def _of_statement(statement: ast.stmt, text: str) -> Iterator[_Part]:
    if isinstance(statement, ast.Expr):
        yield from _of_value(statement.value, text)
    elif isinstance(statement, (ast.Assign, ast.AnnAssign)) and statement.value is not None:
        target = statement.targets[0] if isinstance(statement, ast.Assign) else statement.target
        yield from _of_value(statement.value, text, ast.unparse(target).removeprefix("self."))
    elif isinstance(statement, (ast.ClassDef, ast.FunctionDef)):
        if statement.name != "forward":
            for inner in statement.body:
                yield from _of_statement(inner, text)
    elif isinstance(statement, ast.Return) and statement.value is not None:
        yield from _of_value(statement.value, text)


def _of_value(node: ast.expr, text: str, name: str = "") -> Iterator[_Part]:
    """The layers in an expression; a container's layers one after the other."""
    if isinstance(node, (ast.Tuple, ast.List)):
        if len(node.elts) == 2 and _word(node.elts[0]):
            yield from _of_value(node.elts[1], text, _word(node.elts[0]))
            return
        for inner in node.elts:
            yield from _of_value(inner, text)
    elif isinstance(node, ast.Starred):
        yield from _of_value(node.value, text)
    elif isinstance(node, ast.Call) and _called(node) in _CONTAINERS and not node.keywords:
        for argument in node.args:
            yield from _of_value(argument, text)
    elif isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            yield from _of_value(value, text, _word(key))
    elif not _is_setup(node):
        written = ast.get_source_segment(text, node) or ast.unparse(node)
        yield _Part(written, node.lineno, node.end_lineno or node.lineno, node, name)


def _word(key: ast.expr | None) -> str:
    return key.value if isinstance(key, ast.Constant) and isinstance(key.value, str) else ""


def _is_setup(node: ast.expr) -> bool:
    """``super().__init__()`` and docstrings say nothing about layers."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return True
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "__init__"


def _called(node: ast.expr) -> str | None:
    """``Conv2d`` for ``nn.Conv2d(...)``, ``torch.nn.Conv2d(...)`` and ``Conv2d(...)``."""
    if not isinstance(node, ast.Call):
        return None
    written = ast.unparse(node.func)
    prefix, _, name = written.rpartition(".")
    return name if prefix in ("", "nn", "torch.nn") else None


def _arguments(name: str, node: ast.Call) -> dict[str, Argument]:
    """The call's arguments by name; raises InvalidInput for what the layer does not take."""
    known = [parameter.name for parameter in FORMS[name].parameters]
    if len(node.args) > len(known):
        raise InvalidInput("{name} takes at most {limit} arguments.", field=name, name=name, limit=len(known))
    given = list(zip(known, node.args, strict=False))
    given += [(keyword.arg or "**", keyword.value) for keyword in node.keywords]
    if len({key for key, _ in given}) < len(given):
        raise InvalidInput("{name} gets an argument twice.", field=name, name=name)
    return {key: literal(value, key) for key, value in given}


def _line_by_line(text: str) -> Iterator[_Part]:
    """For text that is not Python as a whole, such as a printed model: each line, or lines up to the closing bracket."""
    lines = text.splitlines()
    number = 0
    while number < len(lines):
        if _is_frame(_PRINTED.sub("", lines[number]).split("#")[0]):
            number += 1
            continue
        part = _complete(lines, number)
        yield part
        number = part.last_line


def _is_frame(line: str) -> bool:
    """Whether a line only opens or closes what is around layers, such as ``ResNet(`` in a printed model."""
    opened = _OPENED.match(line)
    return bool(_FRAME.match(line)) or (opened is not None and opened[1] not in FORMS)


def _complete(lines: list[str], first: int) -> _Part:
    """The layer that begins on this line: as many lines as Python needs to read it, less brackets that close what is around."""
    written = _PRINTED.sub("", lines[first])
    for last in range(first, min(first + _LONGEST_CALL, len(lines))):
        chunk = "\n".join([written, *lines[first + 1 : last + 1]]).strip().rstrip(",")
        named = _NAMED.match(chunk)
        chunk = chunk[named.end() :] if named else chunk
        for tried in (chunk, chunk.removesuffix(")"), chunk.removesuffix("))")):
            node = _expression(tried)
            if node is not None:
                return _Part(tried, first + 1, last + 1, node, named[1] if named else "")
    return _Part(written.strip(), first + 1, first + 1, None)


def _expression(text: str) -> ast.expr | None:
    try:
        return ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
