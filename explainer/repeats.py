"""Identical stages in a row: which they are, and how they become one box with a count, ``Bottleneck × 5``."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import replace

from explainer.types import Edge, Graph, Node, Op, Trace

_FEWEST = 3  # alike in a row, from which one stands for all


def collapse_repeats(graph: Graph, signatures: Mapping[str, Hashable]) -> Graph:
    """The drawing with every chain of nodes of one signature drawn once; nodes without a signature stay as they are.

    A chain goes on while all that leaves one node enters the next, and nothing else enters there.
    """
    leaving: dict[str, set[str]] = defaultdict(set)
    entering: dict[str, set[str]] = defaultdict(set)
    for edge in graph.edges:
        leaving[edge.source].add(edge.target)
        entering[edge.target].add(edge.source)
    head_of: dict[str, str] = {}
    chains: dict[str, list[Node]] = {}
    group_of = {node.id: node.group for node in graph.nodes}
    for node in graph.nodes:
        before = next(iter(entering[node.id])) if len(entering[node.id]) == 1 else ""
        same = node.id in signatures and before in signatures and signatures[before] == signatures[node.id]
        same = same and group_of[before] == node.group
        head = head_of.get(before, before) if same and leaving[before] == {node.id} else node.id
        head_of[node.id] = head
        chains.setdefault(head, []).append(node)
    nodes = tuple(_merged(chain) for chain in chains.values())
    edges = tuple(_moved(edge, head_of) for edge in graph.edges if head_of[edge.source] != head_of[edge.target])
    return Graph(nodes, edges, graph.groups)


def _merged(chain: list[Node]) -> Node:
    if len(chain) == 1:
        return chain[0]
    costs = [node.macs for node in chain]
    return replace(
        chain[0],
        label=f"{chain[0].label} … {chain[-1].label}",
        ops=tuple(op for node in chain for op in node.ops),
        param_count=sum(node.param_count for node in chain),
        macs=None if None in costs else sum(cost for cost in costs if cost is not None),
        repeat=len(chain),
    )


def _moved(edge: Edge, head_of: Mapping[str, str]) -> Edge:
    return replace(edge, source=head_of[edge.source], target=head_of[edge.target])


def further_copies(trace: Trace) -> tuple[str, ...]:
    """The paths of modules that do what the one before them did, where three or more in a row do the same."""
    inside: dict[int, list[Op]] = defaultdict(list)
    for op in trace.ops if trace.calls else ():
        number: int | None = op.call
        while number is not None:
            inside[number].append(op)
            number = trace.calls[number].parent
    modules = {module.path: module for module in trace.modules}
    parents = {call.parent for call in trace.calls}
    runs: dict[int | None, list[list[str]]] = defaultdict(list)
    last: dict[int | None, Hashable] = {}
    for call in trace.calls:
        if modules[call.path].builtin and call.id not in parents:  # a layer hides nothing
            continue
        mark = modules[call.path].type_name, signature(trace, inside[call.id])
        if last.get(call.parent) != mark:
            runs[call.parent].append([])
        runs[call.parent][-1].append(call.path)
        last[call.parent] = mark
    return tuple(path for found in runs.values() for run in found if len(set(run)) == len(run) >= _FEWEST for path in run[1:])


def signature(trace: Trace, ops: Iterable[Op]) -> Hashable:
    """What some ops do, without the names of what they work on: equal for identical stages."""
    return tuple((op.name, op.attributes, tuple(trace.shape(value) for value in (*op.inputs, *op.outputs))) for op in ops)
