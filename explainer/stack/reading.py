"""Which positions of the axis before an output position reads, for every layer of a stack: from the first to the last.

An upper bound that is exact but for what a border cuts out of windows with holes (dilation, strides above the kernel), and but
for circular padding: what reads both ends counts as reading everything between them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import floor

from explainer.arithmetic import (
    AdaptivePoolLayer,
    ConvLayer,
    ConvTransposeLayer,
    FlattenLayer,
    Layer,
    LinearLayer,
    PaddingLayer,
    PixelShuffleLayer,
    PixelUnshuffleLayer,
    UnflattenLayer,
    UpsampleLayer,
)
from explainer.arithmetic.pool import PoolLayer
from explainer.stack.layers import KeepingLayer
from explainer.types import Shape

Span = tuple[int, int]  # first and last position

_MODES = {"Reflection": "reflect", "Replication": "replicate", "Circular": "circular"}


@dataclass(frozen=True, slots=True)
class Step:
    """Output position i reads from floor((rise * i + low) / over) to floor((rise * i + high) / over) of the axis before.

    ``before`` and ``after`` are the sizes of the axis; ``mode`` says what the cells outside are made of.
    """

    before: int
    after: int
    rise: int = 1
    low: int = 0
    high: int = 0
    over: int = 1
    mode: str = "zeros"

    @property
    def jump(self) -> Fraction:
        return Fraction(self.rise, self.over)

    def reads(self, first: int, last: int) -> Span:
        """What the outputs from first to last read; it may lie in the padding, or be empty (last before first)."""
        return (self.rise * first + self.low) // self.over, (self.rise * last + self.high) // self.over

    def inside(self, first: int, last: int) -> Span:
        """The positions that really are behind a span: padding is nothing, or a copy of what lies inside."""
        end = self.before - 1
        if self.mode == "circular" and (first < 0 or last > end):
            turned = self.before if last < 0 else -self.before if first > end else 0
            one_turn = turned and 0 <= first + turned <= last + turned <= end
            return (first + turned, last + turned) if one_turn else (0, end)
        if self.mode == "replicate":
            return min(max(first, 0), end), min(max(last, 0), end)
        if self.mode == "reflect":
            images = [(-min(last, -1), -first)] if first < 0 else []
            images += [(2 * end - last, 2 * end - max(first, end + 1))] if last > end else []
            spans = [*images, (max(first, 0), min(last, end))]
            real = [span for span in spans if span[0] <= span[1]]
            return min(span[0] for span in real), max(span[1] for span in real)
        return max(first, 0), min(last, end)


def whole(before: int, after: int) -> Step:
    """Every output reads the whole axis."""
    return Step(before, after, 0, 0, before - 1)


def steps_of(layer: Layer, before: Shape, after: Shape) -> tuple[Step, ...]:
    """One step for each dimension after the channels; all of them whole where the layer regroups dimensions."""
    sizes = tuple(zip(before[2:], after[2:], strict=False))
    if isinstance(layer, (ConvLayer, PoolLayer)):
        mode = layer.padding_mode if isinstance(layer, ConvLayer) else "zeros"
        axes = layer.axes(before[2:])
        return tuple(
            Step(axis.size, axis.output, axis.stride, -axis.padding[0], axis.reach - 1 - axis.padding[0], 1, mode)
            for axis in axes
        )
    if isinstance(layer, KeepingLayer):
        mixed = {dimension % len(before) for dimension in layer.mixes}
        return tuple(
            whole(size, size) if layer.mixes_space or number in mixed else Step(size, size)
            for number, (size, _) in enumerate(sizes, 2)
        )
    if len(before) != len(after):
        return tuple(whole(size, 1) for size in before[2:])
    if isinstance(layer, (FlattenLayer, UnflattenLayer)):
        return tuple(Step(*pair) for pair in sizes)
    rule = next((rule for kind, rule in _RULES if isinstance(layer, kind)), None)
    return rule(layer, sizes) if rule else tuple(whole(*pair) for pair in sizes)


def _transposed(layer: ConvTransposeLayer, sizes: Sequence[Span]) -> tuple[Step, ...]:
    columns = zip(sizes, layer.kernel_size, layer.stride, layer.padding, layer.dilation, strict=True)
    return tuple(
        Step(before, after, 1, pad - gap * (kernel - 1) + stride - 1, pad, stride)
        for (before, after), kernel, stride, pad, gap in columns
    )


def _adaptive(_layer: AdaptivePoolLayer, sizes: Sequence[Span]) -> tuple[Step, ...]:
    return tuple(Step(before, after, before, 0, before - 1, after) for before, after in sizes)


def _padding(layer: PaddingLayer, sizes: Sequence[Span]) -> tuple[Step, ...]:
    still = len(sizes) - layer.rank
    sides = ((0, 0),) * still + layer.padding_sides[-len(sizes) :] if still >= 0 else layer.padding_sides[-len(sizes) :]
    mode = _MODES.get(layer.kind, "zeros")
    return tuple(Step(before, after, 1, -side[0], -side[0], 1, mode) for (before, after), side in zip(sizes, sides, strict=True))


def _linear(_layer: LinearLayer, sizes: Sequence[Span]) -> tuple[Step, ...]:
    return tuple(Step(*pair) for pair in sizes[:-1]) + tuple(whole(*pair) for pair in sizes[-1:])


def _shuffle(layer: PixelShuffleLayer, sizes: Sequence[Span]) -> tuple[Step, ...]:
    still = tuple(Step(*pair) for pair in sizes[:-2])
    return still + tuple(Step(*pair, 1, 0, 0, layer.upscale_factor) for pair in sizes[-2:])


def _unshuffle(layer: PixelUnshuffleLayer, sizes: Sequence[Span]) -> tuple[Step, ...]:
    factor = layer.downscale_factor
    still = tuple(Step(*pair) for pair in sizes[:-2])
    return still + tuple(Step(*pair, factor, 0, factor - 1) for pair in sizes[-2:])


def _upsample(layer: UpsampleLayer, sizes: Sequence[Span]) -> tuple[Step, ...]:
    return tuple(_resized(layer, number, *pair) for number, pair in enumerate(sizes))


def _resized(layer: UpsampleLayer, number: int, before: int, after: int) -> Step:
    """Where torch's interpolation takes output i from: i * ratio, or the middle of that cell."""
    ratio = Fraction(before, after)
    if layer.scale_factor is not None and not layer.recompute_scale_factor:
        factors = layer.scale_factor if isinstance(layer.scale_factor, tuple) else (layer.scale_factor,) * (number + 1)
        ratio = 1 / Fraction(factors[number]).limit_denominator(10**6)
    if layer.mode == "area":
        return Step(before, after, before, 0, before - 1, after)
    if layer.mode == "nearest":
        return _affine(before, after, ratio, Fraction(0), 0, 0, mode="replicate")
    if layer.mode == "nearest-exact":
        return _affine(before, after, ratio, ratio / 2, 0, 0, mode="replicate")
    offset = (ratio - 1) / 2
    if layer.align_corners:
        ratio, offset = Fraction(before - 1, max(after - 1, 1)), Fraction(0)
    beyond = 1 if layer.mode == "bicubic" else 0
    return _affine(before, after, ratio, offset, beyond, beyond, up=True, mode="replicate")


