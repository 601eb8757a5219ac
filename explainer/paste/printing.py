"""What is printed and warned of while a paste runs, kept from everyone but its reader."""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Iterator

from explainer.sandbox import limits


class Capped(io.TextIOBase):
    """Keeps the first characters that are written to it."""

    def __init__(self, most: int) -> None:
        self._most, self._parts, self._length = most, list[str](), 0

    def write(self, text: str) -> int:
        if self._length < self._most:
            self._parts.append(text[: self._most - self._length])
            self._length += len(self._parts[-1])
        return len(text)

    def text(self) -> str:
        return "".join(self._parts)


@contextlib.contextmanager
def quiet() -> Iterator[tuple[Capped, list[warnings.WarningMessage]]]:
    """What is printed and warned of meanwhile, kept."""
    printed = Capped(limits.STDOUT_CHARACTERS)
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed), warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("default")
        yield printed, heard


@contextlib.contextmanager
def apart() -> Iterator[Capped]:
    """Catches what is printed inside: a module is built and run several times, and its reader is told of one of them."""
    heard = Capped(limits.STDOUT_CHARACTERS)
    with contextlib.redirect_stdout(heard), contextlib.redirect_stderr(heard):
        yield heard
