"""Hazards of the dataflow: broadcasting, writes in place, gates and softmax."""

from __future__ import annotations

from collections.abc import Iterator

from explainer.hazards.view import View
from explainer.labels import kind_of
from explainer.types import Hazard, Op, sentence

READS_INPUT = frozenset(
    "conv1d conv2d conv3d conv_transpose1d conv_transpose2d conv_transpose3d linear matmul bmm mul div pow batch_norm layer_norm"
    " group_norm instance_norm gelu silu mish leaky_relu elu hardswish softplus max_pool1d max_pool2d max_pool3d avg_pool2d"
    " avg_pool3d adaptive_avg_pool2d adaptive_avg_pool3d adaptive_max_pool2d prelu square abs log einsum".split()
)
READS_OUTPUT = frozenset("sigmoid tanh softmax log_softmax relu exp sqrt rsqrt".split())
_SAME_PLACE = frozenset("view reshape flatten unsqueeze squeeze contiguous dropout detach".split())


def silent_broadcast(view: View) -> Iterator[Hazard]:
    """A sum in which one channel is added to many, or both operands grow."""
    for op in view.live_ops:
        operands = view.flow.activations(op)
        if op.base_name not in ("add", "sub") or len(operands) != 2 or len(op.inputs) != 2:
            continue
        one, other, made = (view.shape(v) for v in (*operands, op.outputs[0]))
        if one == other:
            continue
        if len(one) != len(other):
            if made not in (one, other) and min(len(one), len(other)) > 0:
                yield _grown(view, op)
            continue
        spread = [axis for axis in range(1, len(one)) if one[axis] != other[axis]]
        channels = [1] if len(one) != 3 else [1, 2]
        is_residual = any(view.flow.distance(view.flow.dominator[op.id], v) == 0 for v in operands) or op.name.endswith("_")
        if op.base_name == "add" and len(spread) == 1 and spread[0] in channels and one[0] == other[0] and is_residual:
            few, many = sorted((one[spread[0]], other[spread[0]]))
            if not _is_map(view, operands[0] if one[spread[0]] == few else operands[1]):
                continue
            yield Hazard(
                "silent_broadcast",
                op.line,
                sentence("{few} channel is added to {many}: {one!s} and {other!s}.", few=few, many=many, one=one, other=other),
                sentence("torch repeats it without a word, so all {many} channels get the same numbers.", many=many),
                sentence("Give both arms of the sum equally many channels."),
            )


def _is_map(view: View, value: int) -> bool:
    """Whether a value is an input or comes from a layer with weights, and is no mean or other statistic of a map."""
    op = view.flow.producer(value)
    while op is not None and kind_of(op) in ("norm", "activation", "shape"):
        operands = view.flow.activations(op)
        op = view.flow.producer(operands[0]) if operands else None
    return op is None or kind_of(op) in ("conv", "linear")


def _grown(view: View, op: Op) -> Hazard:
    one, other, made = (view.shape(v) for v in (*view.flow.activations(op), op.outputs[0]))
    return Hazard(
        "silent_broadcast",
        op.line,
        sentence("{one!s} and {other!s} give {made!s}.", one=one, other=other, made=made),
        sentence("Both operands are repeated, because they have different numbers of axes: every one meets every other."),
        sentence("If that is not meant, give both the same axes first."),
    )


def read_after_write(view: View) -> Iterator[Hazard]:
    """A tensor that is overwritten and still needed as it was: by the skip, by the caller, or by the gradient."""
    done: set[int | None] = set()
    for op in view.live_ops:
        for value in op.overwrites:
            if not view.flow.depends[value] or op.line in done:
                continue
            found = _input_overwritten(view, op, value) or _needed_for_gradient(view, op, value)
            if found is not None:
                done.add(op.line)
                yield found


