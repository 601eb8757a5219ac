"""Pastes in a process of their own with this user's rights: for one's own computer, where nobody else can send any.

There is no wall here, only a clock. Every paste gets a new interpreter, which may use any device and can be killed.
"""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from explainer.errors import Cancelled, SandboxRefused
from explainer.sandbox import frame, limits
from explainer.sandbox.turns import Turns

LAYERS = ("trusted",)
_WALL_S = 60.0
_TICK_S = 0.05
_ROOT = Path(__file__).parents[2]
_RUN = "import sys; sys.path.insert(0, sys.argv[1]); from explainer.sandbox.trusted import answer; answer(sys.argv[2])"


class TrustedProcess:
    """What ``Sandbox`` is with walls. Safe on any thread; one paste at a time."""

    layers = known_layers = LAYERS

    def __init__(self, stand_ins: str = "", wall_s: float = _WALL_S) -> None:
        self._stand_ins, self._wall_s = stand_ins, wall_s
        self._turns = Turns(1)

    def ask(
        self,
        request: Any,
        waiting: Callable[[int], None] = lambda _: None,
        cancelled: Callable[[], bool] = lambda: False,
        address: str = "",  # noqa: ARG002 - there is one user
    ) -> Any:
        """The process's answer as JSON; SandboxRefused if it is late or ended before it had one, Cancelled if it was stopped."""
        with self._turns.take(waiting, cancelled):
            process = subprocess.Popen(  # noqa: S603 - what is started is our own code
                [sys.executable, "-c", _RUN, str(_ROOT), self._stand_ins], stdin=subprocess.PIPE, stdout=subprocess.PIPE
            )
            with process:
                try:
                    return self._converse(process, frame.pack(request), cancelled)
                finally:
                    process.kill()

    def _converse(self, process: subprocess.Popen[bytes], body: bytes, cancelled: Callable[[], bool]) -> Any:
        spoken: list[bytes] = []

        def speak() -> None:
            try:
                spoken.append(process.communicate(body)[0])
            except OSError:  # it ended before it had read everything, and its silence is the answer
                spoken.append(b"")

        # Pipes of a process can only be waited for together with a clock on every system by a thread.
        speaker = threading.Thread(target=speak, name="trusted paste", daemon=True)
        until = time.monotonic() + self._wall_s
        speaker.start()
        while speaker.is_alive() and time.monotonic() < until:
            if cancelled():
                raise Cancelled("Stopped.")
            speaker.join(_TICK_S)
        if speaker.is_alive():
            raise SandboxRefused("The paste was stopped after {seconds} seconds.", seconds=round(self._wall_s))
        data = spoken[0]
        if len(data) < frame.HEAD_BYTES:
            raise SandboxRefused("The paste ended its own process before there was an answer.")
        frame.body_size(data[: frame.HEAD_BYTES], limits.RESULT_BYTES)
        return frame.unpack(data[frame.HEAD_BYTES :])

    def stop(self) -> None:
        """Nothing is left running between pastes."""


def answer(stand_ins: str) -> None:
    """The process's side: reads a request from its input and writes the result to its output, which the paste cannot reach."""
    import os

    from explainer.paste.names import offer
    from explainer.sandbox.jobs import run_job

    out = os.dup(1)
    os.dup2(2, 1)  # what native code prints must not become part of the answer
    offer(stand_ins)
    size = frame.body_size(frame.read_exactly(0, frame.HEAD_BYTES), limits.JOB_BYTES)
    frame.write_all(out, frame.pack(run_job(frame.unpack(frame.read_exactly(0, size)))))
