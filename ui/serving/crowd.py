"""How many changes of numbers this server answers at the moment."""

from __future__ import annotations

from collections import deque
from threading import Lock
from time import monotonic

_MOST = 8  # changes in a second: half of one core, for pages with many fields
_SECOND = 1.0
_LOCK, _recent = Lock(), deque[float]()


def is_crowded() -> bool:
    """Counts a change; whether there are so many that each had better cost little, rather than be there sooner."""
    now = monotonic()
    with _LOCK:
        _recent.append(now)
        while _recent[0] < now - _SECOND:
            _recent.popleft()
        return len(_recent) > _MOST
