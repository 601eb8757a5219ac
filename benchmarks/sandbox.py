"""How long a paste waits for its answer, and what its process weighs: ``python -m benchmarks.sandbox``.

A small block (two convolutions, a norm, a gate, a skip) is sent again and again: to the sandbox with and without a spare child,
to no sandbox at all, and to a new interpreter that imports torch first, all in one run. Writes benchmarks/sandbox.json.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

from explainer.paste.explain import Behind
from explainer.paste.result import Request
from explainer.paste.run import run_paste
from explainer.sandbox.client import Sandbox
from explainer.sandbox.setup import Setup
from explainer.sandbox.trusted import TrustedProcess

ROUNDS, COLD_ROUNDS = 100, 5
REST_S = 0.1  # between two pastes, as between two clicks of one person
BLOCK = """
class Block(nn.Module):
    def __init__(self, channels=64):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.gate = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(channels, channels, 1), nn.Sigmoid())

    def forward(self, x):
        out = self.conv2(F.relu(self.norm(self.conv1(x))))
        return F.relu(x + out * self.gate(out))
"""
OUT = Path(__file__).with_suffix(".json")


def request(device: str, number: int) -> Request:
    """A paste that was never sent before."""
    return Request(f"{BLOCK}# {number}\n", device=device)


def times(ask: Callable[[Request], object], device: str, rounds: int) -> list[float]:
    """Milliseconds from the request to the whole answer, after a few that do not count."""
    found = []
    for number in range(-3 if rounds > COLD_ROUNDS else 0, rounds):
        started = time.perf_counter()
        ask(request(device, number))
        if number >= 0:
            found.append((time.perf_counter() - started) * 1000)
        time.sleep(REST_S)
    return found


@contextmanager
def sandbox(spares: int) -> Iterator[Sandbox]:
    found = Sandbox(Setup(spares=spares, budget_s=1e9))
    assert found.layers
    try:
        yield found
    finally:
        found.stop()


def memory_mb(pid: int, kind: str = "Private_") -> float:
    """Memory that this process shares with no other, or all that it maps (``Rss``)."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0  # it has just ended
    return round(sum(int(line.split()[1]) for line in lines if line.startswith(kind)) / 1024, 1)


def below(pid: int) -> list[int]:
    """Every process under this one."""
    found = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True, check=False).stdout.split()
    return [child for number in found for child in (int(number), *below(int(number)))]


def memory() -> dict[str, float]:
    """MB of a child that waits, and of one that has run the block and is not gone yet."""
    with sandbox(spares=1) as found:
        Behind(found).run(request("cpu", 0))
        time.sleep(1)
        family = below(found.pid)
        zygote = max(family, key=lambda pid: memory_mb(pid, "Rss"))
        idle = max(memory_mb(pid) for pid in family if pid != zygote)
        busy = Request(f"{BLOCK}\nBlock()(torch.randn(1, 64, 56, 56))\nimport time\ntime.sleep(3)", device="cpu")
        thread = Thread(target=Behind(found).run, args=(busy,))
        thread.start()
        time.sleep(2)
        working = max(memory_mb(pid) for pid in below(found.pid) if pid != zygote)
        thread.join()
    return {"waiting child, its own": idle, "busy child, its own": working}


def main() -> None:
    table: dict[str, dict[str, list[float]]] = {}
    for device in ("meta", "cpu"):
        table.setdefault("no sandbox, in this process", {})[device] = times(run_paste, device, ROUNDS)
        for spares, name in ((0, "sandbox, forked on demand"), (1, "sandbox, a child waits")):
            with sandbox(spares) as found:
                table.setdefault(name, {})[device] = times(Behind(found).run, device, ROUNDS)
        table.setdefault("new Python, import torch", {})[device] = times(Behind(TrustedProcess()).run, device, COLD_ROUNDS)
    figures = {
        way: {
            device: {"p50_ms": round(statistics.median(found), 1), "p95_ms": round(sorted(found)[int(len(found) * 0.95)], 1)}
            for device, found in by_device.items()
        }
        for way, by_device in table.items()
    }
    weights = memory()
    OUT.write_text(json.dumps({"latency": figures, "memory_mb": weights}, indent=1) + "\n", encoding="utf-8")
    print(f"{'':32}{'meta p50':>10}{'p95':>9}{'cpu p50':>10}{'p95':>9}   ms")
    for way, devices in figures.items():
        meta, cpu = devices["meta"], devices["cpu"]
        print(f"{way:32}{meta['p50_ms']:>10}{meta['p95_ms']:>9}{cpu['p50_ms']:>10}{cpu['p95_ms']:>9}")
    print(", ".join(f"{name} {amount} MB" for name, amount in weights.items()))


if __name__ == "__main__":
    main()
