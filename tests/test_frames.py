"""Frames of a drawing: gates inside modules and around them, never crossing."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from benchmarks.architectures import ARCHITECTURES
from explainer.frames import nest, parents_of
from explainer.graph import to_graph
from explainer.trace import trace
from explainer.types import Graph
from tests.viewed import broken, residual


@pytest.mark.parametrize(
    ("modules", "gates", "expected"),
    [
        ({"a": ("m1",), "b": ("m1",)}, {}, {"a": ("m1",), "b": ("m1",)}),
        ({"a": ("m1",), "b": ()}, {}, {"a": (), "b": ()}),
        ({"a": ("m1",), "b": ("m1",), "c": ("m1",)}, {"a": "g", "b": "g"}, {"a": ("m1", "g"), "b": ("m1", "g"), "c": ("m1",)}),
        (
            {"a": ("m1",), "b": ("m1",), "c": ()},
            {"a": "g", "b": "g", "c": "g"},
            {"a": ("g", "m1"), "b": ("g", "m1"), "c": ("g",)},
        ),
        ({"a": ("m1",), "b": ("m1",), "c": ()}, {"a": "g", "c": "g"}, {"a": ("g",), "b": ("m1",), "c": ("g",)}),
    ],
    ids=["a module", "one node needs no frame", "a gate inside", "a gate around", "a module cut by a gate"],
)
def test_nesting(modules, gates, expected) -> None:
    assert nest(modules, gates) == expected


def test_parents_are_those_around() -> None:
    assert parents_of([("m1", "g"), ("m1",), ("m2",)]) == {"m1": "", "g": "m1", "m2": ""}


def frames_around(graph: Graph, name: str) -> list[str]:
    parents = {group.id: group.parent for group in graph.groups}
    found = []
    while name:
        found.append(name)
        name = parents[name]
    return found


@pytest.mark.parametrize("name", ["se_resnet50", "transformer_encoder"])
def test_every_node_stands_in_the_modules_that_made_it(name: str) -> None:
    network = ARCHITECTURES[name]
    found = trace(network.build(), *network.inputs())
    graph = to_graph(found)
    paths = {group.id: group.path for group in graph.groups}
    for node in graph.nodes:
        around = [paths[frame] for frame in frames_around(graph, node.group) if paths[frame]]
        for path in around:
            assert all(f"{found.ops[op].scope}.".startswith(f"{path}.") for op in node.ops)


def test_a_gate_stands_inside_its_module() -> None:
    graph = to_graph(residual().trace)
    gate = next(group for group in graph.groups if group.role == "gate")
    around = next(group for group in graph.groups if group.id == gate.parent)
    assert (around.path, around.detail) == ("se", "SE")
    assert {node.label for node in graph.nodes if node.group == gate.id} == {"pool", "view", "fc1 · relu", "fc2 · sigmoid"}


def test_a_failed_call_that_nothing_came_before_is_drawn_with_the_input() -> None:
    class First(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return x.view(7, 11)

    graph = to_graph(trace(First(), torch.empty(1, 3, 8, 8, device="meta")))
    assert [node.kind for node in graph.nodes] == ["input", "failed"]
    assert [(edge.source, edge.target) for edge in graph.edges] == [("v0", "failed0")]


def test_a_failed_call_is_drawn_with_all_that_it_was_given() -> None:
    graph = to_graph(broken().trace)
    (failed,) = [node for node in graph.nodes if node.kind == "failed"]
    assert sorted(edge.shape for edge in graph.edges if edge.target == failed.id) == [(1, 16, 8, 8), (1, 16, 16, 16)]


def test_what_is_unused_is_drawn_beside_the_flow() -> None:
    graph = to_graph(residual().trace)
    (unused,) = [node for node in graph.nodes if node.kind == "unused"]
    assert (unused.label, unused.param_count) == ("spare", 12)
    assert unused.id not in {end for edge in graph.edges for end in (edge.source, edge.target)}
