"""Trainings of one visitor, one after the other on a thread of their own: looked at whenever somebody likes, stopped at once.

Whoever started them has to look now and then: without a look for ``PATIENCE_S``, or when ``is_there`` says no, the running child
is killed. Nothing is left of a session that ended but what it found.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeAlias

from explainer.codec import to_json
from explainer.errors import BlocklensError, Cancelled
from explainer.sandbox.jobs import job
from explainer.training.progress import Progress
from explainer.training.record import Recipe
from explainer.types import Sentence

PATIENCE_S = 90.0  # a browser asks for a hidden tab once a minute
Phase: TypeAlias = Literal["waiting", "running", "done", "stopped", "failed"]


class Streams(Protocol):
    """What carries trainings out: ``Sandbox``, ``TrustedProcess``."""

    def stream(
        self,
        request: Any,
        hear: Callable[[Any], None],
        waiting: Callable[[int], None] = ...,
        cancelled: Callable[[], bool] = ...,
        address: str = ...,
    ) -> None: ...


@dataclass(frozen=True, slots=True)
class State:
    """How it stands: ``progress`` of the recipe that is its turn, ``position`` in the queue while it waits.

    ``finished`` are the trainings that came to their end, in their order; ``error`` says what ended the session early.
    """

    phase: Phase
    recipes: tuple[Recipe, ...]
    finished: tuple[Progress, ...]
    progress: Progress
    position: int = 0
    seconds: float = 0.0
    error: Sentence | None = None

    @property
    def is_over(self) -> bool:
        return self.phase in ("done", "stopped", "failed")

    @property
    def share_done(self) -> float:
        """Of all recipes, from 0 to 1."""
        counted = any(found.recipe == self.progress.recipe for found in self.finished)
        return (len(self.finished) + (0.0 if counted else self.progress.share_done)) / len(self.recipes)


class Session:
    """Starts at once. Safe on any thread."""

    def __init__(
        self,
        recipes: Sequence[Recipe],
        streams: Streams,
        address: str = "",
        is_there: Callable[[], bool] = lambda: True,
        found: Callable[[Progress], None] = lambda _: None,
    ) -> None:
        self.recipes = tuple(recipes)
        self._streams, self._address, self._is_there, self._found = streams, address, is_there, found
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._looked = self._started = time.monotonic()
        self._ended: float | None = None
        self._phase: Phase = "waiting"
        self._position = 0
        self._finished: tuple[Progress, ...] = ()
        self._progress = Progress(self.recipes[0])
        self._error: Sentence | None = None
        self._thread = threading.Thread(target=self._run, name="training", daemon=True)
        self._thread.start()

    def look(self) -> State:
        """How it stands now."""
        self._looked = now = time.monotonic()
        with self._lock:
            seconds = (self._ended or now) - self._started
            progress = _copied(self._progress)
            return State(self._phase, self.recipes, self._finished, progress, self._position, seconds, self._error)

    def stop(self) -> None:
        """Ends it; what was heard so far remains."""
        self._stopping.set()

    def join(self, timeout_s: float | None = None) -> bool:
        """Waits until its thread is gone; whether it is."""
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        phase, error = self._carry_all_out()
        with self._lock:
            self._phase, self._error, self._position, self._ended = phase, error, 0, time.monotonic()

    def _carry_all_out(self) -> tuple[Phase, Sentence | None]:
        try:
            for recipe in self.recipes:
                self._carry_out(recipe)
                if self._progress.refusal is not None:
                    return "failed", self._progress.refusal.reason
        except Cancelled:
            return "stopped", None
        except BlocklensError as error:
            return "failed", error.sentence
        return "done", None

    def _carry_out(self, recipe: Recipe) -> None:
        with self._lock:
            self._phase, self._progress = "waiting", Progress(recipe)
        if self._is_unwanted():
            raise Cancelled("Stopped.")
        self._streams.stream(job("training", to_json(recipe)), self._hear, self._wait, self._is_unwanted, self._address)
        with self._lock:
            self._progress.close()
            if self._progress.finish is not None:
                self._finished = (*self._finished, self._progress)
        if self._progress.finish is not None:
            self._found(self._progress)

    def _hear(self, message: Any) -> None:
        with self._lock:
            self._phase, self._position = "running", 0
            self._progress.hear(message)

    def _wait(self, position: int) -> None:
        with self._lock:
            self._position = position

    def _is_unwanted(self) -> bool:
        return self._stopping.is_set() or time.monotonic() - self._looked > PATIENCE_S or not self._is_there()


def _copied(progress: Progress) -> Progress:
    """The same to be read while more is heard."""
    return Progress(
        progress.recipe, progress.start, dict(progress.nets), progress.gates, progress.history, progress.finish, progress.refusal
    )
