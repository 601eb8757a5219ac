"""Layers that change the resolution without windows: Upsample, PixelShuffle and PixelUnshuffle."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isinf

from explainer.arithmetic.arguments import checked_shape, source, whole
from explainer.arithmetic.checks import require_cells, require_choice, require_number
from explainer.errors import InvalidLayer
from explainer.types import Shape

RANKS_BY_MODE = {
    "nearest": (1, 2, 3),
    "nearest-exact": (1, 2, 3),
    "linear": (1,),
    "bilinear": (2,),
    "bicubic": (2,),
    "trilinear": (3,),
    "area": (1, 2, 3),
}
CORNER_MODES = ("linear", "bilinear", "bicubic", "trilinear")


@dataclass(frozen=True, slots=True)
class UpsampleLayer:
    """``nn.Upsample``: to ``size``, or by ``scale_factor`` rounded down. A single number stands for all axes of the input.

    >>> upsample_layer(scale_factor=1.5).output_shape((1, 3, 7, 9))
    (1, 3, 10, 13)
    """

    size: tuple[int, ...] | int | None
    scale_factor: tuple[float, ...] | float | None
    mode: str
    align_corners: bool | None
    recompute_scale_factor: bool | None

    @property
    def param_count(self) -> int:
        return 0

    def output_shape(self, input_shape: Shape) -> Shape:
        """The output's shape for (N, C, ...), batch needed; raises InvalidLayer where torch refuses."""
        shape = checked_shape(input_shape)
        rank = len(shape) - 2
        ranks = RANKS_BY_MODE[self.mode]
        if rank not in ranks:
            raise InvalidLayer(
                "mode={mode!r} needs an input with batch, channels and {ranks} more dimensions; {shape} has {count} in all.",
                field="mode", mode=self.mode, ranks=" / ".join(map(str, ranks)), shape=shape, count=len(shape),
            )  # fmt: skip
        area = self.mode == "area"
        require_cells(shape, (1 if rank == 3 else 2) if area else 1)
        sizes = self._sizes(shape[2:])
        if min(sizes) < (0 if area else 1):
            raise InvalidLayer(
                "The output would have the sizes {sizes}: each must be at least 1.",
                field="size" if self.scale_factor is None else "scale_factor", sizes=sizes,
            )  # fmt: skip
        return checked_shape((*shape[:2], *sizes))

    def macs(self, input_shape: Shape) -> int:
        """0: interpolation weights are not the layer's own."""
        self.output_shape(input_shape)
        return 0

    def code(self) -> str:
        """The PyTorch line, with only what differs from torch's defaults.

        >>> upsample_layer(scale_factor=2, mode="bilinear").code()
        "nn.Upsample(scale_factor=2, mode='bilinear')"
        """
        return source(
            "Upsample",
            (),
            (
                ("size", self.size, None),
                ("scale_factor", _without_fraction(self.scale_factor), None),
                ("mode", self.mode, "nearest"),
                ("align_corners", self.align_corners, None),
                ("recompute_scale_factor", self.recompute_scale_factor, None),
            ),
        )

    def _sizes(self, spatial: Shape) -> Shape:
        given = self.size if self.scale_factor is None else self.scale_factor
        if isinstance(given, tuple) and len(given) != len(spatial):
            raise InvalidLayer(
                "{name} has {count} numbers, but the input has {rank} sizes after batch and channels.",
                field="size" if self.scale_factor is None else "scale_factor",
                name="size" if self.scale_factor is None else "scale_factor", count=len(given), rank=len(spatial),
            )  # fmt: skip
        if self.scale_factor is None:
            assert self.size is not None
            return self.size if isinstance(self.size, tuple) else (self.size,) * len(spatial)
        factors = self.scale_factor if isinstance(self.scale_factor, tuple) else (self.scale_factor,) * len(spatial)
        return tuple(int(size * factor) for size, factor in zip(spatial, factors, strict=True))


