"""A set of questions that a link fixes: the same seed, kinds, difficulty and length are the same questions for everybody."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from explainer.questions.dealing import deal_all
from explainer.questions.records import DIFFICULTIES, KINDS, Difficulty, Kind, Question
from explainer.types import Sentence, sentence

LARGEST_SEED = 999_999
LONGEST = 50
PARAMETERS = ("seed", "kinds", "difficulty", "length", "question", "only")


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """``only`` are the numbers of the questions to ask, empty for all ``length`` of them."""

    seed: int = 1
    kinds: tuple[Kind, ...] = KINDS
    difficulty: Difficulty = "easy"
    length: int = 10
    only: tuple[int, ...] = ()

    @property
    def numbers(self) -> tuple[int, ...]:
        """The numbers, in the seed's series, of the questions to ask."""
        return self.only or tuple(range(1, self.length + 1))

    def questions(self) -> tuple[Question, ...]:
        """The questions to ask, in order."""
        dealt = tuple(islice(deal_all(self.seed, self.kinds, self.difficulty), self.length))
        return tuple(dealt[number - 1] for number in self.numbers)


def question_set(parameters: Mapping[str, str]) -> tuple[QuestionSet, int, tuple[Sentence, ...]]:
    """The set that a link's parameters fix, the position in it, from 1, and what was wrong with the link.

    A position behind the last question is the score. What is missing or wrong is replaced by its default.

    >>> question_set({"seed": "7", "kinds": "size.field", "length": "5", "question": "2"})[:2]
    (QuestionSet(seed=7, kinds=('size', 'field'), difficulty='easy', length=5, only=()), 2)
    """
    faults: list[Sentence] = []

    def read(name: str, default: Any, parse: Callable[[str], Any]) -> Any:
        written = parameters.get(name)
        if written is None:
            return default
        found = parse(written)
        if found is None:
            faults.append(_fault(name, written, default))
        return default if found is None else found

    plain = QuestionSet()
    seed = read("seed", plain.seed, lambda text: _whole(text, 0, LARGEST_SEED))
    kinds = read("kinds", plain.kinds, _kinds)
    difficulty = read("difficulty", plain.difficulty, lambda text: text if text in DIFFICULTIES else None)
    length = read("length", plain.length, lambda text: _whole(text, 1, LONGEST))
    only = read("only", (), lambda text: _numbers(text, length))
    asked = QuestionSet(seed, kinds, difficulty, length, only)
    position = read("question", 1, lambda text: _whole(text, 1, len(asked.numbers) + 1))
    return asked, position, tuple(faults)


def to_parameters(asked: QuestionSet, position: int = 1) -> dict[str, str]:
    """The query parameters of a set, without those of a first question and of all questions; ``question_set`` reads them back."""
    written = {
        "seed": str(asked.seed),
        "kinds": ".".join(asked.kinds),
        "difficulty": asked.difficulty,
        "length": str(asked.length),
    }
    written |= {"only": ".".join(map(str, asked.only))} if asked.only else {}
    return written | ({"question": str(position)} if position > 1 else {})


def _whole(text: str, least: int, most: int) -> int | None:
    number = int(text) if re.fullmatch(r"[0-9]{1,9}", text) else None
    return number if number is not None and least <= number <= most else None


def _kinds(text: str) -> tuple[Kind, ...] | None:
    names = _split(text)
    if not names or not set(names) <= set(KINDS):
        return None
    return tuple(kind for kind in KINDS if kind in names)


def _numbers(text: str, length: int) -> tuple[int, ...] | None:
    numbers = [_whole(part, 1, length) for part in _split(text)]
    return tuple(sorted({number for number in numbers if number})) if numbers and None not in numbers else None


def _split(text: str) -> list[str]:
    return [part for part in re.split(r"[.,;+\s]+", text) if part]


def _fault(name: str, written: str, default: Any) -> Sentence:
    used = ".".join(map(str, default)) if isinstance(default, tuple) else str(default)
    shown = written if len(written) <= 30 else written[:29] + "…"
    if not used:
        return sentence("{name}={written} is left out.", name=name, written=shown)
    return sentence("{name}={written} is not possible; {used} is used.", name=name, written=shown, used=used)
