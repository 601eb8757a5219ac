"""Padding layers: cells added on every side, or cropped where the number is negative."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from explainer.arithmetic.arguments import checked_shape, shortest, source, whole
from explainer.arithmetic.checks import refuse_empty, require_choice, require_dimensions, require_number, require_rank
from explainer.errors import InvalidLayer
from explainer.types import Shape

PADDING_KINDS = ("Zero", "Constant", "Reflection", "Replication", "Circular")


@dataclass(frozen=True, slots=True)
class PaddingLayer:
    """``nn.ZeroPad2d`` and its family. ``padding`` is torch's order: (left, right, top, bottom, front, back).

    >>> padding_layer("Reflection", 2, (1, 2, 0, 0)).output_shape((1, 3, 8, 8))
    (1, 3, 8, 11)
    """

    kind: str
    rank: int
    padding: tuple[int, ...]
    value: float

    @property
    def param_count(self) -> int:
        return 0

    @property
    def padding_sides(self) -> tuple[tuple[int, int], ...]:
        """Cells (before, after) on each axis, in the order of the input's dimensions."""
        pairs = tuple(zip(self.padding[::2], self.padding[1::2], strict=True))
        return pairs[::-1]

    def output_shape(self, input_shape: Shape) -> Shape:
        """The output's shape; raises InvalidLayer where torch refuses.

        Zero and Constant take any leading dimensions, the others (N, C, ...) or (C, ...).
        """
        shape = checked_shape(input_shape)
        fills = self.kind in ("Zero", "Constant")
        if fills and len(shape) < self.rank:
            raise InvalidLayer(
                "Input {shape} has {count} dimensions; this layer pads the last {rank}.",
                field="input_shape", shape=shape, count=len(shape), rank=self.rank,
            )  # fmt: skip
        if not fills:
            require_dimensions(shape, self.rank)
        if self.kind in ("Reflection", "Replication") and 0 in shape[-self.rank - 1 :]:
            raise refuse_empty(shape)
        first = len(shape) - self.rank
        axes = tuple(zip(shape[first:], self.padding_sides, strict=True))
        for dimension, (size, (before, after)) in enumerate(axes, first):
            self._require_source(size, before, after, dimension)
            self._require_rest(size, before, after, dimension)
        sizes = tuple(size + before + after for size, (before, after) in axes)
        if self.kind in ("Reflection", "Replication") and max(sizes) < 1:
            raise InvalidLayer(
                "padding={padding} crops all of input {shape}.", field="padding", padding=self.padding, shape=shape
            )
        return checked_shape((*shape[:first], *sizes))

    def macs(self, input_shape: Shape) -> int:
        """0: it only copies."""
        self.output_shape(input_shape)
        return 0

    def code(self) -> str:
        """The PyTorch line.

        >>> padding_layer("Constant", 1, (2, 0), 1.5).code()
        'nn.ConstantPad1d((2, 0), 1.5)'
        """
        values = (shortest(self.padding), self.value) if self.kind == "Constant" else (shortest(self.padding),)
        return source(f"{self.kind}Pad{self.rank}d", values, ())

    def _require_source(self, size: int, before: int, after: int, dimension: int) -> None:
        """What is copied must be there; Circular crops first and copies then."""
        left = size + min(before, 0) + min(after, 0)
        limit = {"Reflection": size - 1, "Circular": max(left, 0)}.get(self.kind)
        if limit is not None and max(before, after) > limit:
            raise InvalidLayer(
                "{kind} padding takes its cells from the input: dimension {dimension} has {size}, so padding can be at most "
                "{limit}, not {largest}.",
                field="padding", kind=self.kind, dimension=dimension, size=size, limit=limit, largest=max(before, after),
            )  # fmt: skip

    def _require_rest(self, size: int, before: int, after: int, dimension: int) -> None:
        """Cropping leaves no negative size: Reflection and Replication weigh both sides, the others crop first and add then."""
        both = self.kind in ("Reflection", "Replication")
        if size + (before + after if both else min(before, 0) + min(after, 0)) < 0:
            raise InvalidLayer(
                "padding ({before}, {after}) crops more than dimension {dimension} has, which is {size}.",
                field="padding", before=before, after=after, dimension=dimension, size=size,
            )  # fmt: skip


def padding_layer(kind: str, rank: int, padding: int | Sequence[int], value: float = 0.0) -> PaddingLayer:
    """The padding layer of a kind over ``rank`` axes: one number, or two for each axis, the last axis first."""
    require_choice(kind, "kind", PADDING_KINDS)
    require_rank(rank)
    cells = padding if isinstance(padding, (tuple, list)) else (padding,) * 2 * rank
    checked = tuple(whole(number, "padding") for number in cells)
    if len(checked) != 2 * rank:
        raise InvalidLayer(
            "padding needs one number, or {wanted}: before and after on each axis, the last axis first; {padding} has {count}.",
            field="padding", wanted=2 * rank, padding=checked, count=len(checked),
        )  # fmt: skip
    return PaddingLayer(kind, rank, checked, require_number(value, "value"))
