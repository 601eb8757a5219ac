"""How fast the app feels, beside Streamlit alone: ``python -m benchmarks.app [--rounds N] [--sessions N] [--out FILE]``.

Three questions. *First content*: from the address until the main heading can be seen, a new browser profile each time, ours
against an empty app, once everything is loaded and right after the server started. *A change*: from the key that steps a number
to the new result in the page, ours against a bare page with as many widgets of the same kinds and one line of result. *A class*:
a hundred pages open at once, each changing a number every three seconds, spoken to in Streamlit's own protocol; how long until
the answer begins and until it is whole.

Times are the browser's own; rounds alternate between the two, so that what else the machine does meets both. The worst of the
pages counts. Prints one table, writes the figures as JSON. It needs a Chromium.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles
from typing import Any, NamedTuple

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.bare_app import KINDS
from benchmarks.engine import describe_machine
from benchmarks.sessions import Visitor
from tests.browser.serving import ROOT, find_chromium, free_port, launch, settle, wait_until, wait_until_healthy

CONTENT_BAR, CHANGE_BAR, CLASS_BAR_MS = 1.2, 1.5, 100.0
PAUSE_S = 3.0
QUIET_MS = 300  # until the page is asked what it measured: to be asked meanwhile keeps a machine of two cores busy


class Change(NamedTuple):
    """A page, the field that is stepped there, and where its result is read."""

    path: str
    field: str
    result: str


CHANGES = (
    Change("layer", "out_channels", ".bl-facts"),
    Change("blocks", "channels", ".bl-facts"),
    Change("compare", "a_channels", ".bl-compare"),
    Change("stack", "card-row-kernel_size", ".bl-sub"),
)
BARE = Change("", "number-0", ".result")
# What a class does: most turn a layer's numbers, some a block's.
CLASS = (("layer", "out_channels"), ("layer", "height"), ("layer", "padding"), ("blocks", "channels"))

HEADING = """window.firstContent = null;
new MutationObserver(() => {
  if (window.firstContent !== null) return;
  const heading = document.querySelector("[data-testid=stMain] h1");
  const shown = heading?.textContent.trim() && heading.checkVisibility({ visibilityProperty: true });
  if (shown) window.firstContent = performance.now();
}).observe(document, { subtree: true, childList: true, characterData: true });"""
STEP = """(selector) => {
  const read = () => [...document.querySelectorAll(selector)].map((one) => one.textContent).join("|");
  const before = read();
  window.changed = null;
  document.addEventListener("keydown", () => {
    const start = performance.now();
    const watcher = new MutationObserver(() => {
      if (["", before].includes(read())) return; // a result that is gone is no new one
      watcher.disconnect();
      window.changed = performance.now() - start;
    });
    watcher.observe(document.body, { subtree: true, childList: true, characterData: true });
  }, { once: true, capture: true });
}"""


@contextmanager
def serving(script: str) -> Iterator[str]:
    """A server of its own; what decides its speed is the same for both: the settings of the project."""
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", script, "--server.headless=true", "--server.address=127.0.0.1"]
    environment = {**os.environ, "STREAMLIT_BROWSER_GATHER_USAGE_STATS": "false"}
    with subprocess.Popen([*command, f"--server.port={port}"], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL) as server:
        try:
            wait_until_healthy(f"http://127.0.0.1:{port}/_stcore/health", server)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()


def wait_until_loaded(url: str, timeout_s: float = 120) -> None:
    until = time.monotonic() + timeout_s
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(f"{url}/healthz", timeout=5):
                return
        except OSError:
            time.sleep(0.5)
    raise TimeoutError("the server did not get ready")


def first_content(browser: Browser, url: str) -> float:
    """Milliseconds from the address to the main heading, in a profile that has never been here."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.add_init_script(HEADING)
    page.goto(url, wait_until="commit")
    wait_until(page, "window.firstContent !== null", 60)
    found = float(page.evaluate("window.firstContent"))
    context.close()
    return found


def measure_content(browser: Browser, ours: str, bare: str, rounds: int) -> dict[str, list[float]]:
    samples: dict[str, list[float]] = {"bare": [], "home": [], "layer": []}
    for turn in range(rounds + 1):
        for name, url in (("bare", bare), ("home", ours), ("layer", f"{ours}/layer")):
            took = first_content(browser, url)
            if turn:  # the first meets files that nobody has read yet
                samples[name].append(took)
    return samples


def measure_cold(browser: Browser, rounds: int) -> dict[str, list[float]]:
    """The first visitor of a server that has just started, ours and an empty one in turn."""
    samples: dict[str, list[float]] = {"bare": [], "home": []}
    for _ in range(rounds):
        for name, script in (("bare", "benchmarks/bare_app.py"), ("home", "app.py")):
            with serving(script) as url:
                samples[name].append(first_content(browser, url))
    return samples


def opened(browser: Browser, url: str, change: Change) -> Page:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(f"{url}/{change.path}")
    page.locator(f".st-key-{change.field} input").first.wait_for(timeout=60_000)
    settle(page)
    page.wait_for_timeout(1500)  # components are drawn a moment after the run
    return page


def widgets_of(page: Page) -> str:
    """The query of a bare page with as many widgets of each kind."""
    counts = {kind: page.locator(f"[data-testid={kind}]").count() for kind in KINDS}
    return "&".join(f"{kind}={count}" for kind, count in counts.items() if count)


