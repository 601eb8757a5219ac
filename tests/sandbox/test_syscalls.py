"""The filter: its numbers against libseccomp's, and every number tried in a locked child."""

from __future__ import annotations

import json
import platform
import struct

import pytest

from explainer.paste.explain import Behind
from explainer.paste.result import Request
from explainer.sandbox import syscalls
from explainer.sandbox.client import Sandbox
from explainer.sandbox.lockdown import can_filter
from explainer.sandbox.setup import Setup

MACHINES = {"x86_64": 0, "aarch64": 1}
# Kernel-internal: uretprobe and uprobe pass every filter and do nothing but end a process that calls them.
PROBES = {335, 336}
# They would end or stop the process that sweeps, so they are allowed and not called.
NOT_CALLED = {"x86_64": {15, 60, 231}, "aarch64": {139, 93, 94}}

SWEEP = """
import ctypes, json
C = ctypes.CDLL(None, use_errno=True)
found = {{}}
for number in [*range(600)]:
    if number in {skipped}:
        continue
    ctypes.set_errno(0)
    result = C.syscall(number, 0, 0, 0, 0, 0, 0)
    found[number] = ctypes.get_errno() if result == -1 else 0
print(json.dumps(found))
x = torch.zeros(1)
"""


@pytest.mark.parametrize("machine", MACHINES)
def test_the_numbers_are_libseccomps(machine):
    seccomp = pytest.importorskip("pyseccomp", exc_type=(ImportError, OSError, RuntimeError))
    arch = {"x86_64": seccomp.Arch.X86_64, "aarch64": seccomp.Arch.AARCH64}[machine]
    column = MACHINES[machine]
    ours = {name: both[column] for name, both in syscalls.ALLOWED.items()}
    ours |= {name: both[column] for name, both in syscalls.SPECIAL.items() if both[column] is not None}
    ours |= syscalls.X86_ONLY if machine == "x86_64" else {}
    assert ours == {name: seccomp.resolve_syscall(arch, name) for name in ours}


@pytest.mark.skipif(not can_filter(), reason="this kernel has no seccomp filters")
def test_every_other_call_is_refused():
    machine = platform.machine()
    skipped = PROBES | NOT_CALLED[machine]
    with Behind(Sandbox(Setup(spares=0, warm=()))) as behind:
        result = behind.run(Request(SWEEP.format(skipped=sorted(skipped))))
    errors = {int(number): error for number, error in json.loads(result.stdout).items()}
    special = {both[MACHINES[machine]]: both[2] for both in syscalls.SPECIAL.values()}
    allowed = syscalls.allowed_numbers(machine)
    assert len(errors) == 600 - len(skipped)
    for number, error in errors.items():
        if number in allowed:
            assert error not in (13, 38), number  # EACCES, ENOSYS: what the filter says
        else:
            assert error == special.get(number, 38 if number >= syscalls.FIRST_NEW_CALL else 13), number


@pytest.mark.parametrize("machine", MACHINES)
def test_the_program_asks_for_the_machine_first_and_refuses_last(machine):
    program = syscalls.filter_program(machine)
    steps = [struct.unpack_from("=HBBI", program, offset) for offset in range(0, len(program), 8)]
    assert steps[0] == (0x20, 0, 0, 4)
    assert steps[2] == (0x06, 0, 0, 0x80000000)
    assert steps[-1] == (0x06, 0, 0, 0x00050000 | 13)
    assert sum(step[0] == 0x06 and step[3] == 0x7FFF0000 for step in steps) >= 1


def test_a_machine_whose_numbers_are_not_known_is_not_served():
    assert not syscalls.is_known("riscv64")
    with pytest.raises(KeyError):
        syscalls.filter_program("riscv64")
