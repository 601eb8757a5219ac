"""What a locked child can be asked to do: each job is one function from JSON to JSON, loaded before the first child is locked.

They are named here, not imported: the sandbox knows none of its users. A request is ``{"job": its name, "asked": what its
function takes}``. A new job is one line here. The functions of ``LONG`` give one message after the other, for
``Sandbox.stream``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from typing import Any

from explainer.sandbox.frame import broken

JOBS: Mapping[str, tuple[str, str]] = {
    "paste": ("explainer.paste.run", "run_request"),
    "step": ("explainer.paste.again", "run_step_request"),
    "summary": ("explainer.paste.again", "run_summary_request"),
    "gates": ("explainer.attention.answer", "run_request"),
}
_WITH_EARLY_ANSWERS = frozenset(("paste",))
LONG: Mapping[str, tuple[str, str]] = {
    "training": ("explainer.training.run", "run_request"),
}
# What a job imports only when it must.
_LATE = ("explainer.paste.repair", "explainer.paste.explain", "explainer.fixes.search", "torchinfo")
_REHEARSALS = (
    ("explainer.paste.rehearsal", "rehearse"),
    ("explainer.attention.answer", "rehearse"),
    ("explainer.paste.rehearsal", "rehearse_damaged"),
    ("explainer.paste.rehearsal", "rehearse_failing"),
)
_LONG_REHEARSALS = (("explainer.training.rehearsal", "rehearse"),)


def job(name: str, asked: Any) -> dict[str, Any]:
    """The request for a job."""
    return {"job": name, "asked": asked}


def run_job(request: Any, early: Callable[[Any], None]) -> Iterator[Any]:
    """The messages that answer a request; InvalidInput if it asks for nothing known. Only ever called where a paste may run.

    ``early`` hears answers that count only if no other comes: what comes after them may take too long.
    """
    name = request["job"] if isinstance(request, dict) and set(request) == {"job", "asked"} else None
    known = {**JOBS, **LONG}
    if not isinstance(name, str) or name not in known:
        raise broken()
    run = _function(*known[name])
    if name in LONG:
        yield from run(request["asked"])
    elif name in _WITH_EARLY_ANSWERS:
        yield run(request["asked"], early)
    else:
        yield run(request["asked"])


def load() -> None:
    """Imports what the jobs need: a locked child cannot."""
    for module in (*(module for module, _ in {**JOBS, **LONG}.values()), *_LATE):
        import_module(module)


def rehearse() -> None:
    """Does a little of each short job: what torch loads on first use must be there before a child is locked."""
    for place in _REHEARSALS:
        _function(*place)()


def practise() -> None:
    """The commonest job again, by a child that waits for its request: it touches the memory that the request will use."""
    _function(*_REHEARSALS[0])()


def rehearse_long() -> None:
    """The same for the long ones, which take longer to rehearse."""
    for place in _LONG_REHEARSALS:
        _function(*place)()


def _function(module: str, name: str) -> Callable[..., Any]:
    found: Callable[..., Any] = getattr(import_module(module), name)
    return found
