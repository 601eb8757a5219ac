"""Transposed convolutions: each input position writes a window of the output, the mirror of a convolution."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

from explainer.arithmetic.arguments import PerAxis, checked_shape, per_axis, shortest, source
from explainer.arithmetic.axis import Axis
from explainer.arithmetic.checks import refuse_empty, require_channels, require_groups, require_rank
from explainer.errors import InvalidLayer
from explainer.types import Shape


@dataclass(frozen=True, slots=True)
class ConvTransposeLayer:
    """``nn.ConvTranspose1d``, ``2d`` or ``3d``, one number per axis.

    >>> conv_transpose_layer(2, 64, 32, 4, stride=2, padding=1).output_shape((1, 64, 16, 16))
    (1, 32, 32, 32)
    """

    in_channels: int
    out_channels: int
    kernel_size: tuple[int, ...]
    stride: tuple[int, ...]
    padding: tuple[int, ...]
    output_padding: tuple[int, ...]
    groups: int
    bias: bool
    dilation: tuple[int, ...]

    @property
    def rank(self) -> int:
        return len(self.kernel_size)

    @property
    def weight_shape(self) -> Shape:
        return (self.in_channels, self.out_channels // self.groups, *self.kernel_size)

    @property
    def weight_count(self) -> int:
        return prod(self.weight_shape)

    @property
    def bias_count(self) -> int:
        return self.out_channels if self.bias else 0

    @property
    def param_count(self) -> int:
        return self.weight_count + self.bias_count

    def smallest_output(self, spatial: tuple[int, ...]) -> tuple[int, ...]:
        """The output sizes with ``output_padding=0``; ``output_size`` may ask for up to ``stride - 1`` more on each axis."""
        columns = zip(spatial, self.kernel_size, self.stride, self.padding, self.dilation, strict=True)
        return tuple((size - 1) * step - 2 * cells + gap * (kernel - 1) + 1 for size, kernel, step, cells, gap in columns)

    def axes(self, spatial: tuple[int, ...]) -> tuple[Axis, ...]:
        """The same axes read backwards: ``size`` is the output, and ``window(i)`` the output cells that input i writes."""
        sizes = (least + extra for least, extra in zip(self.smallest_output(spatial), self.output_padding, strict=True))
        columns = zip(sizes, self.kernel_size, self.stride, self.padding, self.dilation, strict=True)
        return tuple(Axis(size, kernel, step, (cells, cells), gap) for size, kernel, step, cells, gap in columns)

    def output_shape(self, input_shape: Shape, output_size: Shape | None = None) -> Shape:
        """The output's shape for (N, C, ...) or (C, ...).

        ``output_size`` is the argument of torch's forward: the spatial sizes, or a whole shape of which these are read. It
        takes the place of ``output_padding``.
        """
        shape = checked_shape(input_shape)
        require_channels(shape, self.rank, self.in_channels)
        spatial = shape[-self.rank :]
        unchecked = len(shape) == self.rank + 2 and shape[0] == 0
        if 0 in spatial and not unchecked:
            raise refuse_empty(shape)
        least = self.smallest_output(spatial)
        extras = self.output_padding if output_size is None else self._extras(least, output_size, len(shape))
        if not unchecked:
            self._require_small(extras)
        sizes = tuple(size + extra for size, extra in zip(least, extras, strict=True))
        for dimension, size in enumerate(sizes, len(shape) - self.rank):
            if size < 1:
                raise InvalidLayer(
                    "Dimension {dimension} would have {size} cells: padding removes more than the kernels write. "
                    "The largest padding that leaves a cell is {largest}.",
                    field="padding", dimension=dimension, size=size,
                    largest=self.padding[dimension - len(shape)] + (size - 1) // 2,
                )  # fmt: skip
        return checked_shape((*shape[: -self.rank - 1], self.out_channels, *sizes))

    def macs(self, input_shape: Shape) -> int:
        """Multiply-adds of one forward: input elements times the weights that each meets; the bias is not counted."""
        self.output_shape(input_shape)
        return prod(input_shape) * prod(self.weight_shape[1:])

    def code(self) -> str:
        """The PyTorch line, with only what differs from torch's defaults.

        >>> conv_transpose_layer(2, 8, 4, 3, stride=2, output_padding=(0, 1)).code()
        'nn.ConvTranspose2d(8, 4, kernel_size=3, stride=2, output_padding=(0, 1))'
        """
        return source(
            f"ConvTranspose{self.rank}d",
            (self.in_channels, self.out_channels),
            (
                ("kernel_size", shortest(self.kernel_size), None),
                ("stride", shortest(self.stride), 1),
                ("padding", shortest(self.padding), 0),
                ("output_padding", shortest(self.output_padding), 0),
                ("groups", self.groups, 1),
                ("bias", self.bias, True),
                ("dilation", shortest(self.dilation), 1),
            ),
        )

    def _extras(self, least: Shape, output_size: Shape, dimensions: int) -> Shape:
        wanted = checked_shape(output_size, "output_size")
        if len(wanted) not in (self.rank, dimensions):
            raise InvalidLayer(
                "output_size needs {rank} numbers, or {dimensions} as the input has; {wanted} has {count}.",
                field="output_size", rank=self.rank, dimensions=dimensions, wanted=wanted, count=len(wanted),
            )  # fmt: skip
        wanted = wanted[-self.rank :]
        most = tuple(size + step - 1 for size, step in zip(least, self.stride, strict=True))
        if not all(low <= size <= high for low, size, high in zip(least, wanted, most, strict=True)):
            raise InvalidLayer(
                "output_size={wanted} is out of reach: this input gives {least} to {most}.",
                field="output_size", wanted=wanted, least=least, most=most,
            )  # fmt: skip
        return tuple(size - low for size, low in zip(wanted, least, strict=True))

    def _require_small(self, extras: Shape) -> None:
        for extra, step, gap in zip(extras, self.stride, self.dilation, strict=True):
            if extra >= max(step, gap):
                raise InvalidLayer(
                    "output_padding={extra} is too large: it must be smaller than the stride ({stride}) or the dilation "
                    "({dilation}), so at most {limit}.",
                    field="output_padding", extra=extra, stride=step, dilation=gap, limit=max(step, gap) - 1,
                )  # fmt: skip


def conv_transpose_layer(
    rank: int,
    in_channels: int,
    out_channels: int,
    kernel_size: PerAxis,
    stride: PerAxis = 1,
    padding: PerAxis | str = 0,
    output_padding: PerAxis = 0,
    groups: int = 1,
    bias: bool = True,
    dilation: PerAxis = 1,
    padding_mode: str = "zeros",
) -> ConvTransposeLayer:
    """The transposed convolution over ``rank`` axes with torch's arguments; raises InvalidLayer where no forward could pass."""
    require_rank(rank)
    require_groups(in_channels, out_channels, groups, fewest=(1, 1))
    kernel = per_axis(kernel_size, rank, "kernel_size", 1, stretch=False)
    steps = per_axis(stride, rank, "stride", 1)
    if isinstance(padding, str):
        raise InvalidLayer(
            "A transposed convolution takes no padding={word!r}; write a number.", field="padding", word=padding
        )  # fmt: skip
    cells = per_axis(padding, rank, "padding", 0)
    extra = per_axis(output_padding, rank, "output_padding", 0)
    gaps = per_axis(dilation, rank, "dilation", 1)
    if padding_mode != "zeros":
        raise InvalidLayer(
            "A transposed convolution takes padding_mode='zeros' only, not {mode!r}.", field="padding_mode", mode=padding_mode
        )
    checked_shape((in_channels, out_channels // groups, *kernel), "kernel_size")
    return ConvTransposeLayer(in_channels, out_channels, kernel, steps, cells, extra, groups, bool(bias), gaps)
