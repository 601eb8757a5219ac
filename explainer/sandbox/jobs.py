"""What a locked child can be asked to do: each job is one function from JSON to JSON, loaded before the first child is locked.

A request is ``{"job": its name, "asked": what its function takes}``. A new job is one line here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

from explainer.sandbox.frame import broken

JOBS: Mapping[str, tuple[str, str]] = {
    "paste": ("explainer.paste.run", "run_request"),
    "step": ("explainer.paste.run", "run_step_request"),
    "gates": ("explainer.attention.answer", "run_request"),
}


def job(name: str, asked: Any) -> dict[str, Any]:
    """The request for a job."""
    return {"job": name, "asked": asked}


def run_job(request: Any) -> Any:
    """The answer to a request; InvalidInput if it asks for nothing that is known. Only ever called where a paste may run."""
    if not isinstance(request, dict) or set(request) != {"job", "asked"} or request["job"] not in JOBS:
        raise broken()
    module, function = JOBS[request["job"]]
    run: Callable[[Any], Any] = getattr(import_module(module), function)
    return run(request["asked"])


def load() -> None:
    """Imports what the jobs need: a locked child cannot."""
    for module, _ in JOBS.values():
        import_module(module)
