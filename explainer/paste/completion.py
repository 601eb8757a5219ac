"""A size as people write it who mean an input: ``224``, ``224*224``, ``3x224x224``. What it leaves out is as it was proposed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import prod

from explainer.paste.result import Input
from explainer.types import Shape

_WHOLE = 4  # sizes: a batch of pictures
_PLANES = (1, 3)  # how many channels the pictures have that are written with their channels last


def completions(typed: Input, proposed: Input, *, is_rank: bool) -> Iterator[Input]:
    """What the sizes can mean beside a proposed input that works, the likeliest first; nothing where they may be all there is.

    ``is_rank``: they were refused since they are too few.

    >>> [found.shape for found in completions(Input((224,)), Input((1, 64, 56, 56)), is_rank=True)]
    [(1, 64, 224, 224)]
    """
    if may_be_completed(typed):
        for shape in _shapes(typed.shape, proposed.shape, is_rank):
            yield replace(proposed, shape=shape, name=typed.name)


def may_be_completed(typed: Input) -> bool:
    return len(typed.shape) < _WHOLE and min(typed.shape) > 0


def _shapes(typed: Shape, proposed: Shape, is_rank: bool) -> Iterator[Shape]:
    """The batch comes first in what is proposed, then the channels, if it is a picture, a volume or a signal."""
    batch, *rest = proposed or (1,)
    if len(typed) == 1:
        yield from _from_one(typed[0], batch, rest)
    elif len(proposed) >= _WHOLE:
        yield from _pictures(typed, batch, rest, is_rank)
    elif len(rest) == 1 and prod(typed) == rest[0]:  # the sides of what is flattened
        yield (batch, 1, *typed) if len(typed) == 2 else (batch, *typed)
    elif len(typed) == len(rest) and is_rank:
        yield (batch, *typed)


def _from_one(size: int, batch: int, rest: list[int]) -> Iterator[Shape]:
    """A single size is no whole input: it is the side of a picture, a length, or all that a sample has."""
    if len(rest) > 2:
        yield (batch, rest[0], *(size,) * (len(rest) - 1))
    elif len(rest) == 2:
        yield from ((batch, size, rest[1]), (batch, rest[0], size))
    else:
        yield (batch, size)


def _pictures(typed: Shape, batch: int, rest: list[int], is_rank: bool) -> Iterator[Shape]:
    channels, *sides = rest
    if len(typed) == len(sides) and is_rank and channels not in typed:  # 3x224 may be channels and a length
        yield (batch, channels, *typed)
    elif len(typed) == len(rest):
        is_last = typed[0] != channels and (typed[-1] == channels or (typed[-1] in _PLANES and typed[0] > max(_PLANES)))
        if is_last:
            yield (batch, typed[-1], *typed[:-1])
        elif is_rank and (typed[0] == channels or channels not in typed):
            yield (batch, *typed)
