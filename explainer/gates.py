"""The attention weights of any module, found from its dataflow and not from names.

A gate is a squashed result (sigmoid, hard sigmoid, softmax, tanh, shares of a sum) that reaches, through ops which only move or
scale numbers, a product with a feature map, or a matrix product. ``x * sigmoid(x)`` is an activation and no gate: its weights
come from nothing but the element that they multiply.
"""

from __future__ import annotations

from functools import cached_property
from math import prod

from explainer.dataflow import Dataflow
from explainer.formulas import ELEMENTWISE
from explainer.squashed import is_share, is_sigmoid
from explainer.types import Gate, GateKind, Op, Shape, Trace

_SQUASHING = frozenset(("sigmoid", "hardsigmoid", "softmax", "tanh", "softmin", "gumbel_softmax", "sparsemax"))
_BOUNDED = frozenset(("relu6", "clamp", "clip", "hardtanh"))  # squashing only if scaled to 0..1 or bounded on both sides
_EXPANDING = frozenset(("expand", "expand_as", "repeat", "broadcast_to", "tile"))
_RESHAPING = frozenset(
    "view reshape flatten unflatten squeeze unsqueeze permute transpose swapaxes movedim T mT contiguous clone detach to type"
    " view_as reshape_as type_as float half double".split()
)
_MOVING = (
    _EXPANDING
    | _RESHAPING
    | frozenset(
        "getitem chunk split unbind select narrow interpolate upsample dropout alpha_dropout feature_dropout masked_fill".split()
    )
)
_SCALING = frozenset(("add", "sub", "rsub", "mul", "div", "neg"))
_MATRIX = frozenset(("matmul", "bmm", "baddbmm", "linear", "rmatmul"))
_CHANNELS_AT_1 = (
    "conv",
    "batch_norm",
    "group_norm",
    "instance_norm",
    "adaptive_",
    "max_pool",
    "avg_pool",
    "pixel_",
    "interpolate",
)
_CHANNELS_LAST = ("linear", "layer_norm", "rms_norm", "embedding", "lstm", "gru", "rnn_")
_TURNING = ("permute", "transpose", "swapaxes")
_REACH = 64  # ops looked back over for the layer that names the axes, or for the root of an activation


def find_gates(trace: Trace, flow: Dataflow | None = None) -> tuple[Gate, ...]:
    """Every gate of the trace, in the order in which they are applied."""
    finder = _Finder(trace, flow or Dataflow(trace))
    found = [finder.gate(op) for op in trace.ops if op.id in finder.flow.live]
    return tuple(gate for gate in found if gate is not None)


def layout_of(trace: Trace, value: int, flow: Dataflow | None = None) -> tuple[int, frozenset[int]] | None:
    """The axis of a feature map that holds its channels, by the layer that it comes from, and those that number branches; None
    if no layer tells."""
    return _Finder(trace, flow or Dataflow(trace)).layout(value)


def branches_of(gate: Gate, trace: Trace, flow: Dataflow | None = None) -> int:
    """How many branches a gate weighs that gives each of them one weight; 0 if it tells channels or positions apart."""
    if gate.values is None or gate.kind != "channel":
        return 0
    found, rank = layout_of(trace, gate.target, flow), len(trace.shape(gate.target))
    varying = {axis + rank - len(gate.shape) for axis, size in enumerate(gate.shape) if size > 1} - {0}
    if found is None or not varying or not varying <= found[1]:
        return 0
    return prod(trace.shape(gate.target)[axis] for axis in varying)


