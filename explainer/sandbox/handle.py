"""The zygote as the server holds it: a process, a socket to it, and the children that it forked."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
from dataclasses import asdict, dataclass, field
from pathlib import Path

from explainer.errors import SandboxStopped
from explainer.sandbox import zygote
from explainer.sandbox.setup import Setup

_ROOT = Path(__file__).parents[2]
_START = (
    "import sys; sys.path.insert(0, sys.argv[1]); from explainer.sandbox.zygote import main; main(int(sys.argv[2]), sys.argv[3])"
)
_START_S = 120.0
GRACE_S = 3.0
_ENVIRONMENT = {
    "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": "", "LC_ALL": "C.UTF-8",
    "PATH": "/usr/bin:/bin",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class End:
    status: int
    timed_out: bool
    memory_kb: int
    cpu_ms: int


@dataclass(slots=True)
class Child:
    """A locked process: where to write its request and read its answer, and, once it is gone, how it ended."""

    id: int
    request: int
    answer: int
    gone: threading.Event = field(default_factory=threading.Event)
    end: End | None = None

    def close(self) -> None:
        for descriptor in (self.request, self.answer):
            if descriptor >= 0:
                os.close(descriptor)
        self.request = self.answer = -1


class Zygote:
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
        self._children: dict[int, Child] = {}
        self._spares: list[Child] = []
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

    def take(self) -> Child:
        """A locked child, one that waited where there is one; others are made to wait in its place."""
        try:
            with self._lock:
                waiting = [child for child in self._spares if not child.gone.is_set()]
                child = waiting.pop(0) if waiting else self._fork(self.setup.cpu_s, is_spare=False)
                while len(waiting) < self.setup.spares:
                    waiting.append(self._fork(self.setup.cpu_s, is_spare=True))
                self._spares = waiting
                return child
        except OSError:
            raise stopped() from None

    def fork(self, cpu_s: int) -> Child:
        """A locked child with other seconds of computing than those that wait have."""
        try:
            with self._lock:
                return self._fork(cpu_s, is_spare=False)
        except OSError:
            raise stopped() from None

    def _fork(self, cpu_s: int, *, is_spare: bool) -> Child:
        request_read, request_write = os.pipe()
        answer_read, answer_write = os.pipe()
        self._last += 1
        child = Child(self._last, request_write, answer_read)
        try:
            command = zygote.command(b"F", child.id, cpu_s, is_spare=is_spare)
            socket.send_fds(self._control, [command], [request_read, answer_write])
        except OSError:
            child.close()
            raise
        finally:
            os.close(request_read)
            os.close(answer_write)
        self._children[child.id] = child
        return child

    def start_clock(self, child: Child, wall_s: float) -> None:
        try:
            self._control.send(zygote.command(b"G", child.id, int(wall_s * 1000)))
        except OSError:
            raise stopped() from None

    def kill(self, child: Child) -> None:
        if not child.gone.is_set():
            with contextlib.suppress(OSError):  # the zygote is gone, and with it every child
                self._control.send(zygote.command(b"K", child.id))

    def _listen(self) -> None:
        while message := self._hear():
            number, status, timed_out, memory_kb, cpu_ms = zygote.read_end(message)
            with self._lock:
                child = self._children.pop(number)
            child.end = End(status, timed_out, memory_kb, cpu_ms)
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
            self.process.wait(GRACE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        for child in self._spares:
            child.close()
        self._control.close()


def stopped() -> SandboxStopped:
    return SandboxStopped("The sandbox was stopped from outside. It has been started again: run the paste once more.")
