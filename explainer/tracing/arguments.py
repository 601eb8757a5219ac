"""What a call was given: its tensors, and the other arguments under torch's own names.

Which is which follows from the types alone: it is worked out once per function and types, and a call only walks the plan.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass
from functools import cache, lru_cache
from types import FunctionType, NoneType, SimpleNamespace
from typing import Any, Literal, TypeAlias

import torch
from torch import Tensor
from torch.nn import Parameter

from explainer.types import Attribute

Attributes: TypeAlias = tuple[tuple[str, Attribute], ...]
_Role: TypeAlias = Literal["tensor", "plain", "container", "rest", "other", "nothing"]

_MAX_ITEMS = 32
_SCALARS = frozenset((int, float, bool, str, NoneType, torch.dtype, torch.device, torch.Size, slice))
_INT = frozenset((int,))
_NOTHING: Attribute = "<tensors>"


@dataclass(frozen=True, slots=True)
class _Plan:
    """Role and name of each argument, keywords last; one without a name is not recorded.

    ``rest``: where the positional arguments begin that share the last name (``x.view(b, c, 1, 1)``).
    """

    steps: tuple[tuple[_Role, str], ...]
    rest: int


def arguments_of(
    func: Callable[..., Any], name: str, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[list[Tensor], Attributes]:
    """The tensors among the arguments of a call, also inside tuples, lists and dicts, in order; and all else that was given."""
    tensors: list[Tensor] = []
    found: list[tuple[str, Attribute]] = []
    given = (*args, *kwargs.values()) if kwargs else args
    plan = _plan(func, name, tuple(map(type, args)), tuple(kwargs), tuple(map(type, kwargs.values())) if kwargs else ())
    for argument, (role, key) in zip(given, plan.steps, strict=True):
        if role == "tensor":
            tensors.append(argument)
        elif role == "plain":
            found.append((key, argument))
        elif role == "container" or role == "rest":
            items = argument if role == "container" else args[plan.rest :]
            value: Attribute
            if type(items) is tuple and _INT.issuperset(map(type, items)):  # a kernel size, a shape: most of what there is
                value = items[:_MAX_ITEMS]
            else:
                tensors_in(items, tensors)
                value = attribute(items)
            if value is not _NOTHING:
                found.append((key, value))
        elif role == "other":
            found.append((key, attribute(argument)))
    return tensors, tuple(found)


@lru_cache(maxsize=4096)
def _plan(
    func: Callable[..., Any], name: str, kinds: tuple[type, ...], keywords: tuple[str, ...], keyword_kinds: tuple[type, ...]
) -> _Plan:
    roles = [_role(kind) for kind in kinds]
    letters = "".join([_letter(role, kind) for role, kind in zip(roles, kinds, strict=True)])
    names = _argument_names(func, name.rstrip("_"), letters, keywords) if letters.strip("tn") else ()
    rest = len(names) - 1
    if names and len(roles) > len(names):
        roles[rest:] = ["rest", *["nothing"] * (len(roles) - len(names))]  # type: ignore[list-item]
    steps = list(zip(roles, [*names, *[""] * len(roles)], strict=False))
    for key, kind in zip(keywords, keyword_kinds, strict=True):
        steps.append(("nothing" if key == "_stacklevel" else _role(kind), key))
    return _Plan(tuple(steps), rest)


def _role(kind: type) -> _Role:
    if kind is NoneType:
        return "nothing"
    if issubclass(kind, Tensor):
        return "tensor"
    if kind in (int, bool, str):
        return "plain"
    return "container" if issubclass(kind, (tuple, list, dict)) and kind not in _SCALARS else "other"


def _letter(role: _Role, kind: type) -> str:
    """What the overloads of an operator differ in: tensors (t), None (n), data types (d), truth values (b), anything else."""
    return {"tensor": "t", "nothing": "n"}.get(role) or ("d" if kind is torch.dtype else "b" if kind is bool else ".")


def tensors_in(tree: Any, found: list[Tensor]) -> list[Tensor]:
    """Appends the tensors of nested tuples, lists, dicts and records to ``found``, in order."""
    kind = type(tree)
    if kind is dict:
        tree = tree.values()
    elif kind is not tuple and kind is not list:
        if isinstance(tree, Tensor):
            found.append(tree)
            return found
        if isinstance(tree, (dict, SimpleNamespace)) or (is_dataclass(tree) and not isinstance(tree, type)):
            tree = tree.values() if isinstance(tree, dict) else [getattr(tree, name) for name in _fields_of(tree)]
        elif not isinstance(tree, (tuple, list)):
            return found
    for item in tree:
        kind = type(item)
        if kind is Tensor or kind is Parameter:
            found.append(item)
        elif kind not in _SCALARS:
            tensors_in(item, found)
    return found


def _fields_of(record: Any) -> list[str]:
    return [field.name for field in fields(record)] if is_dataclass(record) else list(vars(record))


def attribute(argument: Any) -> Attribute:
    """An argument in the records' own types; objects that no record can hold become their names."""
    kind = type(argument)
    if kind is int or kind is bool or kind is str or argument is None:
        return argument  # type: ignore[no-any-return]
    if isinstance(argument, float):
        return argument if math.isfinite(argument) else str(argument)
    if isinstance(argument, (tuple, list)):
        if not [item for item in argument if type(item) is not int]:
            return tuple(argument[:_MAX_ITEMS])
        items = tuple([attribute(item) for item in argument[:_MAX_ITEMS] if not isinstance(item, Tensor)])
        return items if items or not argument else _NOTHING
    if isinstance(argument, slice):
        parts = ["" if part is None else str(attribute(part)) for part in (argument.start, argument.stop, argument.step)]
        return ":".join(parts[: 2 + bool(parts[2])])
    if argument is Ellipsis:
        return "..."
    if isinstance(argument, Tensor):
        return _NOTHING
    return str(argument) if isinstance(argument, (torch.dtype, torch.device, torch.memory_format)) else type(argument).__name__


