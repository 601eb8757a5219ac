"""What travels through the pipes: a length and JSON. What comes from a paste is its author's text, and is read as such."""

from __future__ import annotations

import json
import os
import struct
from typing import Any, NoReturn

from explainer.errors import InvalidInput
from explainer.sandbox import limits

_HEAD = struct.Struct("!3sI")
_MAGIC = b"PB1"
HEAD_BYTES = _HEAD.size
_LARGEST = 1 << 63


def pack(message: Any) -> bytes:
    """A message as a frame; ValueError for what JSON cannot say."""
    body = json.dumps(message, ensure_ascii=True, allow_nan=False, separators=(",", ":")).encode()
    return _HEAD.pack(_MAGIC, len(body)) + body


def body_size(head: bytes, most: int) -> int:
    """How many bytes follow this head; InvalidInput if it is none, or if they are more than ``most``."""
    if len(head) != HEAD_BYTES:
        raise broken()
    magic, size = _HEAD.unpack(head)
    if magic != _MAGIC or size > most:
        raise broken()
    return int(size)


def read_exactly(descriptor: int, size: int) -> bytes:
    """``size`` bytes, fewer if the other end stops before."""
    parts: list[bytes] = []
    while size > 0 and (part := os.read(descriptor, min(size, 1 << 16))):
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def unpack(body: bytes) -> Any:
    """The JSON value of a frame from a paste; InvalidInput for any that plain code could stumble over.

    Refused: what is no JSON or no UTF-8, NaN and infinities, whole numbers beyond 64 bits, halves of surrogate pairs, and
    more nesting or more values than a result can have.
    """
    try:
        message = json.loads(body.decode(), parse_constant=_refuse, parse_int=_whole, parse_float=_real)
    except (ValueError, RecursionError):
        raise broken() from None
    _Check().value(message, 0)
    return message


class _Check:
    def __init__(self) -> None:
        self._left = limits.JSON_NODES

    def value(self, value: Any, depth: int) -> None:
        self._left -= 1
        if depth > limits.JSON_DEPTH or self._left < 0:
            raise broken()
        if isinstance(value, str):
            _check_text(value)
        elif isinstance(value, list):
            for item in value:
                self.value(item, depth + 1)
        elif isinstance(value, dict):
            for key, item in value.items():
                _check_text(key)
                self.value(item, depth + 1)


def _check_text(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise broken() from None


def _whole(text: str) -> int:
    if len(text) > 20 or abs(int(text)) >= _LARGEST:
        raise ValueError(text)
    return int(text)


def _real(text: str) -> float:
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise ValueError(text)
    return number


def _refuse(text: str) -> NoReturn:
    raise ValueError(text)


def broken() -> InvalidInput:
    return InvalidInput("The paste did not give an answer in the form that was agreed on.")