def step(page: Page, change: Change) -> float:
    """Milliseconds from the key to the new result."""
    page.locator(f".st-key-{change.field} input").first.focus()
    page.evaluate(STEP, change.result)
    page.keyboard.press("ArrowUp")
    page.wait_for_timeout(QUIET_MS)
    wait_until(page, "window.changed !== null", 60)
    settle(page)
    return float(page.evaluate("window.changed"))


def measure_change(browser: Browser, ours: str, bare: str, change: Change, rounds: int) -> dict[str, Any]:
    """Steps in turn on our page and on the bare one; every step makes numbers that nobody has asked for before."""
    page = opened(browser, ours, change)
    query = widgets_of(page)
    beside = opened(browser, bare, BARE._replace(path=f"?{query}"))
    samples: dict[str, list[float]] = {"ours": [], "bare": []}
    for turn in range(rounds + 1):
        for name, where, what in (("bare", beside, BARE), ("ours", page, change)):
            where.bring_to_front()
            took = step(where, what)
            if turn:
                samples[name].append(took)
    for one in (page, beside):
        one.close()
    return {"page": change.path, "widgets": query, "samples": samples}


async def attend(url: str, page: str, field: str, seconds: float, found: dict[str, list[float]]) -> None:
    """One student: opens the page, then changes a number every few seconds."""
    visitor = Visitor(url, page)
    found["open"].append(await visitor.open() * 1e3)
    until = time.monotonic() + seconds
    await asyncio.sleep(random.uniform(0, PAUSE_S))
    while time.monotonic() < until:
        begun, whole = await visitor.change(field)
        found["first"].append(begun * 1e3)
        found["whole"].append(whole * 1e3)
        await asyncio.sleep(random.uniform(0.5, 1.5) * PAUSE_S)
    await visitor.close()


async def measure_class(url: str, sessions: int, seconds: float) -> dict[str, Any]:
    found: dict[str, list[float]] = {"open": [], "first": [], "whole": []}
    turns = (CLASS[number % len(CLASS)] for number in range(sessions))
    await asyncio.gather(*(attend(url, page, field, seconds, found) for page, field in turns))
    return {"sessions": sessions, "changes": len(found["whole"]), **{name: spread(times) for name, times in found.items()}}


def spread(times: list[float]) -> dict[str, float]:
    cuts = quantiles(times, n=20) if len(times) > 1 else times * 19
    return {"median_ms": median(times), "p95_ms": cuts[18], "most_ms": max(times)}


def judge(figures: dict[str, Any]) -> list[list[str]]:
    """One line per figure: what, ours, Streamlit alone, the bar, whether it is reached."""
    kinds = {"content": "first content", "cold": "first content, server just started"}
    rows = [
        _ratio(f"{words}, {name}", figures[kind][name], figures[kind]["bare"], CONTENT_BAR)
        for kind, words in kinds.items()
        for name in figures[kind]
        if name != "bare"
    ]
    for change in figures["changes"]:
        samples = change["samples"]
        rows += [_ratio(f"a number changes, {change['page']}", samples["ours"], samples["bare"], CHANGE_BAR)]
    crowd = figures["class"]
    took, late, begun = crowd["whole"]["median_ms"], crowd["whole"]["p95_ms"], crowd["first"]["median_ms"]
    words = f"{crowd['sessions']} sessions, whole answer (p95 {late:.0f} ms, begins after {begun:.0f} ms)"
    rows.append([words, f"{took:.0f} ms", "-", f"{CLASS_BAR_MS:.0f} ms", "yes" if took < CLASS_BAR_MS else "NO"])
    return rows


def _ratio(words: str, ours: list[float], bare: list[float], bar: float) -> list[str]:
    one, other = median(ours), median(bare)
    return [words, f"{one:.0f} ms", f"{other:.0f} ms", f"{one / other:.2f} of {bar}", "yes" if one <= bar * other else "NO"]


def make_table(figures: dict[str, Any]) -> str:
    head = ["figure, median", "Blocklens", "Streamlit alone", "bar", "reached"]
    lines = [head, ["---", *["---:"] * 4], *judge(figures)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.app", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--sessions", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=30, help="how long the class works")
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks" / "app.json")
    options = parser.parse_args()
    figures: dict[str, Any] = {"machine": describe_machine()}
    with serving("app.py") as ours, serving("benchmarks/bare_app.py") as bare, sync_playwright() as playwright:
        wait_until_loaded(ours)
        browser = launch(playwright, find_chromium() or "")
        figures["content"] = measure_content(browser, ours, bare, options.rounds)
        figures["changes"] = [measure_change(browser, ours, bare, change, options.rounds) for change in CHANGES]
        browser.close()
    with serving("app.py") as ours:
        wait_until_loaded(ours)
        figures["class"] = asyncio.run(measure_class(ours, options.sessions, options.seconds))
    with sync_playwright() as playwright:
        browser = launch(playwright, find_chromium() or "")
        figures["cold"] = measure_cold(browser, max(3, options.rounds // 3))
        browser.close()
    options.out.write_text(json.dumps(figures, indent=1) + "\n")
    print(make_table(figures))


if __name__ == "__main__":
    main()
