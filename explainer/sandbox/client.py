"""The server's side: starts the zygote, hands pastes to locked children, reads their answers with a cap and a clock."""

from __future__ import annotations

import contextlib
import logging
import os
import select
import signal
import threading
import time
from collections.abc import Callable
from typing import Any

from explainer.errors import Cancelled, SandboxRefused
from explainer.sandbox import frame, limits
from explainer.sandbox.budget import Budget
from explainer.sandbox.child import LOCK_FAILED
from explainer.sandbox.handle import GRACE_S, Child, End, Zygote, stopped
from explainer.sandbox.setup import Setup
from explainer.sandbox.turns import Turns

log = logging.getLogger(__name__)

_TICK_S = 0.05


class Sandbox:
    """One zygote and what runs under it. Safe on any thread; started by the first request, again after it died."""

    def __init__(self, setup: Setup | None = None) -> None:
        self.setup = setup or Setup()
        self._turns = Turns(self.setup.slots or os.cpu_count() or 1)
        self._budget = Budget(self.setup.budget_s)
        self._lock = threading.RLock()
        self._zygote: Zygote | None = None

    @property
    def layers(self) -> tuple[str, ...]:
        """The walls around a paste, once the zygote runs."""
        return self._started().layers

    @property
    def known_layers(self) -> tuple[str, ...]:
        """The same without starting it: empty where it does not run."""
        current = self._zygote
        return current.layers if current is not None and current.alive else ()

    @property
    def pid(self) -> int:
        return self._started().process.pid

    def ask(
        self,
        request: Any,
        waiting: Callable[[int], None] = lambda _: None,
        cancelled: Callable[[], bool] = lambda: False,
        address: str = "",
    ) -> Any:
        """The answer of a locked child to a JSON request, as checked JSON. Blocks; SandboxRefused if there is none.

        ``waiting`` hears the position in the queue whenever it changes; ``cancelled`` is asked now and then. What the child
        computes is charged to ``address``.
        """
        self._budget.check(address)
        body = frame.pack(request)
        _check_size(len(body), is_paste=request.get("job") == "paste")
        with self._turns.take(waiting, cancelled, address):
            current = self._started()
            child = current.take()
            try:
                return _converse(current, child, body, cancelled)
            finally:
                current.kill(child)
                child.gone.wait(GRACE_S)
                child.close()
                if child.end is not None:
                    self._budget.spend(address, child.end.cpu_ms / 1000)

    def stop(self) -> None:
        """Ends the zygote and every child."""
        with self._lock:
            if self._zygote is not None:
                self._zygote.stop()
                self._zygote = None

    def _started(self) -> Zygote:
        with self._lock:
            if self._zygote is None or not self._zygote.alive:
                if self._zygote is not None:
                    self._zygote.stop()
                self._zygote = Zygote(self.setup)
                log.info("pastes run behind: %s", ", ".join(self._zygote.layers))
            return self._zygote


def _check_size(size: int, *, is_paste: bool) -> None:
    if is_paste and size > limits.REQUEST_BYTES:
        raise SandboxRefused("This is more than {most} KB of text: paste the block alone.", most=limits.REQUEST_BYTES >> 10)
    if size > limits.JOB_BYTES:
        raise SandboxRefused("This is more than {most:,} KB for the sandbox: leave the weights out.", most=limits.JOB_BYTES >> 10)


def _converse(current: Zygote, child: Child, body: bytes, cancelled: Callable[[], bool]) -> Any:
    """Hands the request over and reads the answer; SandboxRefused with the reason if there is none."""
    current.start_clock(child)
    until = time.monotonic() + current.setup.wall_s + GRACE_S
    with contextlib.suppress(BrokenPipeError):  # it ended already; its end says how
        frame.write_all(child.request, body)
    data = _read(child.answer, until, cancelled)
    if data is None:
        raise Cancelled("Stopped.")
    size = frame.body_size(data[: frame.HEAD_BYTES], limits.RESULT_BYTES) if len(data) >= frame.HEAD_BYTES else -1
    if size >= 0 and len(data) == frame.HEAD_BYTES + size:
        return frame.unpack(data[frame.HEAD_BYTES :])
    if not child.gone.wait(GRACE_S) or child.end is None or not current.alive:
        raise stopped()
    raise _why(child.end, current.setup)


def _read(descriptor: int, until: float, cancelled: Callable[[], bool]) -> bytes | None:
    """All that comes until the other end closes or one whole frame is there; None if it was cancelled."""
    data = bytearray()
    most = limits.RESULT_BYTES + frame.HEAD_BYTES
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    while time.monotonic() < until and len(data) <= most:
        if cancelled():
            return None
        if not poll.poll(_TICK_S * 1000):
            continue
        part = os.read(descriptor, 1 << 18)
        if not part:
            break
        data += part
        if len(data) >= frame.HEAD_BYTES and len(data) >= frame.HEAD_BYTES + frame.body_size(
            bytes(data[: frame.HEAD_BYTES]), most
        ):
            break
    return bytes(data)


def _why(end: End, setup: Setup) -> SandboxRefused:
    """The sentence for a child that ended without a whole answer."""
    killed = os.WTERMSIG(end.status) if os.WIFSIGNALED(end.status) else 0
    code = os.WEXITSTATUS(end.status) if os.WIFEXITED(end.status) else 0
    if end.timed_out or killed in (signal.SIGXCPU, signal.SIGKILL):
        return SandboxRefused(
            "The paste was stopped: it may use {cpu} seconds of computing and {wall} seconds in all."
            " Is there a loop without an end, or an input that is too large?",
            cpu=setup.cpu_s,
            wall=int(setup.wall_s),
        )
    if code == LOCK_FAILED:
        return SandboxRefused("The sandbox could not be locked here, so nothing was run.")
    if killed == signal.SIGSYS:
        return SandboxRefused("The paste called the kernel in a way that no PyTorch code does, and was stopped.")
    if killed:
        return SandboxRefused(
            "The paste crashed its process. It may need more than the {memory} MB of memory that it gets,"
            " or call itself too deeply.",
            memory=limits.MEMORY_BYTES >> 20,
        )
    return SandboxRefused("The paste ended its own process before there was an answer.")
