"""Idioms of architectures, recognised by what feeds what and never by a name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from explainer.dataflow import SOURCE
from explainer.hazards.view import View
from explainer.labels import detail_of, kind_of
from explainer.types import Gate, Op, Skip

_ACTIVATIONS = frozenset("relu relu6 gelu silu hardswish leaky_relu elu mish prelu tanh selu celu hardtanh".split())
_MOST_LISTED = 5


@dataclass(frozen=True, slots=True)
class Residual:
    """A sum of two ways: the layers on the main path, and on the shortcut, none if it is the identity."""

    skip: Skip
    main: tuple[Op, ...]
    short: tuple[Op, ...]


def residuals(view: View) -> tuple[Residual, ...]:
    """Every skip that ends in a sum, in order."""
    found = []
    for skip in view.skips:
        op = view.trace.ops[skip.op]
        others = [value for value in view.flow.activations(op) if value != skip.value]
        if op.base_name != "add" or len(others) != 1:
            continue
        fork = view.flow.dominator[op.id]
        main, short = (view.flow.branch(fork, value) for value in (others[0], skip.value))
        if any(view.trace.ops[n].base_name in ("mul", "matmul", "bmm") for n in short - main):
            continue  # two weighted parts of a mixture, as in a GRU, are no residual
        if any(view.trace.ops[n].base_name == "detach" for n in main - short):
            continue  # a straight-through estimator: what is added takes no part in learning
        if not short and fork != SOURCE and not any(skip.value in view.trace.ops[n].inputs for n in main):
            continue  # one part of what was cut is added to what became of another part
        if short and fork == SOURCE and _inputs(view, others[0]) != _inputs(view, skip.value):
            continue
        found.append(Residual(skip, _ops(view, main - short), _ops(view, short - main)))
    return tuple(found)


def _inputs(view: View, value: int) -> set[int]:
    """The module's inputs that a value depends on."""
    found: set[int] = set()
    for number in (*view.flow.branch(SOURCE, value), *([] if (made := view.flow.producer(value)) is None else [made.id])):
        found |= {v for v in view.trace.ops[number].inputs if view.trace.values[v].origin == "input"}
    return found


def _ops(view: View, numbers: Iterable[int]) -> tuple[Op, ...]:
    return tuple(view.trace.ops[number] for number in sorted(numbers))


def working(ops: Iterable[Op]) -> list[Op]:
    """The ops with weights or attention: convolutions, linear layers, recurrences."""
    return [op for op in ops if kind_of(op) in ("conv", "linear", "attention")]


def listed(view: View, ops: Iterable[Op]) -> str:
    """``2 × Conv2d 3×3, Linear 64→4``: the working ops, equal ones together, in order of first appearance."""
    counts = Counter(described(view, op) for op in working(ops))
    parts = [name if count == 1 else f"{count} × {name}" for name, count in counts.items()]
    return ", ".join(parts[:_MOST_LISTED]) + (", …" if len(parts) > _MOST_LISTED else "")


def described(view: View, op: Op) -> str:
    """``Conv2d 3×3 (stride 2)``: fit to stand in a list."""
    name, comma, rest = detail_of(op, view.trace).partition(", ")
    return f"{name} ({rest})" if comma else name


def with_weights(view: View, ops: Iterable[Op]) -> str:
    """The ops that read weights, by what they are: ``BatchNorm2d``."""
    found = [op for op in ops if any(view.trace.values[value].origin == "parameter" for value in op.inputs)]
    return ", ".join(dict.fromkeys(described(view, op) for op in found))


def widths(view: View, op: Op) -> tuple[int, int]:
    """(channels in, channels out) of a convolution."""
    rank = len(view.shape(op.inputs[1])) - 2
    return view.shape(op.inputs[0])[-rank - 1], view.shape(op.outputs[0])[-rank - 1]


def is_pointwise(view: View, op: Op) -> bool:
    return (
        op.base_name in ("conv1d", "conv2d", "conv3d")
        and set(view.shape(op.inputs[1])[2:]) == {1}
        and op.attribute("groups", 1) == 1
    )


def is_depthwise(view: View, op: Op) -> bool:
    groups = op.attribute("groups", 1)
    return (
        op.base_name in ("conv1d", "conv2d", "conv3d")
        and isinstance(groups, int)
        and groups > 1
        and widths(view, op)[0] == groups
    )


