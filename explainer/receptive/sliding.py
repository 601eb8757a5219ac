"""Rules of ops that slide a window over the last axes: convolutions, pools, patches; and of resizing."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from math import gcd
from typing import TypeAlias

from explainer.receptive import resizing
from explainer.receptive.links import (
    Call,
    Link,
    Links,
    Plan,
    Rule,
    every,
    first_of,
    keep,
    mix,
    numbers,
    regroup,
    same,
    slide,
    whole,
)  # fmt: skip
from explainer.receptive.reach import MAX_PHASES, Cells, Reach, read
from explainer.types import Op, Shape

Settings: TypeAlias = tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]  # stride, dilation, padding of each axis


def _conv(call: Call) -> Plan | None:
    rank = len(call.inputs[1]) - 2
    settings = _settings(call.op, rank, padding=0)
    kernel = call.inputs[1][2:]
    if settings is None:
        return None
    stride, dilation, padding = settings
    lead = len(call.inputs[0]) - rank
    links = [slide(lead + j, stride[j], -padding[j], kernel[j], dilation[j]) for j in range(rank)]
    if call.op.attribute("padding") != "same":
        if not _agrees(call.op, call.inputs[0], call.outputs[0], kernel, settings):
            return None
    else:
        links = [slide(lead + j, 1, -(dilation[j] * (kernel[j] - 1) // 2), kernel[j], dilation[j]) for j in range(rank)]
    return _weighted(call, call.inputs[1][1], links)


def _conv_transpose(call: Call) -> Plan | None:
    rank = len(call.inputs[1]) - 2
    settings = _settings(call.op, rank, padding=0)
    if settings is None:
        return None
    lead = len(call.inputs[0]) - rank
    for size, found, k, s, d, p in zip(call.inputs[0][lead:], call.outputs[0][lead:], call.inputs[1][2:], *settings, strict=True):
        if not 0 <= found - ((size - 1) * s - 2 * p + d * (k - 1) + 1) < max(s, d):
            return None
    links = [_spread(lead + j, call.inputs[1][2 + j], *(row[j] for row in settings)) for j in range(rank)]
    groups = call.op.attribute("groups", 1)
    return _weighted(call, call.inputs[0][lead - 1] // groups, links) if isinstance(groups, int) else None


def _spread(axis: int, kernel: int, stride: int, dilation: int, padding: int) -> Link:
    """Output ``o`` reads the inputs ``i`` with ``o = i * stride - padding + tap * dilation``."""
    cells: list[Cells | None] = []
    for phase in range(stride):
        reached = [phase + padding - tap * dilation for tap in range(kernel)]
        found = [place // stride for place in reached if place % stride == 0]
        cells.append((min(found), max(found), dilation // gcd(dilation, stride)) if found else None)
    return lambda reach: read(reach, axis, 1, cells)


def _weighted(call: Call, group_size: int, links: list[Link]) -> Plan:
    """Adds the links of batch, channels and weights; an output channel reads its group of input channels."""
    lead = len(call.inputs[0]) - len(links)
    groups = call.op.attribute("groups", 1)
    channels = mix(call.inputs[0][lead - 1])
    if isinstance(groups, int) and groups > 1:
        width = call.inputs[1][1] if "transpose" in call.op.name else call.inputs[1][0] // groups
        if width <= MAX_PHASES:
            channels = partial(read, axis=lead - 1, step=group_size, cells=((0, group_size - 1, 1),) * width)
        else:
            channels = whole
    rest = {position: every(shape) for position, shape in enumerate(call.inputs) if position}
    return [{0: (*same(lead - 1), channels, *links), **rest}]


def _settings(op: Op, rank: int, padding: int) -> Settings | None:
    """Stride, dilation and padding per axis; a padding given by a word counts as none."""
    given = op.attribute("padding", padding)
    found = [numbers(op.attribute(name, 1), rank) for name in ("stride", "dilation")]
    pads = numbers(padding if given in ("same", "valid") else given, rank)
    return None if found[0] is None or found[1] is None or pads is None else (found[0], found[1], pads)


def _pool(call: Call) -> Plan | None:
    rank = _rank(call.op)
    kernel = numbers(first_of(call.op, "kernel_size", "argument1"), rank)
    if kernel is None:
        return None
    stride = numbers(call.op.attribute("stride") or kernel, rank)
    dilation, padding = (numbers(call.op.attribute(name, default), rank) for name, default in (("dilation", 1), ("padding", 0)))
    if stride is None or dilation is None or padding is None:
        return None
    if not _agrees(call.op, call.inputs[0], call.outputs[0], kernel, (stride, dilation, padding)):
        return None
    lead = len(call.inputs[0]) - rank
    links = [slide(lead + j, stride[j], -padding[j], kernel[j], dilation[j]) for j in range(rank)]
    return [{0: (*same(lead), *links)}] * len(call.outputs)


def _agrees(op: Op, shape: Shape, to: Shape, kernel: tuple[int, ...], settings: Settings) -> bool:
    """Whether these settings give the sizes that torch gave; if not, an argument was not understood."""
    for size, found, k, s, d, p in zip(shape[-len(kernel) :], to[-len(kernel) :], kernel, *settings, strict=True):
        count = (size + 2 * p - d * (k - 1) - 1) // s + 1
        if found != count and not (op.attribute("ceil_mode") and found == count + 1):
            return False
    return len(shape) == len(to)


def _rank(op: Op) -> int:
    """The ``2`` of ``max_pool2d``."""
    return next((int(letter) for letter in op.name if letter.isdigit()), 2)


def window_rank(op: Op, rank: int) -> int:
    """How many of the operand's last axes the window slides along."""
    return rank - 2 if op.base_name in ("interpolate", "upsample", "grid_sample") else _rank(op)


