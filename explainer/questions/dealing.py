"""Questions from a seed: textbook numbers, one right answer each, the same on every machine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count, islice

from explainer.errors import InvalidInput
from explainer.questions.choosing import Dice, choose
from explainer.questions.records import DIFFICULTIES, KINDS, Difficulty, Kind, Question
from explainer.questions.wording import to_question

_TRIES = 300


def deal(seed: int, number: int, kinds: Sequence[Kind] = KINDS, difficulty: Difficulty = "easy") -> Question:
    """Question ``number``, from 1, of the seed's endless series; raises InvalidInput for what is no kind or difficulty.

    >>> deal(7, 1, ("axis",)) == deal(7, 1, ("axis",))
    True
    """
    if number < 1:
        raise InvalidInput("There is no question {number}: they are counted from 1.", field="number", number=number)
    return next(islice(deal_all(seed, kinds, difficulty), number - 1, None))


def deal_all(seed: int, kinds: Sequence[Kind] = KINDS, difficulty: Difficulty = "easy") -> Iterator[Question]:
    """The seed's endless series. The kinds take turns, and none comes twice as long as there are new ones."""
    turns = tuple(kind for kind in KINDS if kind in kinds)
    if not turns or difficulty not in DIFFICULTIES:
        raise InvalidInput("There are no questions of kind {kinds} and difficulty {difficulty}.",
                           field="kinds", kinds=", ".join(kinds) or "-", difficulty=difficulty)  # fmt: skip
    seen: set[tuple[Kind, str]] = set()
    for number in count(1):
        kind = turns[(number - 1) % len(turns)]
        question = _deal_one(Dice(f"{seed}/{number}/{kind}/{difficulty}"), kind, difficulty, seen)
        seen.add((kind, question.code))
        yield question


def _deal_one(dice: Dice, kind: Kind, difficulty: Difficulty, seen: set[tuple[Kind, str]]) -> Question:
    for tries in count():
        chosen = choose(kind, difficulty, dice)
        if chosen is not None:
            question = to_question(kind, *chosen)
            if tries >= _TRIES or (kind, question.code) not in seen:
                return question
    raise AssertionError("count() has no end")
