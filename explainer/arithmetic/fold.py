"""Unfold cuts patches into columns, Fold adds columns back into an image; both over two axes."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

from explainer.arithmetic.arguments import PerAxis, checked_shape, per_axis, shortest, source
from explainer.arithmetic.axis import Axis
from explainer.arithmetic.checks import refuse_empty, require_dimensions, too_small
from explainer.errors import InvalidLayer
from explainer.types import Shape


@dataclass(frozen=True, slots=True)
class Patches:
    """The sliding windows that Unfold and Fold share."""

    kernel_size: tuple[int, ...]
    dilation: tuple[int, ...]
    padding: tuple[int, ...]
    stride: tuple[int, ...]

    @property
    def rank(self) -> int:
        return 2

    @property
    def param_count(self) -> int:
        return 0

    def axes(self, spatial: tuple[int, ...]) -> tuple[Axis, ...]:
        columns = zip(spatial, self.kernel_size, self.stride, self.padding, self.dilation, strict=True)
        return tuple(Axis(size, kernel, step, (pad, pad), gap) for size, kernel, step, pad, gap in columns)

    def _options(self) -> tuple[tuple[str, object, object], ...]:
        return (
            ("kernel_size", shortest(self.kernel_size), None),
            ("dilation", shortest(self.dilation), 1),
            ("padding", shortest(self.padding), 0),
            ("stride", shortest(self.stride), 1),
        )


@dataclass(frozen=True, slots=True)
class UnfoldLayer(Patches):
    """``nn.Unfold``: (N, C, H, W) -> (N, C * kernel cells, windows).

    >>> unfold_layer(3, padding=1).output_shape((1, 3, 8, 8))
    (1, 27, 64)
    """

    def output_shape(self, input_shape: Shape) -> Shape:
        """The output's shape for (N, C, H, W) or (C, H, W); raises InvalidLayer where torch refuses."""
        shape = checked_shape(input_shape)
        require_dimensions(shape, 2)
        if 0 in shape[-3:]:
            raise refuse_empty(shape)
        axes = self.axes(shape[-2:])
        for dimension, axis in enumerate(axes, len(shape) - 2):
            if axis.numerator < 0:
                raise too_small(axis, dimension)
        return checked_shape((*shape[:-3], shape[-3] * prod(self.kernel_size), prod(axis.output for axis in axes)))

    def macs(self, input_shape: Shape) -> int:
        """0: it only copies."""
        self.output_shape(input_shape)
        return 0

    def code(self) -> str:
        """The PyTorch line, with only what differs from torch's defaults."""
        return source("Unfold", (), self._options())


@dataclass(frozen=True, slots=True)
class FoldLayer(Patches):
    """``nn.Fold``: (N, C * kernel cells, windows) -> (N, C, H, W), with (H, W) = ``output_size``. Overlaps are added.

    >>> fold_layer(8, 2, stride=2).output_shape((1, 12, 16))
    (1, 3, 8, 8)
    """

    output_size: tuple[int, ...]

    def output_shape(self, input_shape: Shape) -> Shape:
        """The output's shape for (N, rows, windows) or (rows, windows); raises InvalidLayer where torch refuses."""
        shape = checked_shape(input_shape)
        if len(shape) not in (2, 3):
            raise InvalidLayer(
                "Input {shape} has {count} dimensions; Fold takes 3 (batch, rows and windows), or 2 without the batch.",
                field="input_shape", shape=shape, count=len(shape),
            )  # fmt: skip
        if 0 in shape[-2:]:
            raise refuse_empty(shape)
        cells = prod(self.kernel_size)
        if shape[-2] % cells:
            raise InvalidLayer(
                "The {rows} rows of input {shape} do not divide by the {cells} cells of the kernel.",
                field="kernel_size", rows=shape[-2], shape=shape, cells=cells,
            )  # fmt: skip
        axes = self.axes(self.output_size)
        windows = prod(axis.output for axis in axes)
        if shape[-1] != windows:
            raise InvalidLayer(
                "Input {shape} has {given} windows, but output_size={output_size} has {windows} of them "
                "({down} down, {across} across).",
                field="output_size", shape=shape, given=shape[-1], output_size=self.output_size, windows=windows,
                down=axes[0].output, across=axes[1].output,
            )  # fmt: skip
        return checked_shape((*shape[:-2], shape[-2] // cells, *self.output_size))

    def macs(self, input_shape: Shape) -> int:
        """0: it only adds."""
        self.output_shape(input_shape)
        return 0

    def code(self) -> str:
        """The PyTorch line, with only what differs from torch's defaults."""
        return source("Fold", (), (("output_size", shortest(self.output_size), None), *self._options()))


def unfold_layer(kernel_size: PerAxis, dilation: PerAxis = 1, padding: PerAxis = 0, stride: PerAxis = 1) -> UnfoldLayer:
    """The layer with torch's arguments."""
    return UnfoldLayer(*_patches(kernel_size, dilation, padding, stride))


def fold_layer(
    output_size: PerAxis, kernel_size: PerAxis, dilation: PerAxis = 1, padding: PerAxis = 0, stride: PerAxis = 1
) -> FoldLayer:
    """The layer with torch's arguments."""
    size = per_axis(output_size, 2, "output_size", 1, stretch=False)
    return FoldLayer(*_patches(kernel_size, dilation, padding, stride), size)


def _patches(kernel_size: PerAxis, dilation: PerAxis, padding: PerAxis, stride: PerAxis) -> tuple[Shape, Shape, Shape, Shape]:
    return (
        per_axis(kernel_size, 2, "kernel_size", 1, stretch=False),
        per_axis(dilation, 2, "dilation", 1, stretch=False),
        per_axis(padding, 2, "padding", 0, stretch=False),
        per_axis(stride, 2, "stride", 1, stretch=False),
    )
