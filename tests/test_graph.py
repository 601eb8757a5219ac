"""Laws of the drawing over whole corpora, and what it marks in hand-written blocks."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from benchmarks.architectures import ARCHITECTURES, Architecture
from explainer.cost import totals
from explainer.dataflow import Dataflow
from explainer.graph import to_graph
from explainer.trace import trace
from explainer.types import Graph, Node, Trace
from tests.modules import CASES, Block, Case, block, conv, image, lin, weights

depths = pytest.mark.parametrize("depth", [0, 1, 2, 99])


def trace_case(case: Case, device: str = "meta") -> Trace:
    inputs, named = case.arguments(device)
    return trace(case.build(), *inputs, **named)


def trace_network(architecture: Architecture) -> Trace:
    return trace(architecture.build(), *architecture.inputs())


# Laws


def check_laws(found: Trace, graph: Graph) -> None:
    nodes = {node.id: node for node in graph.nodes}
    assert len(nodes) == len(graph.nodes)
    drawn = Counter(op for node in graph.nodes for op in node.ops)
    assert not drawn or max(drawn.values()) == 1
    flow = Dataflow(found)
    assert set(drawn) <= flow.live
    for edge in graph.edges:
        assert {edge.source, edge.target} <= set(nodes)
        assert edge.source != edge.target
        assert edge.shape == found.shape(edge.value)
        assert nodes[edge.target].kind != "input"
        assert nodes[edge.source].kind != "output"
    groups = {group.id for group in graph.groups}
    assert {node.group for node in graph.nodes} <= {"", *groups}
    assert {group.parent for group in graph.groups} <= {"", *groups}
    check_order(graph)
    check_reach(found, graph, flow)


def check_order(graph: Graph) -> None:
    """No cycles: nodes can be taken away one by one, each after all that it reads."""
    waiting = Counter(edge.target for edge in graph.edges)
    ready = [node.id for node in graph.nodes if not waiting[node.id]]
    taken = 0
    while ready:
        node = ready.pop()
        taken += 1
        for edge in graph.edges:
            if edge.source == node:
                waiting[edge.target] -= 1
                if not waiting[edge.target]:
                    ready.append(edge.target)
    assert taken == len(graph.nodes)


def check_reach(found: Trace, graph: Graph, flow: Dataflow) -> None:
    """Every box reads something, and what depends on an input and is an output is drawn to one."""
    fed = {edge.target for edge in graph.edges}
    for node in graph.nodes:
        if node.ops and any(flow.activations(found.ops[op]) for op in node.ops):
            assert node.id in fed, node
    if found.failure is None:
        outputs = [node.id for node in graph.nodes if node.kind == "output"]
        assert len(outputs) == len(found.outputs)
        for name, value in zip(outputs, found.outputs, strict=True):
            assert (name in fed) == flow.depends[value]


@depths
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_laws_over_the_corpus(case: Case, depth: int) -> None:
    found = trace_case(case)
    check_laws(found, to_graph(found, depth))


# Open: parameters that only meet an activation behind ops of their own (a position table, a view of a scale) are in no box.


@pytest.mark.parametrize("architecture", ARCHITECTURES.values(), ids=ARCHITECTURES)
def test_laws_over_whole_networks(architecture: Architecture) -> None:
    found = trace_network(architecture)
    sizes = []
    for depth in (1, 2, 99):
        graph = to_graph(found, depth)
        check_laws(found, graph)
        check_sums(found, graph)
        sizes.append(len(graph.nodes))
    assert sizes == sorted(sizes)


def check_sums(found: Trace, graph: Graph) -> None:
    used = {value for op in found.ops for value in op.inputs if found.values[value].origin == "parameter"}
    assert sum(node.param_count for node in graph.nodes if node.kind != "unused") == sum(
        found.values[value].element_count for value in used
    )
    if not totals(found).uncounted:
        assert sum(node.macs or 0 for node in graph.nodes) == totals(found).macs


@depths
@pytest.mark.parametrize("name", ["residual", "encoder", "tied weights", "called thrice", "loop", "nested blocks", "lstm"])
def test_boxes_sum_to_the_totals(name: str, depth: int) -> None:
    found = trace_case(CASES[name])
    check_sums(found, to_graph(found, depth))


@pytest.mark.parametrize("name", ["residual", "encoder", "nested in and out", "lstm cell"])
def test_the_drawing_does_not_depend_on_the_device(name: str) -> None:
    assert to_graph(trace_case(CASES[name], "cpu")) == to_graph(trace_case(CASES[name], "meta"))


def test_a_failed_forward_is_drawn_up_to_its_failure() -> None:
    found = trace(Block(lambda m, x: m.conv(x).relu() @ torch.zeros(99, 1), conv=conv()()), *image())
    graph = to_graph(found)
    check_laws(found, graph)
    assert [node.kind for node in graph.nodes] == ["input", "conv", "failed"]


# What is marked


def node_of(graph: Graph, label: str) -> Node:
    return next(node for node in graph.nodes if node.label.split(" · ")[0] == label)


def roles(graph: Graph) -> dict[tuple[str, str], str]:
    labels = {node.id: node.label for node in graph.nodes}
    return {(labels[edge.source], labels[edge.target]): edge.role for edge in graph.edges}


def test_a_residual_block_has_a_dashed_way_around() -> None:
    found = trace_case(CASES["residual"])
    graph = to_graph(found)
    skips = [edge for edge in graph.edges if edge.role == "skip"]
    named = {node.id: node for node in graph.nodes}
    assert named[skips[0].source].kind == "input"
    assert named[skips[-1].target].label == "+"
    assert all("shortcut" in named[edge.source].label or named[edge.source].kind == "input" for edge in skips)


def squeeze(m: Any, x: Tensor) -> Tensor:
    s = m.up(m.down(x.mean((2, 3), keepdim=True)).relu()).sigmoid()
    return m.conv(x * s.expand_as(x))


SQUEEZE = Case(block(squeeze, down=conv(4, 2, 1), up=conv(2, 4, 1), conv=conv()), image)


def test_a_gate_is_framed_and_says_how_it_spreads() -> None:
    graph = to_graph(trace_case(SQUEEZE))
    (frame,) = graph.groups
    assert (frame.role, frame.label, frame.detail) == ("gate", "channel", f"{4 * 2 + 2 + 2 * 4 + 4:,}")
    inside = [node.label for node in graph.nodes if node.group == frame.id]
    assert [label.split(" · ")[0] for label in inside][:2] == ["mean", "down"]
    (spread,) = [edge for edge in graph.edges if edge.broadcast_to is not None]
    assert (spread.role, spread.shape, spread.broadcast_to) == ("gate", (2, 4, 1, 1), (2, 4, 8, 8))
    assert roles(graph)[("x.0", "×")] == "main"
    assert all(node.kind == "gate" for node in graph.nodes if node.label == "×")


def test_calls_that_share_weights_are_numbered() -> None:
    graph = to_graph(trace_case(CASES["called thrice"]))
    boxes = [node for node in graph.nodes if node.kind == "linear"]
    assert [node.shared for node in boxes] == [(1, 3), (2, 3), (3, 3)]
    assert [node.param_count for node in boxes] == [72, 0, 0]


def test_modules_fold_by_depth_and_by_name() -> None:
    found = trace_case(CASES["nested blocks"])
    assert "inner" not in {node.label for node in to_graph(found).nodes}
    for folded in (to_graph(found, depth=1), to_graph(found, folded=("inner",))):
        inner = node_of(folded, "inner")
        assert (inner.detail, inner.ops, inner.param_count) == ("Block", (0, 1, 2), 4 * 4 * 9 + 4)


def test_identical_stages_in_a_row_are_one_box() -> None:
    found = trace(nn.Sequential(*[Block(lambda m, x: m.fc(x).relu() + x, fc=lin()()) for _ in range(4)]), torch.zeros(2, 8))
    (stage,) = [node for node in to_graph(found, depth=1).nodes if node.ops]
    assert (stage.repeat, stage.param_count, stage.macs) == (4, 4 * 72, 4 * 2 * 64)


def test_what_no_output_needs_is_left_out() -> None:
    def body(m: Any, x: Tensor) -> Tensor:
        m.unused(x).sum()
        return m.conv(x)

    graph = to_graph(trace(Block(body, unused=conv()(), conv=conv()()), *image()))
    assert [node.label for node in graph.nodes if node.ops] == ["conv"]


def test_an_input_that_nothing_reads_is_left_out() -> None:
    graph = to_graph(trace(Block(lambda _, x, _unused: x.exp()), torch.zeros(2), torch.zeros(3)))
    assert [node.label for node in graph.nodes if node.kind == "input"] == ["x.0"]


def test_an_input_handed_back_is_drawn() -> None:
    graph = to_graph(trace(Block(lambda _, x: x), torch.zeros(2)))
    assert [(edge.source, edge.target) for edge in graph.edges] == [("v0", "out0")]


def test_a_script_that_makes_its_own_tensors_is_drawn() -> None:
    graph = to_graph(trace(Block(lambda m: m.lin(torch.randn(2, 8)).relu(), lin=lin()())))
    assert [(edge.source, edge.target) for edge in graph.edges] == [("o0", "c1"), ("c1", "out0")]
    assert [node.label for node in graph.nodes] == ["randn", "lin · relu", "output"]


def test_inputs_keep_their_names() -> None:
    inputs, named = CASES["keyword"].arguments()
    graph = to_graph(trace(CASES["keyword"].build(), *inputs, **named))
    assert [node.label for node in graph.nodes if node.kind == "input"] == ["x.0", "named.skip"]


def test_unknown_costs_stay_unknown() -> None:
    graph = to_graph(trace(Block(lambda m, x: torch.fft.fft(m.lin(x)).real, lin=lin()()), torch.zeros(2, 8)))
    assert {node.label: node.macs for node in graph.nodes if node.ops} == {"lin": 128, "fft": None, "real": 0}


def test_writes_through_views_keep_the_way() -> None:
    """The base is written through a view: what comes out depends on both."""
    found = trace_case(CASES["write through view"])
    graph = to_graph(found)
    check_laws(found, graph)
    reached = {"v" + str(found.inputs[0])}
    for edge in graph.edges:
        if edge.source in reached:
            reached.add(edge.target)
    assert "out0" in reached


def test_time_is_linear_in_the_ops() -> None:
    """Looks at values per op stay the same in a chain of expansions, gates and residuals."""

    class Counted(tuple):  # type: ignore[type-arg]
        looks = 0

        def __getitem__(self, index: Any) -> Any:
            Counted.looks += 1
            return super().__getitem__(index)

        def __iter__(self) -> Any:
            Counted.looks += len(self)
            return super().__iter__()

    def looks_per_op(length: int) -> float:
        def body(m: Any, x: Tensor) -> Tensor:
            for _ in range(length):
                x = x + m.lin(x).relu() * m.lin(x).sigmoid().expand_as(x) + m.scale.expand(3, 8)
            return x

        found = trace(Block(body, lin=lin()(), scale=weights(8)()), torch.empty(3, 8, device="meta"))
        object.__setattr__(found, "values", Counted(found.values))
        object.__setattr__(found, "ops", Counted(found.ops))
        Counted.looks = 0
        to_graph(found)
        return Counted.looks / len(found.ops)

    assert looks_per_op(160) <= 1.3 * looks_per_op(20)
