"""torchinfo's table of a paste: what is asked of the sandbox, and whether the answer is a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from explainer.paste.result import Input, PasteResult, Request
from explainer.sandbox.frame import broken

MOST_CHARACTERS = 200_000


@dataclass(frozen=True, slots=True)
class SummaryRequest:
    """A paste as it was read, with all that its run settled on."""

    source: str
    target: str
    arguments: tuple[tuple[str, str], ...]
    inputs: tuple[Input, ...]
    stand_ins: tuple[tuple[str, str], ...]
    seed: int


def summary_request(request: Request, result: PasteResult) -> SummaryRequest:
    used = {parameter.name: parameter.value for parameter in result.parameters}
    arguments = tuple((dict(request.arguments) | used).items())
    return SummaryRequest(result.source, result.target, arguments, result.inputs, request.stand_ins, request.seed)


def has_summary(result: PasteResult) -> bool:
    """Whether there is a module to be summed up: not for a failing forward, nor for a script's loose lines."""
    return result.works and bool(result.target) and not result.variables


def check_summary(answer: Any) -> str | None:
    """The table, None if torchinfo could not make one; InvalidInput if it is no text, or one that is too long."""
    if answer is None:
        return None
    if not isinstance(answer, str) or len(answer) > MOST_CHARACTERS:
        raise broken()
    return answer
