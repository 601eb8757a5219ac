"""Pastes in a process of their own with this user's rights: for one's own computer, where nobody else can send any.

There is no wall here, only a clock. Every paste gets a new interpreter, which may use any device and can be killed.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from queue import Empty, Queue
from typing import Any

from explainer.errors import Cancelled, SandboxRefused
from explainer.sandbox import frame, limits
from explainer.sandbox.streaming import Frames, Hear
from explainer.sandbox.turns import Turns

LAYERS = ("trusted",)
_WALL_S = 60.0
_TICK_S = 0.05
_ROOT = Path(__file__).parents[2]
_RUN = "import sys; sys.path.insert(0, sys.argv[1]); from explainer.sandbox.trusted import answer; answer(*sys.argv[2:])"


class TrustedProcess:
    """What ``Sandbox`` is with walls. Safe on any thread; one paste at a time."""

    layers = known_layers = LAYERS

    def __init__(self, stand_ins: str = "", wall_s: float = _WALL_S, catalogue: str = "") -> None:
        self._modules, self._wall_s = (stand_ins, catalogue), wall_s
        self._turns = Turns(1)

    def ask(
        self,
        request: Any,
        waiting: Callable[[int], None] = lambda _: None,
        cancelled: Callable[[], bool] = lambda: False,
        address: str = "",  # noqa: ARG002 - there is one user
    ) -> Any:
        """The process's answer as JSON; SandboxRefused if it is late or ended before it had one, Cancelled if it was stopped."""
        with self._turns.take(waiting, cancelled), self._started() as process:
            try:
                return self._converse(process, frame.pack(request), cancelled)
            finally:
                process.kill()

    def stream(
        self,
        request: Any,
        hear: Hear,
        waiting: Callable[[int], None] = lambda _: None,
        cancelled: Callable[[], bool] = lambda: False,
        address: str = "",  # noqa: ARG002 - there is one user
    ) -> None:
        """Hands every JSON message that answers a long request to ``hear``, as they come; see ``Sandbox.stream``."""
        with self._turns.take(waiting, cancelled), self._started({"OMP_NUM_THREADS": "1"}) as process:
            try:
                self._attend(process, frame.pack(request), cancelled, hear)
            finally:
                process.kill()

    def _started(self, environment: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
        return subprocess.Popen(  # noqa: S603 - what is started is our own code
            [sys.executable, "-c", _RUN, str(_ROOT), *self._modules], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            env={**os.environ, **(environment or {})},
        )  # fmt: skip

    @staticmethod
    def _attend(process: subprocess.Popen[bytes], body: bytes, cancelled: Callable[[], bool], hear: Hear) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        parts: Queue[bytes] = Queue()
        out = process.stdout.fileno()

        def read() -> None:
            part = b"-"
            while part:
                part = os.read(out, 1 << 16)
                parts.put(part)

        reader = threading.Thread(target=read, name="trusted training", daemon=True)
        reader.start()
        with suppress(BrokenPipeError):
            process.stdin.write(body)
            process.stdin.flush()
        frames, until = Frames(), time.monotonic() + limits.LONG_WALL_S
        while time.monotonic() < until:
            if cancelled():
                raise Cancelled("Stopped.")
            try:
                part = parts.get(timeout=_TICK_S)
            except Empty:
                continue
            for message in frames.feed(part):
                hear(message)
            if not part:
                if process.wait() or not frames.is_between:
                    raise SandboxRefused("The training ended before it had a result: the block's code stopped its own process.")
                return
        raise SandboxRefused("The training was stopped after {seconds} seconds.", seconds=round(limits.LONG_WALL_S))

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
        is_late = speaker.is_alive()
        if is_late:
            process.kill()
            speaker.join()
        answer = frame.Answer()
        answer.feed(spoken[0])
        message = answer.message()
        if message is not None:
            return frame.unpack(message)
        if is_late:
            raise SandboxRefused("The paste was stopped after {seconds} seconds.", seconds=round(self._wall_s))
        raise SandboxRefused("The paste ended its own process before there was an answer.")

    def stop(self) -> None:
        """Nothing is left running between pastes."""


def answer(stand_ins: str, catalogue: str) -> None:
    """The process's side: reads a request from its input and writes the result to its output, which the paste cannot reach."""
    from explainer.paste.names import offer
    from explainer.sandbox.jobs import run_job
    from explainer.training.network import offer as offer_blocks

    out = os.dup(1)
    os.dup2(2, 1)  # what native code prints must not become part of the answer
    offer(stand_ins)
    offer_blocks(catalogue)
    size = frame.body_size(frame.read_exactly(0, frame.HEAD_BYTES), limits.JOB_BYTES)
    request = frame.unpack(frame.read_exactly(0, size))
    for message in run_job(request, lambda early: frame.write_all(out, frame.pack(frame.Provisional(early)))):
        frame.write_all(out, frame.pack(message))
