"""Residual blocks of several lines in brackets, equal ones counted: ``[3×3, 64; 3×3, 64] × 2``, as papers print them."""

from __future__ import annotations

from dataclasses import replace

from explainer.table.filling import parts_of
from explainer.table.operation import CONVOLUTIONS, Around, Wanted
from explainer.table.rows import Row
from explainer.table.steps import NORMS
from explainer.table.windows import usual


def fold_blocks(rows: list[Row]) -> list[Row]:
    """The rows with every run folded that a block in brackets says as well."""
    found: list[Row] = []
    place = 0
    ends = {_start_of(rows, end): end for end, row in enumerate(rows) if row.source is not None}
    while place < len(rows):
        end = ends.get(place)
        block = _block(rows[place : end + 1]) if end is not None and not _crossed(rows, place, end) else None
        if block is None or end is None:
            found.append(rows[place])
            place += 1
            continue
        if found and (merged := _merged(found[-1], block)) is not None:
            found[-1] = merged
        else:
            found.append(block)
        place = end + 1
    return found


def _start_of(rows: list[Row], end: int) -> int:
    return next((place for place in range(end + 1) if rows[place].before == rows[end].source), -1)


def _crossed(rows: list[Row], start: int, end: int) -> bool:
    """Whether another shortcut begins or ends inside."""
    inside = {row.before for row in rows[start + 1 : end + 1]}
    later = any(row.source in inside or (row.source == rows[start].before and number != end) for number, row in enumerate(rows))
    return later or any(row.around is not None for row in rows[start:end])


def _block(rows: list[Row]) -> Row | None:
    """The block that says the same as these rows, the last of which has the shortcut; None if none does."""
    last = rows[-1]
    if len(rows) < 2 or any(row.wanted is None or row.wanted.kind not in CONVOLUTIONS for row in rows):
        return None
    wanteds = [row.wanted for row in rows if row.wanted is not None]
    thens = {wanted.then or () for wanted in wanteds}
    stride = next((wanted.stride for wanted in wanteds if wanted.stride != (1, 1)), (1, 1))
    normed = bool(wanteds[-1].then) and wanteds[-1].then is not None and wanteds[-1].then[0] in NORMS
    if len(thens) > 1 or any(wanted.bias is normed for wanted in wanteds) or not _fits(last, rows[0], stride):
        return None
    parts = tuple(_part(wanted) for wanted in wanteds)
    block = Wanted("block", stride=stride, then=next(iter(thens)), parts=parts)
    told = [replace(part, bias=None, then=part.then or ()) for part in parts_of(block, 0)]
    if told != [replace(wanted, bias=None, then=wanted.then or ()) for wanted in wanteds]:
        return None
    return Row(block, rows[0].before, last.after, rows[0].given, last.made, around=Around(fit=True))


def _fits(last: Row, first: Row, stride: tuple[int, int] | None) -> bool:
    """Whether the shortcut is the one that a block takes by itself."""
    conv = last.around.conv if last.around is not None else None
    same = first.given == last.made
    if conv is None:
        return same
    return not same and (conv.kernel, conv.padding, conv.channels) == ((1, 1), (0, 0), last.made[0]) and conv.stride == stride


def _part(wanted: Wanted) -> Wanted:
    """A line of a block: without what goes without saying."""
    bare = replace(wanted, stride=None, bias=None, then=None)
    return replace(bare, padding=None) if usual(replace(bare, padding=None)).padding == wanted.padding else bare


def _merged(above: Row, block: Row) -> Row | None:
    """Both as one block, if the second only repeats the first."""
    first, second = above.wanted, block.wanted
    if first is None or second is None or first.kind != "block" or above.after != block.before or second.stride != (1, 1):
        return None
    if replace(first, stride=None, repeat=1) != replace(second, stride=None) or block.given != block.made:
        return None
    return replace(above, wanted=replace(first, repeat=first.repeat + 1), after=block.after, made=block.made)
