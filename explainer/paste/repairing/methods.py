"""Methods that stand outside their class, in text that Python can read as it is: at the margin, or inside another method.

Such text is never changed; but where nothing comes of it, the reading that puts them back is worth a try.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from explainer.paste.repairing.missing import class_name
from explainer.paste.repairing.statements import tree_of
from explainer.types import Sentence, sentence

_STEP = 4
_Function = (ast.FunctionDef, ast.AsyncFunctionDef)


def gather_methods(text: str) -> tuple[str, Sentence] | None:
    """The text with such methods in their class, and that in words; None if there are none."""
    if "self" not in text or (tree := tree_of(text)) is None:
        return None
    shifts = {line: by for first, last, by in (*_at_the_margin(tree), *_too_deep(tree)) for line in range(first, last + 1)}
    if not shifts:
        return None
    lines = text.split("\n")
    inside = _inside_strings(tree)
    for number, by in shifts.items():
        if number not in inside and lines[number - 1].strip():
            lines[number - 1] = _shifted(lines[number - 1], by)
    return _with_class(lines, tree, shifts)


def _shifted(line: str, by: int) -> str:
    return " " * by + line if by > 0 else line[min(-by, len(line) - len(line.lstrip())) :]


def _with_class(lines: list[str], tree: ast.Module, shifts: dict[int, int]) -> tuple[str, Sentence] | None:
    """The source, with the class line if that is missing too, and with the line of a class of one line broken."""
    first, text = min(shifts), "\n".join(lines)
    before = [node for node in tree.body if isinstance(node, ast.ClassDef) and node.lineno <= first]
    if not before:
        name = class_name(text)
        lines.insert(first - 1, f"class {name}(nn.Module):")
        words = sentence("{line} was missing.", line=f"class {name}(nn.Module):")
    else:
        owner = before[-1]
        words = sentence("The methods from line {line} on belong to {name}.", line=first, name=owner.name)
        if owner.body[0].lineno == owner.lineno:
            line, place = lines[owner.lineno - 1].encode(), owner.body[0].col_offset
            lines[owner.lineno - 1] = line[:place].decode().rstrip() + "\n" + " " * _STEP + line[place:].decode()
    source = "\n".join(lines)
    return (source, words) if tree_of(source) is not None else None


def _at_the_margin(tree: ast.Module) -> Iterator[tuple[int, int, int]]:
    """First and last line of the methods that follow a class, or stand alone, at the margin; and how far they have to move."""
    owner: ast.ClassDef | None = None
    opened = False
    alone = not any(isinstance(node, ast.ClassDef) for node in tree.body)
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            owner, opened = node, True
        elif _is_method(node) and (opened or (alone and _is_model(tree))):
            inside = owner.body[0] if owner is not None else None
            by = inside.col_offset if inside is not None and owner is not None and inside.lineno > owner.lineno else _STEP
            yield _first_line(node), node.end_lineno or node.lineno, by
        else:
            opened = False


def _too_deep(tree: ast.Module) -> Iterator[tuple[int, int, int]]:
    """The same for methods at the end of another method of the class."""
    for owner in ast.walk(tree):
        if not isinstance(owner, ast.ClassDef):
            continue
        for method in owner.body:
            inner: Sequence[ast.stmt] = method.body if isinstance(method, _Function) and _is_method(method) else ()
            for node in reversed(inner[1:]):
                if not _is_method(node):
                    break
                yield _first_line(node), node.end_lineno or node.lineno, method.col_offset - node.col_offset


def _is_model(tree: ast.Module) -> bool:
    return any(isinstance(node, _Function) and node.name in ("forward", "__init__") for node in tree.body)


def _is_method(node: ast.stmt) -> bool:
    return isinstance(node, _Function) and [arg.arg for arg in node.args.args[:1]] == ["self"]


def _first_line(node: ast.stmt) -> int:
    decorators: Sequence[ast.expr] = getattr(node, "decorator_list", ())
    return min([node.lineno, *(decorator.lineno for decorator in decorators)])


def _inside_strings(tree: ast.Module) -> frozenset[int]:
    """The lines that begin inside a string."""
    strings = (node for node in ast.walk(tree) if isinstance(node, (ast.Constant, ast.JoinedStr)))
    return frozenset(line for node in strings for line in range(node.lineno + 1, (node.end_lineno or node.lineno) + 1))
