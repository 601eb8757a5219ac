"""The process that has torch loaded and is copied for every paste. It never sees a paste itself.

It reads small commands from a socket: F forks a child that gets the two pipe ends sent along, G starts a child's clock, K kills
one. It says what became of each child. It has one thread, so that a copy of it is whole, and an empty environment.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import select
import signal
import socket
import struct
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from explainer.sandbox import child, lockdown, namespaces, warmup
from explainer.sandbox.setup import Setup

_COMMAND = struct.Struct("!cIIB")  # letter, child, milliseconds or seconds of CPU, whether it is a spare
_END = struct.Struct("!cIiBII")  # letter, child, wait status, timed out, largest memory in KB, CPU in ms


@dataclass(slots=True)
class Running:
    """A child: its handle, and when its time is over (monotonic), if its clock runs."""

    id: int
    pid: int
    handle: int
    deadline: float | None = None
    timed_out: bool = False


def command(letter: bytes, number: int, amount: int = 0, *, is_spare: bool = False) -> bytes:
    return _COMMAND.pack(letter, number, amount, is_spare)


def read_end(message: bytes) -> tuple[int, int, bool, int, int]:
    """A child's number, wait status, whether its time was over, its largest memory in KB and its CPU time in ms."""
    _, number, status, timed_out, memory, cpu = _END.unpack(message)
    return number, status, bool(timed_out), memory, cpu


def main(descriptor: int, options: str) -> None:
    """Serves until the other end of the socket is closed. ``options`` are the sandbox's, as JSON."""
    setup = Setup(**json.loads(options))
    given = set(os.environ)
    separate = setup.namespaces and namespaces.enter()
    if separate:
        inner = os.fork()
        if inner:
            os.close(descriptor)
            os._exit(os.waitstatus_to_exitcode(os.waitpid(inner, 0)[1]) & 0xFF)
        lockdown.die_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    warmup.warm_up(frozenset(setup.warm), setup.stand_ins, setup.catalogue)
    for name in os.environ.keys() - given:
        del os.environ[name]  # torch notes the path of its cache there, and with it the name of the user
    importlib.import_module("resource")  # os.wait4 loads it, and so do the limits, when another user may no longer read it
    threads = len(list(Path("/proc/self/task").iterdir()))
    if threads != 1:
        raise RuntimeError(f"the zygote has {threads} threads; a copy of it would not be whole")
    gc.collect()
    gc.freeze()
    if setup.user:
        os.setgroups([])
        os.setresgid(setup.user, setup.user, setup.user)
        os.setresuid(setup.user, setup.user, setup.user)
    lock = lockdown.prepare(use_landlock=setup.landlock)
    control = socket.socket(fileno=descriptor)
    layers = [*lock.layers, *(["namespaces"] if separate else [])]
    control.send(b"R" + json.dumps({"pid": os.getpid(), "layers": layers}).encode())
    _Zygote(control, lock).serve()


@dataclass(slots=True)
class _Zygote:
    control: socket.socket
    lock: lockdown.Lock
    children: dict[int, Running] = field(default_factory=dict)

    def serve(self) -> None:
        while True:
            poll = select.poll()
            poll.register(self.control, select.POLLIN)
            for running in self.children.values():
                poll.register(running.handle, select.POLLIN)
            for descriptor, _ in poll.poll(self._patience()):
                if descriptor == self.control.fileno():
                    if not self._obey():
                        return
                else:
                    self._bury(next(r for r in self.children.values() if r.handle == descriptor))
            self._kill_late()

    def _patience(self) -> int | None:
        """Milliseconds until the first deadline, None without one."""
        deadlines = [r.deadline for r in self.children.values() if r.deadline is not None]
        return max(0, int((min(deadlines) - time.monotonic()) * 1000) + 1) if deadlines else None

    def _obey(self) -> bool:
        try:
            message, descriptors, _, _ = socket.recv_fds(self.control, _COMMAND.size, 2)
        except ConnectionError:  # the server was killed
            return False
        if not message:
            return False
        letter, number, amount, is_spare = _COMMAND.unpack(message)
        if letter == b"F":
            self._fork(number, amount, descriptors, is_spare=bool(is_spare))
        elif number in self.children:
            running = self.children[number]
            if letter == b"G":
                running.deadline = time.monotonic() + amount / 1000
            else:
                self._kill(running)
        return True

    def _fork(self, number: int, cpu_s: int, descriptors: list[int], *, is_spare: bool) -> None:
        pid = os.fork()
        if pid == 0:
            child.main(descriptors[0], descriptors[1], self.lock, cpu_s, rehearse=is_spare)
        for descriptor in descriptors:
            os.close(descriptor)
        self.children[number] = Running(number, pid, os.pidfd_open(pid))

    def _kill_late(self) -> None:
        now = time.monotonic()
        for running in self.children.values():
            if running.deadline is not None and running.deadline <= now:
                running.timed_out, running.deadline = True, None
                self._kill(running)

    @staticmethod
    def _kill(running: Running) -> None:
        with contextlib.suppress(ProcessLookupError):  # it went by itself in this moment
            signal.pidfd_send_signal(running.handle, signal.SIGKILL)

    def _bury(self, running: Running) -> None:
        _, status, usage = os.wait4(running.pid, 0)
        os.close(running.handle)
        del self.children[running.id]
        cpu_ms = int((usage.ru_utime + usage.ru_stime) * 1000)
        end = _END.pack(b"E", running.id, status, running.timed_out, usage.ru_maxrss, cpu_ms)
        self.control.send(end)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
