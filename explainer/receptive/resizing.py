"""Rules of ops that make a map finer or coarser: interpolation, pixel shuffles."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from functools import partial
from math import floor, gcd
from typing import TypeAlias

from explainer.receptive.links import Call, Link, Plan, Rule, keep, mix, same, slide, whole
from explainer.receptive.reach import MAX_PHASES, read
from explainer.types import Op

_BLUR = 1e-4  # positions: more than rounding moves a source, less than a cell


def _interpolate(call: Call) -> Plan:
    pairs = enumerate(zip(call.inputs[0], call.outputs[0], strict=True))
    return [{0: tuple(keep(axis) if axis < 2 else _resize(call.op, axis, *sizes) for axis, sizes in pairs)}]


def _resize(op: Op, axis: int, before: int, after: int) -> Link:
    """The pattern is fitted to every output, so that rounding inside torch cannot escape it."""
    mode = op.attribute("mode", "nearest")
    factor = op.attribute("scale_factor")
    factor = factor[axis - 2] if isinstance(factor, tuple) and len(factor) > axis - 2 else factor
    is_whole_ratio = not isinstance(factor, (int, float)) or before * factor == after or op.attribute("recompute_scale_factor")
    if before == after and is_whole_ratio:
        return keep(axis)
    period = after // gcd(before, after)
    if mode not in _SOURCES or not is_whole_ratio or op.attribute("align_corners") or op.attribute("antialias"):
        return mix(before)
    if period > MAX_PHASES:
        return whole
    step = before // gcd(before, after)
    rows: list[list[tuple[int, int]]] = [[] for _ in range(period)]
    for index in range(after):
        low, high = _SOURCES[str(mode)](index, before, after)
        back = index // period * step
        rows[index % period].append((low - back, high - back))
    cells = tuple((min(low for low, _ in row), max(high for _, high in row), 1) for row in rows)
    return lambda reach: read(reach, axis, step, cells)


def _nearest(index: int, before: int, after: int, shift: float = 0.0) -> tuple[int, int]:
    """The exact source and the one that torch's single precision finds."""
    ratio = struct.unpack("f", struct.pack("f", before / after))[0]
    product = struct.unpack("f", struct.pack("f", (index + shift) * ratio))[0]
    exact = int((2 * index + 2 * shift) * before) // (2 * after)
    found = min(floor(product), before - 1)
    return min(found, exact), max(found, exact)


def _linear(index: int, before: int, after: int) -> tuple[int, int]:
    source = (index + 0.5) * before / after - 0.5
    blur = 0.0 if (after // gcd(before, after)).bit_count() == 1 else _BLUR
    return floor(source - blur), -floor(-source - blur)


def _cubic(index: int, before: int, after: int) -> tuple[int, int]:
    low, high = _linear(index, before, after)
    return (low, high) if low == high else (low - 1, high + 1)


_Source: TypeAlias = Callable[[int, int, int], tuple[int, int]]  # output index, sizes before and after -> first and last position
_SOURCES: Mapping[str, _Source] = {
    "nearest": _nearest,
    "nearest-exact": partial(_nearest, shift=0.5),
    **dict.fromkeys(("linear", "bilinear", "trilinear"), _linear),
    "bicubic": _cubic,
}


def _pixel_shuffle(call: Call) -> Plan:
    rank, factor = len(call.inputs[0]), call.outputs[0][-1] // call.inputs[0][-1]
    fine = [_repeated(axis, factor) for axis in (rank - 2, rank - 1)]
    return [{0: (*same(rank - 3), slide(rank - 3, factor**2, 0, factor**2), *fine)}]


def _repeated(axis: int, factor: int) -> Link:
    return whole if factor > MAX_PHASES else lambda reach: read(reach, axis, 1, ((0, 0, 1),) * factor)


def _pixel_unshuffle(call: Call) -> Plan:
    rank, factor = len(call.inputs[0]), call.inputs[0][-1] // call.outputs[0][-1]
    channels = _repeated(rank - 3, factor**2)
    return [{0: (*same(rank - 3), channels, *(slide(axis, factor, 0, factor) for axis in (rank - 2, rank - 1)))}]


RULES: Mapping[str, Rule] = {
    "interpolate": _interpolate,
    "upsample": _interpolate,
    "pixel_shuffle": _pixel_shuffle,
    "pixel_unshuffle": _pixel_unshuffle,
}
