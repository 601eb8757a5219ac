"""Graph -> DOT, for the layout and for export. Names and shapes are quoted text there, never markup."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import graphviz

from explainer.labels import shape_label
from explainer.render.measure import clean, shorten, text_width
from explainer.types import Edge, Graph, Group, Node

TITLE_SIZE, DETAIL_SIZE, EDGE_SIZE = 12.0, 10.0, 10.0
ROUND = frozenset(("+", "−", "×", "÷", "@"))
PILLS = frozenset(("concat", "stack"))
_INCH = 72.0
_MAX_TEXT = 46
_ROOM = 1.25  # browsers set sans-serif wider than the Helvetica that Graphviz measures
_MANY, _DENSE = 400, 1.5  # edges, and edges per node, from which a neat layout takes ten seconds and a hasty one two
_OPENER = 15  # the room for the sign that opens a folded module


@dataclass(frozen=True, slots=True)
class Box:
    """The texts of a node as drawn, and its size in points. ``tie``: which of how many boxes with the same weights."""

    title: str
    detail: str
    count: str
    width: float
    height: float
    is_round: bool
    is_pill: bool = False
    tie: str = ""


def box_of(node: Node) -> Box:
    """How a node is drawn: a circle for a sum, a pill for a concat, plain text for an input, else a box of two lines."""
    title, detail = shorten(node.label, _MAX_TEXT), shorten(node.detail, _MAX_TEXT)
    if node.repeat > 1:
        detail += f" × {node.repeat}"
    if node.label in ROUND:
        return Box(title, detail, "", 30, 30, is_round=True)
    if node.kind in ("input", "output"):
        return Box(title, "", "", text_width(title, TITLE_SIZE, bold=True) + 16, 22, is_round=False)
    if node.label in PILLS:
        return Box(title, detail, "", text_width(title, TITLE_SIZE, bold=True) + 24, 28, is_round=False, is_pill=True)
    count = f"{node.param_count:,}" if node.param_count else ""
    tie = "" if node.shared is None else f"{node.shared[0]}/{node.shared[1]}"
    second = text_width(detail, DETAIL_SIZE) + (text_width(count, DETAIL_SIZE) + 14 if count else 0)
    first = text_width(title, TITLE_SIZE, bold=True) + (_OPENER if node.path else 0)
    first += text_width(tie, DETAIL_SIZE, bold=True) + 10 if tie else 0
    width = max(first, second, 44) + 28
    return Box(title, detail, count, width, 38 if detail else 26, is_round=False, tie=tie)


def edge_labels(graph: Graph) -> tuple[str, ...]:
    """The text on each edge: its shape where it changes or breaks, both shapes where it is broadcast, else nothing."""
    arriving: dict[str, set[str]] = {}
    for edge in graph.edges:
        arriving.setdefault(edge.target, set()).add(shape_label(edge.shape))
    failed = {node.id for node in graph.nodes if node.kind == "failed"}
    return tuple(_edge_label(edge, set() if edge.target in failed else arriving.get(edge.source, set())) for edge in graph.edges)


def _edge_label(edge: Edge, before: set[str]) -> str:
    label = shape_label(edge.shape)
    if edge.broadcast_to is not None and edge.broadcast_to != edge.shape:
        return f"{label} ⇉ {shape_label(edge.broadcast_to)}"
    return "" if label in before and len(before) == 1 else label


def to_dot(graph: Graph, direction: str = "TB", frames: Mapping[str, str] | None = None) -> str:
    """DOT text of the drawing; ``direction`` is TB or LR, ``frames`` the captions of groups by id.

    Boxes have their final size, so that the layout is the drawing's.
    """
    attributes = {"rankdir": direction, "nodesep": "0.32", "ranksep": "0.26", "splines": "true"}
    if len(graph.edges) > max(_MANY, _DENSE * len(graph.nodes)):
        attributes |= {"nslimit": "0.5", "nslimit1": "0.5", "mclimit": "0.1", "searchsize": "10"}
    dot = graphviz.Digraph(graph_attr=attributes)
    dot.attr("node", shape="box", style="rounded", fontname="Helvetica", fontsize=str(TITLE_SIZE), fixedsize="true")
    dot.attr("edge", fontname="Helvetica", fontsize=str(EDGE_SIZE * _ROOM), arrowsize="0.6")
    inside: dict[str, list[Node]] = {}
    for node in graph.nodes:
        inside.setdefault(node.group, []).append(node)
    _fill(dot, "", inside, graph.groups, frames or {})
    for number, (edge, label) in enumerate(zip(graph.edges, edge_labels(graph), strict=True)):
        weight = {"main": "6", "gate": "2", "skip": "1"}[edge.role]
        text = {"label": _text(f"  {label}  ")} if label else {}
        style = "dashed" if edge.role == "skip" else "solid"
        dot.edge(edge.source, edge.target, id=f"e{number}", weight=weight, style=style, **text)
    return str(dot.source)


def _fill(
    place: Any, name: str, inside: Mapping[str, Sequence[Node]], groups: Sequence[Group], captions: Mapping[str, str]
) -> None:
    """Adds the nodes of a group and the groups inside it."""
    for group in groups:
        if group.parent == name:
            with place.subgraph(name=f"cluster_{group.id}") as frame:
                text = frame_caption(group, captions)
                frame.attr(label=_text(text), labeljust="l", fontsize=str(EDGE_SIZE * _ROOM), style="dashed", margin="10")
                _fill(frame, group.id, inside, groups, captions)
    for node in inside.get(name, ()):
        _add(place, node)


def frame_caption(group: Group, captions: Mapping[str, str]) -> str:
    """What stands at the top of a frame."""
    label = shorten(captions.get(group.id, group.label), _MAX_TEXT)
    return label + (f" · {shorten(group.detail, _MAX_TEXT)}" if group.detail else "")


def _add(dot: graphviz.Digraph, node: Node) -> None:
    box = box_of(node)
    title = f"{box.title}  {box.tie}" if box.tie else box.title
    lines = (title,) if box.is_round or not box.detail else (title, box.detail)
    shape = "circle" if box.is_round else "plaintext" if node.kind in ("input", "output") else "box"
    size = {"width": f"{box.width / _INCH:.3f}", "height": f"{box.height / _INCH:.3f}"}
    dot.node(node.id, label=_text(*lines), shape=shape, **size)


def _text(*lines: str) -> str:
    """Lines as DOT takes them literally: no escapes such as ``\\N`` and no ``<html>`` label."""
    text: str = graphviz.nohtml("\\n".join(clean(line).replace("\\", "\\\\") for line in lines))
    return text
