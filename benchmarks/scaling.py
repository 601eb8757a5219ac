"""How time and memory of a trace grow: chains of up to 20,000 ops, and a network of a billion parameters on meta.

``python -m benchmarks.scaling linearity|resident|tracemalloc`` prints JSON; each wants a process of its own.
"""

from __future__ import annotations

import json
import re
import sys
import tracemalloc
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from benchmarks.architectures.gpt2 import GPT2
from benchmarks.rivals import run_blocklens, run_plain
from benchmarks.timing import settle, time_in_turn

SIZES = (1_000, 5_000, 20_000)
STATUS = Path("/proc/self/status")
PEAK_RESET = Path("/proc/self/clear_refs")


class FunctionChain(nn.Module):
    """``length`` functional calls and operators in one forward."""

    def __init__(self, length: int) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(16))
        self.length = length

    def forward(self, x: Tensor) -> Tensor:
        for _ in range(self.length // 4):
            x = F.relu(x + 1)
            x = (x * self.scale).transpose(0, 1)  # (16, 16)
        return x


def make_module_chain(length: int) -> nn.Sequential:
    """``length`` modules of one op each, all of them different."""
    return nn.Sequential(*(nn.Linear(16, 16) if i % 2 == 0 else nn.ReLU() for i in range(length)))


def make_large_model() -> nn.Module:
    """GPT-2's form with 34 layers of width 1536: just over a billion parameters."""
    return GPT2(dim=1536, depth=34, num_heads=24)


def measure_linearity(samples: int = 5) -> list[dict[str, Any]]:
    """Medians in microseconds per op, one row per kind of chain and size."""
    rows = []
    inputs = (torch.empty(16, 16, device="meta"),)
    kinds: dict[str, Callable[[int], nn.Module]] = {"functions": FunctionChain, "modules": make_module_chain}
    for kind, make in kinds.items():
        for size in SIZES:
            with torch.device("meta"):
                module = make(size).eval()
            calls = {"plain": partial(run_plain, module, inputs), "blocklens": partial(run_blocklens, module, inputs)}
            ops = len(calls["blocklens"]()[0].ops)
            settle()
            times = time_in_turn(calls, samples)
            rows.append({"chain": kind, "ops": ops, **{f"{name}_us": median(ms) * 1e3 / ops for name, ms in times.items()}})
    return rows


def read_status_mb(field: str) -> float:
    found = re.search(rf"^{field}:\s+(\d+) kB", STATUS.read_text(), re.MULTILINE)
    if found is None:
        raise OSError(f"{STATUS} has no {field}")
    return int(found[1]) * 1024 / 1e6


def measure_resident_growth(call: Callable[[], object]) -> float:
    """MB by which the resident set grew at most during the call."""
    PEAK_RESET.write_text("5")  # the kernel forgets the peak so far
    before = read_status_mb("VmRSS")
    result = call()
    growth = read_status_mb("VmHWM") - before
    del result
    return growth


def measure_allocations(call: Callable[[], object]) -> float:
    """MB that Python itself had allocated at most during the call."""
    tracemalloc.start()
    result = call()
    peak = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    del result
    return peak


def measure_memory(measure: Callable[[Callable[[], object]], float]) -> dict[str, Any]:
    """Peaks of tracing the large model; ``first`` is a small trace before it, which pays for torch's late imports."""
    with torch.device("meta"):
        small, large = FunctionChain(8).eval(), make_large_model().eval()
    tokens = torch.zeros(1, 256, dtype=torch.long, device="meta")
    first = measure(partial(run_blocklens, small, (torch.empty(16, 16, device="meta"),)))
    peak = measure(partial(run_blocklens, large, (tokens,)))
    trace, totals = run_blocklens(large, (tokens,))
    return {"param_count": totals.param_count, "ops": len(trace.ops), "first_mb": first, "peak_mb": peak}


MEASURES: dict[str, Callable[[], Any]] = {
    "linearity": measure_linearity,
    "resident": partial(measure_memory, measure_resident_growth),
    "tracemalloc": partial(measure_memory, measure_allocations),
}


def main() -> None:
    warnings.simplefilter("ignore")
    with torch.no_grad():
        print(json.dumps(MEASURES[sys.argv[1]]()))


if __name__ == "__main__":
    main()
