"""A paste from its text to what it does: repaired, run, built, traced. Only ever called where a paste may run.

Source: the order of the proposals and the retry on real tensors are ours; see proposals.py and explainer/trace.py.
"""

from __future__ import annotations

import contextlib
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from math import inf
from typing import Any, TypeAlias

import torch
from torch import nn

from explainer.codec import from_json, to_json
from explainer.cost import totals
from explainer.diagnosis import diagnose
from explainer.examine import table_of_torchinfo
from explainer.fixes.edits import Text
from explainer.fixes.origins import Site, origins_of
from explainer.fixes.search import TIME_S, find_fixes
from explainer.gates import find_gates
from explainer.paste import proposals
from explainer.paste.demo import find_demo
from explainer.paste.names import choices_for
from explainer.paste.repair import repair
from explainer.paste.result import Edit, GateNumbers, Input, Mishap, Missing, PasteResult, Request, Settled, Target
from explainer.paste.snippet import SNIPPET, as_class, size_behind
from explainer.paste.step import StepRequest
from explainer.paste.summary import MOST_CHARACTERS
from explainer.paste.targets import SCRIPT, Plan, find_targets, on, pick, plan, tensors_of
from explainer.paste.workspace import FILE, MODULE, Capped, Workspace, clean, mishap, open_workspace
from explainer.sandbox import limits
from explainer.seeding import Seeded
from explainer.step_values import StepValues, values_in
from explainer.trace import run
from explainer.tracing.options import Options
from explainer.types import Trace, sentence

Early: TypeAlias = "Callable[[Any], None]"
Tell: TypeAlias = "Callable[[PasteResult], None]"
_FILES = frozenset({FILE})
_QUICK = Options(files=_FILES, max_real_bytes=0, max_real_macs=0)
_TRIAL = replace(_QUICK, max_ops=20_000)  # a change may make a loop without an end
_FULL = Options(files=_FILES, max_real_bytes=128 << 20, max_real_macs=limits.REAL_MACS)
_MOST_INPUTS_TRIED = 14
_MOST_OPS_TOLD_EARLY = 2000  # more takes longer to write than it is worth
_TIME_FOR_READINGS_S = 1.5
_TIME_FOR_EVERYTHING_S, _WALL_FOR_EVERYTHING_S = 2.8, 4.0  # of the four seconds of CPU and the five that a child has


def run_request(request: Any, early: Early = lambda _: None) -> Any:
    """The JSON form of what a paste does, for the JSON form of a Request; InvalidInput if it is none.

    ``early`` hears the same as far as it is known, before other inputs and changes are tried, which may never end.
    """

    def tell(known: PasteResult) -> None:
        if known.trace is None or len(known.trace.ops) <= _MOST_OPS_TOLD_EARLY:
            early(to_json(replace(known, unfinished=True)))

    return to_json(run_paste(from_json(Request, request), _WALL_FOR_EVERYTHING_S, tell))


def run_step_request(request: Any) -> Any:
    """The JSON form of the numbers of a step, for the JSON form of a StepRequest; InvalidInput if it is none."""
    return to_json(_step_or_none(from_json(StepRequest, request)))


class _Clock:
    """The seconds that are left for a paste: of CPU, and of its reader's."""

    def __init__(self, wall_s: float) -> None:
        self._started, self._end = time.process_time(), time.monotonic() + wall_s

    @property
    def used_s(self) -> float:
        return time.process_time() - self._started

    @property
    def left_s(self) -> float:
        return min(_TIME_FOR_EVERYTHING_S - self.used_s, self.wall_left_s)

    @property
    def wall_left_s(self) -> float:
        return self._end - time.monotonic()


def run_paste(request: Request, wall_s: float = inf, tell: Tell = lambda _: None) -> PasteResult:
    """What a paste does: the first reading of it whose forward works and gives something, else what its first reading says.

    Fixes of a failing one are tried as long as ``wall_s`` lasts, and a little over a second of CPU time. ``tell`` hears what is
    known before anything is tried.
    """
    clock = _Clock(wall_s)
    found = _first_reading(request, clock, tell)
    if not _may_be_fixed(found, request, clock):
        return found
    tell(found)
    return _with_fixes(found, request, clock)


