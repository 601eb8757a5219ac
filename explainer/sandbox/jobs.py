"""What a locked child can be asked to do: each job is one function from JSON to JSON, loaded before the first child is locked.

A request is ``{"job": its name, "asked": what its function takes}``. A new job is one line here. The functions of ``LONG`` give
one message after the other, for ``Sandbox.stream``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from typing import Any

from explainer.sandbox.frame import broken

JOBS: Mapping[str, tuple[str, str]] = {
    "paste": ("explainer.paste.run", "run_request"),
    "step": ("explainer.paste.run", "run_step_request"),
    "gates": ("explainer.attention.answer", "run_request"),
}
LONG: Mapping[str, tuple[str, str]] = {
    "training": ("explainer.training.run", "run_request"),
}


def job(name: str, asked: Any) -> dict[str, Any]:
    """The request for a job."""
    return {"job": name, "asked": asked}


def run_job(request: Any) -> Iterator[Any]:
    """The messages that answer a request; InvalidInput if it asks for nothing known. Only ever called where a paste may run."""
    name = request["job"] if isinstance(request, dict) and set(request) == {"job", "asked"} else None
    known = {**JOBS, **LONG}
    if not isinstance(name, str) or name not in known:
        raise broken()
    module, function = known[name]
    run: Callable[[Any], Any] = getattr(import_module(module), function)
    if name in LONG:
        yield from run(request["asked"])
    else:
        yield run(request["asked"])


def load() -> None:
    """Imports what the jobs need: a locked child cannot."""
    for module, _ in {**JOBS, **LONG}.values():
        import_module(module)
