"""When Python looks for garbage that refers to itself: it stops whoever runs while it looks through all that lives."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def no_garbage_collection() -> Iterator[None]:
    """No collection meanwhile, in the whole process. Whoever found it at work lets it work again, whatever other threads did."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
