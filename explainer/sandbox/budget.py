"""How much computing one address may ask for, so that a few visitors cannot keep all slots: seconds, earned back by waiting."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from ipaddress import ip_address
from math import ceil

from explainer.errors import SandboxRefused

_MOST_ADDRESSES = 4096


class Budget:
    """Every address starts with ``most_s`` seconds of CPU and earns ``earned`` more per second. Safe on any thread."""

    def __init__(self, most_s: float, earned: float = 0.5, clock: Callable[[], float] = time.monotonic) -> None:
        self._most, self._earned, self._clock = most_s, earned, clock
        self._left: dict[str, tuple[float, float]] = {}
        self._lock = threading.Lock()

    def check(self, address: str) -> None:
        """SandboxRefused, with how long to wait, for an address that has used its seconds up."""
        with self._lock:
            left = self._now(address)
        if left <= 0:
            raise SandboxRefused(
                "Your address has used its {most} seconds of computing on this server. It may compute again in {wait} seconds.",
                most=round(self._most),
                wait=ceil((1 - left) / self._earned),
            )

    def spend(self, address: str, seconds: float) -> None:
        with self._lock:
            left = self._now(address) - seconds
            self._left.pop(address, None)
            self._left[address] = (left, self._clock())
            while len(self._left) > _MOST_ADDRESSES:  # the one that asked longest ago has earned most back
                del self._left[next(iter(self._left))]

    def _now(self, address: str) -> float:
        left, then = self._left.get(address, (self._most, self._clock()))
        return min(self._most, left + (self._clock() - then) * self._earned)


def charged(peer: str, forwarded: str) -> str:
    """The address to charge: that of the connection, or, where a proxy stands between, the last one in its header.

    A header is believed only from this computer or a private network, where proxies stand: they write the last entry themselves.

    >>> charged("8.8.4.4", "198.51.100.1"), charged("172.18.0.2", "10.9.9.9, 198.51.100.1")
    ('8.8.4.4', '198.51.100.1')
    """
    last = forwarded.split(",")[-1].strip()
    try:
        return str(ip_address(last)) if last and (not peer or ip_address(peer).is_private) else peer
    except ValueError:
        return peer
