"""Repeated stages are drawn once, with their count, and lose nothing."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from benchmarks.architectures import ARCHITECTURES
from explainer.graph import to_graph
from explainer.render.dot import box_of
from explainer.render.viewer_view import View, draw
from explainer.repeats import collapse_repeats, further_copies
from explainer.trace import trace
from explainer.types import Edge, Graph, Node, Trace


class Stage(nn.Module):
    def __init__(self, channels: int, kernel_size: int = 3) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, kernel_size, padding=kernel_size // 2)

    def forward(self, x: Tensor) -> Tensor:
        return x + torch.relu(self.conv(x))


def repeats_of(module: nn.Module, depth: int = 1) -> list[tuple[str, int]]:
    found = to_graph(trace(module, torch.empty(1, 4, 8, 8, device="meta")), depth)
    return [(node.label, node.repeat) for node in found.nodes if node.kind == "module"]


@pytest.mark.parametrize(
    ("stages", "expected"),
    [
        pytest.param([Stage(4), Stage(4), Stage(4)], [("0 … 2", 3)], id="all equal"),
        pytest.param([Stage(4), Stage(4), Stage(4, 5)], [("0 … 1", 2), ("2", 1)], id="another kernel"),
        pytest.param([Stage(4), Stage(4, 5), Stage(4)], [("0", 1), ("1", 1), ("2", 1)], id="not in a row"),
    ],
)
def test_identical_stages_in_a_row_are_one_box(stages: list[nn.Module], expected: list[tuple[str, int]]) -> None:
    assert repeats_of(nn.Sequential(*stages)) == expected


def test_a_stage_whose_result_is_used_twice_ends_the_row() -> None:
    class Forked(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.stages = nn.ModuleList(Stage(4) for _ in range(4))

        def forward(self, x: Tensor) -> Tensor:
            first = self.stages[1](self.stages[0](x))
            return first + self.stages[3](self.stages[2](first))

    assert repeats_of(Forked()) == [("stages[0] … stages[1]", 2), ("stages[2] … stages[3]", 2)]


def test_resnet_50_shows_its_stages_as_the_paper_does() -> None:
    architecture = ARCHITECTURES["resnet50"]
    found = trace(architecture.build("meta"), *architecture.inputs("meta"))
    graph = to_graph(found, depth=2)
    stages = [node for node in graph.nodes if node.detail == "Bottleneck"]
    assert [node.repeat for node in stages] == [1, 2, 1, 3, 1, 5, 1, 2]
    assert box_of(stages[5]).detail == "Bottleneck × 5"
    assert sum(node.param_count for node in graph.nodes) == 25_557_032
    assert sum(node.macs or 0 for node in graph.nodes) == sum(node.macs or 0 for node in to_graph(found).nodes)


def test_no_signature_no_merging_and_edges_stay() -> None:
    graph = Graph((Node("a", "conv", "a"), Node("b", "conv", "b")), (Edge("a", "b", 0, (1,)),))
    assert collapse_repeats(graph, {}) == graph
    merged = collapse_repeats(graph, {"a": 1, "b": 1})
    assert [(node.id, node.repeat) for node in merged.nodes] == [("a", 2)]
    assert merged.edges == ()


def traced(*stages: nn.Module) -> Trace:
    return trace(nn.Sequential(*stages), torch.empty(1, 4, 8, 8, device="meta"))


@pytest.mark.parametrize(
    ("stages", "expected"),
    [
        pytest.param([Stage(4) for _ in range(4)], ("1", "2", "3"), id="all but the first"),
        pytest.param([Stage(4), Stage(4)], (), id="two are few"),
        pytest.param([Stage(4), Stage(4), Stage(4, 5), Stage(4)], (), id="another between them"),
        pytest.param([nn.ReLU(), nn.ReLU(), nn.ReLU()], (), id="layers hide nothing"),
        pytest.param([nn.Sequential(Stage(4), nn.ReLU()) for _ in range(3)], ("1", "2"), id="stages of stages"),
        pytest.param([Stage(4)] * 3, (), id="one and the same"),
    ],
)
def test_of_stages_that_are_alike_the_others_are_copies(stages: list[nn.Module], expected: tuple[str, ...]) -> None:
    assert further_copies(traced(*stages)) == expected


def test_the_viewer_opens_the_first_of_them_until_a_depth_is_set() -> None:
    found = traced(*(Stage(4) for _ in range(4)))
    drawn = draw(found, View())
    assert [(node.label, node.repeat) for node in drawn.graph.nodes if node.kind in ("conv", "module")] == [
        ("conv · relu", 1),
        ("1 … 3", 3),
    ]
    opened = draw(found, View(drawn.depth, opened=("1",), folded=("2", "3")))
    assert [node.repeat for node in opened.graph.nodes if node.kind == "module"] == [2]
    assert not [node for node in draw(found, View(drawn.depth)).graph.nodes if node.kind == "module"]
