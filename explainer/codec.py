"""The one wire form of the records: plain JSON values, read back with every type checked and nothing executed."""

from __future__ import annotations

import math
import types
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any, ForwardRef, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from explainer.errors import InvalidInput

R = TypeVar("R")

_MAX_DEPTH = 12
_MAX_INT = 1 << 1024  # longer numbers make arithmetic slow, and Python refuses to print the longest


def to_json(record: Any) -> Any:
    """Dicts, lists, strings and numbers for a record; floats that JSON lacks become ``{"float": "inf"}``."""
    if is_dataclass(record):
        return {field.name: to_json(getattr(record, field.name)) for field in fields(record)}
    if isinstance(record, (tuple, list)):
        return [to_json(item) for item in record]
    if isinstance(record, float) and not math.isfinite(record):
        return {"float": str(record)}
    return record


def from_json(kind: type[R], data: Any) -> R:
    """The record of class ``kind`` that ``data`` describes; InvalidInput if any part of it has the wrong type."""
    result: R = _decode(kind, data, kind.__name__, 0)
    return result


def _decode(expected: Any, data: Any, where: str, depth: int) -> Any:
    if depth > _MAX_DEPTH:
        raise _mismatch(where)
    if isinstance(expected, (str, ForwardRef)):  # the inside of a recursive alias: Attribute
        return _decode_plain(data, where, depth)
    origin, arguments = get_origin(expected), get_args(expected)
    if is_dataclass(expected) and isinstance(expected, type):
        return _decode_record(expected, data, where, depth)
    if origin is tuple:
        return _decode_tuple(arguments, data, where, depth)
    if origin in (Union, types.UnionType):
        return _decode_union(arguments, data, where, depth)
    is_allowed = data in arguments and isinstance(data, str) if origin is Literal else _is_scalar(expected, data)
    if not is_allowed:
        raise _mismatch(where)
    return data


def _decode_union(options: tuple[Any, ...], data: Any, where: str, depth: int) -> Any:
    if isinstance(data, dict) and float in options:
        return _decode_plain(data, where, depth)
    for option in options:
        try:
            return _decode(option, data, where, depth + 1)
        except InvalidInput:
            continue
    raise _mismatch(where)


def _is_scalar(expected: Any, data: Any) -> bool:
    if expected in (None, type(None)):
        return data is None
    if (type(data) is int and abs(data) > _MAX_INT) or (type(data) is float and not math.isfinite(data)):
        return False
    if expected is float:
        return isinstance(data, (int, float)) and not isinstance(data, bool)
    return type(data) is expected and expected in (int, bool, str)


def _decode_plain(data: Any, where: str, depth: int) -> Any:
    if depth > _MAX_DEPTH:
        raise _mismatch(where)
    if any(_is_scalar(kind, data) for kind in (None, bool, int, float, str)):
        return data
    if isinstance(data, list):
        return tuple(_decode_plain(item, where, depth + 1) for item in data)
    if isinstance(data, dict) and set(data) == {"float"} and data["float"] in ("inf", "-inf", "nan"):
        return float(data["float"])
    raise _mismatch(where)


def _decode_record(expected: Any, data: Any, where: str, depth: int) -> Any:
    hints = _hints(expected)
    if not isinstance(data, dict) or set(data) != set(hints):
        raise _mismatch(where)
    return expected(**{name: _decode(hint, data[name], f"{where}.{name}", depth + 1) for name, hint in hints.items()})


def _decode_tuple(arguments: tuple[Any, ...], data: Any, where: str, depth: int) -> tuple[Any, ...]:
    if not isinstance(data, list):
        raise _mismatch(where)
    if len(arguments) == 2 and arguments[1] is Ellipsis:
        return tuple(_decode(arguments[0], item, where, depth + 1) for item in data)
    if len(arguments) != len(data):
        raise _mismatch(where)
    return tuple(_decode(argument, item, where, depth + 1) for argument, item in zip(arguments, data, strict=True))


@cache
def _hints(record: type) -> dict[str, Any]:
    return get_type_hints(record)


def _mismatch(where: str) -> InvalidInput:
    return InvalidInput("This is not a result of Blocklens: {where} has the wrong form.", where=where)
