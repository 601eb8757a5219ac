"""A process gives up, for good, everything but computing: limits, rights, Landlock, seccomp. Standard library and ctypes only.

Prepared once in the zygote (``prepare``), done in every child (``Lock.close``) before it reads a paste. Each wall stands alone:
by seccomp and the limits a child can open nothing at all; Landlock, the changed user and the namespaces are second walls.

Sources: seccomp(2), landlock(7), capabilities(7), prctl(2), setrlimit(2).
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from dataclasses import dataclass
from pathlib import Path

from explainer.sandbox import limits, syscalls

NOBODY = 65534

_SET_PARENT_DEATH_SIGNAL, _SET_DUMPABLE, _SET_SECCOMP, _SET_NO_NEW_PRIVILEGES = 1, 4, 22, 38
_FILTER_MODE = 2
_CAPABILITY_VERSION_3 = 0x20080522
_CREATE_RULESET, _RESTRICT_SELF, _CAPSET = 444, 446, {"x86_64": 126, "aarch64": 91}
_FILE_RIGHTS_BY_ABI = (0, 13, 14, 15, 15, 16)  # how many of the rights exist from this Landlock version on
_WANTS_VERSION, _DO_NOT_LOG = 1, 1


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("steps", ctypes.c_void_p))


class _Rights(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("network", ctypes.c_uint64), ("scopes", ctypes.c_uint64))


class _CapabilityHeader(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class LockFailed(OSError):
    """A wall that was promised could not be put up; nothing may run."""


def libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True, slots=True)
class Lock:
    """Everything that the lock needs, made in the parent: the child only calls the kernel."""

    machine: str
    steps: ctypes.Array[ctypes.c_char]
    ruleset: int | None
    landlock_version: int
    as_root: bool
    memory_bytes: int

    @property
    def layers(self) -> tuple[str, ...]:
        """The walls around a paste, the names for logs and pages."""
        names = ["seccomp", "limits"]
        names += ["landlock"] if self.ruleset is not None else []
        return (*names, *(["nobody"] if self.as_root else []))

    def close(self, cpu_s: int = limits.CPU_S) -> None:
        """Locks this process; the order matters. LockFailed if any wall fails."""
        _set_limits(self.memory_bytes, cpu_s)
        if self.as_root:
            os.setgroups([])
            os.setresgid(NOBODY, NOBODY, NOBODY)
            os.setresuid(NOBODY, NOBODY, NOBODY)
        kernel = libc()
        die_with_parent()  # a new user would have reset this and the next
        _done(kernel.prctl(_SET_DUMPABLE, 0, 0, 0, 0))
        _done(kernel.prctl(_SET_NO_NEW_PRIVILEGES, 1, 0, 0, 0))
        _done(kernel.syscall(_CAPSET[self.machine], _no_capabilities(), ctypes.create_string_buffer(24)))
        if self.ruleset is not None:
            flags = _DO_NOT_LOG if self.landlock_version >= 7 else 0
            _done(kernel.syscall(_RESTRICT_SELF, self.ruleset, flags))
            os.close(self.ruleset)
        program = _Program(len(self.steps) // 8, ctypes.addressof(self.steps))
        _done(kernel.prctl(_SET_SECCOMP, _FILTER_MODE, ctypes.byref(program), 0, 0))


def die_with_parent() -> None:
    """SIGKILL for this process as soon as the thread that started it has ended."""
    _done(libc().prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0))


def prepare(*, use_landlock: bool = True, memory_bytes: int = limits.MEMORY_BYTES) -> Lock:
    """The lock for the children of this process, which should have loaded everything that they will need."""
    machine = os.uname().machine
    program = syscalls.filter_program(machine)
    version = landlock_version() if use_landlock else 0
    ruleset = _empty_ruleset(version) if version > 0 else None
    steps = ctypes.create_string_buffer(program, len(program))
    return Lock(machine, steps, ruleset, version, os.geteuid() == 0, _mapped_bytes() + memory_bytes)


def can_filter() -> bool:
    """Whether this kernel takes seccomp filters on a machine whose calls are known: without it nothing is run."""
    if sys.platform != "linux" or not syscalls.is_known(os.uname().machine):
        return False
    kernel = libc()
    ctypes.set_errno(0)
    kernel.prctl(_SET_SECCOMP, _FILTER_MODE, None, 0, 0)
    return ctypes.get_errno() == 14  # EFAULT: it would have read the filter


def landlock_version() -> int:
    """The kernel's Landlock version, 0 if it has none."""
    found: int = libc().syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), _WANTS_VERSION)
    return max(found, 0)


def _empty_ruleset(version: int) -> int | None:
    """A rule set that knows every right of this version and grants none."""
    files = (1 << _FILE_RIGHTS_BY_ABI[min(version, len(_FILE_RIGHTS_BY_ABI) - 1)]) - 1
    rights = _Rights(files, 3 if version >= 4 else 0, 3 if version >= 6 else 0)
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    descriptor: int = libc().syscall(_CREATE_RULESET, ctypes.byref(rights), ctypes.c_size_t(size), 0)
    return descriptor if descriptor >= 0 else None


def _set_limits(memory_bytes: int, cpu_s: int) -> None:
    import resource  # Windows has none, and must be able to load this file to hear that it cannot lock anything

    nothing = ("FSIZE", "CORE", "MEMLOCK", "MSGQUEUE", "NPROC")
    wanted = dict.fromkeys(nothing, 0) | {"AS": memory_bytes, "DATA": memory_bytes, "CPU": cpu_s}
    for name, limit in (wanted | {"NOFILE": limits.FIRST_FREE_DESCRIPTOR}).items():
        resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), (limit, limit))


def _no_capabilities() -> ctypes.Array[ctypes.c_char]:
    header = _CapabilityHeader(_CAPABILITY_VERSION_3, 0)
    return ctypes.create_string_buffer(bytes(header), ctypes.sizeof(header))


def _mapped_bytes() -> int:
    return int(Path("/proc/self/statm").read_bytes().split()[0]) * os.sysconf("SC_PAGE_SIZE")


def _done(result: int) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise LockFailed(number, os.strerror(number))
