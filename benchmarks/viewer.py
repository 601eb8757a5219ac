"""How long a drawing takes to appear and to change, ours beside ``st.graphviz_chart`` and torchview's SVG, in one browser.

``python -m benchmarks.viewer [--repeats N] [--lengths 20 50 ...] [--out FILE]`` prints a Markdown table and writes the figures
as JSON. It needs a Chromium; torchview is in ``benchmarks/requirements.txt`` and left out where it is missing.

Times are the browser's own, from the click on a button to the first frame that shows the new drawing; they hold the trace and
the layout on the server. The longest gap between two frames tells for how long the page stood still. Panning is measured in
frames per second while the drawing is dragged. On a busy machine the work tells more than the clock: the processor time of one
change, of the server with its layout program (Linux) and of the page's main thread.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import Any

from playwright.sync_api import Page, sync_playwright

from tests.browser.serving import find_chromium, launch, settle

ROOT = Path(__file__).parents[1]
TOOLS = ("blocklens", "graphviz_chart", "torchview")
PORT = 8789

# Clicks and waits for the mark of the new drawing; shadow roots included.
CLICK = """async ([tool, mark, most]) => {
  const roots = () => [document, ...[...document.querySelectorAll("*")].map((item) => item.shadowRoot).filter(Boolean)];
  const found = {
    blocklens: () => roots().some((root) => root.querySelector("svg.bl-graph")?.textContent.includes(mark)),
    graphviz_chart: () => document.querySelector("[data-testid=stGraphVizChart] svg")?.textContent.includes(mark),
    torchview: () => [...document.querySelectorAll("img")].some((image) => image.src !== window.lastImage && image.complete
      && image.naturalWidth > 0),
  }[tool];
  const button = [...document.querySelectorAll("button")].find((item) => item.textContent === "change");
  window.lastImage = document.querySelector("[data-testid=stImage] img")?.src;
  const start = performance.now();
  let [last, gap] = [start, 0];
  button.click();
  while (performance.now() - start < most) {
    await new Promise(requestAnimationFrame);
    const now = performance.now();
    gap = Math.max(gap, now - last);
    last = now;
    if (found()) {
      await new Promise(requestAnimationFrame);
      return [performance.now() - start, Math.max(gap, performance.now() - last)];
    }
  }
  return null;
}"""
FRAMES = """async () => {
  let [count, start] = [0, performance.now()];
  while (performance.now() - start < 1000) { await new Promise(requestAnimationFrame); count += 1; }
  return count / ((performance.now() - start) / 1000);
}"""


def wait_for(page: Page, tool: str) -> None:
    place = {"blocklens": "svg.bl-graph .node", "graphviz_chart": "[data-testid=stGraphVizChart] svg g", "torchview": "img"}[tool]
    page.locator(place).first.wait_for(state="attached", timeout=120_000)


def server_seconds(process: int) -> float:
    """Processor time of a process and of its children that have ended."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return sum(int(fields[at]) for at in (11, 12, 13, 14)) / os.sysconf("SC_CLK_TCK")


