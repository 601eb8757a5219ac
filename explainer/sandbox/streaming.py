"""Answers that come in many frames: cut out of a pipe's bytes as they arrive, with a cap on their number and length."""

from __future__ import annotations

import os
import select
import time
from collections.abc import Callable, Iterator
from typing import Any

from explainer.sandbox import frame, limits

Hear = Callable[[Any], None]
TICK_S = 0.05


class Frames:
    """Frames out of bytes that come in pieces of any size. InvalidInput for what is none, and for too much of it.

    >>> whole, frames = frame.pack([1]) + frame.pack([2]), Frames()
    >>> list(frames.feed(whole[:10])), list(frames.feed(whole[10:])), frames.is_between
    ([[1]], [[2]], True)
    """

    def __init__(self) -> None:
        self._data = bytearray()
        self._frames, self._bytes = limits.STREAM_FRAMES, limits.STREAM_BYTES

    @property
    def is_between(self) -> bool:
        """Whether no frame is half here."""
        return not self._data

    def feed(self, part: bytes) -> Iterator[Any]:
        """The messages that are whole now. What is too much is refused before any of it is read as JSON."""
        self._data += part
        self._bytes -= len(part)
        if self._bytes < 0:
            raise frame.broken()
        while len(self._data) >= frame.HEAD_BYTES:
            end = frame.HEAD_BYTES + frame.body_size(bytes(self._data[: frame.HEAD_BYTES]), limits.RESULT_BYTES)
            if len(self._data) < end:
                return
            self._frames -= 1
            if self._frames < 0:
                raise frame.broken()
            body = bytes(self._data[frame.HEAD_BYTES : end])
            del self._data[:end]
            yield frame.unpack(body)


def listen(descriptor: int, until: float, cancelled: Callable[[], bool], hear: Hear) -> bool | None:
    """Hands every message to ``hear`` until the other end closes: whether that was between two messages; None if cancelled.

    False also when the time is over. What ``hear`` raises ends it.
    """
    frames = Frames()
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    while time.monotonic() < until:
        if cancelled():
            return None
        if not poll.poll(TICK_S * 1000):
            continue
        part = os.read(descriptor, 1 << 16)
        if not part:
            return frames.is_between
        for message in frames.feed(part):
            hear(message)
    return False