class _Finder:
    def __init__(self, trace: Trace, flow: Dataflow) -> None:
        self.trace, self.flow = trace, flow

    def gate(self, op: Op) -> Gate | None:
        """The gate that this op applies, if it is a product with squashed weights."""
        name = op.base_name
        if name == "scaled_dot_product_attention":
            query, key = self.trace.shape(op.inputs[0]), self.trace.shape(op.inputs[1])
            return Gate(op.id, op.id, None, op.inputs[2], "token-to-token", (*query[:-1], key[-2]), op.line)
        if name == "glu":
            return Gate(op.id, op.id, None, op.inputs[0], "elementwise", self.trace.shape(op.outputs[0]), op.line)
        factors = self._factors(op)
        weights = self._weights(op, factors) if factors else None
        if weights is None:
            return None
        target = factors[1] if weights == factors[0] else factors[0]
        source = self.sources[weights]
        assert source is not None
        if name in ("mul", "addcmul") and self._is_activation(source, target):
            return None
        values = self._unexpanded(weights)
        return Gate(op.id, source, values, target, self._kind(op, weights, target, source), self.trace.shape(values), op.line)

    def _factors(self, op: Op) -> tuple[int, ...]:
        """The two operands of a product; empty if the op is none."""
        name = op.base_name
        if name not in ("mul", "addcmul", "einsum") and name not in _MATRIX:
            return ()
        operands = op.inputs[1:3] if name in ("baddbmm", "addcmul") else op.inputs if name == "einsum" else op.inputs[:2]
        return operands if len(operands) == 2 else ()

    def _weights(self, op: Op, factors: tuple[int, ...]) -> int | None:
        """Which operand is the gate; beside a sigmoid a tanh is the content, and two sigmoids are a gate in the making."""
        if op.base_name == "linear":  # attention to a memory that the layer holds
            is_gate = self._name_of_source(factors[0]) == "softmax" and len(self.trace.shape(factors[0])) > 2
            return factors[0] if is_gate else None
        squashed = [value for value in factors if self.sources[value] is not None]
        if len(squashed) == 2:
            contents = [value for value in squashed if self._name_of_source(value) == "tanh"]
            squashed = [value for value in squashed if value not in contents] if len(contents) == 1 else []
        if len(squashed) != 1:
            return None
        other = factors[1] if squashed[0] == factors[0] else factors[0]
        return squashed[0] if self.flow.depends[other] and self.trace.shape(other) else None

    # Where weights come from

    @cached_property
    def sources(self) -> list[int | None]:
        """For each value the squashing op that it comes from through ops that only move or scale; None if there is none."""
        found: list[int | None] = [None] * len(self.trace.values)
        for op in self.trace.ops:
            activations = self.flow.activations(op)
            if not activations:
                continue
            source = op.id if self._squashes(op) else self._carried(op, activations, found)
            for value in op.outputs:
                found[value] = source
        return found

    def _squashes(self, op: Op) -> bool:
        name = op.base_name
        if name in _SQUASHING:
            return True
        if name in ("clamp", "clip", "hardtanh"):
            low, high = op.attribute("min", op.attribute("min_val")), op.attribute("max", op.attribute("max_val"))
            return low == 0 and high == 1
        inner = self.flow.producer(op.inputs[0])
        if inner is None:
            return False
        if name in ("div", "mul"):  # relu6(x + 3) / 6
            scale = op.attribute("other")
            is_sixth = isinstance(scale, (int, float)) and abs(scale - (6 if name == "div" else 1 / 6)) < 1e-3
            if inner.base_name in _BOUNDED and is_sixth:
                return True
        return is_sigmoid(op, self.flow)

    def _carried(self, op: Op, activations: tuple[int, ...], found: list[int | None]) -> int | None:
        """The source of an op's operand, if the op hands weights on."""
        name = op.base_name
        if len(activations) == 1:
            return found[activations[0]] if name in _MOVING or name in _SCALING else None
        if name == "div":  # weights divided by their own sum; or what becomes weights by that
            source = found[op.inputs[0]]
            return op.id if source is None and is_share(op, self.flow) else source
        sources = [found[value] for value in activations]
        if name in ("add", "mul", "maximum", "minimum") and not any(
            s is None or self.trace.ops[s].base_name == "tanh" for s in sources
        ):
            return sources[0]
        return None

    def _name_of_source(self, value: int) -> str:
        source = self.sources[value]
        return "" if source is None else self.trace.ops[source].base_name

    def _is_activation(self, source: int, target: int) -> bool:
        """Whether the weights are an elementwise function of nothing but the values that they multiply."""
        if "softmax" in self.trace.ops[source].base_name:
            return False
        root = self._root(target)
        pending, seen = list(self.flow.activations(self.trace.ops[source])), set[int]()
        while pending and len(seen) < _REACH:
            value = pending.pop()
            if value in seen or self._root(value) == root:
                continue
            seen.add(value)
            op = self.flow.producer(value)
            if op is None or op.base_name not in ELEMENTWISE or "norm" in op.base_name or "softmax" in op.base_name:
                return False
            pending += self.flow.activations(op)
        return not pending

    def _root(self, value: int) -> int:
        """The value before ops that change its form or scale all of it alike."""
        op = self.flow.producer(value)
        while op is not None:
            activations = self.flow.activations(op)
            is_alike = op.base_name in _RESHAPING or (op.base_name in _SCALING and len(op.inputs) == 1)
            if not is_alike or len(activations) != 1:
                break
            value = activations[0]
            op = self.flow.producer(value)
        return value

    def _unexpanded(self, value: int) -> int:
        """The weights before they were repeated to the size of their target."""
        op = self.flow.producer(value)
        while op is not None and op.base_name in _EXPANDING:
            value = op.inputs[0]
            op = self.flow.producer(value)
        return value

    # What weights decide on

    def _kind(self, op: Op, weights: int, target: int, source: int) -> GateKind:
        name, shape = op.base_name, self.trace.shape(self._unexpanded(weights))
        if name in _MATRIX:
            is_pooling = name != "linear" and 1 in shape[-2:] and not self._compares(source)
            return "spatial" if is_pooling else "token-to-token"
        if name == "einsum":
            own, other, result = self._terms(op, weights)
            if not own or not own <= set(result):
                return "spatial" if own and own <= other and not self._compares(source) else "token-to-token"
            shape = self._aligned(op, weights, result)
            target = op.outputs[0] if len(result) != len(self.trace.shape(target)) else target
        target_shape = self.trace.shape(target)
        shape = (1,) * (len(target_shape) - len(shape)) + shape
        if shape == target_shape:
            return "elementwise"
        return self._kind_of(shape, target, source)

    def _kind_of(self, shape: Shape, target: int, source: int) -> GateKind:
        varying = {axis for axis, size in enumerate(shape) if size > 1}
        found = self.layout(target)
        if found is None:  # no layer tells
            found = self._guessed_axis(shape, varying - {0}, source), frozenset[int]()
        channel_axis, branches = found
        varying -= branches | ({0} if channel_axis != 0 else set())
        if varying <= {channel_axis}:
            return "channel"
        return "channel-spatial" if channel_axis in varying else "spatial"

    def layout(self, value: int) -> tuple[int, frozenset[int]] | None:
        """The axis of a feature map's channels, by the layer that it comes from, and the axes that only number branches."""
        rank = len(self.trace.shape(value))
        for _ in range(_REACH):
            op = self.flow.producer(value)
            if op is None:
                return None
            name = op.base_name
            if name.startswith(_CHANNELS_AT_1):
                return (rank - 3 if "2d" in name and rank == 3 else 1), frozenset()
            if name.startswith(_CHANNELS_LAST):
                return rank - 1, frozenset()
            activations = self.flow.activations(op)
            if not activations:
                return None
            value = activations[0]
            if name in ("stack", "unsqueeze"):
                return self._with_new_axis(op, self.layout(value))
            if name in _TURNING:
                return self._turned(op, self.layout(value))
            if len(self.trace.shape(value)) != rank:
                return None
        return None

    def _turned(self, op: Op, inner: tuple[int, frozenset[int]] | None) -> tuple[int, frozenset[int]] | None:
        """The layout after axes changed places. An input has its channels at axis 1, or brings them there."""
        rank = len(self.trace.shape(op.outputs[0]))
        order = turned_order(op, rank)
        if inner is None and rank == 4 and self.flow.producer(op.inputs[0]) is None:
            inner = (3 if order == (0, 3, 1, 2) else 1), frozenset()
        if inner is None or order is None:
            return None
        return order.index(inner[0]), frozenset(order.index(axis) for axis in inner[1])

    def _with_new_axis(self, op: Op, inner: tuple[int, frozenset[int]] | None) -> tuple[int, frozenset[int]] | None:
        axis = op.attribute("dim", 0)
        if inner is None or not isinstance(axis, int):
            return None
        axis %= len(self.trace.shape(op.outputs[0]))
        return inner[0] + (axis <= inner[0]), frozenset({axis} | {other + (axis <= other) for other in inner[1]})

    def _is_linear(self, source: int) -> bool:
        """Whether the numbers that a source squashes come from a layer whose channels are last."""
        return self._layer_behind(source).startswith(_CHANNELS_LAST)

    def _guessed_axis(self, shape: Shape, free: set[int], source: int) -> int:
        """Of weights that a linear layer made, the only axis is the channels'; if they are one number wide, the last."""
        if self._is_last(source, shape):
            return len(shape) - 1
        return free.pop() if len(free) == 1 and self._is_linear(source) else 1

    def _is_last(self, source: int, shape: Shape) -> bool:
        """Whether weights are as a layer with its channels last made them, one number wide: then that axis is the channels'."""
        made = self.trace.shape(self.trace.ops[source].outputs[0])
        return len(shape) > 2 and made == shape and shape[-1] == 1 and self._is_linear(source)

    def _compares(self, source: int) -> bool:
        """Whether the numbers that a source squashes come from a product of two feature maps: queries with keys."""
        return self._layer_behind(source) in ("matmul", "bmm", "baddbmm", "einsum")

    def _layer_behind(self, source: int) -> str:
        """The nearest op before a source that does more than move or compute element by element."""
        op: Op | None = self.trace.ops[source]
        for _ in range(_REACH):
            activations = self.flow.activations(op) if op is not None else ()
            op = self.flow.producer(activations[0]) if activations else None
            if op is None:
                return ""
            if op.base_name not in _MOVING and (op.base_name not in ELEMENTWISE or "norm" in op.base_name):
                return op.base_name
        return ""

    # Einsum, by its letters

    def _terms(self, op: Op, weights: int) -> tuple[set[str], set[str], str]:
        """(letters of the weights, of the other operand, of the result); empty if the equation leaves letters out."""
        left, _, result = str(op.attribute("equation")).replace(" ", "").partition("->")
        terms = left.split(",")
        if len(terms) != 2 or "." in left or not result:
            return set(), set(), ""
        index = op.inputs.index(weights)
        return set(terms[index]), set(terms[1 - index]), result

    def _aligned(self, op: Op, weights: int, result: str) -> Shape:
        """The shape of the weights with their axes in the result's order, 1 where they have none."""
        term = str(op.attribute("equation")).replace(" ", "").partition("->")[0].split(",")[op.inputs.index(weights)]
        sizes = dict(zip(term, self.trace.shape(weights), strict=True))
        return tuple(sizes.get(letter, 1) for letter in result)


def turned_order(op: Op, rank: int) -> tuple[int, ...] | None:
    """Which axis of the operand each axis of the result is; None if the op does not tell."""
    dims = op.attribute("dims")
    if isinstance(dims, tuple):
        return tuple(dim % rank for dim in dims if isinstance(dim, int))
    pair = (op.attribute("dim0", op.attribute("axis0")), op.attribute("dim1", op.attribute("axis1")))
    if not isinstance(pair[0], int) or not isinstance(pair[1], int):
        return None
    order = list(range(rank))
    first, second = pair[0] % rank, pair[1] % rank
    order[first], order[second] = second, first
    return tuple(order)
