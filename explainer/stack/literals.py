"""Numbers, words and lists out of Python source, without running it; whole-number products such as 16 * 5 * 5 are worked out."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Mapping

from explainer.arithmetic import Argument
from explainer.errors import InvalidInput

_LARGEST = 2**63
_OPERATORS: Mapping[type[ast.operator], Callable[[int, int], int]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.FloorDiv: operator.floordiv,
}  # fmt: skip


def literal(node: ast.expr, name: str) -> Argument:
    """The value that an argument's expression stands for; raises InvalidInput where it is none of ours.

    >>> literal(ast.parse("(3, 2 * 2)", mode="eval").body, "kernel_size")
    (3, 4)
    """
    if isinstance(node, (ast.Tuple, ast.List)):
        return tuple(_number(inner, name) for inner in node.elts)
    if isinstance(node, ast.Constant) and (node.value is None or isinstance(node.value, (bool, str))):
        return node.value
    return _number(node, name)


def parse_literal(text: str, name: str) -> Argument:
    """The value of what a person typed: ``3``, ``3, 5``, ``(3, 5)``, ``same``.

    >>> parse_literal("3 , 5", "kernel_size"), parse_literal("same", "padding")
    ((3, 5), 'same')
    """
    text = text.strip()
    if text.isidentifier() and text not in ("None", "True", "False"):
        return text
    try:
        node = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise _not_ours(name, text) from None
    return literal(node, name)


def _number(node: ast.expr, name: str) -> int | float | None:
    value = _worked_out(node, name)
    if value is not None and not (math.isfinite(value) and (isinstance(value, float) or abs(value) < _LARGEST)):
        raise _not_ours(name, ast.unparse(node))
    return value


def _worked_out(node: ast.expr, name: str) -> int | float | None:
    if isinstance(node, ast.Constant) and (node.value is None or type(node.value) in (int, float)):
        assert node.value is None or isinstance(node.value, (int, float))
        return node.value
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        value = _worked_out(node.operand, name)
        if value is not None:
            return -value
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
        left, right = _worked_out(node.left, name), _worked_out(node.right, name)
        small = all(isinstance(side, int) and abs(side) < _LARGEST for side in (left, right))
        if small and not (isinstance(node.op, ast.FloorDiv) and not right):
            assert isinstance(left, int)
            assert isinstance(right, int)
            return _OPERATORS[type(node.op)](left, right)
    raise _not_ours(name, ast.unparse(node))


def _not_ours(name: str, text: str) -> InvalidInput:
    return InvalidInput("{name}={text} is not a number, a list of numbers or a word.", field=name, name=name, text=text[:80])
