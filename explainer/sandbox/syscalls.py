"""The system calls of a locked child, as a classic-BPF program for seccomp: an allow-list, everything else refused.

What is here can only use memory, wait, look at clocks and at itself, and read and write what is already open. Nothing opens,
connects, starts, signals or inspects anything else; ``fcntl`` is missing because it can aim signals through an open pipe, and
``prlimit64`` because it reaches other processes. Refused calls fail with the error that lets libc and Python fall back well.

Sources: seccomp(2), linux/audit.h, linux/bpf_common.h, linux/seccomp.h; the numbers are tested against libseccomp's tables.
"""

from __future__ import annotations

import errno
import platform
import struct

ALLOWED: dict[str, tuple[int, int]] = {  # name: number on x86_64, on aarch64
    "read": (0, 63), "write": (1, 64), "readv": (19, 65), "writev": (20, 66), "close": (3, 57), "lseek": (8, 62),
    "fstat": (5, 80),
    "mmap": (9, 222), "mprotect": (10, 226), "munmap": (11, 215), "brk": (12, 214), "mremap": (25, 216), "madvise": (28, 233),
    "futex": (202, 98), "set_robust_list": (273, 99), "membarrier": (324, 283), "sched_yield": (24, 124),
    "rt_sigaction": (13, 134), "rt_sigprocmask": (14, 135), "rt_sigreturn": (15, 139), "sigaltstack": (131, 132),
    "restart_syscall": (219, 128), "nanosleep": (35, 101), "clock_nanosleep": (230, 115), "clock_gettime": (228, 113),
    "clock_getres": (229, 114), "gettimeofday": (96, 169), "times": (100, 153), "getrusage": (98, 165), "sysinfo": (99, 179),
    "uname": (63, 160), "getrandom": (318, 278), "sched_getaffinity": (204, 123), "getcpu": (309, 168),
    "getpid": (39, 172), "getppid": (110, 173), "gettid": (186, 178), "getuid": (102, 174), "geteuid": (107, 175),
    "getgid": (104, 176), "getegid": (108, 177), "exit": (60, 93), "exit_group": (231, 94),
}  # fmt: skip
X86_ONLY = {"time": 201}

SPECIAL: dict[str, tuple[int | None, int | None, int]] = {  # name: numbers, and the error to give
    "clone": (56, 220, errno.EAGAIN), "fork": (57, None, errno.EAGAIN), "vfork": (58, None, errno.EAGAIN),
    "ioctl": (16, 29, errno.ENOTTY), "rseq": (334, 293, errno.ENOSYS),
}  # fmt: skip

FIRST_NEW_CALL = 424  # from here on numbers are the same everywhere, and libc knows how to do without
X32_BIT = 0x40000000

MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}  # column of the tables, AUDIT_ARCH

_LOAD_WORD, _JUMP_EQUAL, _JUMP_AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_NUMBER_OFFSET, _ARCH_OFFSET = 0, 4
_ALLOW, _REFUSE, _KILL = 0x7FFF0000, 0x00050000, 0x80000000


def allowed_numbers(machine: str) -> frozenset[int]:
    """The numbers of the allowed calls on ``x86_64`` or ``aarch64``."""
    column, _ = MACHINES[machine]
    numbers = {both[column] for both in ALLOWED.values()}
    return frozenset(numbers | (set(X86_ONLY.values()) if machine == "x86_64" else set()))


def is_known(machine: str) -> bool:
    return machine in MACHINES


def filter_program(machine: str = "") -> bytes:
    """The filter as ``struct sock_filter[]``; KeyError for a machine whose numbers are not known."""
    machine = machine or platform.machine()
    column, arch = MACHINES[machine]
    steps = [
        (_LOAD_WORD, 0, 0, _ARCH_OFFSET),
        (_JUMP_EQUAL, 1, 0, arch),
        (_RETURN, 0, 0, _KILL),
        (_LOAD_WORD, 0, 0, _NUMBER_OFFSET),
        (_JUMP_AT_LEAST, 0, 1, X32_BIT),
        (_RETURN, 0, 0, _KILL),
    ]
    for number in sorted(allowed_numbers(machine)):
        steps += [(_JUMP_EQUAL, 0, 1, number), (_RETURN, 0, 0, _ALLOW)]
    for *numbers, error in SPECIAL.values():
        refused = numbers[column]
        if refused is not None:
            steps += [(_JUMP_EQUAL, 0, 1, refused), (_RETURN, 0, 0, _REFUSE | error)]
    steps += [(_JUMP_AT_LEAST, 0, 1, FIRST_NEW_CALL), (_RETURN, 0, 0, _REFUSE | errno.ENOSYS)]
    steps += [(_RETURN, 0, 0, _REFUSE | errno.EACCES)]
    return b"".join(struct.pack("=HBBI", *step) for step in steps)
