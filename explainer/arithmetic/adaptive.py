"""Adaptive pools: the output size is given, and the input is cut into that many bins, which may overlap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from explainer.arithmetic.arguments import checked_shape, source, whole
from explainer.arithmetic.checks import require_cells, require_dimensions, require_rank
from explainer.errors import InvalidLayer
from explainer.types import Shape


def adaptive_bins(size: int, output: int) -> tuple[tuple[int, int], ...]:
    """The (start, end) of each bin on an axis, end not included.

    >>> adaptive_bins(10, 4)
    ((0, 3), (2, 5), (5, 8), (7, 10))
    """
    return tuple((index * size // output, -((index + 1) * -size // output)) for index in range(output))


@dataclass(frozen=True, slots=True)
class AdaptivePoolLayer:
    """``nn.AdaptiveAvgPool`` or ``nn.AdaptiveMaxPool`` over 1 to 3 axes; None keeps the input's size on that axis.

    >>> adaptive_pool_layer("Avg", 2, (None, 7)).output_shape((1, 512, 14, 10))
    (1, 512, 14, 7)
    """

    kind: Literal["Avg", "Max"]
    output_size: tuple[int | None, ...]
    return_indices: bool = False

    @property
    def rank(self) -> int:
        return len(self.output_size)

    @property
    def param_count(self) -> int:
        return 0

    def bins(self, spatial: tuple[int, ...]) -> tuple[tuple[tuple[int, int], ...], ...]:
        """The bins of each axis."""
        pairs = zip(spatial, self.output_size, strict=True)
        return tuple(adaptive_bins(size, size if output is None else output) for size, output in pairs)

    def output_shape(self, input_shape: Shape) -> Shape:
        """The output's shape for (N, C, ...) or (C, ...); raises InvalidLayer where torch refuses.

        An average to one cell is a mean to torch, which also takes empty sizes and, over several axes, any leading dimensions.
        """
        shape = checked_shape(input_shape)
        if not self._is_mean(shape):
            require_dimensions(shape, self.rank)
            only_space = self.kind == "Avg" and self.rank < 3
            require_cells(shape, len(shape) - self.rank if only_space else 1)
        return checked_shape((*shape[: -self.rank], *self._sizes(shape)))

    def macs(self, input_shape: Shape) -> int:
        """0: a pool compares or adds, it multiplies no weights."""
        self.output_shape(input_shape)
        return 0

    def code(self) -> str:
        """The PyTorch line, with only what differs from torch's defaults.

        >>> adaptive_pool_layer("Avg", 2, 1).code()
        'nn.AdaptiveAvgPool2d(1)'
        """
        same = len(set(self.output_size)) == 1 and self.output_size[0] is not None
        written = self.output_size[0] if same else self.output_size
        options = (("return_indices", self.return_indices, False),)
        return source(f"Adaptive{self.kind}Pool{self.rank}d", (written,), options)

    def _sizes(self, shape: Shape) -> Shape:
        pairs = zip(shape[-self.rank :], self.output_size, strict=True)
        return tuple(size if output is None else output for size, output in pairs)

    def _is_mean(self, shape: Shape) -> bool:
        fits = len(shape) in (2, 3) if self.rank == 1 else len(shape) >= self.rank + (None in self.output_size)
        return self.kind == "Avg" and fits and set(self._sizes(shape)) == {1}


def adaptive_pool_layer(
    kind: Literal["Avg", "Max"], rank: int, output_size: int | Sequence[int | None], return_indices: bool = False
) -> AdaptivePoolLayer:
    """The adaptive pool over ``rank`` axes with torch's arguments; a size of 0 is allowed, as in torch."""
    require_rank(rank)
    if output_size is None:
        raise InvalidLayer("output_size must be a whole number or one per axis, not None.", field="output_size")
    sizes = tuple(output_size) if isinstance(output_size, (tuple, list)) else (output_size,) * rank
    if len(sizes) != rank:
        raise InvalidLayer(
            "output_size needs one number, or one for each of the {rank} axes; {count} were given.",
            field="output_size", rank=rank, count=len(sizes),
        )  # fmt: skip
    if rank == 1 and None in sizes:
        raise InvalidLayer("With one axis, output_size must be a whole number, not None.", field="output_size")
    checked = tuple(None if size is None else whole(size, "output_size", 0) for size in sizes)
    return AdaptivePoolLayer(kind, checked, bool(return_indices))