def _input_overwritten(view: View, op: Op, value: int) -> Hazard | None:
    """The module's own input is changed, and read again afterwards by more than the next step."""
    root = view.trace.values[view.trace.values[value].storage]
    if root.origin != "input":
        return None
    after = [user for out in op.outputs for user in view.users[out] if user.id in view.flow.live]
    if len(after) < 2:
        return None
    return Hazard(
        "overwritten_input",
        op.line,
        sentence("{op} overwrites the input {name}, which is read again later.", op=view.name_of(op), name=root.name),
        sentence("The later reader gets the changed numbers, not those that came in; and the caller's tensor is changed, too."),
        sentence("Leave inplace=True out here, or use the version without an underscore."),
    )


def _needed_for_gradient(view: View, op: Op, value: int) -> Hazard | None:
    maker = view.flow.producer(value)
    keeps_result = maker is not None and maker.base_name in READS_OUTPUT and op.base_name != maker.base_name
    readers = [user for user in view.users[value] if user.id < op.id and user.base_name in READS_INPUT and not user.overwrites]
    if op.base_name == "relu" and keeps_result and maker is not None and maker.base_name == "relu":
        return None
    culprit = maker if keeps_result else readers[-1] if readers else None
    if culprit is None or not _has_gradient(view, culprit):
        return None
    return Hazard(
        "overwritten_for_backward",
        op.line,
        sentence("{op} overwrites a tensor that {reader} keeps for its gradient.", op=op.name, reader=view.name_of(culprit)),
        sentence("The forward is right, but backward() stops: modified by an inplace operation."),
        sentence("Write a new tensor in the place of the old one: out = out + x."),
    )


def _has_gradient(view: View, op: Op) -> bool:
    """Whether a trainable parameter lies on the way to an op, so that it keeps anything at all."""
    pending, seen = [op], {op.id}
    while pending:
        current = pending.pop()
        for value in current.inputs:
            if view.trace.values[value].trainable:
                return True
            before = view.flow.producer(value)
            if before is not None and before.id not in seen:
                seen.add(before.id)
                pending.append(before)
    return False


def gate_twice(view: View) -> Iterator[Hazard]:
    """The same weights applied twice, a gated map multiplied with the map itself, or a gate squashed twice."""
    by_output = {view.trace.ops[gate.op].outputs[0]: gate for gate in view.gates}
    sources = {gate.op: gate.source for gate in view.gates}
    for op in view.live_ops:
        if op.base_name == "mul" and len(op.inputs) == 2:
            first = next((by_output[root] for v in op.inputs if (root := _root(view, v)) in by_output), None)
            if first is None or first.op == op.id:
                continue
            others = {_root(view, v) for v in op.inputs} - {view.trace.ops[first.op].outputs[0]}
            again = first.target in others or sources.get(op.id) == first.source
            if again or _root(view, first.target) in others:
                yield Hazard(
                    "gate_twice",
                    op.line,
                    sentence(
                        "the gate of line {line} is already applied, and here the result is multiplied once more.",
                        line=first.line or 0,
                    ),
                    sentence("The output is x · x · gate or x · gate · gate, not x · gate."),
                    sentence("Multiply once: let the gate's module return either the weights or the weighted map."),
                )
        elif (
            op.base_name in ("sigmoid", "hardsigmoid")
            and (maker := view.flow.producer(op.inputs[0])) is not None
            and maker.base_name == op.base_name
        ):
            yield Hazard(
                "squashed_twice",
                op.line,
                sentence("{op} is applied to what is already the result of one.", op=view.name_of(op)),
                sentence(
                    "The sigmoid of a number between 0 and 1 lies between 0.5 and 0.73: the gate can neither open nor close."
                ),
                sentence("Leave one of the two out."),
            )


def _root(view: View, value: int) -> int:
    """The value before ops that change nothing but its form."""
    op = view.flow.producer(value)
    while op is not None and op.base_name in _SAME_PLACE and op.inputs:
        value = op.inputs[0]
        op = view.flow.producer(value)
    return value