def page_clock(page: Page) -> Callable[[], float]:
    """A clock that goes while the page's main thread works, in seconds."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})

    def read() -> float:
        found = {item["name"]: item["value"] for item in session.send("Performance.getMetrics")["metrics"]}
        return float(found["TaskDuration"])

    return read


def measure(page: Page, url: str, tool: str, length: int, repeats: int, server: int) -> dict[str, Any]:
    started = time.perf_counter()
    page.goto(f"{url}/?tool={tool}&length={length}")
    wait_for(page, tool)
    opened = (time.perf_counter() - started) * 1e3
    settle(page)
    samples, work, page_seconds = [], [], page_clock(page)
    for turn in range(1, repeats + 1):
        before = server_seconds(server), page_seconds()
        found = page.evaluate(CLICK, [tool, f"{17 + turn}×16×16", 120_000])
        settle(page)
        after = server_seconds(server), page_seconds()
        if found:
            samples.append(found)
            work.append([(late - early) * 1e3 for early, late in zip(before, after, strict=True)])
    times, gaps = zip(*samples, strict=True) if samples else ((), ())
    row = {"tool": tool, "layers": length, "open_ms": opened}
    row |= {"change_ms": median(times) if times else None, "still_ms": median(gaps) if gaps else None}
    row |= dict(zip(("server_cpu_ms", "page_cpu_ms"), map(median, zip(*work, strict=True)), strict=True)) if work else {}
    return row | (pan(page, page_seconds) if tool == "blocklens" else {})


def pan(page: Page, page_seconds: Callable[[], float]) -> dict[str, float]:
    """Frames per second while the drawing is dragged up and down, and what one of them costs the page's main thread."""
    box = page.locator(".view").bounding_box()
    assert box
    x, y = box["x"] + 20, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.evaluate("() => { window.frames = undefined; }")
    page.evaluate(f"() => {{ window.counting = ({FRAMES})(); }}")
    before, end = page_seconds(), time.perf_counter() + 1
    turn = 0
    while time.perf_counter() < end:
        turn += 1
        page.mouse.move(x, y - (turn % 40) * 4)
    found = float(page.evaluate("() => window.counting"))
    spent = page_seconds() - before
    page.mouse.up()
    return {"frames_per_s": found, "frame_cpu_ms": spent * 1e3 / max(1.0, found)}


def make_table(rows: list[dict[str, Any]]) -> str:
    columns = {
        "open_ms": "open, ms",
        "change_ms": "change, ms",
        "still_ms": "longest standstill, ms",
        "server_cpu_ms": "server, CPU ms",
        "page_cpu_ms": "page, CPU ms",
        "frames_per_s": "frames/s while panning",
        "frame_cpu_ms": "page, CPU ms a frame",
    }
    lines = [f"| tool | layers | {' | '.join(columns.values())} |", "|---" + "|---:" * (len(columns) + 1) + "|"]
    for row in rows:
        numbers = [row.get(name) for name in columns]
        cells = ["-" if number is None else f"{number:,.0f}" for number in numbers]
        lines.append(f"| {row['tool']} | {row['layers']} | {' | '.join(cells)} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--lengths", type=int, nargs="+", default=[20, 50, 200, 1000])
    parser.add_argument("--tools", nargs="+", default=list(TOOLS))
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks" / "viewer.json")
    options = parser.parse_args()
    tools = [tool for tool in options.tools if tool != "torchview" or find_spec("torchview")]
    command = [
        sys.executable,
        "-m",
        "streamlit",
        "run",
        "benchmarks/viewer_app.py",
        "--server.headless=true",
        f"--server.port={PORT}",
    ]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT), os.environ.get("PYTHONPATH", "")))}
    rows = []
    with subprocess.Popen(
        [*command, "--server.address=127.0.0.1"], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL
    ) as server:
        try:
            time.sleep(6)
            with sync_playwright() as playwright:
                browser = launch(playwright, find_chromium() or "")
                for tool in tools:  # torch and the tool are loaded once per server
                    page = browser.new_page()
                    page.goto(f"http://127.0.0.1:{PORT}/?tool={tool}&length=2")
                    wait_for(page, tool)
                    page.close()
                for length in options.lengths:
                    for tool in tools:
                        page = browser.new_page(viewport={"width": 1280, "height": 900})
                        page.set_default_timeout(180_000)
                        rows.append(measure(page, f"http://127.0.0.1:{PORT}", tool, length, options.repeats, server.pid))
                        print(rows[-1], flush=True)
                        page.close()
                browser.close()
        finally:
            server.terminate()
    options.out.write_text(json.dumps({"load": [round(n, 1) for n in os.getloadavg()], "rows": rows}, indent=1) + "\n")
    print(make_table(rows))


if __name__ == "__main__":
    main()
