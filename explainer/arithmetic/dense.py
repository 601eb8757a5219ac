"""Linear, which acts on the last axis only, and the layers that only regroup axes: Flatten and Unflatten."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

from explainer.arithmetic.arguments import checked_shape, source, whole
from explainer.errors import InvalidLayer
from explainer.types import Shape


@dataclass(frozen=True, slots=True)
class LinearLayer:
    """``nn.Linear``: (..., in_features) -> (..., out_features), whatever stands before.

    >>> linear_layer(512, 10).output_shape((2, 49, 512))
    (2, 49, 10)
    """

    in_features: int
    out_features: int
    bias: bool = True

    @property
    def weight_shape(self) -> Shape:
        return (self.out_features, self.in_features)

    @property
    def weight_count(self) -> int:
        return prod(self.weight_shape)

    @property
    def bias_count(self) -> int:
        return self.out_features if self.bias else 0

    @property
    def param_count(self) -> int:
        return self.weight_count + self.bias_count

    def output_shape(self, input_shape: Shape) -> Shape:
        """The output's shape; raises InvalidLayer where torch refuses."""
        shape = checked_shape(input_shape)
        if not shape or shape[-1] != self.in_features:
            last = shape[-1] if shape else 0
            raise InvalidLayer(
                "Input {shape} ends with {last}, but the layer expects in_features={in_features}: "
                "a linear layer acts on the last dimension only.",
                field="in_features", shape=shape, last=last, in_features=self.in_features,
            )  # fmt: skip
        return checked_shape((*shape[:-1], self.out_features))

    def macs(self, input_shape: Shape) -> int:
        """Multiply-adds of one forward; the bias is not counted."""
        return prod(self.output_shape(input_shape)) * self.in_features

    def code(self) -> str:
        """The PyTorch line, with only what differs from torch's defaults."""
        return source("Linear", (self.in_features, self.out_features), (("bias", self.bias, True),))


@dataclass(frozen=True, slots=True)
class FlattenLayer:
    """``nn.Flatten``: the axes from ``start_dim`` to ``end_dim`` become one.

    >>> flatten_layer().output_shape((2, 512, 7, 7))
    (2, 25088)
    """

    start_dim: int = 1
    end_dim: int = -1

    @property
    def param_count(self) -> int:
        return 0

    def output_shape(self, input_shape: Shape) -> Shape:
        """The output's shape; raises InvalidLayer where torch refuses."""
        shape = checked_shape(input_shape)
        start = dimension_of(self.start_dim, shape, "start_dim")
        end = dimension_of(self.end_dim, shape, "end_dim")
        if start > end:
            raise InvalidLayer(
                "start_dim={start} lies behind end_dim={end} for input {shape}.",
                field="start_dim", start=self.start_dim, end=self.end_dim, shape=shape,
            )  # fmt: skip
        return (*shape[:start], prod(shape[start : end + 1]), *shape[end + 1 :])

    def macs(self, input_shape: Shape) -> int:
        """0: it only regroups."""
        self.output_shape(input_shape)
        return 0

    def code(self) -> str:
        """The PyTorch line, with only what differs from torch's defaults."""
        return source("Flatten", (), (("start_dim", self.start_dim, 1), ("end_dim", self.end_dim, -1)))


@dataclass(frozen=True, slots=True)
class UnflattenLayer:
    """``nn.Unflatten``: one axis becomes several; one of their sizes may be -1, worked out from the others.

    >>> unflatten_layer(1, (3, -1)).output_shape((2, 12, 5))
    (2, 3, 4, 5)
    """

    dim: int
    unflattened_size: tuple[int, ...]

    @property
    def param_count(self) -> int:
        return 0

    def output_shape(self, input_shape: Shape) -> Shape:
        """The output's shape; raises InvalidLayer where torch refuses."""
        shape = checked_shape(input_shape)
        if not shape:
            raise InvalidLayer("Input {shape} has no dimension to unflatten.", field="input_shape", shape=shape)
        dimension = dimension_of(self.dim, shape, "dim")
        size, known = shape[dimension], prod(part for part in self.unflattened_size if part != -1)
        open_part = -1 in self.unflattened_size
        if (size % known if open_part and known else size != known) or (open_part and not known):
            raise InvalidLayer(
                "unflattened_size={parts} does not multiply to {size}, the size of dimension {dimension} of input {shape}.",
                field="unflattened_size", parts=self.unflattened_size, size=size, dimension=dimension, shape=shape,
            )  # fmt: skip
        parts = tuple(size // known if part == -1 else part for part in self.unflattened_size)
        return (*shape[:dimension], *parts, *shape[dimension + 1 :])

    def macs(self, input_shape: Shape) -> int:
        """0: it only regroups."""
        self.output_shape(input_shape)
        return 0

    def code(self) -> str:
        """The PyTorch line."""
        return source("Unflatten", (self.dim, self.unflattened_size), ())


def linear_layer(in_features: int, out_features: int, bias: bool = True) -> LinearLayer:
    """The layer with torch's arguments; torch takes 0 features, and so does this."""
    layer = LinearLayer(whole(in_features, "in_features", 0), whole(out_features, "out_features", 0), bool(bias))
    checked_shape(layer.weight_shape, "in_features")
    return layer


def flatten_layer(start_dim: int = 1, end_dim: int = -1) -> FlattenLayer:
    """The layer with torch's arguments."""
    return FlattenLayer(whole(start_dim, "start_dim"), whole(end_dim, "end_dim"))


def unflatten_layer(dim: int, unflattened_size: Sequence[int]) -> UnflattenLayer:
    """The layer with torch's arguments; dimension names are not taken."""
    if not isinstance(unflattened_size, (tuple, list)) or not unflattened_size:
        raise InvalidLayer("unflattened_size must be one or more numbers, as (2, 3).", field="unflattened_size")
    parts = tuple(whole(part, "unflattened_size", -1) for part in unflattened_size)
    if parts.count(-1) > 1:
        raise InvalidLayer("unflattened_size={parts} has more than one -1.", field="unflattened_size", parts=parts)
    return UnflattenLayer(whole(dim, "dim"), parts)


def dimension_of(dim: int, shape: Shape, name: str) -> int:
    """The dimension that torch means: negative ones count from the end; a shape without dimensions has one to torch."""
    count = max(len(shape), 1)
    if not -count <= dim < count:
        raise InvalidLayer(
            "{name}={dim} is no dimension of input {shape}: it must be from {lowest} to {highest}.",
            field=name, name=name, dim=dim, shape=shape, lowest=-count, highest=count - 1,
        )  # fmt: skip
    return dim % count