def softmax_axis(view: View) -> Iterator[Hazard]:
    """A softmax over an axis that nobody sums over afterwards, over the batch, or over a single value."""
    for op in view.live_ops:
        if op.base_name != "softmax" or not op.inputs:
            continue
        shape, dim = view.shape(op.inputs[0]), op.attribute("dim")
        if not isinstance(dim, int) or not shape:
            dim = 0 if len(shape) in (0, 1, 3) else 1  # what torch takes where nobody says
        axis = dim % len(shape) if shape else 0
        summed = _summed_axis(view, op)
        if summed is not None and summed != axis:
            yield Hazard(
                "softmax_axis",
                op.line,
                sentence(
                    "softmax runs over axis {axis} of {shape!s}, and the product behind it sums over axis {summed}.",
                    axis=axis,
                    shape=shape,
                    summed=summed,
                ),
                sentence("The weights of one sum do not add up to 1 then."),
                sentence("Use dim={summed}.", summed=summed),
            )
        elif axis == 0 and len(shape) > 1 and _is_batch(view, op):
            yield Hazard(
                "softmax_axis",
                op.line,
                sentence("softmax runs over axis 0 of {shape!s}: the batch.", shape=shape),
                sentence(
                    "The samples of a batch share one sum, so each result depends on its neighbours; alone, every value is 1."
                ),
                sentence("Say over which axis: dim=1 for classes or channels, dim=-1 for the last axis."),
            )
        elif axis == 1 and len(shape) > 1 and shape[1] == 1:
            yield Hazard(
                "softmax_axis",
                op.line,
                sentence("softmax runs over axis {axis} of {shape!s}, which has one entry.", axis=axis, shape=shape),
                sentence("The softmax of a single value is 1, whatever it was."),
                sentence("Use a sigmoid, or another axis."),
            )


def _summed_axis(view: View, op: Op) -> int | None:
    """The axis of a softmax's result that the matrix product behind it sums over, through transposes; None if none is sure."""
    value = op.outputs[0]
    axes = list(range(len(view.shape(value))))
    user = view.only_user(value)
    while user is not None:
        if user.base_name in ("dropout", "contiguous", "to"):
            pass
        elif user.base_name in ("transpose", "swapaxes", "mT", "T", "permute"):
            moved = _moved(user, axes)
            if moved is None:
                return None
            axes = moved
        elif user.base_name in ("matmul", "bmm") and len(user.inputs) == 2 and len(axes) > 1:
            return axes[-1] if user.inputs[0] == value else axes[-2]
        else:
            return None
        value = user.outputs[0]
        user = view.only_user(value)
    return None


def _moved(op: Op, axes: list[int]) -> list[int] | None:
    if op.base_name == "permute":
        dims = op.attribute("dims")
        order = [d for d in dims if isinstance(d, int)] if isinstance(dims, tuple) else []
        return [axes[d] for d in order] if len(order) == len(axes) else None
    first, second = op.attribute("dim0", -2), op.attribute("dim1", -1)
    if not isinstance(first, int) or not isinstance(second, int):
        return None
    moved = list(axes)
    moved[first], moved[second] = axes[second], axes[first]
    return moved


_KEEPS_BATCH = frozenset(
    "conv1d conv2d conv3d linear batch_norm layer_norm group_norm relu gelu silu sigmoid tanh dropout mul add sub div flatten"
    " adaptive_avg_pool2d adaptive_max_pool2d max_pool2d avg_pool2d leaky_relu elu contiguous".split()
)


def _is_batch(view: View, op: Op) -> bool:
    """Whether axis 0 of a softmax's operand is axis 0 of the module's input: every op on the way keeps it."""
    value = op.inputs[0]
    for _ in range(64):
        maker = view.flow.producer(value)
        if maker is None:
            return view.trace.values[value].origin == "input" and len(view.shape(value)) > 1
        kept = view.shape(maker.outputs[0])[:1] == view.shape(maker.inputs[0])[:1] and view.flow.depends[maker.inputs[0]]
        if maker.base_name in ("view", "reshape", "mean", "squeeze"):
            kept = kept and view.shape(value)[0] > 1
        elif maker.base_name not in _KEEPS_BATCH:
            return False
        if not kept:
            return False
        value = maker.inputs[0]
    return False
