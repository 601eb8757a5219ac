"""Wall-clock times of several functions taken in turn, so that a machine that slows down slows all of them."""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping
from time import perf_counter

from explainer.collecting import no_garbage_collection


def settle() -> None:
    """Take all that lives now out of later collections; these then cost next to nothing between two samples."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()


def time_in_turn(functions: Mapping[str, Callable[[], object]], samples: int) -> dict[str, list[float]]:
    """Milliseconds of each call, A B A B; a result is dropped, and its garbage collected, outside the measured time."""
    times: dict[str, list[float]] = {name: [] for name in functions}
    for _ in range(samples):
        for name, function in functions.items():
            gc.collect()
            with no_garbage_collection():
                start = perf_counter()
                result = function()
                times[name].append((perf_counter() - start) * 1e3)
            del result
    return times
