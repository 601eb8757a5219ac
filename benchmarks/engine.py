"""Our engine beside other tools, on whole networks: time, multiply-adds, growth and memory.

``python -m benchmarks.engine [--repeats N] [--only NAME ...] [--out DIR] [--no-scaling]`` prints Markdown tables, and
writes ``engine.json`` and ``engine.png`` there (Linux only). The other tools are in ``benchmarks/requirements.txt``; one that is
not installed is left out.

Every tool lives in a process of its own, all started at the beginning, and only one of them is ever busy. A round asks each
process in turn; the plain forward and ours share a process and alternate call by call. Figures are medians over the rounds.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from benchmarks.architectures import ARCHITECTURES
from benchmarks.chart import save_chart
from benchmarks.processes import Worker, run_json
from benchmarks.report import judge, make_report
from benchmarks.rivals import PROCESSES, TOOLS, find_version

OUR_SAMPLES = 3


def find_versions() -> dict[str, str | None]:
    return {package: find_version(package) for package in sorted({tool.package for tool in TOOLS.values()} | {"matplotlib"})}


def describe_machine() -> dict[str, Any]:
    """Words about the machine, none that name it."""
    info = Path("/proc/cpuinfo")
    model = re.search(r"^model name\s*:\s*(.+)$", info.read_text(), re.MULTILINE) if info.exists() else None
    return {
        "processor": model[1] if model else platform.machine(),
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "load": [round(load, 2) for load in os.getloadavg()],
    }


def measure_network(name: str, workers: list[Worker], repeats: int) -> dict[str, Any]:
    """Rounds over all processes; a process whose tools all failed on this network is not asked again."""
    samples: dict[str, list[float]] = {}
    row: dict[str, Any] = {"name": name, "macs": {}, "errors": {}, "first_ms": {}}
    for _ in range(repeats):
        for worker in workers:
            if row["errors"].keys() >= set(worker.tools):
                continue
            answer = worker.measure(name, OUR_SAMPLES if "blocklens" in worker.tools else 1)
            for tool, times in answer.pop("times").items():
                samples.setdefault(tool, []).extend(times)
            for kind in ("macs", "errors", "first_ms"):
                row[kind] |= answer.pop(kind)
            row |= answer
    row["ms"] = {tool: median(times) for tool, times in samples.items()}
    row["spread_ms"] = {tool: summarise(times) for tool, times in samples.items()}
    return row


def summarise(times: list[float]) -> dict[str, float]:
    low, _, high = quantiles(times, n=4) if len(times) > 1 else times * 3
    return {"count": len(times), "least": min(times), "lower_quartile": low, "upper_quartile": high}


def measure(names: list[str], repeats: int, *, scaling: bool) -> dict[str, Any]:
    versions = find_versions()
    figures: dict[str, Any] = {
        "date": datetime.now(UTC).date().isoformat(),
        "machine": describe_machine(),
        "versions": versions,
        "rounds": repeats,
        "notes": {name: tool.note for name, tool in TOOLS.items()},
        "networks": [],
    }
    with ExitStack() as stack:
        workers = [Worker(tools) for tools in PROCESSES if all(versions[TOOLS[tool].package] for tool in tools)]
        for worker in workers:
            stack.callback(worker.stop)
        figures["networks"] = [measure_network(name, workers, repeats) for name in names]
    if scaling:
        figures["linearity"] = run_json("benchmarks.scaling", "linearity")
        figures["memory"] = {kind: run_json("benchmarks.scaling", kind) for kind in ("resident", "tracemalloc")}
    figures["goals"] = judge(figures["networks"], figures)
    return figures


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.engine", description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=7, metavar="N", help="rounds per network (default 7)")
    parser.add_argument("--only", nargs="+", choices=list(ARCHITECTURES), default=list(ARCHITECTURES), metavar="NAME")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent, metavar="DIR")
    parser.add_argument("--no-scaling", action="store_true", help="leave out growth and memory")
    return parser.parse_args()


def main() -> None:
    arguments = parse_arguments()
    figures = measure(arguments.only, arguments.repeats, scaling=not arguments.no_scaling)
    print(make_report(figures))
    arguments.out.mkdir(parents=True, exist_ok=True)
    (arguments.out / "engine.json").write_text(json.dumps(figures, indent=1) + "\n")
    if figures["versions"]["matplotlib"]:
        save_chart(figures, arguments.out / "engine.png")


if __name__ == "__main__":
    main()