def _adaptive(call: Call) -> Plan:
    """The bins grow with the picture, so they count as the whole axis, unless each holds one position."""
    lead = len(call.inputs[0]) - _rank(call.op)
    pairs = enumerate(zip(call.inputs[0], call.outputs[0], strict=True))
    links = tuple(keep(axis) if axis < lead or before == after else mix(before) for axis, (before, after) in pairs)
    return [{0: links}] * len(call.outputs)


def _unfold(call: Call) -> Plan | None:
    if first_of(call.op, "dimension") is not None:
        return _unfold_axis(call.op, call.inputs[0])
    kernel, settings = numbers(call.op.attribute("kernel_size"), 2), _settings(call.op, 2, padding=0)
    if kernel is None or settings is None:
        return None
    lead = len(call.inputs[0]) - 2
    counts = tuple(
        (call.inputs[0][lead + j] + 2 * p - d * (kernel[j] - 1) - 1) // s + 1
        for j, (s, d, p) in enumerate(zip(*settings, strict=True))
    )
    windows = [slide(lead + j, s, -p, kernel[j], d) for j, (s, d, p) in enumerate(zip(*settings, strict=True))]
    merge = regroup((1,) * lead + counts, (1,) * lead + (counts[0] * counts[1],))
    if merge is None:
        return None
    pairs = zip(windows, merge[lead:], strict=True)
    return [{0: (*same(lead - 1), mix(call.inputs[0][lead - 1]), *(partial(_then, first, second) for first, second in pairs))}]


def _then(first: Link, second: Link, reach: Reach) -> Reach:
    moved = first(reach)
    return moved if moved.axis is None else second(moved)


def _unfold_axis(op: Op, shape: Shape) -> Plan | None:
    found = numbers((first_of(op, "dimension"), first_of(op, "size"), first_of(op, "step")), 3)
    if found is None:
        return None
    axis, size, step = found
    links = list(same(len(shape)))
    links[axis] = slide(axis % len(shape), step, 0, size)
    return [{0: tuple(links)}]


def _fold(call: Call) -> Plan:
    return [{0: (*same(len(call.inputs[0]) - 2), *every(call.inputs[0][-2:]))}]


def _grid_sample(call: Call) -> Plan | None:
    rank = len(call.inputs[0])
    if call.outputs[0] != (*call.inputs[0][:2], *call.inputs[1][1:-1]) or len(call.inputs[1]) != rank:
        return None
    grid: Links = (keep(0), *(keep(axis + 1) for axis in range(1, rank - 1)), whole)
    return [{0: (keep(0), keep(1), *every(call.inputs[0][2:])), 1: grid}]


RULES: Mapping[str, Rule] = {
    **{f"conv{rank}d": _conv for rank in (1, 2, 3)},
    **{f"conv_transpose{rank}d": _conv_transpose for rank in (1, 2, 3)},
    **{f"{kind}_pool{rank}d": _pool for kind in ("max", "avg", "lp") for rank in (1, 2, 3)},
    **{f"max_pool{rank}d_with_indices": _pool for rank in (1, 2, 3)},
    **{f"adaptive_{kind}_pool{rank}d": _adaptive for kind in ("max", "avg") for rank in (1, 2, 3)},
    **{f"adaptive_max_pool{rank}d_with_indices": _adaptive for rank in (1, 2, 3)},
    **resizing.RULES,
    "unfold": _unfold,
    "fold": _fold,
    "grid_sample": _grid_sample,
}
