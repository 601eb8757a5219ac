"""One text of a paste, looked into: opened, something in it picked, built with arguments and traced."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TypeAlias

from explainer.diagnosis import diagnose
from explainer.paste import proposals
from explainer.paste.attempt import FULL, QUICK, TRIAL, Attempt, Trials, final_trace, passes
from explainer.paste.gate_numbers import with_gates
from explainer.paste.names import choices_for
from explainer.paste.printing import apart, quiet
from explainer.paste.result import Edit, Mishap, Missing, PasteResult, Request, Target
from explainer.paste.snippet import as_class
from explainer.paste.targets import SCRIPT, Plan, find_targets, pick, plan, tensors_of
from explainer.paste.workspace import Workspace, clean, mishap, open_workspace
from explainer.trace import run
from explainer.types import sentence

Tell: TypeAlias = "Callable[[PasteResult], None]"
_RANK_RULES = ("rank", "batch_missing", "norm_rank", "unpack_rank")


def read(source: str, request: Request, *, quick: bool = False, tell: Tell = lambda _: None) -> PasteResult:
    """A reading's result, with what it printed and what it was warned of."""
    with quiet() as (printed, heard):
        try:
            result = _look(source, request, quick=quick, tell=tell)
        except BaseException as error:  # noqa: BLE001 - a paste can make any step fail
            result = PasteResult(source, mishap=mishap("run", error))
    said = tuple(dict.fromkeys(clean(f"{w.category.__name__}: {w.message}")[:400] for w in heard[:20]))
    return replace(result, stdout=clean(printed.text()), warnings=said)


def _look(source: str, request: Request, *, quick: bool, tell: Tell) -> PasteResult:
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
    with apart():  # said already, in the first run
        trace = run(plan(space, target, {}).make(), (), {}, FULL)[0]
    return replace(found, variables=variables, trace=trace)


def _look_into(space: Workspace, target: Target, request: Request, found: PasteResult, *, quick: bool, tell: Tell) -> PasteResult:
    """The module's forward, with the arguments and inputs given or the first proposed ones that work."""
    given = dict(request.arguments)
    attempt: Attempt | None = None
    try:
        first = plan(space, target, given)
        found = replace(found, parameters=first.parameters)
        for candidate in _plans(space, target, given, first):
            known = replace(found, parameters=candidate.parameters)
            told = (
                None if attempt is not None else lambda one, known=known: tell(replace(known, inputs=one.inputs, trace=one.trace))
            )
            tried = Trials(space, target, candidate, request, TRIAL if quick else QUICK).first_that_passes(told)
            attempt = attempt if attempt is not None and not passes(tried.trace) else tried
            if passes(tried.trace):
                break
        assert attempt is not None
        if request.inputs and not quick and not passes(attempt.trace):
            attempt = _as_meant(space, target, request, found, attempt)
    except BaseException as error:  # noqa: BLE001 - the constructor is the paste's
        return replace(found, mishap=_cause(space, error))
    with apart() as heard:
        trace = attempt.trace if quick and not passes(attempt.trace) else final_trace(attempt, request)
    sys.stdout.write(attempt.printed if trace is attempt.trace else heard.text())
    found = replace(found, parameters=attempt.plan.parameters, inputs=attempt.inputs, trace=trace)
    return with_gates(found, attempt, request) if request.want_gate_values and trace.failure is None else found


def _as_meant(space: Workspace, target: Target, request: Request, found: PasteResult, failed: Attempt) -> Attempt:
    """The attempt with what its typed inputs mean, if they leave something out; else the failed one."""
    why = diagnose(replace(found, parameters=failed.plan.parameters, inputs=failed.inputs, trace=failed.trace))
    is_rank = why is not None and why.rule in _RANK_RULES
    return Trials(space, target, failed.plan, request, QUICK).completed(failed.inputs, is_rank=is_rank) or failed


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