@dataclass(frozen=True, slots=True)
class PixelShuffleLayer:
    """``nn.PixelShuffle``: (..., C * r * r, H, W) -> (..., C, H * r, W * r).

    >>> pixel_shuffle_layer(2).output_shape((1, 12, 5, 5))
    (1, 3, 10, 10)
    """

    upscale_factor: int

    @property
    def param_count(self) -> int:
        return 0

    def output_shape(self, input_shape: Shape) -> Shape:
        """The output's shape; raises InvalidLayer where torch refuses."""
        shape = _image_shape(input_shape)
        *batch, channels, height, width = shape
        factor = self.upscale_factor
        if channels % factor**2:
            raise InvalidLayer(
                "The {channels} channels of input {shape} do not divide by upscale_factor squared, which is {square}.",
                field="upscale_factor", channels=channels, shape=shape, square=factor**2,
            )  # fmt: skip
        return checked_shape((*batch, channels // factor**2, height * factor, width * factor))

    def macs(self, input_shape: Shape) -> int:
        """0: it only moves."""
        self.output_shape(input_shape)
        return 0

    def code(self) -> str:
        """The PyTorch line."""
        return source("PixelShuffle", (self.upscale_factor,), ())


@dataclass(frozen=True, slots=True)
class PixelUnshuffleLayer:
    """``nn.PixelUnshuffle``: (..., C, H * r, W * r) -> (..., C * r * r, H, W).

    On an empty input torch's CPU hands the input back as it is, and the meta device gives this shape; so does this.

    >>> pixel_unshuffle_layer(2).output_shape((1, 3, 10, 10))
    (1, 12, 5, 5)
    """

    downscale_factor: int

    @property
    def param_count(self) -> int:
        return 0

    def output_shape(self, input_shape: Shape) -> Shape:
        """The output's shape; raises InvalidLayer where torch refuses."""
        shape = _image_shape(input_shape)
        *batch, channels, height, width = shape
        factor = self.downscale_factor
        for dimension, size in ((len(shape) - 2, height), (len(shape) - 1, width)):
            if size % factor:
                raise InvalidLayer(
                    "Dimension {dimension} of input {shape} is {size}, which downscale_factor={factor} does not divide.",
                    field="downscale_factor", dimension=dimension, shape=shape, size=size, factor=factor,
                )  # fmt: skip
        return checked_shape((*batch, channels * factor**2, height // factor, width // factor))

    def macs(self, input_shape: Shape) -> int:
        """0: it only moves."""
        self.output_shape(input_shape)
        return 0

    def code(self) -> str:
        """The PyTorch line."""
        return source("PixelUnshuffle", (self.downscale_factor,), ())


def upsample_layer(
    size: int | Sequence[int] | None = None,
    scale_factor: float | Sequence[float] | None = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
    recompute_scale_factor: bool | None = None,
) -> UpsampleLayer:
    """The layer with torch's arguments; exactly one of ``size`` and ``scale_factor`` must be given."""
    require_choice(mode, "mode", tuple(RANKS_BY_MODE))
    factors = _factors(scale_factor)
    if (size is None) == (factors is None):
        raise InvalidLayer("Give either size or scale_factor, and only one of them.", field="size")
    if align_corners is not None and mode not in CORNER_MODES:
        raise InvalidLayer(
            "align_corners is for the modes {modes}; leave it out with mode={mode!r}.",
            field="align_corners", modes=", ".join(CORNER_MODES), mode=mode,
        )  # fmt: skip
    if recompute_scale_factor and size is not None:
        raise InvalidLayer("recompute_scale_factor goes with scale_factor, not with size.", field="recompute_scale_factor")
    sizes = None if size is None else _sizes(size)
    return UpsampleLayer(sizes, factors, mode, align_corners, recompute_scale_factor)


def pixel_shuffle_layer(upscale_factor: int) -> PixelShuffleLayer:
    """The layer with torch's argument."""
    return PixelShuffleLayer(whole(upscale_factor, "upscale_factor", 1))


def pixel_unshuffle_layer(downscale_factor: int) -> PixelUnshuffleLayer:
    """The layer with torch's argument."""
    return PixelUnshuffleLayer(whole(downscale_factor, "downscale_factor", 1))


def _image_shape(input_shape: Shape) -> Shape:
    shape = checked_shape(input_shape)
    if len(shape) < 3:
        raise InvalidLayer(
            "Input {shape} has {count} dimensions; channels, height and width are needed, with any more before them.",
            field="input_shape", shape=shape, count=len(shape),
        )  # fmt: skip
    return shape


def _sizes(size: int | Sequence[int]) -> tuple[int, ...] | int:
    return tuple(whole(one, "size") for one in size) if isinstance(size, (tuple, list)) else whole(size, "size")


def _factors(scale_factor: float | Sequence[float] | None) -> tuple[float, ...] | float | None:
    """A single factor of 0 counts as not given, as in torch."""
    if isinstance(scale_factor, (tuple, list)):
        return tuple(_factor(one) for one in scale_factor)
    return None if scale_factor is None or _factor(scale_factor) == 0 else _factor(scale_factor)


def _factor(value: object) -> float:
    factor = require_number(value, "scale_factor")
    if isinf(factor):
        raise InvalidLayer("scale_factor must be finite.", field="scale_factor")
    return factor


def _without_fraction(factor: tuple[float, ...] | float | None) -> object:
    """2 for 2.0, as people write it."""
    if isinstance(factor, tuple):
        return tuple(int(one) if one.is_integer() else one for one in factor)
    return int(factor) if factor is not None and factor.is_integer() else factor
