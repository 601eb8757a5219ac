"""Nothing gets out: each hostile paste behind all walls, and behind seccomp and the limits alone as an ordinary user."""

from __future__ import annotations

import platform
import subprocess
import sys
import threading
import time

import pytest

from explainer.errors import BlocklensError
from explainer.language import say
from explainer.paste.explain import Behind
from explainer.paste.result import Request
from explainer.sandbox.client import Sandbox
from explainer.sandbox.lockdown import can_filter
from explainer.sandbox.setup import Setup
from tests.sandbox.hostile import ALL, KERNEL_CALLS, Hostile

pytestmark = pytest.mark.skipif(not can_filter(), reason="this kernel has no seccomp filters")
HONEST = (
    "class A(nn.Module):\n    def __init__(self, channels=8):\n        super().__init__()\n"
    "        self.c = nn.Conv2d(channels, 4, 3)\n    def forward(self, x): return self.c(x)"
)
SETUPS = {
    "all walls": Setup(cpu_s=1, wall_s=2.5, warm=()),
    "an ordinary user, seccomp and limits alone": Setup(
        cpu_s=1, wall_s=2.5, warm=(), namespaces=False, landlock=False, user=1234
    ),
}


@pytest.fixture(scope="module", params=list(SETUPS), ids=str)
def behind(request):
    with Behind(Sandbox(SETUPS[request.param])) as found:
        yield found


def told(behind: Behind, code: str) -> tuple[str, str]:
    """What the paste printed, and what its author is told."""
    try:
        result = behind.run(Request(code))
    except BlocklensError as error:
        return "", say(error.sentence, "en")
    failure = result.trace.failure if result.trace else None
    stopped = result.mishap or failure
    return result.stdout, f"{stopped.error}: {stopped.message}" if stopped else ""


@pytest.mark.parametrize("name", ALL)
def test_it_is_contained_and_its_author_is_told(behind, name):
    if name in KERNEL_CALLS and platform.machine() != "x86_64":
        pytest.skip("these numbers are of x86_64")
    printed, words = told(behind, ALL[name].code)
    assert "ESCAPED" not in printed
    assert ALL[name].words in words
    assert len(printed) <= 8192
    assert behind.run(Request(HONEST)).works


REAL = {name: hostile for name, hostile in ALL.items() if hostile.real}


def test_the_attacks_are_real():
    """Where nothing is locked they succeed, so that what the wall refuses is worth refusing."""
    assert len(REAL) >= 25
    failed = [name for name, hostile in REAL.items() if "ESCAPED" not in _unlocked(hostile)]
    assert failed == []


def _unlocked(hostile: Hostile) -> str:
    code = hostile.code.replace("x = torch.zeros(2)", "").replace(
        "import torch\n", "import types, os\ntorch = types.SimpleNamespace(os=os)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd="/", stdin=subprocess.DEVNULL
    )
    return done.stdout


def test_an_honest_paste_is_answered_at_once_while_ten_hostile_ones_run():
    """They come from one address, which never gets the last slot; whoever comes from another does not even queue."""
    with Behind(Sandbox(Setup(cpu_s=1, wall_s=2, warm=(), slots=2))) as behind:
        assert behind.run(Request(HONEST), address="10.0.0.2").works
        refused: list[str] = []

        def attack() -> None:
            try:
                behind.run(Request("while True: pass"), address="10.0.0.1")
            except BlocklensError as error:
                refused.append(say(error.sentence, "en"))

        threads = [threading.Thread(target=attack) for _ in range(10)]
        for thread in threads:
            thread.start()
        time.sleep(0.3)
        positions: list[int] = []
        for _ in range(5):
            assert behind.run(Request(HONEST), waiting=positions.append, address="10.0.0.2").works
        assert len(refused) < 10, "they were still there"
        for thread in threads:
            thread.join()
    assert positions == []
    assert len(refused) == 10
    assert all("it may use" in words for words in refused)