def bottleneck(view: View, residual: Residual) -> tuple[int, int, int] | None:
    """(channels, inner channels, channels out) of 1×1 – window – 1×1 on the main path; None if it is another one."""
    convs = [op for op in residual.main if op.base_name in ("conv1d", "conv2d", "conv3d") and not _in_gate(view, op)]
    if len(convs) != 3 or not is_pointwise(view, convs[0]) or not is_pointwise(view, convs[2]) or is_pointwise(view, convs[1]):
        return None
    return widths(view, convs[0])[0], widths(view, convs[1])[0], widths(view, convs[2])[1]


def _in_gate(view: View, op: Op) -> bool:
    return op.id in view.gate_ops


def separable(view: View) -> tuple[Op, Op] | None:
    """A depthwise convolution and the 1×1 convolution that mixes its channels, with nothing but norm and activation between."""
    for op in view.live_ops:
        if not is_depthwise(view, op):
            continue
        after = view.only_user(op.outputs[0])
        while after is not None and (kind_of(after) == "norm" or after.base_name in _ACTIVATIONS):
            after = view.only_user(after.outputs[0])
        if after is not None and is_pointwise(view, after):
            return op, after
    return None


def conv_norm_act(view: View) -> list[Op]:
    """Convolutions behind which a normalisation and then an activation follow, each read by nothing else."""
    found = []
    for op in view.live_ops:
        norm = view.only_user(op.outputs[0]) if kind_of(op) == "conv" else None
        act = (
            view.only_user(norm.outputs[0])
            if norm is not None and norm.base_name in ("batch_norm", "group_norm", "instance_norm")
            else None
        )
        if act is not None and act.base_name in _ACTIVATIONS:
            found.append(op)
    return found


def squeeze(view: View, gate: Gate) -> bool:
    """Whether a channel gate is computed by at least two layers from the means of whole maps, and from nothing else."""
    if gate.kind != "channel" or gate.values is None:
        return False
    fork = view.flow.dominator[gate.op]
    ops = _ops(view, view.flow.branch(fork, gate.values) - view.flow.branch(fork, gate.target))
    pools, layers = [op for op in ops if kind_of(op) == "pool"], working(ops)
    if any(0 in view.shape(op.outputs[0]) for op in layers):
        return False  # no number comes through a hidden layer of width 0
    return bool(pools) and all(_is_mean_of_map(view, op) for op in pools) and len(layers) > 1


def _is_mean_of_map(view: View, op: Op) -> bool:
    if not set(view.shape(op.outputs[0])[2:]) <= {1}:
        return False
    if op.base_name.startswith("avg_pool"):
        size, kernel = view.shape(op.inputs[0])[2:], op.attribute("kernel_size")
        return kernel == size or {kernel} == set(size)
    return op.base_name.startswith(("adaptive_avg", "mean"))


@dataclass(frozen=True, slots=True)
class Joins:
    """Concatenations with something that went around layers, by kind.

    ``dense``: with what the new maps were computed from. ``scales``: with maps from before a smaller scale. ``parts``: with
    another part of the channels.
    """

    dense: tuple[Op, ...] = ()
    scales: tuple[Op, ...] = ()
    parts: tuple[Op, ...] = ()


def joins(view: View) -> Joins:
    found: dict[str, list[Op]] = {"dense": [], "scales": [], "parts": []}
    for skip in view.skips:
        op = view.trace.ops[skip.op]
        others = [value for value in view.flow.activations(op) if value != skip.value]
        if op.base_name != "cat" or not others:
            continue
        fork = view.flow.dominator[op.id]
        branch = [other for value in others for other in _ops(view, view.flow.branch(fork, value))]
        sizes = {view.shape(other.outputs[0])[2:] for other in branch} | {view.shape(skip.value)[2:]}
        is_read = any(skip.value in other.inputs for other in branch)
        if len(sizes) > 1 and fork != SOURCE:
            found["scales"].append(op)
        elif is_read:
            found["scales" if len(sizes) > 1 else "dense"].append(op)
        elif _is_part(view, skip.value):
            found["parts"].append(op)
    return Joins(*(tuple(dict.fromkeys(ops)) for ops in found.values()))


def _is_part(view: View, value: int) -> bool:
    """Whether a value is one of several parts that some tensor was cut into."""
    op = view.flow.producer(value)
    return op is not None and op.base_name in ("chunk", "split", "tensor_split", "unbind")


def parallel_join(view: View) -> Op | None:
    """A concatenation of branches that part at one value and are all computed."""
    for op in view.live_ops:
        values = list(dict.fromkeys(view.flow.activations(op))) if op.base_name == "cat" else []
        if len(values) > 1 and all(working(_ops(view, view.flow.branch(view.flow.dominator[op.id], v))) for v in values):
            return op
    return None
