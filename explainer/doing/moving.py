"""The same numbers elsewhere: views, axes, parts, joins, padding, resizing, looking up."""

from __future__ import annotations

from math import prod

from explainer.doing.sizes import after, always, axis_of, before, number_of, per_axis, plain, table
from explainer.language import say_shape
from explainer.types import Fill, Op, Sentence, Trace, sentence

_MOST_PARTS = 4


def _both(op: Op, trace: Trace) -> dict[str, Fill]:
    return {"before": before(op, trace), "after": after(op, trace)}


def _view(op: Op, trace: Trace) -> Sentence:
    if before(op, trace) == after(op, trace):
        return sentence("All of it is handed on with the same axes; nothing is computed.")
    return sentence("The same {count:,} numbers with other axes, {before} → {after}; nothing is computed.",
                    count=prod(after(op, trace)), **_both(op, trace))  # fmt: skip


def _turn(op: Op, trace: Trace) -> Sentence:
    return sentence("The axes change places, {before} → {after}; no number changes.", **_both(op, trace))


def _part(op: Op, trace: Trace) -> Sentence:
    """A part that is read where it lies, the whole with other axes, or entries that are picked and copied."""
    source, result = trace.values[op.inputs[0]], trace.values[op.outputs[0]]
    if result.storage != source.storage:
        return sentence("Entries are picked by their index: {after} from {before}.", **_both(op, trace))
    if result.element_count == source.element_count:
        return _view(op, trace)
    return sentence("A part of the tensor is taken, {after} of {before}; nothing is computed.", **_both(op, trace))


def _cut(op: Op, trace: Trace) -> Sentence:
    parts = ", ".join(say_shape(trace.shape(value)) or "1" for value in op.outputs[:_MOST_PARTS])
    parts += ", …" if len(op.outputs) > _MOST_PARTS else ""
    return sentence("{before} is cut into {count} parts: {parts}; nothing is computed.",
                    before=before(op, trace), count=len(op.outputs), parts=parts)  # fmt: skip


def _join(op: Op, trace: Trace) -> Sentence | None:
    shape = after(op, trace)
    axis = axis_of(op, len(shape)) if op.attribute("dim") is not None else 0
    if op.base_name == "stack":
        return sentence("{count} tensors are put side by side along a new axis.", count=len(op.inputs))
    if axis is None or any(len(trace.shape(value)) <= axis for value in op.inputs):
        return None
    if len(op.inputs) == 1:
        return sentence("Only one tensor is given, so nothing is joined: {after}.", after=shape)
    sizes = " + ".join(str(trace.shape(value)[axis]) for value in op.inputs)
    return sentence("{count} tensors are put one behind the other along axis {axis}: {sizes} = {total}.",
                    count=len(op.inputs), axis=axis, sizes=sizes, total=shape[axis])  # fmt: skip


def _pad(op: Op, trace: Trace) -> Sentence | None:
    cells, mode = op.attribute("pad"), op.attribute("mode", "constant")
    if not isinstance(cells, tuple):
        return None
    whole = [cell for cell in cells if isinstance(cell, int)]
    if min(whole, default=0) < 0:
        if max(whole) > 0:
            return None
        return sentence("Cells are cut off at the edges: {before} → {after}.", **_both(op, trace))
    if whole[0::2] != whole[1::2]:
        return _pad_unevenly(op, trace, whole, str(mode))
    words = {
        "reflect": sentence("Cells are put around, mirrored from inside: {before} → {after}."),
        "replicate": sentence("Cells are put around, equal to the ones at the edge: {before} → {after}."),
        "circular": sentence("Cells are put around, taken from the opposite side: {before} → {after}."),
    }.get(str(mode))
    if words is not None:
        return sentence(words.template, **_both(op, trace))
    value = number_of(op, "value") or 0
    return sentence("Cells of {value} are put around: {before} → {after}.", value=plain(value), **_both(op, trace))


