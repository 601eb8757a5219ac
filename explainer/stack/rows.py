"""A stack worked out row by row: shapes, jumps, receptive fields, running totals, and where it breaks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from explainer.arithmetic import Argument, Layer
from explainer.errors import BlocklensError
from explainer.stack.layers import make_layer
from explainer.stack.reading import Span, Step, read_back, steps_of
from explainer.stack.record import Item, Stack
from explainer.types import Sentence, Shape, sentence

_SAMPLES = 16


@dataclass(frozen=True, slots=True)
class Row:
    """One row's facts. ``shape``, ``macs`` and the totals are None from the first row on that cannot follow its predecessor,
    which carries the ``refusal``; a row after it has neither shape nor refusal.

    Per axis of the input, () where unknown: ``jump`` input positions from one value to the next; ``field`` positions that a
    value reads, padding included; ``start`` the first position that value 0 reads. The jump is 0 where every value reads the
    whole axis. ``regrouped``: the axes are gone (flatten), and every value reads everything.
    """

    item: Item
    shape: Shape | None = None
    param_count: int | None = None
    macs: int | None = None
    total_params: int | None = None
    total_macs: int | None = None
    jump: tuple[Fraction, ...] = ()
    field: tuple[int, ...] = ()
    start: tuple[int, ...] = ()
    regrouped: bool = False
    steps: tuple[tuple[Step, ...], ...] = ()
    refusal: Sentence | None = None


def work_out(stack: Stack) -> tuple[Row, ...]:
    """One Row per item, for a batch of one in evaluation mode.

    >>> from explainer.stack.source import read_source
    >>> items = read_source("nn.Conv2d(3, 64, 7, 2, 3), nn.MaxPool2d(3, 2, 1)").items
    >>> [(row.shape, row.jump[0].numerator, row.field, row.start) for row in work_out(Stack((3, 224, 224), items))]
    [((1, 64, 112, 112), 2, (7, 7), (-3, -3)), ((1, 64, 56, 56), 4, (11, 11), (-5, -5))]
    """
    rows: list[Row] = []
    before = Row(Item(), shape=(1, *stack.input_shape), total_params=0, total_macs=0, steps=((),) * (len(stack.input_shape) - 1))
    for item in stack.items:
        before = _follow(before, item)
        rows.append(before)
    return tuple(rows)


def _follow(before: Row, item: Item) -> Row:
    if item.text:
        refusal = sentence("This line is kept as text: it is not a layer with a known arithmetic. What follows has no size.")
        return Row(item, refusal=refusal if before.shape else None)
    try:
        layer = make_layer(item.name, dict(item.arguments))
    except BlocklensError as error:
        return Row(item, refusal=error.sentence)
    if before.shape is None:
        return Row(item, param_count=layer.param_count)
    try:
        after, macs = layer.output_shape(before.shape), layer.macs(before.shape)
    except BlocklensError as error:
        return Row(item, param_count=layer.param_count, refusal=error.sentence)
    if 0 in after:
        return Row(item, param_count=layer.param_count, refusal=sentence("Nothing is left: the output is {shape}.", shape=after))
    assert before.total_params is not None
    assert before.total_macs is not None
    row = replace(
        before,
        item=item,
        shape=after,
        param_count=layer.param_count,
        macs=macs,
        total_params=before.total_params + layer.param_count,
        total_macs=before.total_macs + macs,
    )
    return row if before.regrouped else _with_field(_extended(row, layer, before.shape, after))


def _extended(row: Row, layer: Layer, before: Shape, after: Shape) -> Row:
    own = steps_of(layer, before, after)
    steps = tuple((*earlier, step) for earlier, step in zip(row.steps, own, strict=True))
    return replace(row, steps=steps, regrouped=len(after) != len(before))


def _with_field(row: Row) -> Row:
    """Jump, field and start from the steps; the widest field of some values in the middle where they differ."""
    jumps, fields, starts = [], [], []
    for steps in row.steps:
        jump = Fraction(1)
        for step in steps:
            jump *= step.jump
        spans = [span for index in _samples(steps) if (span := read_back(steps, index, clip=False)) is not None]
        origin = read_back(steps, 0, clip=False)
        jumps.append(jump)
        fields.append(max((last - first + 1 for first, last in spans), default=0))
        starts.append(origin[0] if origin else 0)
    return replace(row, jump=tuple(jumps), field=tuple(fields), start=tuple(starts))


def _samples(steps: Sequence[Step]) -> Sequence[int]:
    middle, size = steps[-1].after // 2, steps[-1].after
    if all(step.over == 1 for step in steps):
        return (middle,)
    return range(max(0, middle - _SAMPLES // 2), min(size, middle + _SAMPLES // 2))


def seen(row: Row, position: Sequence[int], *, clip: bool = True) -> tuple[Span, ...] | None:
    """What the value at ``position`` reads of the input, first and last on each axis; None if it reads nothing.

    ``clip`` gives what is really there, without padding.
    """
    spans = [read_back(steps, index, clip=clip) for steps, index in zip(row.steps, position, strict=True)]
    found = tuple(span for span in spans if span is not None)
    return found if len(found) == len(spans) else None


def places(row: Row) -> Shape:
    """How many values the row has along each axis of the input."""
    return tuple(steps[-1].after for steps in row.steps)


def fitted(stack: Stack) -> Stack:
    """The stack with every layer's input channels or features set to what the row above gives it."""
    items: list[Item] = []
    for item in stack.items:
        last = work_out(Stack(stack.input_shape, tuple(items)))[-1].shape if items else (1, *stack.input_shape)
        items.append(_fit(item, last) if last and not item.text else item)
    return replace(stack, items=tuple(items))


def _fit(item: Item, shape: Shape) -> Item:
    names = {name for name, _ in item.arguments}
    channels = shape[1] if len(shape) > 1 else shape[-1]
    wanted: dict[str, Argument] = {}
    if "in_channels" in names:
        old = item.value("in_channels")
        wanted["in_channels"] = channels
        if item.value("groups") == old != 1:
            wanted["groups"] = channels
            wanted |= {"out_channels": channels} if item.value("out_channels") == old else {}
    if "in_features" in names:
        wanted["in_features"] = shape[-1]
    for name in {"num_features", "num_channels"} & names:
        wanted[name] = channels
    changed = item.changed(**wanted)
    return changed if _fits(changed, shape) and not _fits(item, shape) else item


def _fits(item: Item, shape: Shape) -> bool:
    try:
        make_layer(item.name, dict(item.arguments)).output_shape(shape)
    except BlocklensError:
        return False
    return True


def can_fit(stack: Stack) -> bool:
    """Whether ``fitted`` would change anything."""
    return fitted(stack) != stack
