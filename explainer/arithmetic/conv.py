"""Convolutions: sizes, parameters and multiply-adds in closed form, accepted and refused as torch does on the CPU."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

from explainer.arithmetic.arguments import PerAxis, checked_shape, per_axis, shortest, source
from explainer.arithmetic.axis import Axis
from explainer.arithmetic.checks import refuse_empty, require_channels, require_choice, require_groups, require_rank, too_small
from explainer.errors import InvalidLayer
from explainer.types import Shape

PADDING_MODES = ("zeros", "reflect", "replicate", "circular")
PADDING_WORDS = ("same", "valid")


@dataclass(frozen=True, slots=True)
class ConvLayer:
    """``nn.Conv1d``, ``2d`` or ``3d``, one number per axis; ``conv_layer`` builds it and checks the numbers.

    >>> conv_layer(2, 3, 64, 7, stride=2, padding=3).output_shape((1, 3, 224, 224))
    (1, 64, 112, 112)
    """

    in_channels: int
    out_channels: int
    kernel_size: tuple[int, ...]
    stride: tuple[int, ...]
    padding: tuple[int, ...] | str
    dilation: tuple[int, ...]
    groups: int
    bias: bool
    padding_mode: str

    @property
    def rank(self) -> int:
        return len(self.kernel_size)

    @property
    def weight_shape(self) -> Shape:
        return (self.out_channels, self.in_channels // self.groups, *self.kernel_size)

    @property
    def weight_count(self) -> int:
        return prod(self.weight_shape)

    @property
    def bias_count(self) -> int:
        return self.out_channels if self.bias else 0

    @property
    def param_count(self) -> int:
        return self.weight_count + self.bias_count

    @property
    def padding_sides(self) -> tuple[tuple[int, int], ...]:
        """Cells (before, after) on each axis; ``'same'`` puts the odd one after."""
        if self.padding == "same":
            totals = [dilation * (kernel - 1) for kernel, dilation in zip(self.kernel_size, self.dilation, strict=True)]
            return tuple((total // 2, total - total // 2) for total in totals)
        if isinstance(self.padding, str):
            return ((0, 0),) * self.rank
        return tuple((cells, cells) for cells in self.padding)

    def axes(self, spatial: tuple[int, ...]) -> tuple[Axis, ...]:
        columns = zip(spatial, self.kernel_size, self.stride, self.padding_sides, self.dilation, strict=True)
        return tuple(Axis(*column) for column in columns)

    def output_shape(self, input_shape: Shape) -> Shape:
        """The output's shape for (N, C, ...) or (C, ...); raises InvalidLayer where torch refuses.

        With ``in_channels=0`` torch returns 0 channels, whatever ``out_channels`` says; so does this.
        """
        shape = checked_shape(input_shape)
        require_channels(shape, self.rank, self.in_channels)
        spatial = shape[-self.rank :]
        zeros = self.padding_mode == "zeros"
        without_cells = 0 in spatial or (not self.in_channels and self.padding_mode in ("reflect", "replicate"))
        if without_cells and (not zeros or 0 not in shape[: -self.rank]):
            raise refuse_empty(shape)
        axes = self.axes(spatial)
        for dimension, axis in enumerate(axes, len(shape) - self.rank):
            if not zeros:
                self._require_paddable(axis, dimension)
            if axis.numerator < 0:
                raise too_small(axis, dimension, self._largest_padding(axis))
        channels = self.out_channels if self.in_channels else 0
        return checked_shape((*shape[: -self.rank - 1], channels, *(axis.output for axis in axes)))

    def macs(self, input_shape: Shape) -> int:
        """Multiply-adds of one forward: output elements times the weights that each reads; the bias is not counted."""
        return prod(self.output_shape(input_shape)) * prod(self.weight_shape[1:])

    def code(self) -> str:
        """The PyTorch line, with only what differs from torch's defaults.

        >>> conv_layer(2, 3, 8, 3, stride=3, padding=1).code()
        'nn.Conv2d(3, 8, kernel_size=3, stride=3, padding=1)'
        """
        padding = self.padding if isinstance(self.padding, str) else shortest(self.padding)
        return source(
            f"Conv{self.rank}d",
            (self.in_channels, self.out_channels),
            (
                ("kernel_size", shortest(self.kernel_size), None),
                ("stride", shortest(self.stride), 1),
                ("padding", padding, 0),
                ("dilation", shortest(self.dilation), 1),
                ("groups", self.groups, 1),
                ("bias", self.bias, True),
                ("padding_mode", self.padding_mode, "zeros"),
            ),
        )

    def _require_paddable(self, axis: Axis, dimension: int) -> None:
        largest, limit = max(axis.padding), self._largest_padding(axis)
        if limit is not None and largest > limit:
            raise InvalidLayer(
                "padding_mode={mode!r} takes its cells from the input: dimension {dimension} has {size}, "
                "so padding can be at most {limit}, not {largest}.",
                field="padding", mode=self.padding_mode, dimension=dimension, size=axis.size, limit=limit, largest=largest,
            )  # fmt: skip

    def _largest_padding(self, axis: Axis) -> int | None:
        return {"reflect": axis.size - 1, "circular": axis.size}.get(self.padding_mode)


def conv_layer(
    rank: int,
    in_channels: int,
    out_channels: int,
    kernel_size: PerAxis,
    stride: PerAxis = 1,
    padding: PerAxis | str = 0,
    dilation: PerAxis = 1,
    groups: int = 1,
    bias: bool = True,
    padding_mode: str = "zeros",
) -> ConvLayer:
    """The convolution over ``rank`` axes with torch's arguments; raises InvalidLayer where no forward could pass."""
    require_rank(rank)
    require_groups(in_channels, out_channels, groups)
    kernel = per_axis(kernel_size, rank, "kernel_size", 1, stretch=False)
    steps = per_axis(stride, rank, "stride", 1)
    gaps = per_axis(dilation, rank, "dilation", 1)
    require_choice(padding_mode, "padding_mode", PADDING_MODES)
    zeros = padding_mode == "zeros"
    if isinstance(padding, str):
        require_choice(padding, "padding", PADDING_WORDS)
        if padding == "same" and set(steps) != {1}:
            raise _same_with_stride(kernel, steps, gaps)
        cells: Shape | str = padding
    else:
        cells = per_axis(padding, rank, "padding", 0 if zeros else None, stretch=zeros)
    checked_shape((out_channels, in_channels // groups, *kernel), "kernel_size")
    return ConvLayer(in_channels, out_channels, kernel, steps, cells, gaps, groups, bool(bias), padding_mode)


def _same_with_stride(kernel: Shape, steps: Shape, gaps: Shape) -> InvalidLayer:
    padding = shortest(tuple(gap * (size - 1) // 2 for size, gap in zip(kernel, gaps, strict=True)))
    if set(steps) == {2}:
        return InvalidLayer(
            "PyTorch refuses padding='same' with stride=2. Write padding={padding}: it halves every even size.",
            field="padding", padding=padding,
        )  # fmt: skip
    return InvalidLayer(
        "PyTorch refuses padding='same' with stride={stride}. "
        "Write padding={padding}: a size that the stride divides becomes exactly size / stride.",
        field="padding", stride=shortest(steps), padding=padding,
    )  # fmt: skip
