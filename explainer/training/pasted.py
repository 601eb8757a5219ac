"""A block from a paste for the network: a class of it, built with the channels of each stage. Only ever called in a child."""

from __future__ import annotations

from inspect import Parameter as Argument
from inspect import signature
from typing import Any

from torch import nn

from explainer.errors import InvalidInput
from explainer.paste.proposals import by_name
from explainer.paste.repair import repair
from explainer.paste.result import Target
from explainer.paste.targets import find_targets, pick, plan
from explainer.paste.workspace import Workspace, mishap, open_workspace
from explainer.training.network import Build, check_fit
from explainer.training.record import Recipe

_COUNTS = frozenset(("64", "128"))  # what is proposed for an argument whose name says that it counts channels


def from_paste(recipe: Recipe) -> tuple[str, Build]:
    """The name of its class and how to build it for so many channels; InvalidInput if it cannot stand in the network."""
    try:
        space = open_workspace(repair(recipe.paste).source, dict(recipe.stand_ins))
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise InvalidInput("The paste is no Python that could be run: {error}", error=mishap("read", error).message) from None
    space.follow_demo = False
    target = pick(space, find_targets(space), recipe.target)
    if target is None or target.kind not in ("class", "factory"):
        raise InvalidInput("Only a class can stand in the network: it is built anew for every stage, with its channels.")
    refusal: InvalidInput | None = None
    for names in _candidates(space.names[target.name]):
        build = _builder(space, target, dict(recipe.arguments), names)
        try:
            _try(build)
        except InvalidInput as error:
            refusal = refusal or error
        else:
            return target.name, build
    assert refusal is not None
    raise refusal


def _candidates(made: Any) -> list[tuple[str, ...]]:
    """Which arguments may be the number of channels: all whose names say so, the first alone, the first that must be given."""
    arguments = [a for a in signature(made).parameters.values() if a.kind not in (Argument.VAR_POSITIONAL, Argument.VAR_KEYWORD)]
    named = tuple(argument.name for argument in arguments if by_name(argument.name) in _COUNTS)
    needed = tuple(argument.name for argument in arguments if argument.default is Argument.empty)
    return list(dict.fromkeys((named, named[:1], needed[:1])))


def _builder(space: Workspace, target: Target, given: dict[str, str], names: tuple[str, ...]) -> Build:
    def build(width: int) -> nn.Module:
        return plan(space, target, given | dict.fromkeys(names, str(width))).make()

    return build


def _try(build: Build) -> None:
    try:
        check_fit(build)
    except InvalidInput:
        raise
    except BaseException as error:  # noqa: BLE001 - the constructor and the forward are the paste's
        found = mishap("build", error)
        raise InvalidInput(
            "Built with the channels of a stage, the block fails: {error}: {message}",
            error=found.error,
            message=found.message[:300],
        ) from None
