"""Numbers of a window that a table leaves out, found from the sizes around it; and the nearest ones where sizes disagree."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import product
from typing import Literal, TypeAlias

from explainer.arithmetic import Window
from explainer.table.operation import POOLS, Pair, Wanted

How: TypeAlias = Literal["solved", "assumed"]
KERNELS, STRIDES = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11), (1, 2, 3, 4, 5, 6, 7, 8)
_MOST_PADDING = 64


def output_of(wanted: Wanted, sizes: Pair) -> Pair | None:
    """(height, width) behind a window whose numbers are all there; None where it does not fit."""
    assert wanted.kernel is not None
    assert wanted.stride is not None
    assert wanted.padding is not None
    return _plane(wanted, sizes, wanted.kernel, wanted.stride, wanted.padding)


def _plane(wanted: Wanted, sizes: Pair, kernel: Pair, stride: Pair, padding: Pair) -> Pair | None:
    transposed, dilation = wanted.kind == "transposed conv", wanted.dilation
    height, width = (
        _output(transposed, *numbers, dilation, wanted.ceil) for numbers in zip(sizes, kernel, stride, padding, strict=True)
    )
    return None if height is None or width is None else (height, width)


@lru_cache(maxsize=20_000)
def _output(transposed: bool, size: int, kernel: int, stride: int, padding: int, dilation: int, ceil: bool) -> int | None:
    if transposed:
        made = (size - 1) * stride - 2 * padding + dilation * (kernel - 1) + 1
        return made if made > 0 else None
    made = Window(kernel, stride, padding, dilation, ceil).on(size).output
    return made if made > 0 else None


def settle(wanted: Wanted, sizes: Pair, target: Pair | None) -> tuple[Wanted, dict[str, How]]:
    """The window with every number filled in, and how each missing one was found.

    With a ``target`` the numbers that reach it: ``solved`` where one setting does, else the most common one. Without, or where
    none does: the usual ones of ``usual``.
    """
    missing = [name for name in ("kernel", "stride", "padding") if getattr(wanted, name) is None]
    if not missing:
        return wanted, {}
    if target is not None:
        found = list(_reaching(wanted, sizes, target))
        if found:
            whole = replace(wanted, kernel=sizes, stride=(1, 1), padding=(0, 0))  # down to 1×1: a window over all of the map
            first = [one for one in (usual(wanted), *([whole] if target == (1, 1) else [])) if one in found]
            best = first[0] if first else min(found, key=_rarity)
            how: How = "solved" if len(found) == 1 else "assumed"
            return best, dict.fromkeys(missing, how)
    return usual(wanted), dict.fromkeys(missing, "assumed")


def usual(wanted: Wanted) -> Wanted:
    """What is meant where nothing is said: a convolution moves by 1 and keeps the size, a pool halves it without padding."""
    pool = wanted.kind in POOLS
    kernel = wanted.kernel or ((2, 2) if pool or wanted.kind == "transposed conv" else (3, 3))
    stride = wanted.stride or (kernel if pool else (2, 2) if wanted.kind == "transposed conv" else (1, 1))
    keeping = tuple(wanted.dilation * (side - 1) // 2 for side in kernel)
    padding = wanted.padding or ((0, 0) if wanted.kind in (*POOLS, "transposed conv") else (keeping[0], keeping[1]))
    return replace(wanted, kernel=kernel, stride=stride, padding=wanted.padding if wanted.padding is not None else padding)


def _reaching(wanted: Wanted, sizes: Pair, target: Pair) -> Iterator[Wanted]:
    kernels = (wanted.kernel,) if wanted.kernel else [(k, k) for k in KERNELS]
    strides = (wanted.stride,) if wanted.stride else [(s, s) for s in STRIDES]
    for kernel, stride in product(kernels, strides):
        for padding in _paddings(wanted, kernel):
            tried = replace(wanted, kernel=kernel, stride=stride, padding=padding)
            if output_of(tried, sizes) == target and not _is_wasteful(tried, wanted):
                yield tried


def _is_wasteful(tried: Wanted, given: Wanted) -> bool:
    """Strides that skip positions are no answer where the table does not ask for them, except for 1×1 windows."""
    assert tried.kernel is not None
    assert tried.stride is not None
    return given.stride is None and any(s > max(d, 2) for s, d in zip(tried.stride, tried.reach or (1, 1), strict=True))


def _paddings(wanted: Wanted, kernel: Pair) -> list[Pair]:
    if wanted.padding is not None:
        return [wanted.padding]
    reach = [wanted.dilation * (side - 1) + 1 for side in kernel]
    most = [side // 2 for side in kernel] if wanted.kind in POOLS else [side - 1 for side in reach]
    if kernel[0] == kernel[1]:
        return [(p, p) for p in range(min(most[0], _MOST_PADDING) + 1)]
    return [(p, q) for p in range(min(most[0], 16) + 1) for q in range(min(most[1], 16) + 1)]


def _rarity(wanted: Wanted) -> tuple[int, ...]:
    """What stands in most networks comes first; see explainer/arithmetic/inverse.py."""
    assert wanted.kernel is not None
    assert wanted.stride is not None
    assert wanted.padding is not None
    windows = [
        Window(kernel, stride, padding, wanted.dilation, wanted.ceil)
        for kernel, stride, padding in zip(wanted.kernel, wanted.stride, wanted.padding, strict=True)
    ]
    return (sum(window.rarity for window in windows), *wanted.stride, *wanted.kernel, *wanted.padding)


@dataclass(frozen=True, slots=True)
class Change:
    """Numbers that would give the declared size: by cell, what to write there."""

    wanted: Wanted
    cells: tuple[tuple[str, int], ...]


def nearest(wanted: Wanted, sizes: Pair, target: Pair) -> Change | None:
    """The setting closest to the one given that reaches the target: as few numbers changed as possible, each by little."""
    assert wanted.kernel is not None
    assert wanted.stride is not None
    assert wanted.padding is not None
    now = (wanted.kernel, wanted.stride, wanted.padding)
    found: list[tuple[tuple[int, ...], Change]] = []
    for values in product(KERNELS, STRIDES, range(12)):
        pairs = tuple(old if old[0] == value else (value, value) for old, value in zip(now, values, strict=True))
        if _plane(wanted, sizes, *pairs) != target or (wanted.kind in POOLS and 2 * max(pairs[2]) > min(pairs[0])):
            continue
        changed = [place for place in range(3) if pairs[place] != now[place]]
        tried = replace(wanted, kernel=pairs[0], stride=pairs[1], padding=pairs[2])
        distance = (len(changed), sum(abs(pairs[place][0] - now[place][0]) for place in changed), *_rarity(tried))
        names = ("kernel", "stride", "padding")
        found.append((distance, Change(tried, tuple((names[place], pairs[place][0]) for place in changed))))
    return min(found, key=lambda one: one[0])[1] if found else None