_IN_NO_SCHEMA = frozenset(("out", "_stacklevel", "inplace", "axis", "keepdims", "return_indices"))
_NAMES = {"getitem": ("self", "index"), "setitem": ("self", "index", "value"), "einsum": ("equation", "operands")}


@cache
def _argument_names(func: Callable[..., Any], name: str, kinds: str, keywords: tuple[str, ...]) -> tuple[str, ...]:
    """Names of the positional arguments; the last one stands for all that follow (``x.view(b, c, 1, 1)``)."""
    known = _NAMES.get(name)
    if known:
        return known
    if isinstance(func, FunctionType):
        code = func.__code__
        if not code.co_flags & 0x04:  # *args: the schema below knows better
            return code.co_varnames[: max(code.co_argcount, len(kinds))]
    for schema in torch._C._jit_get_schemas_for_operator("aten::" + name):
        positional = [a for a in schema.arguments if not a.kwarg_only]
        if positional and _fits(positional, [a.name for a in schema.arguments], kinds, keywords):
            return tuple(a.name for a in positional)
    return tuple(f"argument{i}" for i in range(len(kinds)))


def _fits(positional: list[Any], names: list[str], kinds: str, keywords: tuple[str, ...]) -> bool:
    *before, last = positional
    may_spread = "List[int]" in str(last.type) and all(map(_is_tensor_type, before))
    if len(kinds) > len(positional) and not may_spread:
        return False
    if any(keyword not in names and keyword not in _IN_NO_SCHEMA for keyword in keywords):
        return False
    return all(
        kind == "n"
        or (
            _is_tensor_type(arg) == (kind == "t")
            and (kind != "d" or arg.name == "dtype")
            and (kind != "." or "bool" not in str(arg.type))
            and arg.name not in keywords
        )
        for kind, arg in zip(kinds, positional, strict=False)
    )


def _is_tensor_type(argument: Any) -> bool:
    return str(argument.type) in ("Tensor", "Optional[Tensor]")
