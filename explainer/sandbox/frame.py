"""What travels through the pipes: a length and JSON. What comes from a paste is its author's text, and is read as such."""

from __future__ import annotations

import json
import os
import struct
from dataclasses import dataclass
from typing import Any, NoReturn

from explainer.errors import InvalidInput
from explainer.sandbox import limits

_HEAD = struct.Struct("!3sI")
_MAGIC, _PROVISIONAL = b"PB1", b"PB0"
HEAD_BYTES = _HEAD.size
_MOST_PROVISIONAL = 8
_LARGEST = 1 << 63


@dataclass(frozen=True, slots=True)
class Provisional:
    """A message that is the answer only if no other comes, because what comes after it takes too long or crashes."""

    message: Any


def pack(message: Any) -> bytes:
    """A message as a frame; ValueError for what JSON cannot say."""
    magic, message = (_PROVISIONAL, message.message) if isinstance(message, Provisional) else (_MAGIC, message)
    body = json.dumps(message, ensure_ascii=True, allow_nan=False, separators=(",", ":")).encode()
    return _HEAD.pack(magic, len(body)) + body


class Answer:
    """The bytes of one answer as they arrive: perhaps a few provisional frames, and then the one that counts."""

    def __init__(self) -> None:
        self.data = bytearray()
        self.provisional: bytes | None = None
        self._left = _MOST_PROVISIONAL

    def feed(self, part: bytes) -> bool:
        """Whether the frame that counts is whole now; InvalidInput for what is no frame, or for one that is too long."""
        self.data += part
        while self._left and self.data[:3] == _PROVISIONAL:
            body = self._body(_PROVISIONAL)
            if body is None:
                return False
            self.provisional, self._left = body, self._left - 1
            del self.data[: HEAD_BYTES + len(body)]
        return self._body(_MAGIC) is not None

    def message(self) -> bytes | None:
        """The body of what is to be believed: nothing may stand behind it."""
        body = self._body(_MAGIC) if self.data[:3] == _MAGIC else None
        return body if body is not None and len(self.data) == HEAD_BYTES + len(body) else self.provisional

    def _body(self, magic: bytes) -> bytes | None:
        if len(self.data) < HEAD_BYTES:
            return None
        found, size = _HEAD.unpack(self.data[:HEAD_BYTES])
        if found != magic or size > limits.RESULT_BYTES:
            raise broken()
        return bytes(self.data[HEAD_BYTES : HEAD_BYTES + size]) if len(self.data) >= HEAD_BYTES + size else None


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
