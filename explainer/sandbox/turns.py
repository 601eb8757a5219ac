"""Who runs now and who waits: as many pastes at once as there are slots, the others in the order in which they came."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from explainer.errors import Cancelled

_TICK_S = 0.05


class Turns:
    """A fair queue with positions. Safe on any thread."""

    def __init__(self, slots: int) -> None:
        self._slots = slots
        self._running = 0
        self._waiting: list[object] = []
        self._changed = threading.Condition()

    @contextmanager
    def take(self, waiting: Callable[[int], None], cancelled: Callable[[], bool]) -> Iterator[None]:
        """Waits for a slot and holds it; ``waiting`` hears every new position, from 1. Raises Cancelled."""
        self._wait(waiting, cancelled)
        try:
            yield
        finally:
            with self._changed:
                self._running -= 1
                self._changed.notify_all()

    def _wait(self, waiting: Callable[[int], None], cancelled: Callable[[], bool]) -> None:
        ticket, told = object(), 0
        with self._changed:
            self._waiting.append(ticket)
        try:
            while True:
                with self._changed:
                    position = self._waiting.index(ticket) + 1
                    if position == 1 and self._running < self._slots:
                        self._running += 1
                        return
                    if position == told:
                        self._changed.wait(_TICK_S)
                if cancelled():
                    raise Cancelled("Stopped.")
                if position != told:
                    waiting(position)
                    told = position
        finally:
            with self._changed:
                self._waiting.remove(ticket)
                self._changed.notify_all()
