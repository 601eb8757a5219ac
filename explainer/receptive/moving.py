"""Rules of ops that only move elements: reshaping, permuting, cutting, joining, padding."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import accumulate

from explainer.receptive.indexing import get, put
from explainer.receptive.links import (
    Call,
    Link,
    Links,
    Plan,
    Rule,
    at,
    axes,
    broadcast,
    dim_of,
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
from explainer.receptive.reach import MAX_PHASES, Reach, read
from explainer.types import Op, Shape


def _reshape(call: Call) -> Plan | None:
    links = regroup(call.inputs[0], call.outputs[0])
    shape_only: Mapping[int, Links | None] = dict.fromkeys(range(1, len(call.inputs)))
    return None if links is None or call.op.attribute("dtype") is not None else [{0: links, **shape_only}]


def _permute(call: Call) -> Plan | None:
    order = _order(call.op, len(call.inputs[0]))
    if order is None or sorted(order) != list(range(len(call.inputs[0]))):
        return None
    return [{0: tuple(keep(order.index(axis)) for axis in range(len(order)))}]


def _order(op: Op, rank: int) -> tuple[int, ...] | None:
    """Which operand axis each axis of the result is."""
    name = op.base_name
    if name == "permute":
        return axes(op.attribute("dims"), rank)
    order = list(range(rank))
    if name in ("T", "t", "mT", "H", "mH", "adjoint"):
        return tuple(reversed(order)) if name in ("T", "t") or rank < 2 else (*order[:-2], rank - 1, rank - 2)
    if name in ("movedim", "moveaxis"):
        return _moved(axes(op.attribute("source"), rank), axes(op.attribute("destination"), rank), rank)
    pair = axes((first_of(op, "dim0", "axis0"), first_of(op, "dim1", "axis1")), rank)
    if pair is None:
        return None
    order[pair[0]], order[pair[1]] = pair[1], pair[0]
    return tuple(order)


def _moved(source: Sequence[int] | None, destination: Sequence[int] | None, rank: int) -> tuple[int, ...] | None:
    if source is None or destination is None or len(source) != len(destination):
        return None
    target = dict(zip(destination, source, strict=True))
    rest = iter([axis for axis in range(rank) if axis not in source])
    return tuple(target[axis] if axis in target else next(rest) for axis in range(rank))


def _narrow(call: Call) -> Plan | None:
    found = axes(call.op.attribute("dim"), len(call.inputs[0]))
    start = first_of(call.op, "start", "index")
    if found is None or not isinstance(start, int):
        return None
    axis, size = found[0], call.inputs[0][found[0]]
    start += size if start < 0 else 0
    if call.op.base_name == "select":
        return [{0: _picked(call.inputs[0], axis, start)}]
    return [{0: _replaced(call.inputs[0], axis, slide(axis, 1, start))}]


def _split(call: Call) -> Plan | None:
    """Consecutive parts: where each begins follows from the sizes before it."""
    fixed = {"vsplit": 0, "hsplit": min(1, len(call.inputs[0]) - 1), "dsplit": 2}.get(call.op.base_name)
    found = dim_of(call.op, len(call.inputs[0]), 0) if fixed is None else (fixed,)
    if found is None or sum(shape[found[0]] for shape in call.outputs) != call.inputs[0][found[0]]:
        return None
    starts = accumulate((shape[found[0]] for shape in call.outputs[:-1]), initial=0)
    return [{0: _replaced(call.inputs[0], found[0], slide(found[0], 1, start))} for start in starts]


def _replaced(shape: Shape, axis: int, link: Link) -> Links:
    return tuple(link if k == axis else keep(k) for k in range(len(shape)))


def _unbind(call: Call) -> Plan | None:
    found = dim_of(call.op, len(call.inputs[0]), 0)
    if found is None or len(call.outputs) != call.inputs[0][found[0]]:
        return None
    return [{0: _picked(call.inputs[0], found[0], index)} for index in range(len(call.outputs))]


def _picked(shape: Shape, axis: int, index: int) -> Links:
    return tuple(at(index) if k == axis else keep(k - (k > axis)) for k in range(len(shape)))


def _cat(call: Call) -> Plan | None:
    fixed = {"vstack": 0, "hstack": min(1, len(call.outputs[0]) - 1), "dstack": 2}.get(call.op.base_name)
    found = dim_of(call.op, len(call.outputs[0]), 0) if fixed is None else (fixed,)
    operands = {position: shape for position, shape in enumerate(call.inputs) if shape != (0,)}
    if found is None or any(len(shape) != len(call.outputs[0]) for shape in operands.values()):
        return None
    axis = found[0]
    if sum(shape[axis] for shape in operands.values()) != call.outputs[0][axis]:
        return None
    starts = accumulate((shape[axis] for shape in operands.values()), initial=0)
    rows = zip(operands.items(), starts, strict=False)
    return [{position: _replaced(shape, axis, slide(axis, 1, -start)) for (position, shape), start in rows}]


def _stack(call: Call) -> Plan | None:
    found = dim_of(call.op, len(call.outputs[0]), 0)
    if found is None:
        return None
    links = tuple(keep(axis + (axis >= found[0])) for axis in range(len(call.inputs[0])))
    return [dict.fromkeys(range(len(call.inputs)), links)]


def _expand(call: Call) -> Plan | None:
    links = broadcast(call.inputs[0], call.outputs[0])
    return None if links is None else [{0: links, 1: None}]


def _broadcast_tensors(call: Call) -> Plan | None:
    rows = [broadcast(shape, to) for shape, to in zip(call.inputs, call.outputs, strict=True)]
    return [{k: row if k == j else None for k in range(len(call.inputs))} for j, row in enumerate(rows) if row is not None]


def _repeat(call: Call) -> Plan | None:
    shift = len(call.outputs[0]) - len(call.inputs[0])
    pairs = enumerate(zip(call.inputs[0], call.outputs[0][shift:], strict=True), shift)
    return [{0: tuple(_again(axis, before, after) for axis, (before, after) in pairs)}]


def _again(axis: int, before: int, after: int) -> Link:
    """The whole axis several times over."""
    if before == after:
        return keep(axis)
    if before > MAX_PHASES:
        return whole
    return lambda reach: read(reach, axis, 0, tuple((index, index, 1) for index in range(before)))


def _repeat_interleave(call: Call) -> Plan | None:
    found, times = dim_of(call.op, len(call.inputs[0])), call.op.attribute("repeats")
    if found is None or not isinstance(times, int) or not 0 < times <= MAX_PHASES or len(call.inputs) > 1:
        return None
    axis, cells = found[0], ((0, 0, 1),) * times
    return [{0: _replaced(call.inputs[0], axis, lambda reach: read(reach, axis, 1, cells))}]


def _flip(call: Call) -> Plan | None:
    named = {"fliplr": 1, "flipud": 0}.get(call.op.base_name, call.op.attribute("dims"))
    found = axes(named, len(call.inputs[0]))
    if found is None:
        return None
    pairs = enumerate(call.inputs[0])
    return [{0: tuple(slide(axis, -1, size - 1) if axis in found else keep(axis) for axis, size in pairs)}]


def _roll(call: Call) -> Plan:
    found = axes(call.op.attribute("dims"), len(call.inputs[0]))
    rolled = range(len(call.inputs[0])) if found is None else found
    return [{0: tuple(mix(size) if axis in rolled else keep(axis) for axis, size in enumerate(call.inputs[0]))}]


def _pad(call: Call) -> Plan | None:
    given = call.op.attribute("pad")
    pads = numbers(given, len(given)) if isinstance(given, tuple) else None
    mode = call.op.attribute("mode") or "constant"
    rank = len(call.inputs[0])
    if pads is None or len(pads) % 2 or mode not in ("constant", "reflect", "replicate", "circular"):
        return None
    links = list(same(rank))
    for j in range(len(pads) // 2):
        axis, before, after = rank - 1 - j, pads[2 * j], pads[2 * j + 1]
        if call.outputs[0][axis] != call.inputs[0][axis] + before + after:
            return None
        if before or after:
            links[axis] = _padded(axis, before, max(before, after, 0), str(mode))
    return [{0: tuple(links)}]


def _padded(axis: int, before: int, most: int, mode: str) -> Link:
    """A constant brings nothing of the picture. A mirror brings what lies up to twice as far inside: see ``Reach.slack``."""
    if mode == "circular":
        return whole
    slack = {"reflect": 2 * most, "replicate": most}.get(mode, 0)

    def link(reach: Reach) -> Reach:
        moved = read(reach, axis, 1, ((-before, -before, 1),))
        return Reach(moved.axis, moved.step, moved.windows, slack) if slack and moved.axis is not None else moved

    return link


def _mix_axis(call: Call) -> Plan | None:
    """Looked up along one axis by numbers that only the tensors know."""
    found = axes(call.op.attribute("dim"), len(call.inputs[0]))
    if found is None or len(call.inputs) < 2:
        return None
    rows = [tuple(mix(size) if axis == found[0] else keep(axis) for axis, size in enumerate(shape)) for shape in call.inputs]
    return [{0: rows[0], 1: rows[1] if call.op.base_name == "gather" else every(call.inputs[1])}]


RULES: Mapping[str, Rule] = {
    **dict.fromkeys("view reshape flatten unflatten squeeze unsqueeze ravel view_as reshape_as contiguous".split(), _reshape),
    **dict.fromkeys(("atleast_1d", "atleast_2d"), _reshape),
    **dict.fromkeys("permute transpose swapaxes swapdims movedim moveaxis T t mT H mH adjoint".split(), _permute),
    **dict.fromkeys(("narrow", "select"), _narrow),
    **dict.fromkeys(("split", "chunk", "tensor_split", "split_with_sizes", "hsplit", "vsplit", "dsplit"), _split),
    **dict.fromkeys(("cat", "hstack", "vstack", "dstack"), _cat),
    **dict.fromkeys(("expand", "expand_as", "broadcast_to"), _expand),
    **dict.fromkeys(("repeat", "tile"), _repeat),
    **dict.fromkeys(("flip", "fliplr", "flipud"), _flip),
    **dict.fromkeys(("index_select", "gather"), _mix_axis),
    "unbind": _unbind,
    "stack": _stack,
    "broadcast_tensors": _broadcast_tensors,
    "repeat_interleave": _repeat_interleave,
    "roll": _roll,
    "pad": _pad,
    "getitem": get,
    "setitem": put,
}
