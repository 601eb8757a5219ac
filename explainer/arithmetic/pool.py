"""Max, average and LP pools: no parameters, no multiply-adds, the sizes of a convolution with ``ceil_mode``."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

from explainer.arithmetic.arguments import PerAxis, checked_shape, per_axis, shortest, source, whole
from explainer.arithmetic.axis import Axis
from explainer.arithmetic.checks import refuse_empty, require_dimensions, require_number, require_rank, too_small
from explainer.errors import InvalidLayer
from explainer.types import Shape


@dataclass(frozen=True, slots=True)
class PoolLayer:
    """What the three kinds of pool share; each says which arguments it has."""

    kernel_size: tuple[int, ...]
    stride: tuple[int, ...]
    padding: tuple[int, ...]
    dilation: tuple[int, ...]
    ceil_mode: bool

    @property
    def rank(self) -> int:
        return len(self.kernel_size)

    @property
    def param_count(self) -> int:
        return 0

    def axes(self, spatial: tuple[int, ...]) -> tuple[Axis, ...]:
        columns = zip(spatial, self.kernel_size, self.stride, self.padding, self.dilation, strict=True)
        return tuple(Axis(size, kernel, step, (pad, pad), gap, self.ceil_mode) for size, kernel, step, pad, gap in columns)

    def output_shape(self, input_shape: Shape) -> Shape:
        """The output's shape for (N, C, ...) or (C, ...); raises InvalidLayer where torch refuses."""
        shape = checked_shape(input_shape)
        require_dimensions(shape, self.rank)
        if 0 in shape[-self.rank - 1 :]:
            raise refuse_empty(shape)
        axes = self.axes(shape[-self.rank :])
        for dimension, axis in enumerate(axes, len(shape) - self.rank):
            self._require_fit(axis, dimension)
        return checked_shape((*shape[: -self.rank], *(axis.output for axis in axes)))

    def macs(self, input_shape: Shape) -> int:
        """0: a pool compares or adds, it multiplies no weights."""
        self.output_shape(input_shape)
        return 0

    def _require_fit(self, axis: Axis, dimension: int) -> None:
        if self._wants_kernel_inside and axis.size < axis.kernel_size:
            raise InvalidLayer(
                "The kernel covers {kernel_size} cells, but dimension {dimension} has {size}. "
                "A 3d average pool wants them without padding: make the kernel smaller.",
                field="kernel_size", kernel_size=axis.kernel_size, dimension=dimension, size=axis.size,
            )  # fmt: skip
        if axis.output < 1:
            raise too_small(axis, dimension, axis.kernel_size // 2 if self._takes_padding else 0)

    @property
    def _takes_padding(self) -> bool:
        return True

    @property
    def _wants_kernel_inside(self) -> bool:
        """torch's 3d average pool compares the kernel with the input before padding; no other pool does."""
        return False

    @property
    def _strides(self) -> tuple[str, object, object]:
        return "stride", shortest(self.stride), shortest(self.kernel_size)


@dataclass(frozen=True, slots=True)
class MaxPoolLayer(PoolLayer):
    """``nn.MaxPool1d``, ``2d`` or ``3d``.

    >>> max_pool_layer(2, 3, stride=2, padding=1).output_shape((1, 64, 112, 112))
    (1, 64, 56, 56)
    """

    return_indices: bool

    def code(self) -> str:
        """The PyTorch line, with only what differs from torch's defaults."""
        return source(
            f"MaxPool{self.rank}d",
            (),
            (
                ("kernel_size", shortest(self.kernel_size), None),
                self._strides,
                ("padding", shortest(self.padding), 0),
                ("dilation", shortest(self.dilation), 1),
                ("return_indices", self.return_indices, False),
                ("ceil_mode", self.ceil_mode, False),
            ),
        )


@dataclass(frozen=True, slots=True)
class AvgPoolLayer(PoolLayer):
    """``nn.AvgPool1d``, ``2d`` or ``3d``. ``count_include_pad`` and ``divisor_override`` change values, never sizes.

    >>> avg_pool_layer(1, 2).output_shape((4, 7))
    (4, 3)
    """

    count_include_pad: bool
    divisor_override: int | None

    def code(self) -> str:
        """The PyTorch line, with only what differs from torch's defaults."""
        return source(
            f"AvgPool{self.rank}d",
            (),
            (
                ("kernel_size", shortest(self.kernel_size), None),
                self._strides,
                ("padding", shortest(self.padding), 0),
                ("ceil_mode", self.ceil_mode, False),
                ("count_include_pad", self.count_include_pad, True),
                ("divisor_override", self.divisor_override, None),
            ),
        )

    @property
    def _wants_kernel_inside(self) -> bool:
        return self.rank == 3


@dataclass(frozen=True, slots=True)
class LPPoolLayer(PoolLayer):
    """``nn.LPPool1d``, ``2d`` or ``3d``: (sum of x^p)^(1/p) over each window.

    >>> lp_pool_layer(2, 2, 3, stride=2).output_shape((1, 8, 9, 9))
    (1, 8, 4, 4)
    """

    norm_type: float

    def code(self) -> str:
        """The PyTorch line, with only what differs from torch's defaults."""
        norm = int(self.norm_type) if self.norm_type.is_integer() else self.norm_type
        written = f"float('{self.norm_type}')" if self.norm_type in (inf, -inf) else repr(norm)
        options = (
            ("kernel_size", shortest(self.kernel_size), None),
            self._strides,
            ("ceil_mode", self.ceil_mode, False),
        )
        return source(f"LPPool{self.rank}d", (), options).replace("(", f"({written}, ", 1)

    @property
    def _wants_kernel_inside(self) -> bool:
        return self.rank == 3 and self.norm_type not in (inf, -inf)

    @property
    def _takes_padding(self) -> bool:
        return False


def max_pool_layer(
    rank: int,
    kernel_size: PerAxis,
    stride: PerAxis | None = None,
    padding: PerAxis = 0,
    dilation: PerAxis = 1,
    return_indices: bool = False,
    ceil_mode: bool = False,
) -> MaxPoolLayer:
    """The max pool over ``rank`` axes with torch's arguments; ``stride`` is the kernel size if not given."""
    kernel, steps, cells = _windows(rank, kernel_size, stride, padding)
    return MaxPoolLayer(kernel, steps, cells, per_axis(dilation, rank, "dilation", 1), bool(ceil_mode), bool(return_indices))


def avg_pool_layer(
    rank: int,
    kernel_size: PerAxis,
    stride: PerAxis | None = None,
    padding: PerAxis = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> AvgPoolLayer:
    """The average pool over ``rank`` axes with torch's arguments; ``nn.AvgPool1d`` has no ``divisor_override``."""
    kernel, steps, cells = _windows(rank, kernel_size, stride, padding)
    if divisor_override is not None and rank == 1:
        raise InvalidLayer("AvgPool1d has no divisor_override.", field="divisor_override")
    if divisor_override is not None and whole(divisor_override, "divisor_override") == 0:
        raise InvalidLayer("divisor_override must not be 0.", field="divisor_override")
    return AvgPoolLayer(kernel, steps, cells, (1,) * rank, bool(ceil_mode), bool(count_include_pad), divisor_override)


def lp_pool_layer(
    rank: int, norm_type: float, kernel_size: PerAxis, stride: PerAxis | None = None, ceil_mode: bool = False
) -> LPPoolLayer:
    """The LP pool over ``rank`` axes with torch's arguments; ``norm_type`` is the p of the norm."""
    norm = require_number(norm_type, "norm_type")
    if norm == 0:
        raise InvalidLayer("norm_type must not be 0.", field="norm_type")
    if rank == 1 and not isinstance(kernel_size, int) and norm not in (inf, -inf):
        raise InvalidLayer("LPPool1d takes one number as kernel_size, not a tuple.", field="kernel_size")
    kernel, steps, cells = _windows(rank, kernel_size, stride, 0, stretch_kernel=False)
    return LPPoolLayer(kernel, steps, cells, (1,) * rank, bool(ceil_mode), norm)


def _windows(
    rank: int, kernel_size: PerAxis, stride: PerAxis | None, padding: PerAxis, *, stretch_kernel: bool = True
) -> tuple[Shape, Shape, Shape]:
    require_rank(rank)
    kernel = per_axis(kernel_size, rank, "kernel_size", 1, stretch=stretch_kernel)
    steps = kernel if stride is None else per_axis(stride, rank, "stride", 1)
    cells = per_axis(padding, rank, "padding", 0)
    for size, pad in zip(kernel, cells, strict=True):
        if pad > size // 2:
            raise InvalidLayer(
                "padding={padding} is more than half of kernel_size={kernel_size}; a pool takes at most {limit}.",
                field="padding", padding=pad, kernel_size=size, limit=size // 2,
            )  # fmt: skip
    return kernel, steps, cells
