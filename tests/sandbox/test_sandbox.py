"""The sandbox as a service: what it answers, what happens when it is killed, what it never holds, who waits for whom."""

from __future__ import annotations

import os
import signal
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from explainer.codec import to_json
from explainer.diagnosis import diagnose
from explainer.errors import Cancelled, SandboxRefused, SandboxStopped
from explainer.paste.explain import Behind
from explainer.paste.result import Request
from explainer.render.findings_text import diagnosis_text
from explainer.sandbox.client import Sandbox
from explainer.sandbox.jobs import job
from explainer.sandbox.lockdown import can_filter
from explainer.sandbox.setup import Setup

pytestmark = pytest.mark.skipif(not can_filter(), reason="this kernel has no seccomp filters")
HONEST = "class A(nn.Module):\n    def forward(self, x):\n        return x.relu()\n"
LOOP = "while True: pass"
BARE = Setup(warm=(), cpu_s=1, wall_s=3)


@pytest.fixture(scope="module")
def sandbox():
    found = Sandbox(BARE)
    yield found
    found.stop()


def children_of(pid: int) -> set[int]:
    """Every process below this one."""
    found: set[int] = set()
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            try:
                fields = (folder / "stat").read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            if int(fields[1]) == pid:
                found |= {int(folder.name)} | children_of(int(folder.name))
    return found


def until(holds, seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.02)
    return holds()


def test_the_walls_have_names(sandbox):
    assert {"seccomp", "limits"} <= set(sandbox.layers)
    if os.geteuid() == 0:
        assert "nobody" in sandbox.layers


def test_a_killed_zygote_costs_one_answer_and_leaves_nothing_behind(sandbox):
    behind = Behind(sandbox)
    assert behind.run(Request(HONEST)).works
    before = sandbox.pid
    below = children_of(before)
    refusal: list[BaseException] = []

    def ask() -> None:
        try:
            behind.run(Request("import time\ntime.sleep(60)"))
        except SandboxRefused as error:
            refusal.append(error)

    asking = threading.Thread(target=ask)
    asking.start()
    assert until(lambda: len(children_of(before)) > len(below) - 1)
    time.sleep(0.2)
    os.kill(before, signal.SIGKILL)
    asking.join(10)
    assert isinstance(refusal[0], SandboxStopped)
    assert "run the paste once more" in str(refusal[0])
    assert behind.run(Request(HONEST)).works
    assert sandbox.pid != before
    assert until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in below | {before})), "no process and no zombie is left"


def test_no_descriptor_is_left_behind(sandbox):
    behind = Behind(sandbox)
    assert behind.run(Request(HONEST)).works
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(20):
        assert behind.run(Request(HONEST)).works
    assert len(list(Path("/proc/self/fd").iterdir())) <= before + 2


def test_the_zygote_never_holds_a_paste(sandbox):
    """Its whole memory is searched for a mark that a paste carried; the search itself is shown to find what is there."""
    behind = Behind(sandbox)
    mark = "zq" + "7f3a9c" * 4
    assert behind.run(Request(f"# {mark}\n{HONEST}")).works
    pids = {sandbox.pid} | children_of(sandbox.pid)
    if os.geteuid() != 0:
        pytest.skip("only root may read another process's memory")
    assert all(_count(pid, mark.encode()) == 0 for pid in pids)
    assert _count(sandbox.pid, b"It never sees a paste itself.") > 0


def _count(pid: int, mark: bytes) -> int:
    found = 0
    process = Path(f"/proc/{pid}")
    with (process / "maps").open() as maps, (process / "mem").open("rb", buffering=0) as memory:
        for line in maps:
            place, rights = line.split()[:2]
            if not rights.startswith("rw"):
                continue
            start, end = (int(number, 16) for number in place.split("-"))
            try:
                memory.seek(start)
                found += memory.read(end - start).count(mark)
            except (OSError, ValueError):
                continue  # a mapping of the kernel's own
    return found


def test_the_zygote_has_one_thread(sandbox):
    assert sandbox.layers
    for pid in {sandbox.pid} | children_of(sandbox.pid):
        assert len(list(Path(f"/proc/{pid}/task").iterdir())) == 1


def test_a_paste_that_is_no_longer_wanted_is_stopped(sandbox):
    started = time.monotonic()
    with pytest.raises(Cancelled):
        Behind(sandbox).run(Request("import time\ntime.sleep(2.5)"), cancelled=lambda: time.monotonic() - started > 0.5)
    assert Behind(sandbox).run(Request(HONEST)).works


def test_a_paste_sees_no_other_paste(sandbox):
    behind = Behind(sandbox)
    behind.run(Request("import sys, torch\nsys.modules['leak'] = torch.leak = 'secret'\nx = torch.zeros(1)"))
    result = behind.run(Request("import sys\nprint('leak' in sys.modules, hasattr(torch, 'leak'))\nx = torch.zeros(1)"))
    assert result.stdout == "False False\n"


def test_more_text_than_a_paste_can_be_is_refused(sandbox):
    with pytest.raises(SandboxRefused, match="128 KB"):
        Behind(sandbox).run(Request("x" * 200_000))


def test_an_address_that_computes_all_the_time_has_to_wait():
    sandbox = Sandbox(
        Setup(warm=(), cpu_s=1, wall_s=60, budget_s=0.5)
    )  # so that it ends by what it computed, however busy we are
    try:
        with pytest.raises(SandboxRefused, match="it may use 1 seconds"):
            sandbox.ask(job("paste", to_json(Request(LOOP))), address="10.0.0.1")
        with pytest.raises(SandboxRefused, match="has used its"):
            sandbox.ask(job("paste", to_json(Request(HONEST))), address="10.0.0.1")
        assert sandbox.ask(job("paste", to_json(Request(HONEST))), address="10.0.0.2")["mishap"] is None
    finally:
        sandbox.stop()


SEARCHING = """
class A(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(21, 8)

    def forward(self, x):
        n = self.fc.in_features
        while n != 21:
            n = n - 2
        return self.fc(x.flatten(1))

a = A()
a(torch.randn(1, 2, 12))
"""


def test_a_loop_in_what_is_tried_leaves_the_diagnosis(sandbox):
    """With 24 features, the change that is tried first, the loop has no end; what is known without it is the answer."""
    result = Behind(sandbox).run(Request(SEARCHING))
    found = diagnose(result)
    assert found is not None
    assert found.rule == "flatten_features"
    assert found.unfinished
    assert found.fixes == ()
    assert "The search for a change that makes it pass was stopped" in diagnosis_text(found, "en")
    assert not diagnose(replace(result, unfinished=False)).unfinished
