"""A module of a paste, built and run on shapes with the first input that it takes; and again on real numbers.

Source: the order of the proposals and the retry on real tensors are ours; see proposals.py and explainer/trace.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import islice, product

import torch
from torch import nn

from explainer.paste import proposals
from explainer.paste.completion import completions, may_be_completed
from explainer.paste.demo import find_demo
from explainer.paste.printing import apart
from explainer.paste.result import Input, Request, Target
from explainer.paste.snippet import SNIPPET, size_behind
from explainer.paste.targets import Plan, on
from explainer.paste.workspace import FILE, Workspace
from explainer.sandbox import limits
from explainer.seeding import Seeded
from explainer.trace import run
from explainer.tracing.options import Options
from explainer.types import Trace

_FILES = frozenset({FILE})
QUICK = Options(files=_FILES, max_real_bytes=0, max_real_macs=0)
TRIAL = replace(QUICK, max_ops=20_000)  # a change may make a loop without an end
FULL = Options(files=_FILES, max_real_bytes=128 << 20, max_real_macs=limits.REAL_MACS)
_MOST_INPUTS_TRIED = 14


@dataclass(frozen=True, slots=True)
class Attempt:
    """What came of a module with these arguments and inputs."""

    plan: Plan
    inputs: tuple[Input, ...]
    trace: Trace
    printed: str


class Trials:
    """A module of a paste, built once, and run on shapes with one input after the other."""

    def __init__(self, space: Workspace, target: Target, how: Plan, request: Request, options: Options) -> None:
        self._space, self._target, self._how, self._request, self._options = space, target, how, request, options
        with apart() as building:
            self._module = cheaply_built(how)
        self._printed = building.text()

    def first_that_passes(self, tell: Callable[[Attempt], None] | None) -> Attempt:
        """The first input that the module takes; if it takes none, the first one tried, of which ``tell`` hears before others.

        What the paste's own script gives it is not replaced by one that works: that it stops is what its author wants to know.
        """
        given = self._request.inputs or find_demo(self._space.tree, self._target.name).inputs
        attempts = map(self._run, [self._named(given)]) if given else self._proposed()
        found = _first_passing(attempts, tell)
        assert found is not None  # there is always something to propose
        return found

    def completed(self, typed: tuple[Input, ...], *, is_rank: bool) -> Attempt | None:
        """What inputs mean that were typed and are refused, if they leave something out, ``is_rank`` as for ``completions``.

        What they leave out is as in the first proposal that works; also where this works no better, for it is what was meant.
        """
        if not any(map(may_be_completed, typed)):
            return None
        model = next((attempt.inputs for attempt in self._proposed() if passes(attempt.trace)), ())
        if len(model) != len(typed):
            return None
        meant = (tuple(completions(one, other, is_rank=is_rank)) or (one,) for one, other in zip(typed, model, strict=True))
        return _first_passing(self._run(inputs) for inputs in islice(product(*meant), _MOST_INPUTS_TRIED) if inputs != typed)

    def _run(self, inputs: tuple[Input, ...]) -> Attempt:
        tensors = tuple(proposals.make_tensor(given, "meta") for given in inputs)
        with apart() as running:
            trace = run(self._module, tensors, {}, self._options)[0]
        return Attempt(self._how, inputs, trace, self._printed + running.text())

    def _proposed(self) -> Iterator[Attempt]:
        size = size_behind(self._request.text) if self._target.name == SNIPPET else ()
        found = proposals.input_candidates(self._module, self._space.source, self._how.numbers, size)
        return map(self._run, islice(found, _MOST_INPUTS_TRIED))

    def _named(self, given: tuple[Input, ...]) -> tuple[Input, ...]:
        names = [*proposals.taken_by(self._module.forward), *[""] * len(given)]
        return tuple(replace(one, name=one.name or name) for one, name in zip(given, names, strict=False))


def _first_passing(attempts: Iterator[Attempt], tell: Callable[[Attempt], None] | None = None) -> Attempt | None:
    """The first attempt that passes; else the first, of which ``tell`` hears before others are made."""
    first = next(attempts, None)
    if first is None or passes(first.trace):
        return first
    if tell is not None:
        tell(first)
    return next((attempt for attempt in attempts if passes(attempt.trace)), first)


def passes(trace: Trace) -> bool:
    return trace.failure is None or trace.failure.kind == "undecidable"


def final_trace(attempt: Attempt, request: Request) -> Trace:
    """The trace to show: from meta where that was enough, else from a real module, so that a failure is the one a user meets."""
    if attempt.trace.failure is None and request.device == "meta":
        return attempt.trace
    try:
        with Seeded(request.seed):
            module = on("cpu", attempt.plan.make)
            if request.device != "meta":
                tensors = tuple(proposals.make_tensor(given, "cpu").to(request.device) for given in attempt.inputs)
                return run(module.to(request.device), tensors, {}, FULL)[0]
    except (MemoryError, RuntimeError):  # too large to be built here: the failure on meta is the answer
        return attempt.trace
    tensors = tuple(proposals.make_tensor(given, "meta") for given in attempt.inputs)
    return run(module, tensors, {}, FULL)[0]


def cheaply_built(how: Plan) -> nn.Module:
    try:
        return on("meta", how.make)
    except Exception:  # noqa: BLE001 - some constructors compute with real numbers
        with Seeded(0):
            return on("cpu", how.make)


def real_tensors(how: Plan, inputs: tuple[Input, ...], seed: int, wanted: frozenset[int]) -> dict[int, torch.Tensor]:
    """The tensors with these value ids after a forward with random weights on random inputs, as far as it comes."""
    with apart(), Seeded(seed):
        module = on("cpu", how.make)
    generator = torch.Generator().manual_seed(seed)
    tensors = tuple(proposals.make_tensor(given, "cpu", generator) for given in inputs)
    with apart():
        return run(module, tensors, {}, replace(FULL, keep=wanted))[1]
