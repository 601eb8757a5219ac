"""The zygote's own small world: no network, no other processes, a private mount table. A second wall, taken where it is given."""

from __future__ import annotations

import os
from pathlib import Path

from explainer.sandbox.lockdown import libc

_NEW_MOUNTS, _NEW_UTS, _NEW_IPC, _NEW_USER, _NEW_PIDS, _NEW_NET = (
    0x20000,
    0x4000000,
    0x8000000,
    0x10000000,
    0x20000000,
    0x40000000,
)
_ALL = _NEW_MOUNTS | _NEW_UTS | _NEW_IPC | _NEW_PIDS | _NEW_NET


def enter() -> bool:
    """Moves this process's future into namespaces of its own; False where the kernel or a container refuses.

    Its next child is number 1 of a new process tree. To be called before any thread is started.
    """
    user, group = os.geteuid(), os.getegid()
    if user == 0 and libc().unshare(_ALL) == 0:
        return True
    if libc().unshare(_ALL | _NEW_USER) != 0:
        return False
    for name, text in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
        Path(f"/proc/self/{name}").write_bytes(text.encode())
    return True
