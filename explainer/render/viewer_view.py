"""How much of a trace the viewer draws: the depth that was asked for, or the deepest that can still be read."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

from explainer.boxes import Boxes
from explainer.dataflow import Dataflow
from explainer.gates import find_gates
from explainer.graph import to_graph
from explainer.repeats import further_copies
from explainer.types import Graph, Sentence, Trace, sentence

Direction: TypeAlias = Literal["TB", "LR"]

READABLE = 60  # boxes that are opened without being asked
MOST = 1500  # boxes that are drawn at all
_MOST_PATHS = 400
_LONGEST_PATH = 2000


@dataclass(frozen=True, slots=True)
class View:
    """What a person set: ``depth`` None for the viewer's own choice; modules opened and folded by hand, by path."""

    depth: int | None = None
    direction: Direction = "TB"
    opened: tuple[str, ...] = ()
    folded: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Drawn:
    """A graph small enough to draw, the depth it has, the depth at which all is open, and what was left out, if anything.

    ``folded`` are the modules that are closed whatever their depth, by hand or as copies of one that is open.
    """

    graph: Graph
    depth: int
    limit: int
    note: Sentence | None = None
    folded: tuple[str, ...] = ()


def read_view(data: Any) -> View:
    """The view that a browser sent; whatever is not as it should be counts as not set."""
    if not isinstance(data, dict):
        return View()
    depth, direction = data.get("depth"), data.get("direction")
    return View(
        depth if type(depth) is int and 0 < depth < 1000 else None,
        "LR" if direction == "LR" else "TB",
        _paths(data.get("opened")),
        _paths(data.get("folded")),
    )


def _paths(data: Any) -> tuple[str, ...]:
    if not isinstance(data, (list, tuple)):
        return ()
    return tuple(item for item in data[:_MOST_PATHS] if isinstance(item, str) and len(item) <= _LONGEST_PATH)


def draw(trace: Trace, view: View) -> Drawn:
    """The graph of a view. Beyond the number of boxes that can be drawn it is folded, then cut, and says so.

    Where nobody has set a depth, the first of several stages that are alike stands for the others, which become one box.
    """
    flow = Dataflow(trace)
    gates = {gate.op for gate in find_gates(trace, flow)}
    limit = Boxes(flow, gates, 0).depth_limit()

    def deepest(most: int, below: int) -> int:
        return next((depth for depth in range(below, 1, -1) if len(Boxes(flow, gates, depth, folded).members) <= most), 1)

    note, folded = None, view.folded
    if view.depth is None:
        folded += tuple(path for path in further_copies(trace)[:_MOST_PATHS] if path not in (*view.opened, *view.folded))
        depth = deepest(READABLE, limit)
        if depth < limit:
            note = sentence("Folded to depth {depth} of {limit}, so that it can be read: open what you want to see.",
                            depth=depth, limit=limit)  # fmt: skip
    else:
        depth = deepest(MOST, min(view.depth, limit))
        if depth < min(view.depth, limit):
            note = sentence("Drawn to depth {depth}: beyond it there are more than {most:,} boxes.", depth=depth, most=MOST)
    graph = to_graph(trace, depth, folded, view.opened)
    if len(graph.nodes) <= MOST:
        return Drawn(graph, depth, limit, note, folded)
    cut = sentence("Only the first {most:,} of {count:,} boxes are drawn.", most=MOST, count=len(graph.nodes))
    return Drawn(_first(graph, MOST), depth, limit, cut, folded)


def _first(graph: Graph, most: int) -> Graph:
    nodes = graph.nodes[:most]
    kept = {node.id for node in nodes}
    edges = tuple(edge for edge in graph.edges if edge.source in kept and edge.target in kept)
    parents = {group.id: group.parent for group in graph.groups}
    wanted: set[str] = set()
    for node in nodes:
        name = node.group
        while name and name not in wanted:
            wanted.add(name)
            name = parents[name]
    return replace(graph, nodes=nodes, edges=edges, groups=tuple(group for group in graph.groups if group.id in wanted))