def _first_reading(request: Request, clock: _Clock, tell: Tell) -> PasteResult:
    best = None
    repaired = repair(request.text)
    chosen = [request.reading] if 0 <= request.reading < len(repaired.readings) else range(len(repaired.readings))
    edits = tuple(Edit(e.kind, e.count, e.message, e.lines) for e in repaired.edits)
    for number in chosen:

        def dressed(result: PasteResult, number: int = number) -> PasteResult:
            if number and not edits:  # readable as it stands, and read otherwise
                result = replace(result, edits=(Edit("methods", 1, repaired.alternatives[number]), *result.edits))
            return replace(
                result, edits=(*edits, *result.edits), readings=len(repaired.readings), reading=number,
                alternatives=repaired.alternatives,
            )  # fmt: skip

        result = dressed(_watched(repaired.readings[number], request, tell=lambda known: tell(dressed(known))))
        if _gives_something(result):
            return result
        best = result if best is None or (result.works and not best.works) else best
        if clock.used_s > _TIME_FOR_READINGS_S:
            break
    assert best is not None
    return best


def _may_be_fixed(result: PasteResult, request: Request, clock: _Clock) -> bool:
    """Whether changes are worth trying: where no rule knows the error, other numbers would be tried blindly."""
    if not request.want_fixes or clock.left_s <= 0 or _gives_something(result):
        return False
    found = diagnose(result)
    return found is not None and found.rule != "python"


def _with_fixes(result: PasteResult, request: Request, clock: _Clock) -> PasteResult:
    """The result with changes that were tried out, as long as the time lasts."""
    space = sys.modules.get(MODULE)
    try:
        fixes = find_fixes(result, request, _trial, _origins, min(clock.left_s, TIME_S), clock.wall_left_s)
        return replace(result, fixes=fixes)
    except Exception:  # noqa: BLE001 - it builds and runs the paste anew, and that may do anything; why it fails is told all the same
        return replace(result, notes=(*result.notes, sentence("No fix could be tried.")))
    finally:
        if space is not None:
            sys.modules[MODULE] = space


def _gives_something(result: PasteResult) -> bool:
    return result.works and result.trace is not None and bool(result.trace.outputs)


def _trial(source: str, request: Request) -> PasteResult:
    """What a changed source does, on shapes alone where they decide."""
    return _watched(source, request, quick=True)


def _origins(result: PasteResult) -> dict[str, tuple[Site, ...]]:
    """Which calls built the layers of a result; empty if they cannot be built."""
    if result.trace is None or result.target in ("", SCRIPT):
        return {}
    with quiet():
        space = open_workspace(result.source)
        target = next(target for target in result.targets if target.name == result.target)
        how = plan(space, target, {p.name: p.value for p in result.parameters})
        return origins_of(lambda: _cheaply_built(how), Text(result.source), FILE)


def _watched(source: str, request: Request, *, quick: bool = False, tell: Tell = lambda _: None) -> PasteResult:
    """A reading's result, with what it printed and what it was warned of."""
    with quiet() as (printed, heard):
        try:
            result = _read(source, request, quick=quick, tell=tell)
        except BaseException as error:  # noqa: BLE001 - a paste can make any step fail
            result = PasteResult(source, mishap=mishap("run", error))
    said = tuple(dict.fromkeys(clean(f"{w.category.__name__}: {w.message}")[:400] for w in heard[:20]))
    return replace(result, stdout=clean(printed.text()), warnings=said)


@contextlib.contextmanager
def quiet() -> Iterator[tuple[Capped, list[warnings.WarningMessage]]]:
    """What is printed and warned of meanwhile, kept."""
    printed = Capped(limits.STDOUT_CHARACTERS)
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed), warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("default")
        yield printed, heard


def _read(source: str, request: Request, *, quick: bool, tell: Tell) -> PasteResult:
    try:
        wrapped = as_class(source)
        space = open_workspace(wrapped or source, dict(request.stand_ins))
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return PasteResult(source, mishap=mishap("read", error))
    space.follow_demo = request.follow_demo
    edits = (Edit("class", 1, sentence("These lines stand in no class, so they were put into one.")),) if wrapped else ()
    targets = find_targets(space)
    target = pick(space, targets, request.target)
    found = PasteResult(
        space.source,
        edits,
        targets=targets,
        supplied=tuple(sorted(space.supplied.values(), key=lambda found: found.name)),
        notes=tuple(space.notes),
        missing=_missing(space),
    )
    if target is None:
        unknown = Mishap("read", "NameError", request.target, None)
        return replace(found, mishap=unknown)
    found = replace(found, target=target.name)
    if target.kind == SCRIPT:
        return _script(space, target, found)
    return _look_into(space, target, request, found, quick=quick, tell=tell)


def _missing(space: Workspace) -> tuple[Missing, ...]:
    chosen = ((name, choices_for(name, space.names.get(name))) for name in sorted(space.supplied))
    return tuple(Missing(name, choices) for name, choices in chosen if choices)