def _pad_unevenly(op: Op, trace: Trace, cells: list[int], mode: str) -> Sentence:
    """Cells before and after an axis in different numbers, from the last axis on."""
    rank = len(before(op, trace))
    sides = "; ".join(
        f"{rank - 1 - place}: {first} + {last}"
        for place, (first, last) in enumerate(zip(cells[0::2], cells[1::2], strict=False))
        if first or last
    )
    if mode == "constant":
        value = plain(number_of(op, "value") or 0)
        return sentence("Cells of {value} are put before and after (axis: before + after) {sides}: {old} → {new}.",
                        value=value, sides=sides, old=before(op, trace), new=after(op, trace))  # fmt: skip
    return sentence("Cells made from the tensor's own are put before and after (axis: before + after) {sides}: {old} → {new}.",
                    sides=sides, old=before(op, trace), new=after(op, trace))  # fmt: skip


def _roll(op: Op, trace: Trace) -> Sentence:
    shifts, dims = op.attribute("shifts"), op.attribute("dims")
    pairs = zip(*(value if isinstance(value, tuple) else (value,) for value in (shifts, dims)), strict=False)
    rank = len(before(op, trace))
    moves = ", ".join(
        f"{plain(shift)} ({axis % rank})" for shift, axis in pairs if isinstance(shift, int) and isinstance(axis, int)
    )
    if not moves:
        return sentence("The numbers move along an axis; what is pushed out comes in at the other end.")
    return sentence("The numbers move by {moves} places (along axis); what is pushed out comes in at the other end.", moves=moves)


def _places(op: Op, trace: Trace) -> Sentence:
    return sentence("For each place of {after} the point of the input to read there, worked out by an affine map.",
                    after=after(op, trace)[1:-1])  # fmt: skip


def _sorted(op: Op, trace: Trace) -> Sentence | None:
    shape = before(op, trace)
    axis = axis_of(op, len(shape)) if op.attribute("dim") is not None else len(shape) - 1
    if axis is None or not shape:
        return None
    if op.base_name == "argsort":
        return sentence(
            "Along axis {axis} the places of the {size} numbers, in the order of their size.", axis=axis, size=shape[axis]
        )
    return sentence(
        "Along axis {axis} the {size} numbers are sorted; their old places come with them.", axis=axis, size=shape[axis]
    )


def _unfold(op: Op, trace: Trace) -> Sentence | None:
    if op.attribute("dimension") is not None:
        axis, size, step = (number_of(op, name) for name in ("dimension", "size", "step"))
        if axis is None or size is None or step is None:
            return None
        return sentence("Along axis {axis} windows of {size} are taken, {step} apart: {before} → {after}.",
                        axis=int(axis) % len(before(op, trace)), size=int(size), step=int(step), **_both(op, trace))  # fmt: skip
    kernel, shape = per_axis(op, "kernel_size", 2), after(op, trace)
    if not kernel:
        return None
    return sentence("Every window of {kernel} becomes a column of {size:,} numbers; there are {count:,} of them.",
                    kernel=kernel, size=shape[-2], count=shape[-1])  # fmt: skip


def _fold(op: Op, trace: Trace) -> Sentence | None:
    kernel = per_axis(op, "kernel_size", 2)
    if not kernel:
        return None
    return sentence("Every column goes back as a window of {kernel}; where windows overlap, they are added: {before} → {after}.",
                    kernel=kernel, **_both(op, trace))  # fmt: skip


def _shuffle(op: Op, trace: Trace) -> Sentence | None:
    up, down, groups = (number_of(op, name) for name in ("upscale_factor", "downscale_factor", "groups"))
    if up is not None:
        return sentence("Every {count} channels become one with {side} × {side} as many positions: {before} → {after}.",
                        count=int(up) ** 2, side=int(up), **_both(op, trace))  # fmt: skip
    if down is not None:
        return sentence("Every block of {side} × {side} positions becomes {count} channels: {before} → {after}.",
                        count=int(down) ** 2, side=int(down), **_both(op, trace))  # fmt: skip
    if groups is not None:
        return sentence("The channels of {groups} groups are dealt in turn; no number changes.", groups=int(groups))
    return None


def _resize(op: Op, trace: Trace) -> Sentence:
    if str(op.attribute("mode", "nearest")).startswith("nearest"):
        return sentence("Resized, every position taking the number nearest to it: {before} → {after}.", **_both(op, trace))
    return sentence("Resized by {mode} interpolation: {before} → {after}.", mode=str(op.attribute("mode")), **_both(op, trace))


def _sample(op: Op, trace: Trace) -> Sentence:
    return sentence("The picture is read at the places that a grid names, between its positions too: {before} → {after}.",
                    **_both(op, trace))  # fmt: skip


