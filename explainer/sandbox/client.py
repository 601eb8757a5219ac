"""The server's side: starts the zygote, hands pastes to locked children, reads their answers with a cap and a clock."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from explainer.errors import Cancelled, SandboxRefused, SandboxStopped
from explainer.sandbox import frame, limits, zygote
from explainer.sandbox.budget import Budget
from explainer.sandbox.child import LOCK_FAILED
from explainer.sandbox.setup import Setup
from explainer.sandbox.turns import Turns

log = logging.getLogger(__name__)

_ROOT = Path(__file__).parents[2]
_START = (
    "import sys; sys.path.insert(0, sys.argv[1]); from explainer.sandbox.zygote import main; main(int(sys.argv[2]), sys.argv[3])"
)
_START_S = 120.0
_GRACE_S = 3.0
_TICK_S = 0.05
_ENVIRONMENT = {
    "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": "", "LC_ALL": "C.UTF-8",
    "PATH": "/usr/bin:/bin",
}  # fmt: skip


@dataclass(slots=True)
class _Child:
    """A locked process: where to write its request and read its answer, and, once it is gone, how it ended."""

    id: int
    request: int
    answer: int
    gone: threading.Event = field(default_factory=threading.Event)
    end: _End | None = None

    def close(self) -> None:
        for descriptor in (self.request, self.answer):
            if descriptor >= 0:
                os.close(descriptor)
        self.request = self.answer = -1


class Sandbox:
    """One zygote and what runs under it. Safe on any thread; started by the first request, again after it died."""

    def __init__(self, setup: Setup | None = None) -> None:
        self.setup = setup or Setup()
        self._turns = Turns(self.setup.slots or os.cpu_count() or 1)
        self._budget = Budget(self.setup.budget_s)
        self._lock = threading.RLock()
        self._zygote: _Zygote | None = None

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
        if len(body) > limits.REQUEST_BYTES:
            raise SandboxRefused("This is more than {most} KB of text: paste the block alone.", most=limits.REQUEST_BYTES >> 10)
        with self._turns.take(waiting, cancelled):
            current = self._started()
            child = current.take()
            try:
                return _converse(current, child, body, cancelled)
            finally:
                current.kill(child)
                child.gone.wait(_GRACE_S)
                child.close()
                if child.end is not None:
                    self._budget.spend(address, child.end.cpu_ms / 1000)

    def stop(self) -> None:
        """Ends the zygote and every child."""
        with self._lock:
            if self._zygote is not None:
                self._zygote.stop()
                self._zygote = None

    def _started(self) -> _Zygote:
        with self._lock:
            if self._zygote is None or not self._zygote.alive:
                if self._zygote is not None:
                    self._zygote.stop()
                self._zygote = _Zygote(self.setup)
                log.info("pastes run behind: %s", ", ".join(self._zygote.layers))
            return self._zygote


def _converse(current: _Zygote, child: _Child, body: bytes, cancelled: Callable[[], bool]) -> Any:
    """Hands the request over and reads the answer; SandboxRefused with the reason if there is none."""
    current.start_clock(child)
    until = time.monotonic() + current.setup.wall_s + _GRACE_S
    with contextlib.suppress(BrokenPipeError):  # it ended already; its end says how
        frame.write_all(child.request, body)
    data = _read(child.answer, until, cancelled)
    if data is None:
        raise Cancelled("Stopped.")
    size = frame.body_size(data[: frame.HEAD_BYTES], limits.RESULT_BYTES) if len(data) >= frame.HEAD_BYTES else -1
    if size >= 0 and len(data) == frame.HEAD_BYTES + size:
        return frame.unpack(data[frame.HEAD_BYTES :])
    if not child.gone.wait(_GRACE_S) or child.end is None or not current.alive:
        raise _stopped()
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


def _why(end: _End, setup: Setup) -> SandboxRefused:
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


@dataclass(frozen=True, slots=True)
class _End:
    status: int
    timed_out: bool
    memory_kb: int
    cpu_ms: int


class _Zygote:
    """The process and its socket; a thread of ours listens to it."""

    def __init__(self, setup: Setup) -> None:
        self.setup = setup
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._control = ours
        with theirs:
            self.process = subprocess.Popen(  # noqa: S603 - our own code, in an empty environment
                [sys.executable, "-I", "-c", _START, str(_ROOT), str(theirs.fileno()), json.dumps(asdict(setup))],
                pass_fds=[theirs.fileno()], env=_ENVIRONMENT, cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            )  # fmt: skip
        self._children: dict[int, _Child] = {}
        self._spares: list[_Child] = []
        self._lock = threading.Lock()
        self._last = 0
        ours.settimeout(_START_S)
        try:
            ready = ours.recv(4096)
        except TimeoutError:
            ready = b""
        ours.settimeout(None)
        if not ready:
            self.stop()
            raise SandboxStopped("The sandbox did not start. The server's log says why.")
        self.layers: tuple[str, ...] = tuple(json.loads(ready[1:])["layers"])
        self._listener = threading.Thread(target=self._listen, name="sandbox", daemon=True)
        self._listener.start()

    @property
    def alive(self) -> bool:
        return self._listener.is_alive() and self.process.poll() is None

    def take(self) -> _Child:
        """A locked child, one that waited where there is one; others are made to wait in its place."""
        try:
            with self._lock:
                waiting = [child for child in self._spares if not child.gone.is_set()]
                child = waiting.pop(0) if waiting else self._fork(is_spare=False)
                while len(waiting) < self.setup.spares:
                    waiting.append(self._fork(is_spare=True))
                self._spares = waiting
                return child
        except OSError:
            raise _stopped() from None

    def _fork(self, *, is_spare: bool) -> _Child:
        request_read, request_write = os.pipe()
        answer_read, answer_write = os.pipe()
        self._last += 1
        child = _Child(self._last, request_write, answer_read)
        try:
            command = zygote.command(b"F", child.id, self.setup.cpu_s, is_spare=is_spare)
            socket.send_fds(self._control, [command], [request_read, answer_write])
        except OSError:
            child.close()
            raise
        finally:
            os.close(request_read)
            os.close(answer_write)
        self._children[child.id] = child
        return child

    def start_clock(self, child: _Child) -> None:
        try:
            self._control.send(zygote.command(b"G", child.id, int(self.setup.wall_s * 1000)))
        except OSError:
            raise _stopped() from None

    def kill(self, child: _Child) -> None:
        if not child.gone.is_set():
            with contextlib.suppress(OSError):  # the zygote is gone, and with it every child
                self._control.send(zygote.command(b"K", child.id))

    def _listen(self) -> None:
        while message := self._hear():
            number, status, timed_out, memory_kb, cpu_ms = zygote.read_end(message)
            with self._lock:
                child = self._children.pop(number)
            child.end = _End(status, timed_out, memory_kb, cpu_ms)
            child.gone.set()
        with self._lock:
            left, self._children, self._spares = (*self._children.values(),), {}, []
        for child in left:
            child.gone.set()

    def _hear(self) -> bytes:
        try:
            return self._control.recv(64)
        except OSError:
            return b""

    def stop(self) -> None:
        """Ends it and waits until it is gone."""
        with contextlib.suppress(OSError):  # it may be closed already
            self._control.shutdown(socket.SHUT_RDWR)
        try:
            self.process.wait(_GRACE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        for child in self._spares:
            child.close()
        self._control.close()


def _stopped() -> SandboxStopped:
    return SandboxStopped("The sandbox was stopped from outside. It has been started again: run the paste once more.")
