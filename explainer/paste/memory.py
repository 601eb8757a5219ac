"""Results of pastes that were run before, by the whole request: the least recently wanted is forgotten first."""

from __future__ import annotations

import threading
from collections import OrderedDict

from explainer.paste.result import PasteResult, Request


class Memory:
    """Safe on any thread. What one paste said about itself is given back for that very paste and for no other."""

    def __init__(self, most: int = 200) -> None:
        self._most = most
        self._found: OrderedDict[Request, PasteResult] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, request: Request) -> PasteResult | None:
        with self._lock:
            if request in self._found:
                self._found.move_to_end(request)
            return self._found.get(request)

    def put(self, request: Request, result: PasteResult) -> None:
        with self._lock:
            self._found[request] = result
            self._found.move_to_end(request)
            while len(self._found) > self._most:
                self._found.popitem(last=False)
