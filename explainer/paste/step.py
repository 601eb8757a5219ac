"""The numbers of one step of a paste: what is asked of the sandbox, what it answers, and whether that hangs together."""

from __future__ import annotations

from base64 import b64decode
from binascii import Error
from dataclasses import dataclass
from math import isfinite, prod

from explainer.cost import totals
from explainer.errors import TooLarge
from explainer.paste.result import PasteResult, Request, Settled, settled
from explainer.sandbox import limits
from explainer.sandbox.frame import broken
from explainer.step_values import StepValues, Wanted
from explainer.tensor_pictures import BINS, MAX_SIDE, MAX_TILES, Picture, Spread
from explainer.types import Trace

_LONGEST_NAME = 40
_MOST_NUMBERS = 1 << 40
_PICTURES = ("result", "weights", "gate")


@dataclass(frozen=True, slots=True)
class StepRequest:
    """The values that are wanted of a forward of a paste on real numbers."""

    paste: Settled
    wanted: Wanted


def step_request(request: Request, result: PasteResult, wanted: Wanted) -> StepRequest:
    """What to ask for a step of a result. TooLarge where a paste does not get enough memory or time for it."""
    assert result.trace is not None
    check_room(result.trace)
    return StepRequest(settled(request, result), wanted)


def check_room(trace: Trace) -> None:
    """TooLarge if a forward on real numbers needs more than a paste gets."""
    cost = totals(trace)
    if cost.peak_bytes + cost.param_bytes > limits.REAL_BYTES or cost.macs > limits.REAL_MACS:
        raise TooLarge(
            "Values need a real forward, and it would take more memory or time than a paste gets here."
            " A smaller input shows them."
        )


def check_step(found: StepValues) -> None:
    """InvalidInput if these are no numbers of a step, or more than can be shown."""
    if found.spread is not None:
        _check_spread(found.spread, prod(found.shape))
    for name in _PICTURES:
        picture = getattr(found, name)
        if picture is not None:
            _check_picture(picture)


def _check_spread(spread: Spread, count: int) -> None:
    _check(all(isfinite(number) for number in (spread.least, spread.mean, spread.largest, spread.deviation, spread.zeros)))
    _check(0 <= spread.zeros <= 1 and spread.least <= spread.largest)
    _check(0 < len(spread.bins) <= BINS and all(0 <= number <= count for number in (*spread.bins, spread.infinite)))


def _check_picture(picture: Picture) -> None:
    _check(0 < picture.width <= MAX_SIDE and 0 < picture.height <= MAX_SIDE and 0 <= picture.count < _MOST_NUMBERS)
    _check(len(picture.tiles) == len(picture.names) <= MAX_TILES and all(len(name) <= _LONGEST_NAME for name in picture.names))
    _check(isfinite(picture.least) and isfinite(picture.largest))
    for tile in picture.tiles:
        try:
            _check(len(b64decode(tile, validate=True)) == picture.width * picture.height)
        except (Error, ValueError):
            raise broken() from None


def _check(holds: bool) -> None:
    if not holds:
        raise broken()
