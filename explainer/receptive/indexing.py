"""Rules of ``x[index]`` and ``x[index] = value``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from explainer.receptive.links import Call, Link, Plan, at, broadcast, phases, same, slide
from explainer.receptive.reach import Reach, read
from explainer.types import Attribute, Shape


@dataclass(frozen=True, slots=True)
class Cut:
    """What an index takes of one axis: from ``start`` every ``step``-th, as ``axis`` of the result; None: ``start`` alone."""

    axis: int | None
    start: int
    step: int = 1


def get(call: Call) -> Plan | None:
    cuts = _cuts(call.op.attribute("index"), call.inputs[0])
    if cuts is None or len(call.inputs) > 1 or cuts[1] != call.outputs[0]:
        return None
    return [{0: tuple(_taken(cut) for cut in cuts[0])}]


def _taken(cut: Cut) -> Link:
    return at(cut.start) if cut.axis is None else slide(cut.axis, cut.step, cut.start)


def put(call: Call) -> Plan | None:
    """What is written joins what was there; where exactly it was overwritten is not followed."""
    has_number = any(key == "value" for key, _ in call.op.attributes)
    cuts = _cuts(call.op.attribute("index"), call.inputs[0])
    if len(call.inputs) + has_number > 2 or cuts is None:
        return None
    if has_number or len(call.inputs) == 1:
        return [{0: same(len(call.inputs[0]))}]
    value, region = call.inputs[1], cuts[1]
    while len(value) > len(region) and value[0] == 1:
        value = value[1:]
    links = broadcast(value, region)
    if links is None:
        return None
    lead = (at(0),) * (len(call.inputs[1]) - len(value))
    places = {cut.axis: _placed(axis, cut) for axis, cut in enumerate(cuts[0]) if cut.axis is not None}
    moved = tuple(_onto(link, places) for link in links)
    return [{0: same(len(call.inputs[0])), 1: (*lead, *moved)}]


def _onto(link: Link, places: Mapping[int, Link]) -> Link:
    """From the region's axis on to the axis that it lies on; a region's new axis has one index."""

    def both(reach: Reach) -> Reach:
        moved = link(reach)
        return moved if moved.axis is None else places.get(moved.axis, at(0))(moved)

    return both


def _placed(axis: int, cut: Cut) -> Link:
    step, cells = phases(1, -cut.start, cut.step)
    return lambda reach: read(reach, axis, step, cells)


def _cuts(index: Attribute, shape: Shape) -> tuple[tuple[Cut, ...], Shape] | None:
    """The cut of every axis and the shape they leave; None for anything but integers, slices, None and an ellipsis."""
    items = list(index) if isinstance(index, tuple) else [index]
    if any(isinstance(item, (bool, float, tuple)) for item in items) or items.count("...") > 1:
        return None
    rest = len(shape) - sum(item is not None and item != "..." for item in items)
    if rest < 0:
        return None
    place = items.index("...") if "..." in items else len(items)
    items[place : place + 1] = [":"] * rest
    cuts: list[Cut] = []
    result: list[int] = []
    for item in items:
        if item is None:
            result.append(1)
            continue
        cut = _cut(item, shape[len(cuts)], len(result))
        if cut is None:
            return None
        cuts.append(cut[0])
        result += cut[1]
    return tuple(cuts), tuple(result)


def _cut(item: Attribute, size: int, axis: int) -> tuple[Cut, list[int]] | None:
    if isinstance(item, int):
        return Cut(None, item % size if size else 0), []
    if not isinstance(item, str) or ":" not in item:
        return None
    try:
        bounds = [int(part) if part else None for part in item.split(":")]
    except ValueError:  # a bound that was a tensor
        return None
    taken = range(size)[slice(*bounds)]
    return Cut(axis, taken.start, taken.step), [len(taken)]
