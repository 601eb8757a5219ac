"""How long forwards take on this machine, with how much that varies."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import quantiles
from time import perf_counter

from explainer.examine import Make, check_size
from explainer.trace import trace
from explainer.types import Shape

MAX_MACS = 2_000_000_000
RUNS = 25
BUDGET_S = 2.0


@dataclass(frozen=True, slots=True)
class Timing:
    """Milliseconds of one forward: the quartiles of ``runs`` of them, after one that was not counted."""

    device: str
    runs: int
    lower: float
    median: float
    upper: float


def time_forwards(subjects: Sequence[tuple[Make, tuple[Shape, ...]]], device: str = "cpu") -> tuple[Timing, ...]:
    """Times modules in evaluation mode in turns, so that whatever else the machine does falls on all alike.

    It takes about two seconds. TooLarge if one of them is too large to be run here.
    """
    runs = [_prepared(make, shapes, device) for make, shapes in subjects]
    for run in runs:
        run()
    taken: list[list[float]] = [[] for _ in runs]
    until = perf_counter() + BUDGET_S
    while len(taken[0]) < RUNS and (len(taken[0]) < 2 or perf_counter() < until):
        for run, times in zip(runs, taken, strict=True):
            start = perf_counter()
            run()
            times.append(1000 * (perf_counter() - start))
    return tuple(Timing(device, len(times), *quantiles(times, n=4, method="inclusive")) for times in taken)


def _prepared(make: Make, input_shapes: tuple[Shape, ...], device: str) -> Callable[[], None]:
    """A function that runs one forward and waits until the device is done with it."""
    import torch

    from explainer.seeding import Seeded

    with torch.device("meta"):
        plan = trace(make().eval(), *map(torch.empty, input_shapes))
    check_size(plan, MAX_MACS)
    with Seeded(0):
        module = make().eval()
        inputs = [torch.randn(shape).to(device) for shape in input_shapes]
    module.to(device)

    def run() -> None:
        with torch.inference_mode():
            module(*inputs)
        if device.startswith("cuda"):
            torch.cuda.synchronize(device)
        elif device == "mps":
            torch.mps.synchronize()

    return run
