"""What a child, or a trusted process, is asked to do: look into a paste, answered once, or train a network, answered as it goes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

TRAINING = "training"


def answers(request: Any) -> Iterator[Any]:
    """The messages that answer a request, one after the other."""
    if isinstance(request, dict) and set(request) == {TRAINING}:
        from explainer.training.run import run_request as train

        yield from train(request[TRAINING])
    else:
        from explainer.paste.run import run_request

        yield run_request(request)
