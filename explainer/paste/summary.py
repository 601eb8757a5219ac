"""torchinfo's table of a paste: whether there can be one, and whether what the sandbox answers is a table."""

from __future__ import annotations

from typing import Any

from explainer.paste.result import PasteResult
from explainer.sandbox.frame import broken

MOST_CHARACTERS = 200_000


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
