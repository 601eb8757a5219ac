"""A paste from its text to what it does: repaired, run, built, traced. Only ever called where a paste may run."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import replace
from math import inf
from typing import Any, TypeAlias

from explainer.codec import from_json, to_json
from explainer.diagnosis import diagnose
from explainer.fixes.edits import Text
from explainer.fixes.origins import Site, origins_of
from explainer.fixes.search import TIME_S, find_fixes
from explainer.paste.attempt import cheaply_built
from explainer.paste.printing import quiet
from explainer.paste.reading import Tell, read
from explainer.paste.repair import repair
from explainer.paste.result import Edit, PasteResult, Request
from explainer.paste.targets import SCRIPT, plan
from explainer.paste.workspace import FILE, MODULE, open_workspace
from explainer.types import sentence

Early: TypeAlias = "Callable[[Any], None]"
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

        result = dressed(read(repaired.readings[number], request, tell=lambda known: tell(dressed(known))))
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
    return read(source, request, quick=True)


def _origins(result: PasteResult) -> dict[str, tuple[Site, ...]]:
    """Which calls built the layers of a result; empty if they cannot be built."""
    if result.trace is None or result.target in ("", SCRIPT):
        return {}
    with quiet():
        space = open_workspace(result.source)
        target = next(target for target in result.targets if target.name == result.target)
        how = plan(space, target, {p.name: p.value for p in result.parameters})
        return origins_of(lambda: cheaply_built(how), Text(result.source), FILE)
