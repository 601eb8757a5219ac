"""Where the boxes go: Graphviz places them, we draw them.

The layout runs in a process of its own: ``dot`` where the system has one, else the binary that ``graphviz-pure`` brings.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from explainer.errors import BlocklensError, TooLarge

Point = tuple[float, float]

TIMEOUT_S = 20


@dataclass(frozen=True, slots=True)
class Route:
    """The way of an edge: the control points of its Bezier curves, where its arrow ends, where its label is centred."""

    points: tuple[Point, ...]
    tip: Point | None
    label_at: Point | None


@dataclass(frozen=True, slots=True)
class Layout:
    """Positions in points, y downwards: the centre of each node, the route of each edge in order, the frame of each group."""

    width: float
    height: float
    nodes: dict[str, Point]
    edges: tuple[Route, ...]
    groups: dict[str, tuple[float, float, float, float]]


@cache
def engine() -> str:
    """The path of the layout program; BlocklensError where there is none."""
    beside_python = Path(sys.executable).with_name("graphviz-pure")
    found = shutil.which("dot") or (str(beside_python) if beside_python.is_file() else shutil.which("graphviz-pure"))
    if found is None:
        raise BlocklensError("No layout program was found: install the package graphviz-pure with pip.")
    return found


def lay_out(dot: str) -> Layout:
    """The positions that Graphviz gives to a DOT text. TooLarge after 20 seconds, BlocklensError if it is no DOT."""
    try:
        done = subprocess.run([engine(), "-Tjson0"], input=dot.encode(), capture_output=True, timeout=TIMEOUT_S, check=False)  # noqa: S603
    except subprocess.TimeoutExpired:
        raise TooLarge("The drawing has too many boxes to place within {seconds} seconds.", seconds=TIMEOUT_S) from None
    if done.returncode != 0:
        raise BlocklensError(
            "The drawing could not be laid out: {reason}", reason=done.stderr.decode(errors="replace").strip()[:200]
        )
    return _read(json.loads(done.stdout))


def _read(data: dict[str, Any]) -> Layout:
    left, bottom, right, top = (float(n) for n in data["bb"].split(","))

    def point(text: str) -> Point:
        x, y = text.split(",")
        return round(float(x) - left, 1), round(top - float(y), 1)

    nodes, groups = {}, {}
    for item in data.get("objects", ()):
        if "pos" in item:
            nodes[item["name"]] = point(item["pos"])
        elif "bb" in item:
            x1, y1, x2, y2 = item["bb"].split(",")
            (west, south), (east, north) = point(f"{x1},{y1}"), point(f"{x2},{y2}")
            groups[item["name"].removeprefix("cluster_")] = (west, north, east - west, south - north)
    edges = sorted(data.get("edges", ()), key=lambda edge: int(edge["id"][1:]))
    return Layout(right - left, top - bottom, nodes, tuple(_route(edge, point) for edge in edges), groups)


def _route(edge: dict[str, Any], point: Any) -> Route:
    tip, points = None, []
    for part in edge["pos"].split(" "):
        if part.startswith("e,"):
            tip = point(part[2:])
        elif not part.startswith("s,"):
            points.append(point(part))
    return Route(tuple(points), tip, point(edge["lp"]) if "lp" in edge else None)
