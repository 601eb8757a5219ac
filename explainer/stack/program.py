"""The rows of a stack as Python that builds it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

from explainer.stack.record import KEPT, Stack
from explainer.types import Shape


def write_source(stack: Stack, shapes: Sequence[Shape | None] = ()) -> str:
    """Python that builds the stack; each line's comment has the output's ``shapes`` where they are known.

    >>> from explainer.stack.source import read_source
    >>> print(write_source(Stack((3, 8, 8), read_source("Conv2d(3, 8, 3)  # first").items), [(1, 8, 6, 6)]))
    from torch import nn
    <BLANKLINE>
    model = nn.Sequential(
        nn.Conv2d(3, 8, kernel_size=3),  # first -> (8, 6, 6)
    )
    """
    lines = []
    for row, shape in zip_longest(stack.items, shapes[: len(stack.items)]):
        if row.text:
            lines.append(f"    # {KEPT}{row.text}" + (f"  # {row.comment}" if row.comment else ""))
            continue
        words = [row.comment] if row.comment else []
        words += [f"-> {shape[1:]}"] if shape else []
        lines.append(f"    {row.code()},{'  # ' if words else ''}{' '.join(words)}")
    return "\n".join(["from torch import nn", "", "model = nn.Sequential(", *lines, ")"])
