"""Talking to the child processes of a measurement."""

from __future__ import annotations

import json
import selectors
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
TIMEOUT_S = 300.0


def run_json(*arguments: str) -> Any:
    """What a module of ours prints, run in a process of its own."""
    command = [sys.executable, "-m", *arguments]
    return json.loads(subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout)


class Worker:
    """One long-lived child: it waits while others are measured, so that only one of them is busy at a time."""

    def __init__(self, tools: tuple[str, ...]) -> None:
        self.tools = tools
        self.child = self.start()

    def start(self) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "benchmarks.worker", *self.tools]
        return subprocess.Popen(
            command, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )

    def measure(self, name: str, samples: int) -> dict[str, Any]:
        """The child's answer; if it dies or takes too long, an answer without times, and a new child for the next network."""
        assert self.child.stdin is not None
        assert self.child.stdout is not None
        try:
            self.child.stdin.write(json.dumps({"name": name, "samples": samples}) + "\n")
            self.child.stdin.flush()
            line = self.child.stdout.readline() if self.has_answer() else ""
        except BrokenPipeError:
            line = ""
        if line:
            return json.loads(line)  # type: ignore[no-any-return]
        self.stop()
        self.child = self.start()
        errors = dict.fromkeys(self.tools, f"no answer within {TIMEOUT_S:.0f} s, or it died")
        return {"times": {}, "macs": {}, "first_ms": {}, "errors": errors}

    def has_answer(self) -> bool:
        with selectors.DefaultSelector() as selector:
            selector.register(self.child.stdout, selectors.EVENT_READ)  # type: ignore[arg-type]
            return bool(selector.select(TIMEOUT_S))

    def stop(self) -> None:
        self.child.kill()
        self.child.wait()
