"""Tries changes until a few are found with which the forward passes. Only ever called where a paste may run."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from explainer.fixes import axes, forward, handed, inputs, layers, names, sweeps, turning
from explainer.fixes.edits import apply, unified
from explainer.fixes.origins import Site
from explainer.fixes.scene import Draft, Scene
from explainer.paste.result import PasteResult, Request
from explainer.types import Fix, Input

Generator = Callable[[Scene], Iterator[Draft]]
Trial = Callable[[str, Request], PasteResult]
Origins = Callable[[PasteResult], dict[str, tuple[Site, ...]]]

GENERATORS: tuple[Generator, ...] = (
    turning.turned_inputs, handed.stars, handed.states,
    names.names, names.classes, names.calls, names.results, names.numbers, names.kinds,
    layers.layer_in_front, forward.flatten, layers.channels, layers.two_arms, layers.even_parts, layers.windows, layers.groups,
    forward.moved_axes, forward.other_ranks, forward.forgotten_layers, forward.views, forward.operands, forward.expansions,
    forward.turned_norms, names.hidden, sweeps.counterparts, axes.axes, forward.unwanted_ops,
    inputs.other_inputs, sweeps.swapped, sweeps.sweep, sweeps.other_arguments, sweeps.literals,
)  # fmt: skip
MOST_FIXES = 3
TIME_S = 1.3
_MOST_TRIALS = 160
_AS_GOOD = 1  # guesses that are worse than the best by more are not shown beside it
_MOST_FOLLOWED = 6


@dataclass(slots=True)
class _Search:
    request: Request
    trial: Trial
    origins: Origins
    deadline: float
    wall_deadline: float
    seen: set[tuple[str, tuple[tuple[str, str], ...], tuple[Input, ...]]]
    trials: int = 0


def find_fixes(
    result: PasteResult, request: Request, trial: Trial, origins: Origins, time_s: float = TIME_S, wall_s: float = 60.0
) -> tuple[Fix, ...]:
    """Up to three changes that were run and pass, the smallest first.

    ``trial`` runs a source as a request says; ``origins`` tells which call built which layer of a result. Where no single change
    helps, those that get further are followed by a second one. ``time_s`` is CPU time, ``wall_s`` the reader's.
    """
    search = _Search(request, trial, origins, time.process_time() + time_s, time.monotonic() + wall_s, set())
    found: list[tuple[Draft, Fix]] = []
    further: list[tuple[int, Draft, PasteResult]] = []
    reached = _reached(result)
    for draft in _drafts(result, search):
        after = _tried(draft, result, search)
        if after is None:
            continue
        if after.works and _gives_something(after):
            found.append((draft, _as_fix(draft, result)))
        elif _reached(after) > reached:
            further.append((_reached(after), draft, after))
        if (
            len({fix.message for _, fix in found}) >= MOST_FIXES
            or _is_over(search)
            or (found and draft.rank > found[0][0].rank + _AS_GOOD)
        ):
            break
    if not found:
        found = _followed(further, result, search)
    found.sort(key=lambda pair: (pair[0].rank, _size(pair[0])))
    by_words = {fix.message: fix for draft, fix in reversed(found) if draft.rank <= found[0][0].rank + _AS_GOOD}
    return tuple(by_words.values())[::-1][:MOST_FIXES]


def _followed(further: list[tuple[int, Draft, PasteResult]], result: PasteResult, search: _Search) -> list[tuple[Draft, Fix]]:
    """A second change behind each of those that got furthest."""
    further.sort(key=lambda item: (item[1].rank, -item[0]))
    for _, first, between in further[:_MOST_FOLLOWED]:
        for draft in _drafts(between, search):
            after = _tried(draft, between, search)
            if after is not None and after.works and _gives_something(after):
                source = apply(between.source, draft.patches)
                if first.inputs or first.arguments or draft.inputs or draft.arguments:
                    continue  # a fix changes one thing: the code, the arguments or the input
                fix = replace(_as_fix(draft, between), source=source, diff=unified(result.source, source))
                both = replace(fix, message=first.message, also=(draft.message,))
                return [(first, both)]
            if _is_over(search):
                return []
    return []


def _drafts(result: PasteResult, search: _Search) -> list[Draft]:
    """What could be tried, the best guess first."""
    try:
        scene = Scene(result, search.origins(result))
    except (SyntaxError, ValueError):  # text that is no Python has no places to change
        return []
    found = [draft for generator in GENERATORS for draft in generator(scene)]
    return sorted(found, key=lambda draft: draft.rank)


def _tried(draft: Draft, result: PasteResult, search: _Search) -> PasteResult | None:
    """What the change leads to; None if it was tried before or there is no time."""
    source = apply(result.source, draft.patches)
    arguments = tuple((dict(search.request.arguments) | dict(draft.arguments)).items())
    given = draft.inputs or result.inputs or search.request.inputs
    key = (source, arguments, given)
    if key in search.seen or _is_over(search):
        return None
    search.seen.add(key)
    search.trials += 1
    target = search.request.target or (result.target if result.trace is not None else "")
    request = replace(search.request, target=target, arguments=arguments, inputs=inputs.likely_inputs(given))
    return search.trial(source, request)


def _is_over(search: _Search) -> bool:
    late = time.process_time() > search.deadline or time.monotonic() > search.wall_deadline
    return late or search.trials >= _MOST_TRIALS


def _size(draft: Draft) -> int:
    """How much a change changes, in characters."""
    return sum(len(patch.text) + patch.end - patch.start for patch in draft.patches)


def _reached(result: PasteResult) -> int:
    """How far a result came: -1 if it came to no forward, else the number of its ops."""
    return -1 if result.trace is None else len(result.trace.ops)


def _gives_something(result: PasteResult) -> bool:
    return result.trace is not None and bool(result.trace.outputs)


def _as_fix(draft: Draft, result: PasteResult) -> Fix:
    if draft.patches:
        source = apply(result.source, draft.patches)
        return Fix(draft.message, unified(result.source, source), source=source)
    if draft.arguments:
        changed = dict(draft.arguments)
        before = "".join(f"{p.name}={p.value}\n" for p in result.parameters)
        after = "".join(f"{p.name}={changed.get(p.name, p.value)}\n" for p in result.parameters)
        return Fix(draft.message, unified(before, after, "arguments"), arguments=draft.arguments)
    before, after = ("".join(map(_input_line, given)) for given in (result.inputs, draft.inputs))
    return Fix(draft.message, unified(before, after, "input"), inputs=inputs.likely_inputs(draft.inputs))


def _input_line(given: Input) -> str:
    return "x".join(map(str, given.shape)) + ("" if given.dtype == "float32" else f":{given.dtype}") + "\n"
