"""Everything that the viewer shows of one trace, as plain JSON: drawing, source, steps, and its words in one language."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from explainer.cost import totals
from explainer.gates import find_gates
from explainer.label_words import say_labels
from explainer.language import say, translator
from explainer.listing import list_source
from explainer.render.dot import box_of, to_dot
from explainer.render.gate_words import gate_word
from explainer.render.graph_svg import to_svg
from explainer.render.layout import Layout, lay_out
from explainer.render.measure import shorten
from explainer.render.viewer_lines import lines_of, made_at
from explainer.render.viewer_steps import steps_of
from explainer.render.viewer_view import View, draw
from explainer.render.viewer_words import viewer_words
from explainer.types import Gate, Graph, Trace


@dataclass(frozen=True, slots=True)
class Subject:
    """What is looked at: a trace and the text that ran. ``whole``: the text is a file as it is and not one class of ours."""

    trace: Trace
    source: str
    first_line: int = 1
    whole: bool = True


def viewer_scene(subject: Subject, view: View, lang: str) -> dict[str, Any]:
    """The scene of a view; every string in it is to be shown as text and never as markup, but for ``svg``, which is escaped."""
    trace = subject.trace
    gates = {gate.op: gate for gate in find_gates(trace)}
    drawn = draw(trace, view)
    graph, frames = say_labels(drawn.graph, lang), captions(drawn.graph, lang)
    with ThreadPoolExecutor(1) as beside:  # the layout is a program of its own: meanwhile the words are found
        placing = beside.submit(lay_out, to_dot(graph, view.direction, frames))
        listing = list_source(subject.source, subject.first_line, trace, tuple(gates.values()), whole=subject.whole)
        steps = steps_of(graph, trace, gates, subject.first_line, lang)
        layout = placing.result()
    cost, _ = totals(trace), translator(lang)
    return {
        "name": shorten(trace.name, 120),
        "lang": lang,
        "svg": to_svg(graph, layout, _("Dataflow"), frames),
        "at": _places(graph, layout),
        "groups": {group.id: group.path for group in graph.groups if group.path},
        "lines": lines_of(listing, trace, subject.first_line),
        "made": made_at(subject.source, 1),
        "steps": steps,
        "first": first_choice(graph, gates),
        "view": {
            "depth": drawn.depth, "limit": drawn.limit, "direction": view.direction,
            "opened": list(view.opened), "folded": list(drawn.folded),
        },
        "note": say(drawn.note, lang) if drawn.note else "",
        "totals": {"params": cost.param_count, "macs": cost.macs},
        "words": viewer_words(lang),
    }  # fmt: skip


def captions(graph: Graph, lang: str) -> dict[str, str]:
    """The captions of the frames whose names are ours and not the code's."""
    _ = translator(lang)
    found = {group.id: gate_word(group.label, lang) for group in graph.groups if group.role == "gate"}
    idle = _("not reached") if any(node.kind == "failed" for node in graph.nodes) else _("not used")
    return found | {group.id: idle for group in graph.groups if group.role == "unused"}


def first_choice(graph: Graph, gates: dict[int, Gate]) -> str:
    """The step to begin with: the one that failed, else the one that applies a gate, else the first that computes."""
    failed = next((node.id for node in graph.nodes if node.kind == "failed"), None)
    if failed:
        return failed
    nodes = [node for node in graph.nodes if node.ops]
    return next((node.id for node in nodes if not gates.keys().isdisjoint(node.ops)), nodes[0].id if nodes else "")


def _places(graph: Graph, layout: Layout) -> dict[str, list[int]]:
    """Centre, width and height of each box, for the mini-map and for bringing a box into view."""
    found = {}
    for node in graph.nodes:
        box, (x, y) = box_of(node), layout.nodes[node.id]
        found[node.id] = [round(x), round(y), round(box.width), round(box.height)]
    return found