def _repeat(op: Op, trace: Trace) -> Sentence:
    return sentence("The tensor is repeated, and copied: {before} → {after}.", **_both(op, trace))


def _interleave(op: Op, trace: Trace) -> Sentence | None:
    times, shape = number_of(op, "repeats"), before(op, trace)
    axis = axis_of(op, len(shape)) if shape else None
    if times is None or axis is None:
        return None
    return sentence("Along axis {axis} every entry is repeated {times} times: {before} → {after}.",
                    axis=axis, times=int(times), **_both(op, trace))  # fmt: skip


def _expand(op: Op, trace: Trace) -> Sentence:
    if before(op, trace) == after(op, trace):
        return _view(op, trace)
    old, new = before(op, trace), after(op, trace)
    if old == new[len(new) - len(old) :]:
        return sentence("Along the new axes in front the numbers are used again: {before} → {after}; nothing is copied.",
                        **_both(op, trace))  # fmt: skip
    if len(old) == len(new):
        return sentence("Along axes of size 1 the numbers are used again: {before} → {after}; nothing is copied.",
                        **_both(op, trace))  # fmt: skip
    return sentence("Along axes of size 1 and new ones the numbers are used again: {before} → {after}; nothing is copied.",
                    **_both(op, trace))  # fmt: skip


def _kind(op: Op, trace: Trace) -> Sentence:
    old, new = trace.values[op.inputs[0]].dtype, trace.values[op.outputs[0]].dtype
    if old == new:
        return sentence("The same numbers are handed on; the shape stays.")
    return sentence("The numbers are converted from {old} to {new}; the shape stays.", old=old, new=new)


def _best(op: Op, trace: Trace) -> Sentence | None:
    shape, k = before(op, trace), number_of(op, "k")
    axis = axis_of(op, len(shape)) if op.attribute("dim") is not None else len(shape) - 1
    if k is None or axis is None or op.attribute("largest") is False:
        return None
    return sentence(
        "Along axis {axis} the {k} largest of {size} are kept, with their places.", axis=axis, k=int(k), size=shape[axis]
    )


def _triangle(op: Op, _trace: Trace) -> Sentence | None:
    offset = int(number_of(op, "diagonal") or 0)
    if offset and op.base_name == "tril":
        return sentence("Everything above the diagonal moved by {offset} becomes 0; the shape stays.", offset=plain(offset))
    if offset:
        return sentence("Everything below the diagonal moved by {offset} becomes 0; the shape stays.", offset=plain(offset))
    if op.base_name == "tril":
        return sentence("Everything above the diagonal becomes 0; the shape stays.")
    return sentence("Everything below the diagonal becomes 0; the shape stays.")


WORDS = table(
    ("view reshape flatten unflatten squeeze unsqueeze view_as reshape_as ravel", _view),
    ("transpose permute t T mT swapaxes swapdims movedim moveaxis", _turn),
    ("getitem select narrow index_select gather take take_along_dim masked_select", _part),
    ("chunk split unbind tensor_split", _cut),
    ("cat stack concat concatenate", _join),
    ("pad", _pad), ("unfold", _unfold), ("fold", _fold), ("pixel_shuffle pixel_unshuffle channel_shuffle", _shuffle),
    ("interpolate upsample", _resize), ("grid_sample", _sample),
    ("repeat tile", _repeat), ("repeat_interleave", _interleave), ("expand expand_as broadcast_to", _expand),
    ("to type float double half bfloat16 int long bool type_as", _kind),
    ("contiguous", always(sentence("The same numbers, lying in memory in the order of their axes; the shape stays."))),
    ("clone", always(sentence("A copy with memory of its own; no number changes."))),
    ("scatter", always(sentence("A copy in which numbers are put to the places that an index names; the shape stays."))),
    ("scatter_add", always(sentence("A copy in which numbers are added at the places that an index names; the shape stays."))),
    ("detach data", always(sentence("The same numbers; no gradient flows back through here."))),
    ("flip", always(sentence("The order is reversed along an axis; no number changes."))),
    ("roll", _roll), ("affine_grid", _places), ("argsort sort", _sorted),
    ("topk", _best), ("tril triu", _triangle),
    ("setitem", always(sentence("A part of the tensor is overwritten."))),
)  # fmt: skip
