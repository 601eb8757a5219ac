"""The attention weights of any module, found from its dataflow and not from names.

A gate is a squashed result (sigmoid, hard sigmoid, softmax, tanh) that reaches, through ops which only move or scale numbers,
a product with a feature map, or a matrix product. ``x * sigmoid(x)`` is an activation and no gate: its weights come from nothing
but the element that they multiply.
"""

from __future__ import annotations

from explainer.dataflow import Dataflow
from explainer.formulas import ELEMENTWISE
from explainer.types import Gate, GateKind, Op, Shape, Trace

_SQUASHING = frozenset(("sigmoid", "hardsigmoid", "softmax", "tanh", "softmin", "gumbel_softmax", "sparsemax"))
_BOUNDED = frozenset(("relu6", "clamp", "clip", "hardtanh"))  # squashing only if scaled to 0..1 or bounded on both sides
_EXPANDING = frozenset(("expand", "expand_as", "repeat", "broadcast_to", "tile"))
_MOVING = _EXPANDING | frozenset(
    "view reshape flatten unflatten squeeze unsqueeze permute transpose swapaxes movedim T mT getitem chunk split unbind select"
    " narrow contiguous clone detach to type view_as reshape_as type_as float half double interpolate upsample dropout"
    " alpha_dropout feature_dropout masked_fill".split()
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


def find_gates(trace: Trace, flow: Dataflow | None = None) -> tuple[Gate, ...]:
    """Every gate of the trace, in the order in which they are applied."""
    finder = _Finder(trace, flow or Dataflow(trace))
    found = [finder.gate(op) for op in trace.ops if op.id in finder.flow.live]
    return tuple(gate for gate in found if gate is not None)


class _Finder:
    def __init__(self, trace: Trace, flow: Dataflow) -> None:
        self.trace, self.flow = trace, flow
        self._sources: dict[int, int | None] = {}

    def gate(self, op: Op) -> Gate | None:
        """The gate that this op applies, if it is a product with squashed weights."""
        name = op.base_name
        if name == "scaled_dot_product_attention":
            query, key = self.trace.shape(op.inputs[0]), self.trace.shape(op.inputs[1])
            return Gate(op.id, op.id, None, op.inputs[2], "token-to-token", (*query[:-1], key[-2]), op.line)
        if name not in ("mul", "einsum") and name not in _MATRIX:
            return None
        operands = op.inputs[:1] if name == "linear" else op.inputs[:2]
        sources = [self._source(value) for value in operands]
        weights = self._weights(operands, sources)
        if weights is None:
            return None
        source = sources[weights]
        assert source is not None
        target = op.inputs[1 - weights]
        if name == "linear" and self.trace.ops[source].base_name != "softmax":
            return None
        if name == "mul" and self._is_activation(source, target):
            return None
        values = self._unexpanded(operands[weights])
        shape = self.trace.shape(values)
        return Gate(op.id, source, values, target, self._kind(op, operands[weights], shape, target), shape, op.line)

    def _weights(self, operands: tuple[int, ...], sources: list[int | None]) -> int | None:
        """Which operand is the gate; beside a sigmoid a tanh is the content, and two sigmoids are a gate in the making."""
        squashed = [i for i, source in enumerate(sources) if source is not None]
        if len(squashed) == 2:
            names = [self.trace.ops[source].base_name for source in sources if source is not None]
            squashed = [i for i in squashed if names[i] != "tanh"] if names.count("tanh") == 1 else []
        if len(squashed) != 1 or (len(operands) == 2 and not self._is_feature(operands[1 - squashed[0]])):
            return None
        return squashed[0]

    def _is_feature(self, value: int) -> bool:
        return self.flow.depends[value] and bool(self.trace.shape(value))

    def _source(self, value: int) -> int | None:
        """The squashing op that this value comes from through ops that only move or scale; None if there is none."""
        chain = []
        current: int | None = value
        found: int | None = None
        while current is not None:
            if current in self._sources:
                found = self._sources[current]
                break
            chain.append(current)
            op = self.flow.producer(current)
            if op is None or not self.flow.depends[current]:
                break
            if self._squashes(op):
                found = op.id
                break
            current = self._through(op)
        for passed in chain:
            self._sources[passed] = found
        return found

    def _squashes(self, op: Op) -> bool:
        name = op.base_name
        if name in _SQUASHING:
            return True
        if name == "clamp" or name == "clip" or name == "hardtanh":
            low, high = op.attribute("min", op.attribute("min_val")), op.attribute("max", op.attribute("max_val"))
            return low == 0 and high == 1
        if name in ("div", "mul"):  # relu6(x + 3) / 6
            inner = self.flow.producer(op.inputs[0])
            scale = op.attribute("other")
            is_sixth = isinstance(scale, (int, float)) and abs(scale - (6 if name == "div" else 1 / 6)) < 1e-3
            return inner is not None and inner.base_name in _BOUNDED and is_sixth
        return False

    def _through(self, op: Op) -> int | None:
        """The operand to follow further back, None where the way ends."""
        name = op.base_name
        activations = self.flow.activations(op)
        if name in _MOVING:
            return activations[0] if len(activations) == 1 else None
        if name == "div" and len(activations) == 2:  # weights divided by their own sum
            return op.inputs[0]
        if name in _SCALING and len(activations) == 1 and len(op.inputs) == 1:
            return activations[0]
        if name == "mul" and len(activations) == 2 and all(self._source_is_known(value) for value in activations):
            return activations[0]
        return None

    def _source_is_known(self, value: int) -> bool:
        return self._source(value) is not None

    def _is_activation(self, source: int, target: int) -> bool:
        """Whether the weights are an elementwise function of the very values that they multiply."""
        current = self.trace.ops[source].inputs[0]
        while current != target:
            op = self.flow.producer(current)
            if op is None or op.base_name not in ELEMENTWISE or "norm" in op.base_name or "softmax" in op.base_name:
                return False
            operands = set(self.flow.activations(op))
            if len(operands) != 1 or any(self.trace.values[value].origin == "parameter" for value in op.inputs):
                return target in operands and len(operands) == 2
            current = operands.pop()
        return self.trace.ops[source].base_name != "softmax"

    def _unexpanded(self, value: int) -> int:
        """The weights before they were repeated to the size of their target."""
        op = self.flow.producer(value)
        while op is not None and op.base_name in _EXPANDING:
            value = op.inputs[0]
            op = self.flow.producer(value)
        return value

    def _kind(self, op: Op, operand: int, shape: Shape, target: int) -> GateKind:
        name = op.base_name
        if name in _MATRIX:
            return "spatial" if name != "linear" and 1 in shape[-2:] else "token-to-token"
        target_shape = self.trace.shape(target)
        if name == "einsum":
            aligned = self._einsum_shape(op, operand)
            if aligned is None:
                return "token-to-token"
            shape = aligned
        if len(shape) < len(target_shape):
            shape = (1,) * (len(target_shape) - len(shape)) + shape
        return _kind_of(shape, target_shape, self._channel_axis(target))

    def _einsum_shape(self, op: Op, operand: int) -> Shape | None:
        """The weights with their axes in the result's order, 1 where they have none; None if the product sums over an axis."""
        left, _, result = str(op.attribute("equation")).replace(" ", "").partition("->")
        terms = left.split(",")
        index = op.inputs.index(operand)
        if len(terms) != 2 or "." in left or not result or not set(terms[index]) <= set(result):
            return None
        sizes = dict(zip(terms[index], self.trace.shape(operand), strict=True))
        return tuple(sizes.get(letter, 1) for letter in result)

    def _channel_axis(self, value: int) -> int:
        """Which axis of a feature map holds its channels, by the layer that it comes from; 1 if nothing tells."""
        rank = len(self.trace.shape(value))
        op = self.flow.producer(value)
        while op is not None:
            name = op.base_name
            if name.startswith(_CHANNELS_AT_1):
                return rank - 3 if "2d" in name and rank == 3 else 1
            if name.startswith(_CHANNELS_LAST):
                return rank - 1
            activations = self.flow.activations(op)
            if not activations or len(self.trace.shape(activations[0])) != rank or name in ("permute", "transpose"):
                break
            op = self.flow.producer(activations[0])
        return 1


def _kind_of(shape: Shape, target: Shape, channel_axis: int) -> GateKind:
    varying = {axis for axis, size in enumerate(shape) if size > 1}
    batch = {0} if channel_axis != 0 else set()
    if all(size == shape[axis] for axis, size in enumerate(target)):
        return "elementwise"
    if varying - batch <= {channel_axis}:
        return "channel"
    return "channel-spatial" if channel_axis in varying else "spatial"
