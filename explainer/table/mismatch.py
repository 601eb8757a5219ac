"""Why a declared size is wrong: the arithmetic with its numbers, and the nearest setting that would make it right."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from explainer.table.filling import plane_behind
from explainer.table.operation import CONVOLUTIONS, WINDOWED, Pair, Wanted
from explainer.table.sizes import Declared
from explainer.table.steps import turned
from explainer.table.windows import STRIDES, nearest, output_of
from explainer.types import Sentence, Shape, sentence


@dataclass(frozen=True, slots=True)
class Fix:
    """Cells of the line that would make the declared size right, by column."""

    cells: tuple[tuple[str, str], ...]

    @property
    def words(self) -> str:
        """``padding 1, stride 2``."""
        return ", ".join(f"{column} {text}" for column, text in self.cells)


@dataclass(frozen=True, slots=True)
class Mismatch:
    verdict: Literal["wrong", "carried"]
    notes: tuple[Sentence, ...]
    fix: Fix | None = None


def explain_mismatch(wanted: Wanted, before: Shape, after: Shape, target: Declared, own: Declared | None) -> Mismatch:
    """What to say of a line that makes ``after`` (C, H, W) of ``before`` while the table declares ``target``."""
    carried = _carried(wanted, before, after, target, own)
    if carried is not None:
        return Mismatch("carried", (carried,))
    notes: list[Sentence] = []
    cells: list[tuple[str, str]] = []
    plane = target.plane
    if len(before) == 3 and len(after) == 3 and plane is not None and plane != after[1:]:
        notes.append(_arithmetic(wanted, (before[1], before[2]), (after[1], after[2]), plane))
        cells += _nearest(wanted, (before[1], before[2]), plane)
        if not cells and wanted.kind in (*WINDOWED, "block"):
            notes.append(
                sentence("No kernel up to 11 with a stride up to 8 makes {said} of {before}.", said=plane, before=before[1:])
            )
    if target.channels is not None and len(after) == 3 and target.channels != after[0]:
        notes.append(sentence("It makes {made} channels, but the table says {said}.", made=after[0], said=target.channels))
        cells += [("channels", str(target.channels))] if wanted.kind in CONVOLUTIONS else []
    if not notes:
        notes.append(sentence("This makes {made}, but the table says {said}.", made=turned(after), said=target.numbers()))
        cells += [("channels", str(target.alone))] if wanted.kind == "fc" and target.alone else []
    fix = Fix(tuple(cells)) if cells else None
    if fix is not None:
        notes.append(sentence("The nearest setting that gives it: {setting}.", setting=fix.words))
    return Mismatch("wrong", tuple(notes), fix)


def _carried(wanted: Wanted, before: Shape, after: Shape, target: Declared, own: Declared | None) -> Sentence | None:
    """Whether the line is right by itself, from the size that it declares to get."""
    if own is None or own.plane is None or len(before) != 3 or own.agrees(before):
        return None
    if target.channels is not None and target.channels != after[0]:
        return None
    alone = _plane_of(wanted, own.plane)
    if alone is None or alone != target.plane:
        return None
    return sentence(
        "By itself this line is right: {said} gives {made}. But {real} arrive from above.",
        said=own.plane, made=alone, real=before[1:],
    )  # fmt: skip


def _plane_of(wanted: Wanted, sizes: Pair) -> Pair | None:
    if wanted.kind == "block":
        return plane_behind(wanted, sizes)
    return output_of(wanted, sizes) if wanted.kind in WINDOWED else sizes


def _arithmetic(wanted: Wanted, before: Pair, after: Pair, plane: Pair) -> Sentence:
    """The formula of the first axis that is wrong."""
    axis = 0 if plane[0] != after[0] else 1
    if wanted.kind not in WINDOWED or wanted.kind == "transposed conv":
        return sentence("This makes {made} of {before}, but the table says {said}.", made=after, before=before, said=plane)
    assert wanted.kernel is not None
    assert wanted.stride is not None
    assert wanted.padding is not None
    numbers = {
        "size": before[axis], "padding": wanted.padding[axis], "reach": wanted.dilation * (wanted.kernel[axis] - 1) + 1,
        "stride": wanted.stride[axis], "made": after[axis], "said": plane[axis],
    }  # fmt: skip
    if wanted.ceil:
        return sentence("Rounded up, the window makes {made} of {before}, but the table says {said}.",
                        made=after, before=before, said=plane)  # fmt: skip
    if axis == 0:
        return sentence(
            "Height: ⌊({size} + 2·{padding} − {reach}) / {stride}⌋ + 1 = {made}, but the table says {said}.", **numbers
        )
    return sentence("Width: ⌊({size} + 2·{padding} − {reach}) / {stride}⌋ + 1 = {made}, but the table says {said}.", **numbers)


def _nearest(wanted: Wanted, before: Pair, plane: Pair) -> list[tuple[str, str]]:
    if wanted.kind == "block":
        fitting = (s for s in STRIDES if plane_behind(replace(wanted, stride=(s, s)), before) == plane)
        stride = next(fitting, None)
        return [("stride", str(stride))] if stride is not None else []
    if wanted.kind not in WINDOWED:
        return []
    change = nearest(wanted, before, plane)
    return [(name, f"{value}×{value}" if name == "kernel" else str(value)) for name, value in change.cells] if change else []
