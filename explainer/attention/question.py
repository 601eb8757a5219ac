"""What is asked about the gates of a paste, and the answer: checked when it comes back from the sandbox."""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, is_dataclass
from typing import TYPE_CHECKING, Any

from explainer.attention.records import MAX_SIDE, Effects, Grid, Photo, Seen, Wanted, Weights
from explainer.codec import from_json, to_json
from explainer.errors import InvalidInput, SandboxRefused
from explainer.paste.result import PasteResult
from explainer.paste.sound import is_sound
from explainer.sandbox.frame import broken
from explainer.types import Input, Sentence

if TYPE_CHECKING:
    from explainer.paste.explain import Behind

MOST_PICTURE_BYTES = 1 << 20
_MOST_NUMBERS = 300_000
_LONGEST_TEXT = 400


@dataclass(frozen=True, slots=True)
class EffectsWanted:
    """The gate whose changes are wanted, the unit that is set to 0, and the output's channel that is shown."""

    gate: int
    unit: int = -1
    channel: int = -1


@dataclass(frozen=True, slots=True)
class Question:
    """A module of a paste that ran before: its source as it was repaired, and everything that was chosen or proposed for it.

    Without ``effects`` its gates are seen.
    """

    source: str
    target: str
    arguments: tuple[tuple[str, str], ...]
    inputs: tuple[Input, ...]
    stand_ins: tuple[tuple[str, str], ...]
    photos: tuple[Photo, ...]
    weights: Weights
    wanted: Wanted
    effects: EffectsWanted | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What was seen or what changed; the sentence why not, if it came to neither."""

    seen: Seen | None = None
    effects: Effects | None = None
    refusal: Sentence | None = None


def question_of(
    result: PasteResult,
    stand_ins: tuple[tuple[str, str], ...],
    photos: tuple[Photo, ...],
    weights: Weights,
    wanted: Wanted,
    effects: EffectsWanted | None = None,
) -> Question:
    """The question to ask about a paste that works; as many of the pictures as a request carries, the first one always."""
    arguments = tuple((parameter.name, parameter.value) for parameter in result.parameters)
    most = max(1, MOST_PICTURE_BYTES // max(len(photos[0].pixels), 1))
    return Question(result.source, result.target, arguments, result.inputs, stand_ins, photos[:most], weights, wanted, effects)


def ask(
    behind: Behind, question: Question, cancelled: Callable[[], bool] = lambda: False, address: str = ""
) -> tuple[Seen | None, Effects | None]:
    """The answer of the sandbox; SandboxRefused with the reason if there is none. It is the paste's own word: escape it."""
    data = behind.ask("gates", to_json(question), cancelled=cancelled, address=address)
    try:
        answer = from_json(Answer, data)
        _check(answer)
    except InvalidInput:
        raise broken() from None
    if answer.refusal is not None:
        refused = SandboxRefused(answer.refusal.template)
        refused.sentence = answer.refusal
        raise refused
    return answer.seen, answer.effects


def _check(answer: Answer) -> None:
    """InvalidInput if a grid is none, a text is too long, a sentence is not ours, or there is more than can be drawn."""
    numbers = 0
    for part in _parts(answer):
        if isinstance(part, Grid):
            _check_grid(part)
        elif isinstance(part, Sentence):
            _hold(is_sound(part))
        elif isinstance(part, str):
            _hold(len(part) <= _LONGEST_TEXT)
        else:
            numbers += 1
    _hold(numbers <= _MOST_NUMBERS)
    for gate in answer.seen.gates if answer.seen is not None else ():
        _hold(gate.op >= 0 and len({len(row) for row in gate.units}) <= 1 and len(gate.shape) <= 16)
        _hold(gate.heads >= 1 and 0 <= gate.head < gate.heads and gate.branches >= 1)
        _hold(min(gate.places) >= 1 and max(gate.places) < 1 << 20)
    if answer.effects is not None:
        _hold(len(answer.effects.rows) > 0 and answer.effects.rows[0].kind == "on")


def _parts(record: Any) -> Iterator[Any]:
    """Everything in a record but the text of grids and the values of sentences, which have checks of their own."""
    if isinstance(record, (Grid, Sentence)):
        yield record
    elif isinstance(record, tuple):
        for item in record:
            yield from _parts(item)
    elif is_dataclass(record):
        for field in fields(record):
            yield from _parts(getattr(record, field.name))
    else:
        yield record


def _check_grid(grid: Grid) -> None:
    _hold(1 <= grid.height <= MAX_SIDE and 1 <= grid.width <= MAX_SIDE)
    _hold(grid.rows >= grid.height and grid.columns >= grid.width and max(grid.rows, grid.columns) < 1 << 30)
    _hold(grid.least <= grid.largest)
    try:
        _hold(len(b64decode(grid.data, validate=True)) == 2 * grid.height * grid.width)
    except binascii.Error:
        raise broken() from None


def _hold(holds: bool) -> None:
    if not holds:
        raise broken()
