"""Graph -> DOT, for the layout and for export. Names and shapes are quoted text there, never markup."""

from __future__ import annotations

from dataclasses import dataclass

import graphviz

from explainer.labels import shape_label
from explainer.render.measure import clean, shorten, text_width
from explainer.types import Edge, Graph, Node

TITLE_SIZE, DETAIL_SIZE, EDGE_SIZE = 12.0, 10.0, 10.0
ROUND = frozenset(("+", "−", "×", "÷", "@"))
_INCH = 72.0
_MAX_TEXT = 46
_ROOM = 1.25  # browsers set sans-serif wider than the Helvetica that Graphviz measures


@dataclass(frozen=True, slots=True)
class Box:
    """The texts of a node as drawn, and its size in points."""

    title: str
    detail: str
    count: str
    width: float
    height: float
    is_round: bool


def box_of(node: Node) -> Box:
    """How a node is drawn: a circle for a merge, plain text for an input, else a box with two lines."""
    title, detail = shorten(node.label, _MAX_TEXT), shorten(node.detail, _MAX_TEXT)
    if node.repeat > 1:
        detail += f" × {node.repeat}"
    if node.label in ROUND:
        return Box(title, detail, "", 30, 30, is_round=True)
    if node.kind in ("input", "output"):
        return Box(title, "", "", text_width(title, TITLE_SIZE, bold=True) + 16, 22, is_round=False)
    count = f"{node.param_count:,}" if node.param_count else ""
    if node.shared is not None:
        title += f"  {node.shared[0]}/{node.shared[1]}"
    second = text_width(detail, DETAIL_SIZE) + (text_width(count, DETAIL_SIZE) + 14 if count else 0)
    width = max(text_width(title, TITLE_SIZE, bold=True), second, 44) + 28
    return Box(title, detail, count, width, 38 if detail else 26, is_round=False)


def edge_labels(graph: Graph) -> tuple[str, ...]:
    """The text on each edge: its shape where it changes, both shapes where a gate is broadcast, else nothing."""
    arriving: dict[str, set[str]] = {}
    for edge in graph.edges:
        arriving.setdefault(edge.target, set()).add(shape_label(edge.shape))
    return tuple(_edge_label(edge, arriving.get(edge.source, set())) for edge in graph.edges)


def _edge_label(edge: Edge, before: set[str]) -> str:
    label = shape_label(edge.shape)
    if edge.broadcast_to is not None and edge.broadcast_to != edge.shape:
        return f"{label} ⇉ {shape_label(edge.broadcast_to)}"
    return "" if label in before and len(before) == 1 else label


def to_dot(graph: Graph, direction: str = "TB") -> str:
    """DOT text of the drawing; ``direction`` is TB or LR. Boxes have their final size, so that the layout is the drawing's."""
    dot = graphviz.Digraph(graph_attr={"rankdir": direction, "nodesep": "0.32", "ranksep": "0.26", "splines": "true"})
    dot.attr("node", shape="box", style="rounded", fontname="Helvetica", fontsize=str(TITLE_SIZE), fixedsize="true")
    dot.attr("edge", fontname="Helvetica", fontsize=str(EDGE_SIZE * _ROOM), arrowsize="0.6")
    for group in graph.groups:
        with dot.subgraph(name=f"cluster_{group.id}") as frame:
            frame.attr(label=_text(f"{group.label} · {group.detail}"), labeljust="l", fontsize=str(EDGE_SIZE), style="dashed")
            for node in graph.nodes:
                if node.group == group.id:
                    _add(frame, node)
    for node in graph.nodes:
        if not node.group:
            _add(dot, node)
    for number, (edge, label) in enumerate(zip(graph.edges, edge_labels(graph), strict=True)):
        weight = {"main": "6", "gate": "2", "skip": "1"}[edge.role]
        text = {"label": _text(f"  {label}  ")} if label else {}
        style = "dashed" if edge.role == "skip" else "solid"
        dot.edge(edge.source, edge.target, id=f"e{number}", weight=weight, style=style, **text)
    return str(dot.source)


def _add(dot: graphviz.Digraph, node: Node) -> None:
    box = box_of(node)
    lines = (box.title,) if box.is_round or not box.detail else (box.title, box.detail)
    shape = "circle" if box.is_round else "plaintext" if node.kind in ("input", "output") else "box"
    size = {"width": f"{box.width / _INCH:.3f}", "height": f"{box.height / _INCH:.3f}"}
    dot.node(node.id, label=_text(*lines), shape=shape, **size)


def _text(*lines: str) -> str:
    """Lines as DOT takes them literally: no escapes such as ``\\N`` and no ``<html>`` label."""
    text: str = graphviz.nohtml("\\n".join(clean(line).replace("\\", "\\\\") for line in lines))
    return text
