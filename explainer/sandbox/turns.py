"""Who runs now and who waits: as many pastes at once as there are slots, and one slot that no single address can take as well.

Whoever has nothing running goes before whoever has, and then whose address was served less often since it began to wait; among
equals the order is that of arrival.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from explainer.errors import Cancelled

_TICK_S = 0.05


@dataclass(frozen=True, eq=False, slots=True)
class _Ticket:
    address: str


class Turns:
    """A fair queue with positions. Safe on any thread."""

    def __init__(self, slots: int) -> None:
        self._slots = slots
        self._running: Counter[str] = Counter()
        self._waiting: list[_Ticket] = []
        self._served: Counter[str] = Counter()  # of addresses that still have somebody waiting
        self._changed = threading.Condition()

    @contextmanager
    def take(self, waiting: Callable[[int], None], cancelled: Callable[[], bool], address: str = "") -> Iterator[None]:
        """Waits for a slot and holds it; ``waiting`` hears every new position, from 1. Raises Cancelled.

        Without an ``address``, as on one's own computer, all slots may be taken.
        """
        self._wait(_Ticket(address), waiting, cancelled)
        try:
            yield
        finally:
            with self._changed:
                self._running[address] -= 1
                self._running += Counter()  # forgets addresses with nothing running
                self._changed.notify_all()

    def _wait(self, ticket: _Ticket, waiting: Callable[[int], None], cancelled: Callable[[], bool]) -> None:
        told = 0
        with self._changed:
            self._waiting.append(ticket)
        try:
            while True:
                with self._changed:
                    position = self._order().index(ticket) + 1
                    if position == 1 and self._has_room(ticket):
                        self._running[ticket.address] += 1
                        self._served[ticket.address] += 1
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
                if all(other.address != ticket.address for other in self._waiting):
                    del self._served[ticket.address]
                self._changed.notify_all()

    def _order(self) -> list[_Ticket]:
        """Who is next: those who could run, then the others; fewest running first, then fewest served."""
        return sorted(
            self._waiting,
            key=lambda t: (not self._has_room(t), self._running[t.address], self._served[t.address]),
        )

    def _has_room(self, ticket: _Ticket) -> bool:
        most = max(self._slots - 1, 1) if ticket.address else self._slots
        return self._running.total() < self._slots and self._running[ticket.address] < most