def _script(space: Workspace, target: Target, found: PasteResult) -> PasteResult:
    own = {name: value for name, value in space.names.items() if name not in space.supplied}
    variables = tuple((name, tuple(value.shape)) for name, value in tensors_of(own).items())
    if not variables and space.mishaps:
        return replace(found, mishap=space.mishaps[0])
    with _apart():  # said already, in the first run
        trace = run(plan(space, target, {}).make(), (), {}, _FULL)[0]
    return replace(found, variables=variables, trace=trace)


@dataclass(frozen=True, slots=True)
class _Attempt:
    plan: Plan
    inputs: tuple[Input, ...]
    trace: Trace
    printed: str


@contextlib.contextmanager
def _apart() -> Iterator[Capped]:
    """Catches what is printed inside: a module is built and run several times, and its reader is told of one of them."""
    heard = Capped(limits.STDOUT_CHARACTERS)
    with contextlib.redirect_stdout(heard), contextlib.redirect_stderr(heard):
        yield heard


def _look_into(space: Workspace, target: Target, request: Request, found: PasteResult, *, quick: bool, tell: Tell) -> PasteResult:
    """The module's forward, with the arguments and inputs given or the first proposed ones that work."""
    given = dict(request.arguments)
    attempt: _Attempt | None = None
    try:
        first = plan(space, target, given)
        found = replace(found, parameters=first.parameters)
        for candidate in _plans(space, target, given, first):
            known = replace(found, parameters=candidate.parameters)
            told = (
                None if attempt is not None else lambda one, known=known: tell(replace(known, inputs=one.inputs, trace=one.trace))
            )
            tried = _try(space, target, candidate, request, _TRIAL if quick else _QUICK, told)
            attempt = attempt if attempt is not None and not _passes(tried.trace) else tried
            if _passes(tried.trace):
                break
    except BaseException as error:  # noqa: BLE001 - the constructor is the paste's
        return replace(found, mishap=_cause(space, error))
    assert attempt is not None
    with _apart() as heard:
        trace = attempt.trace if quick and not _passes(attempt.trace) else _finally(attempt, request)
    sys.stdout.write(attempt.printed if trace is attempt.trace else heard.text())
    found = replace(found, parameters=attempt.plan.parameters, inputs=attempt.inputs, trace=trace)
    return _with_gates(found, attempt, request) if request.want_gate_values and trace.failure is None else found


def _cause(space: Workspace, error: BaseException) -> Mishap:
    """What stopped the constructor; a statement before it that failed, where that is why a name is missing."""
    if isinstance(error, (KeyError, NameError)) and space.mishaps:
        return next((m for m in space.mishaps if m.error == "NameError"), space.mishaps[0])
    return mishap("build", error)


def _plans(space: Workspace, target: Target, given: dict[str, str], first: Plan) -> Iterator[Plan]:
    """The plan, and one with equal channels everywhere if its arguments were guessed."""
    yield first
    guessed = {p.name: p.value for p in first.parameters if p.name in first.guessed}
    alike = proposals.other_arguments(guessed)
    if alike is not None:
        yield plan(space, target, given | alike)


def _try(
    space: Workspace, target: Target, how: Plan, request: Request, options: Options, tell: Callable[[_Attempt], None] | None
) -> _Attempt:
    """The first input that the module takes; if it takes none, the first one tried, of which ``tell`` hears before others.

    What the paste's own script gives it is not replaced by one that works: that it stops is what its author wants to know.
    """
    with _apart() as building:
        module = _cheaply_built(how)
    first: _Attempt | None = None
    for inputs in islice(_inputs(space, target, module, how, request), _MOST_INPUTS_TRIED):
        tensors = tuple(proposals.make_tensor(given, "meta") for given in inputs)
        with _apart() as running:
            trace = run(module, tensors, {}, options)[0]
        tried = _Attempt(how, inputs, trace, building.text() + running.text())
        first = first or tried
        if _passes(tried.trace):
            return tried
        if tried is first and tell is not None:
            tell(first)
    assert first is not None
    return first


def _cheaply_built(how: Plan) -> nn.Module:
    try:
        return on("meta", how.make)
    except Exception:  # noqa: BLE001 - some constructors compute with real numbers
        with Seeded(0):
            return on("cpu", how.make)


def _inputs(space: Workspace, target: Target, module: nn.Module, how: Plan, request: Request) -> Iterator[tuple[Input, ...]]:
    given = request.inputs or find_demo(space.tree, target.name).inputs
    if given:
        names = [*proposals.taken_by(module.forward), *[""] * len(given)]
        yield tuple(replace(one, name=one.name or name) for one, name in zip(given, names, strict=False))
        return
    yield from proposals.input_candidates(
        module, space.source, how.numbers, size_behind(request.text) if target.name == SNIPPET else ()
    )


def _passes(trace: Trace) -> bool:
    return trace.failure is None or trace.failure.kind == "undecidable"


