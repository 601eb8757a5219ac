"""The child process of a measurement: builds a network once, and times the tools it was started for whenever it is asked.

``python -m benchmarks.worker TOOL ...`` reads one JSON request per line, ``{"name": ..., "samples": ...}``, and answers with one.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import warnings
from collections.abc import Callable
from functools import partial
from time import perf_counter
from typing import Any, TextIO

import torch
from torch import nn

from benchmarks.architectures import ARCHITECTURES, Architecture
from benchmarks.rivals import TOOLS
from benchmarks.timing import settle, time_in_turn


class Bench:
    """The network that is measured now, and the calls that measure it."""

    def __init__(self, tools: list[str]) -> None:
        self.tools = tools
        self.name = ""
        self.calls: dict[str, Callable[[], object]] = {}
        self.facts: dict[str, Any] = {}

    def load(self, name: str) -> None:
        """Build the network and run each tool on it until it is warm; note what does not change from round to round."""
        self.name, self.calls, self.facts = name, {}, {"macs": {}, "errors": {}, "first_ms": {}}
        for tool in self.tools:
            try:
                self.warm_up(tool, ARCHITECTURES[name])
            except Exception as error:  # noqa: BLE001 - a tool that fails on a network is a finding, and goes into the table
                self.facts["errors"][tool] = f"{type(error).__name__}: {error}".splitlines()[0][:200]
        if "plain" in self.calls:
            self.facts["batch_norm_share"] = find_batch_norm_share(name)
        settle()

    def warm_up(self, tool: str, architecture: Architecture) -> None:
        """The first call is noted too: nobody opens a network twice."""
        device = TOOLS[tool].device
        call = partial(TOOLS[tool].run, architecture.build(device), architecture.inputs(device))
        self.facts["first_ms"][tool] = time_in_turn({tool: call}, 1)[tool][0]
        result = call()
        self.facts["macs"][tool] = TOOLS[tool].macs(result)
        self.calls[tool] = call
        if tool == "blocklens":
            self.facts |= describe(*result)

    def measure(self, name: str, samples: int) -> dict[str, Any]:
        if name != self.name:
            self.load(name)
        return {"times": time_in_turn(self.calls, samples), **self.facts}


def describe(trace: Any, totals: Any) -> dict[str, Any]:
    return {"ops": len(trace.ops), "param_count": totals.param_count, "uncounted": list(totals.uncounted)}


def find_batch_norm_share(name: str, runs: int = 5) -> float:
    """The part of the plain meta forward's time that is spent inside batch norms, the median of some runs."""
    module, inputs = ARCHITECTURES[name].build(), ARCHITECTURES[name].inputs()
    started: list[float] = []
    spent = [0.0]

    def stop(*_: object) -> None:
        spent[0] += perf_counter() - started.pop()

    for child in module.modules():
        if isinstance(child, nn.modules.batchnorm._BatchNorm):  # noqa: SLF001 - torch names its common base so
            child.register_forward_pre_hook(lambda *_: started.append(perf_counter()))
            child.register_forward_hook(stop)
    shares = []
    for _ in range(runs):
        spent[0] = 0.0
        start = perf_counter()
        module(*inputs)
        shares.append(spent[0] / (perf_counter() - start))
    return sorted(shares)[runs // 2]


def take_stdout() -> TextIO:
    """The answers' own channel: whatever a tool prints goes to stderr instead."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    return answers


def main() -> None:
    answers = take_stdout()
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    bench = Bench(sys.argv[1:])
    with torch.no_grad():
        bench.load("resnet18")  # imports, and whatever else a tool does once, are not the first network's
    bench.name = ""
    for line in sys.stdin:
        with torch.no_grad():
            answer = bench.measure(**json.loads(line))
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