def _affine(
    before: int, after: int, ratio: Fraction, offset: Fraction, low: int, high: int, *, up: bool = False, mode: str = "zeros"
) -> Step:
    """From floor(ratio * i + offset) - low to the floor, or with ``up`` the ceiling, + high."""
    over = ratio.denominator * offset.denominator
    rise, start = int(ratio * over), floor(offset * over)
    return Step(before, after, rise, start - low * over, start + high * over + (over - 1 if up else 0), over, mode)


_RULES: tuple[tuple[type, Callable[..., tuple[Step, ...]]], ...] = (
    (ConvTransposeLayer, _transposed),
    (AdaptivePoolLayer, _adaptive),
    (PaddingLayer, _padding),
    (LinearLayer, _linear),
    (PixelShuffleLayer, _shuffle),
    (PixelUnshuffleLayer, _unshuffle),
    (UpsampleLayer, _upsample),
)


def read_back(steps: Sequence[Step], index: int, *, clip: bool) -> Span | None:
    """The positions of the first axis behind output ``index`` of the last: those that really are there (``clip``), or also
    those that would be if the axes went on for ever. None if it reads nothing.
    """
    first = last = index
    for step in reversed(steps):
        first, last = step.reads(first, last)
        if clip:
            first, last = step.inside(first, last)
        if first > last:
            return None
    return first, last
