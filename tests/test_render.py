"""Drawings of graphs as DOT and SVG: laws over the corpus, and names that try to break out."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import torch
from torch import Tensor, nn

from benchmarks.architectures import ARCHITECTURES
from explainer.errors import BlocklensError
from explainer.graph import to_graph
from explainer.render.dot import to_dot
from explainer.render.graph_svg import to_svg
from explainer.render.layout import Layout, lay_out
from explainer.render.measure import shorten, text_width
from explainer.trace import trace
from explainer.types import Edge, Graph, Group, Node
from tests.modules import CASES, Block, conv, lin

SVG = "{http://www.w3.org/2000/svg}"
DRAWN = [
    "residual",
    "nested blocks",
    "encoder layer",
    "tuple out",
    "input handed back",
    "none out",
    "called thrice",
    "lstm",
    "write rows",
]
HOSTILE = {
    "quotes": "\"a\" 'b' `c`",
    "markup": "<script>alert(1)</script>",
    "an attribute that closes": '"><img src=x onerror=alert(1)>',
    "an HTML label": "<<b>bold</b>>",
    "an entity": "&lt;b&gt; &#60;script&#62; &amp;",
    "CDATA": "]]><script/>",
    "DOT's ends": '"]; evil [label="x"]; { -> } //',
    "DOT's escapes": "\\N \\G \\l\\r\\n \\\\ \\",
    "new lines": "a\nb\r\nc\u2028d\u2029e",
    "control characters": "a\x00b\x07c\x1b[31md\x7f\x85",
    "right to left": "abc\u202egnp.exe\u202c \u05d0\u05d1\u05d2 \u2066x\u2069",
    "zero width": "a\u200bb\u200d\ufeffc",
    "beyond the first plane": "\U0001f525\U0001f9e0 \U00010348",
    "half a pair": "a\ud800b",
    "no character": "a\ufffeb\uffff",
    "combining": "e\u0301" * 20,
    "wide": "\u6ce8\u610f\u529b" * 20,
    "ten thousand": "x" * 10_000,
    "empty": "",
    "spaces": "   ",
    "a style": "</style><style>*{display:none}",
    "a port": "a:b:c",
    "a round sign": "+",
}


# Open: text of the form <...> becomes markup in DOT; captions and spoken labels are not cleaned of control characters.
def hostile(names: Iterable[str] = HOSTILE) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("text", [pytest.param(HOSTILE[name], id=name) for name in names])


def graph_of(name: str, depth: int = 99) -> Graph:
    inputs, named = CASES[name].arguments("meta")
    return to_graph(trace(CASES[name].build(), *inputs, **named), depth)


def drawn(graph: Graph, title: str = "t", direction: str = "TB") -> tuple[str, Layout, ET.Element]:
    dot = to_dot(graph, direction)
    layout = lay_out(dot)
    return dot, layout, ET.fromstring(to_svg(graph, layout, title))


def texts(root: ET.Element) -> list[str]:
    return [element.text or "" for element in root.iter(f"{SVG}text")]


def hostile_graph(text: str) -> Graph:
    nodes = (
        Node("v0", "input", text),
        Node("o0", "conv", text, text, (0,), group="gate1", param_count=12),
        Node("o1", "gate", text, "detail", (1,)),
        Node("out0", "output", text),
    )
    shape = (1, 4, 8, 8)
    edges = (Edge("v0", "o0", 0, shape), Edge("o0", "o1", 1, shape, "gate", (1, 4, 16, 16)), Edge("o1", "out0", 2, shape, "skip"))
    return Graph(nodes, edges, (Group("gate1", text, text, role="gate"),))


# Laws


@pytest.mark.parametrize("name", DRAWN)
@pytest.mark.parametrize("direction", ["TB", "LR"])
def test_every_node_edge_and_group_has_its_place(name: str, direction: str) -> None:
    graph = graph_of(name)
    _, layout, root = drawn(graph, direction=direction)
    check_places(graph, layout)
    ids = [element.get("id") for element in root.iter(f"{SVG}g") if "node" in (element.get("class") or "").split()]
    assert ids == [node.id for node in graph.nodes]
    ways = [(e.get("data-source"), e.get("data-target")) for e in root.iter(f"{SVG}g") if e.get("data-source")]
    assert ways == [(edge.source, edge.target) for edge in graph.edges]


def check_places(graph: Graph, layout: Layout) -> None:
    assert set(layout.nodes) == {node.id for node in graph.nodes}
    assert len(layout.edges) == len(graph.edges)
    assert set(layout.groups) == {group.id for group in graph.groups}
    for x, y in layout.nodes.values():
        assert 0 <= x <= layout.width
        assert 0 <= y <= layout.height
    for route in layout.edges:
        assert len(route.points) % 3 == 1


def test_boxes_do_not_overlap() -> None:
    from explainer.render.dot import box_of

    graph = graph_of("residual")
    _, layout, _ = drawn(graph)
    boxes = [(layout.nodes[node.id], box_of(node)) for node in graph.nodes]
    for index, ((x1, y1), one) in enumerate(boxes):
        for (x2, y2), two in boxes[index + 1 :]:
            assert abs(x1 - x2) >= (one.width + two.width) / 2 - 1 or abs(y1 - y2) >= (one.height + two.height) / 2 - 1


def test_a_whole_network_is_drawn() -> None:
    architecture = ARCHITECTURES["se_resnet50"]
    graph = to_graph(trace(architecture.build(), *architecture.inputs()), 2)
    _, layout, root = drawn(graph)
    check_places(graph, layout)
    assert len(list(root.iter(f"{SVG}path"))) >= len(graph.edges)


def test_the_drawing_names_itself_and_its_parts() -> None:
    _, _, root = drawn(graph_of("residual"), title='Residual "block" <1>')
    assert root.get("aria-label") == 'Residual "block" <1>'
    labels = [element.get("aria-label") for element in root.iter(f"{SVG}g") if element.get("role") == "button"]
    assert any("conv1" in (label or "") for label in labels)


def test_equal_graphs_give_equal_text() -> None:
    graph = graph_of("encoder layer")
    assert to_dot(graph) == to_dot(graph_of("encoder layer"))
    layout = lay_out(to_dot(graph))
    assert to_svg(graph, layout, "t") == to_svg(graph, lay_out(to_dot(graph)), "t")


def test_no_graph_is_no_fault() -> None:
    _, layout, root = drawn(Graph((), ()))
    assert (layout.nodes, list(root.iter(f"{SVG}text"))) == ({}, [])


def test_what_is_no_dot_is_our_error() -> None:
    with pytest.raises(BlocklensError, match="could not be laid out"):
        lay_out("digraph {")


# Hostile names


@hostile()
def test_hostile_names_stay_text(text: str) -> None:
    graph = hostile_graph(text)
    _, layout, root = drawn(graph, title=text)
    check_places(graph, layout)
    allowed = {SVG + name for name in "svg style g rect circle text path polygon title".split()}
    assert {element.tag for element in root.iter()} <= allowed
    for element in root.iter():
        assert not any(name.startswith("on") or "href" in name for name in element.attrib)
    assert len(list(root.iter(f"{SVG}style"))) == 1


@hostile(["quotes", "markup", "an attribute that closes", "an HTML label", "an entity", "CDATA", "DOT's ends"])
def test_what_is_shown_is_what_was_written(text: str) -> None:
    _, _, root = drawn(hostile_graph(text), title=text)
    assert shorten(text, 46) in texts(root)
    assert root.get("aria-label") == text


@hostile()
def test_dot_says_the_same_nodes_and_no_others(text: str) -> None:
    """Graphviz itself reads the names back: nothing broke out of its quotes."""
    dot = to_dot(hostile_graph(text))
    layout = lay_out(dot)
    assert set(layout.nodes) == {"v0", "o0", "o1", "out0"}
    assert len(layout.edges) == 3
    outside = re.sub(r'"(?:\\.|[^"\\])*"', "TEXT", dot)
    assert re.fullmatch(r"[\w\s={}\[\].,>;-]*", outside), outside


@hostile()
def test_no_character_turns_the_line_around(text: str) -> None:
    _, _, root = drawn(hostile_graph(text), title=text)
    for line in texts(root):
        assert not [c for c in line if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Cn") or c in "\u2028\u2029"]


def test_names_of_modules_reach_the_drawing_escaped() -> None:
    name = "<b>&\"'"

    class Evil(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.add_module(name, nn.Conv2d(4, 4, 3, padding=1))

        def forward(self, x: Tensor) -> Tensor:
            return self._modules[name](x) + x

    Evil.__name__ = "<script>alert(1)</script>"
    module = nn.Sequential(Evil())
    for depth in (1, 99):
        graph = to_graph(trace(module, torch.zeros(1, 4, 8, 8)), depth)
        _, layout, root = drawn(graph)
        check_places(graph, layout)
        assert any(name in line or "<script>" in line for line in texts(root))


def test_long_module_names_are_shortened_in_the_middle() -> None:
    long = "block_" * 2000 + "end"

    module = nn.Module()
    module.add_module(long, nn.Linear(8, 8))
    holder = Block(lambda m, x: getattr(m.inner, long)(x), inner=module)
    graph = to_graph(trace(holder, torch.zeros(2, 8)))
    _, layout, root = drawn(graph)
    assert layout.width < 1000
    assert all(len(line) <= 60 for line in texts(root))
    assert any(line.startswith("block_") and line.endswith("end") for line in texts(root))


def test_names_of_inputs_and_attributes_are_text_too() -> None:
    key = '"><script>'
    module = Block(lambda _, x: torch.einsum("ij -> ji", x[key]) + 1)
    graph = to_graph(trace(module, {key: torch.zeros(2, 3)}))
    _, _, root = drawn(graph)
    assert any(key in line for line in texts(root))


def test_frames_take_their_captions_as_text() -> None:
    graph = hostile_graph("x")
    layout = lay_out(to_dot(graph))
    root = ET.fromstring(to_svg(graph, layout, "t", {"gate1": "<i>canal</i>"}))
    assert any("<i>canal</i>" in line for line in texts(root))


def test_captions_stand_above_the_edges_on_plates_that_hold_them() -> None:
    graph = hostile_graph("x")
    caption = "a caption that is longer than most"
    root = ET.fromstring(to_svg(graph, lay_out(to_dot(graph, frames={"gate1": caption})), "t", {"gate1": caption}))
    kinds = [item.get("class", "").split(" ")[0] for item in root]
    assert kinds.index("caption") > max(at for at, kind in enumerate(kinds) if kind == "edge")
    (text,) = [item for item in root.iter() if item.get("class") == "frame-label" and caption in (item.text or "")]
    (plate,) = [item for group in root for item in group if text in group and item.get("class") == "plate"]
    assert float(plate.get("x", 0)) < float(text.get("x", 0))
    assert float(plate.get("width", 0)) >= text_width(caption, 10)


def test_ids_that_we_made_are_safe_without_escaping() -> None:
    """Node, group and edge ids come from numbers, never from names."""
    for name in DRAWN:
        graph = graph_of(name)
        for part in (*graph.nodes, *graph.groups):
            assert re.fullmatch(r"[A-Za-z]+\d+", part.id)


# Widths


@hostile()
def test_shortened_text_fits(text: str) -> None:
    assert len(shorten(text, 46)) <= 46
    assert text_width(shorten(text, 46), 12) <= 46 * 12 * 1.1


def test_longer_text_is_wider() -> None:
    assert text_width("conv1", 12) < text_width("conv1 and more", 12)
    assert text_width("conv1", 12) < text_width("conv1", 12, bold=True) < text_width("conv1", 14)


def test_a_wide_box_keeps_its_text() -> None:
    from explainer.render.dot import box_of

    for node in graph_of("residual").nodes:
        box = box_of(node)
        if not box.is_round:
            assert box.width >= text_width(box.title, 12, bold=True)


def test_shared_and_repeated_boxes_say_so() -> None:
    node = Node("o0", "linear", "fc", "Linear 8→8", (0,), shared=(2, 3))
    assert "2/3" in to_dot(Graph((node,), ()))
    root = drawn(Graph((replace(node, shared=None, repeat=4),), ()))[2]
    assert any("4" in line for line in texts(root))


def test_unused_parts_are_allowed() -> None:
    """A module that was given layers and used none."""
    module: Any = Block(lambda _, x: x + 1, conv=conv()(), fc=lin()())
    assert drawn(to_graph(trace(module, torch.zeros(2, 2))))[1].nodes


def test_the_charts_style_knows_the_themes_colours() -> None:
    root = Path(__file__).parents[1]
    theme = tomllib.loads((root / ".streamlit" / "config.toml").read_text())["theme"]
    style = (root / "ui" / "charts.css").read_text()
    pairs = zip(*(theme[name]["chartCategoricalColors"] for name in ("light", "dark")), strict=True)
    for pair in pairs:
        red_green_blue = [f"rgb({', '.join(str(int(colour[at : at + 2], 16)) for at in (1, 3, 5))})" for colour in pair]
        for drawn in ("stroke", "fill"):
            selectors = ", ".join(f'[style*="{drawn}: {colour}"]' for colour in red_green_blue)
            assert f":is({selectors}) {{\n    {drawn}: light-dark({', '.join(pair)}) !important;" in style
