"""What is loaded while nobody waits: torch and the sandbox, after the first page was drawn or soon after the start."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Event, Lock, Thread
from typing import Any

from streamlit.logger import get_logger

log = get_logger(__name__)

# A browser that opens with the server is drawing its first page until then, and the import of torch would hold it up.
HEAD_START_S = 4.0
_SETTLE_S = 0.7


class Background:
    """Runs ``steps`` in order on one thread; ``start`` again does it again. A step that raises is logged and ends the run."""

    def __init__(self, steps: Sequence[Callable[[], Any]]) -> None:
        self._steps = tuple(steps)
        self._drawn = Event()
        self._lock = Lock()
        self._thread: Thread | None = None
        self.has_failed = False

    @property
    def is_busy(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def page_is_drawn(self) -> None:
        """Says that a first page needs nothing more of this process."""
        self._drawn.set()

    def start(self, head_start_s: float = 0.0) -> None:
        """Begins ``head_start_s`` from now, or when the first page is drawn; does nothing while it runs."""
        with self._lock:
            if not self.is_busy:
                self._thread = Thread(target=self._run, args=(head_start_s,), name="background", daemon=True)
                self._thread.start()

    def _run(self, head_start_s: float) -> None:
        if head_start_s and self._drawn.wait(head_start_s):
            Event().wait(_SETTLE_S)  # the browser fetches the rest of what it draws with
        for step in self._steps:
            try:
                step()
            except Exception:  # whatever it is, it must not be lost with the thread
                log.exception("The server could not get ready")
                self.has_failed = True
                return
        self.has_failed = False
