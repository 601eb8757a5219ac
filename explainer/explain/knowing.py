"""What an expression of a source is worth in this run, worked out from the sizes and settings that the trace knows; nothing runs.

The source is a stranger's: whatever it asks for stays small, and what is not known for certain is UNKNOWN.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from typing import Any

from explainer.types import Shape

UNKNOWN: Any = object()
_LARGEST, _LONGEST = 1 << 40, 1000
_POWERS = 64
_SIGNS: Mapping[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.FloorDiv: operator.floordiv,
    ast.Div: operator.truediv, ast.Mod: operator.mod, ast.Pow: operator.pow,
    ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt,
    ast.GtE: operator.ge, ast.Is: operator.is_, ast.IsNot: operator.is_not,
    ast.In: lambda one, many: one in many, ast.NotIn: lambda one, many: one not in many,
    ast.USub: lambda zero, one: zero - one, ast.UAdd: lambda zero, one: zero + one,
}  # fmt: skip
_CALLS: Mapping[str, Callable[..., Any]] = {
    "int": int, "float": float, "bool": bool, "abs": abs, "round": round, "len": len, "max": max, "min": min, "range": range,
}  # fmt: skip


class Knowledge:
    """What is known where a function runs: ``names``, and the ``sizes`` that each line asked for.

    Of ``self`` the ``settings``, None in a function without one, the names of the layers and tensors that it owns, and how many
    modules each of its lists of ``layers`` holds.
    """

    def __init__(
        self,
        settings: Mapping[str, Any] | None = None,
        owned: frozenset[str] = frozenset(),
        layers: Mapping[str, int] | None = None,
        sizes: Mapping[int, Shape] | None = None,
    ) -> None:
        self.names: dict[str, Any] = {}
        self.settings, self.layers, self.sizes = settings or {}, layers or {}, sizes or {}
        self._owned, self._has_owner = owned, settings is not None

    def value(self, node: ast.expr) -> Any:
        """The value of an expression, UNKNOWN if it cannot be told."""
        try:
            found = self._value(node)
        except (ArithmeticError, TypeError, ValueError, IndexError):
            return UNKNOWN
        return found if _is_small(found) else UNKNOWN

    def _value(self, node: ast.expr) -> Any:
        worker = _WORKERS.get(type(node))
        found = getattr(self, worker)(node) if worker else UNKNOWN
        return found if found is UNKNOWN or _is_small(found) else UNKNOWN

    def _all(self, nodes: list[ast.expr]) -> Any:
        values = [self._value(node) for node in nodes]
        return UNKNOWN if UNKNOWN in values else values

    def _constant(self, node: ast.Constant) -> Any:
        return node.value if isinstance(node.value, (int, float, str, type(None))) else UNKNOWN

    def _name(self, node: ast.Name) -> Any:
        return self.names.get(node.id, UNKNOWN)

    def _attribute(self, node: ast.Attribute) -> Any:
        if is_self(node):
            return self.settings.get(node.attr, UNKNOWN)
        if node.attr == "shape" and node.lineno in self.sizes:
            return self.sizes[node.lineno]
        return len(self.sizes[node.lineno]) if node.attr == "ndim" and node.lineno in self.sizes else UNKNOWN

    def _call(self, node: ast.Call) -> Any:
        if isinstance(node.func, ast.Attribute):
            return self._asked(node, node.func)
        if not isinstance(node.func, ast.Name) or node.keywords:
            return UNKNOWN
        if node.func.id == "hasattr" and len(node.args) == 2:
            return self._has(node.args)
        if node.func.id == "len" and len(node.args) == 1 and (count := self.count(node.args[0])) is not None:
            return count
        values = self._all(node.args)
        return UNKNOWN if values is UNKNOWN or node.func.id not in _CALLS else _CALLS[node.func.id](*values)

    def count(self, node: ast.expr) -> int | None:
        """How many modules a list of modules holds, if the expression is one of this ``self``."""
        return self.layers.get(node.attr) if isinstance(node, ast.Attribute) and is_self(node) else None

    def _asked(self, node: ast.Call, func: ast.Attribute) -> Any:
        """``x.size()``, ``x.size(1)``, ``x.dim()``."""
        shape = self.sizes.get(node.lineno)
        if shape is None or node.keywords:
            return UNKNOWN
        if func.attr == "dim" and not node.args:
            return len(shape)
        if func.attr != "size":
            return UNKNOWN
        return shape[self._value(node.args[0])] if node.args else shape

    def _has(self, args: list[ast.expr]) -> Any:
        name = self._value(args[1])
        is_own = isinstance(args[0], ast.Name) and args[0].id == "self" and self._has_owner and isinstance(name, str)
        return (name in self.settings or name in self._owned or UNKNOWN) if is_own else UNKNOWN

    def _binary(self, node: ast.BinOp) -> Any:
        return self._applied(node.op, self._value(node.left), self._value(node.right))

    def _unary(self, node: ast.UnaryOp) -> Any:
        value = self._value(node.operand)
        if value is UNKNOWN:
            return UNKNOWN
        return not value if isinstance(node.op, ast.Not) else self._applied(node.op, 0, value)

    def _applied(self, sign: ast.AST, left: Any, right: Any) -> Any:
        work = _SIGNS.get(type(sign))
        if work is None or left is UNKNOWN or right is UNKNOWN:
            return UNKNOWN
        is_long = any(isinstance(value, (str, tuple)) for value in (left, right))
        if (isinstance(sign, ast.Mult) and is_long) or (isinstance(sign, ast.Pow) and (is_long or abs(right) > _POWERS)):
            return UNKNOWN
        return work(left, right)

    def _compared(self, node: ast.Compare) -> Any:
        if len(node.ops) == 1 and isinstance(node.ops[0], (ast.Is, ast.IsNot)) and self._is_there(node.left):
            return isinstance(node.ops[0], ast.IsNot) if _is_none(node.comparators[0]) else UNKNOWN
        left, result = self._value(node.left), True
        for sign, other in zip(node.ops, node.comparators, strict=True):
            right = self._value(other)
            found = self._applied(sign, left, right)
            if found is UNKNOWN:
                return UNKNOWN
            result, left = result and bool(found), right
        return result

    def _is_there(self, node: ast.expr) -> bool:
        """Whether it is a layer or a tensor of ``self``."""
        return isinstance(node, ast.Attribute) and is_self(node) and node.attr in self._owned

    def _joined(self, node: ast.BoolOp) -> Any:
        values = [self._value(value) for value in node.values]
        decisive = isinstance(node.op, ast.Or)
        for value in values:
            if value is UNKNOWN:
                return UNKNOWN
            if bool(value) is decisive:
                return value
        return values[-1]

    def _tuple(self, node: ast.Tuple | ast.List) -> Any:
        values = self._all(node.elts)
        return UNKNOWN if values is UNKNOWN else tuple(values)

    def _part(self, node: ast.Subscript) -> Any:
        whole = self._value(node.value)
        if not isinstance(whole, tuple):
            return UNKNOWN
        if isinstance(node.slice, ast.Slice):
            ends = [None if end is None else self._value(end) for end in (node.slice.lower, node.slice.upper, node.slice.step)]
            return UNKNOWN if UNKNOWN in ends else whole[slice(*ends)]
        place = self._value(node.slice)
        return whole[place] if isinstance(place, int) else UNKNOWN

    def _either(self, node: ast.IfExp) -> Any:
        holds = self._value(node.test)
        return UNKNOWN if holds is UNKNOWN else self._value(node.body if holds else node.orelse)


_WORKERS: Mapping[type, str] = {
    ast.Constant: "_constant", ast.Name: "_name", ast.Attribute: "_attribute", ast.Call: "_call", ast.BinOp: "_binary",
    ast.UnaryOp: "_unary", ast.Compare: "_compared", ast.BoolOp: "_joined", ast.Tuple: "_tuple", ast.List: "_tuple",
    ast.Subscript: "_part", ast.IfExp: "_either",
}  # fmt: skip


def is_self(node: ast.Attribute) -> bool:
    return isinstance(node.value, ast.Name) and node.value.id == "self"


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _is_small(value: Any) -> bool:
    if isinstance(value, (int, float)):
        return abs(value) <= _LARGEST
    if isinstance(value, (str, tuple, range)):
        return len(value) <= _LONGEST
    return True