def _finally(attempt: _Attempt, request: Request) -> Trace:
    """The trace to show: from meta where that was enough, else from a real module, so that a failure is the one a user meets."""
    if attempt.trace.failure is None and request.device == "meta":
        return attempt.trace
    try:
        with Seeded(request.seed):
            module = on("cpu", attempt.plan.make)
            if request.device != "meta":
                tensors = tuple(proposals.make_tensor(given, "cpu").to(request.device) for given in attempt.inputs)
                return run(module.to(request.device), tensors, {}, _FULL)[0]
    except (MemoryError, RuntimeError):  # too large to be built here: the failure on meta is the answer
        return attempt.trace
    tensors = tuple(proposals.make_tensor(given, "meta") for given in attempt.inputs)
    return run(module, tensors, {}, _FULL)[0]


def _with_gates(found: PasteResult, attempt: _Attempt, request: Request) -> PasteResult:
    """The values of every gate after a forward on real numbers, if that is small enough."""
    assert found.trace is not None
    cost = totals(found.trace)
    gates = [gate for gate in find_gates(found.trace) if gate.values is not None]
    if cost.peak_bytes + cost.param_bytes > limits.REAL_BYTES or cost.macs > limits.REAL_MACS:
        note = sentence("The gate's values need more memory or time than a paste gets here; a smaller input shows them.")
        return replace(found, notes=(*found.notes, note))
    wanted = frozenset(gate.values for gate in gates if gate.values is not None)
    kept = _real_tensors(attempt.plan, attempt.inputs, request.seed, wanted)
    numbers = [_numbers(gate.op, gate.kind, kept[gate.values]) for gate in gates if gate.values in kept]
    return replace(found, gates=tuple(numbers))


def run_summary_request(request: Any) -> Any:
    """torchinfo's table for the JSON form of a Settled, None if it cannot make one; InvalidInput if it is none."""
    asked = from_json(Settled, request)
    try:
        with quiet():
            return clean(_summary(asked))[:MOST_CHARACTERS]
    except BaseException:  # noqa: BLE001 - it builds and runs the paste anew, in its own way
        return None


def _summary(asked: Settled) -> str:
    """On shapes alone where the module can be built so, else on real numbers, if they are few."""
    how = _planned_again(asked)
    try:
        tensors = [proposals.make_tensor(given, "meta") for given in asked.inputs]
        return table_of_torchinfo(on("meta", how.make).eval(), tensors, "meta")
    except Exception:  # noqa: BLE001 - a constructor or a forward that wants real numbers
        with Seeded(asked.seed):
            module = on("cpu", how.make).eval()
        generator = torch.Generator().manual_seed(asked.seed)
        return table_of_torchinfo(module, [proposals.make_tensor(given, "cpu", generator) for given in asked.inputs], "cpu")


def _step_or_none(asked: StepRequest) -> StepValues | None:
    try:
        return run_step(asked)
    except BaseException:  # noqa: BLE001 - on real numbers a paste may raise what it did not on shapes alone
        return None


def run_step(asked: StepRequest) -> StepValues:
    """The numbers of one step after a forward of a paste on real numbers; whatever the paste raises, if it raises."""
    paste = asked.paste
    with quiet():
        return values_in(_real_tensors(_planned_again(paste), paste.inputs, paste.seed, asked.wanted.ids), asked.wanted)


def _planned_again(paste: Settled) -> Plan:
    space = open_workspace(paste.source, dict(paste.stand_ins))
    target = next(target for target in find_targets(space) if target.name == paste.target)
    return plan(space, target, dict(paste.arguments))


def _real_tensors(how: Plan, inputs: tuple[Input, ...], seed: int, wanted: frozenset[int]) -> dict[int, torch.Tensor]:
    """The tensors with these value ids after a forward with random weights on random inputs, as far as it comes."""
    with _apart(), Seeded(seed):
        module = on("cpu", how.make)
    generator = torch.Generator().manual_seed(seed)
    tensors = tuple(proposals.make_tensor(given, "cpu", generator) for given in inputs)
    with _apart():
        return run(module, tensors, {}, replace(_FULL, keep=wanted))[1]


def _numbers(op: int, kind: str, values: torch.Tensor) -> GateNumbers:
    table = values.reshape(values.shape[0], -1) if kind == "channel" else values
    while table.dim() > 2:
        table = table[0]
    table = table.reshape(1, -1) if table.dim() < 2 else table
    rows = tuple(tuple(round(x, 6) for x in row) for row in table[:128, :512].double().tolist())
    exact = values.double()
    cut = table.shape[0] > 128 or table.shape[1] > 512
    return GateNumbers(op, rows, float(exact.min()), float(exact.mean()), float(exact.max()), cut)
