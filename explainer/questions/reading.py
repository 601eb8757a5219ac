"""What a student typed as numbers: full-width digits, decimal commas, thousands, ``14 x 14`` in all its spellings."""

from __future__ import annotations

import re
from fractions import Fraction
from unicodedata import normalize

from explainer.errors import InvalidInput
from explainer.questions.records import Answer, Question

_MOST_CHARACTERS = 40
_MOST_DIGITS = 15
# Some before the normal form, which would write 13½ as 131/2, and some because it leaves them alone.
_PLAIN = str.maketrans({"¼": ".25", "½": ".5", "¾": ".75", "。": ".", "、": ",", "−": "-", "–": "-", "’": "'", "⁄": "/"})
_NUMBER = re.compile(r"([+-]?)(\d*)(?:[.,](\d*))?")
_RATIO = re.compile(r"(\d+)\s*/\s*(\d+)")
_THOUSANDS = re.compile(r"\d{1,3}(?:([,.' _])\d{3})(?:\1\d{3})*")
_NAMES = re.compile(r"[hw高宽]\s*[=:]\s*")
_TIMES = re.compile(r"\s*(?:[x×*✕хХ·]|by|乘以?)\s*")
_LIST = re.compile(r"\s*[,;]\s*|\s+")
_LIST_OF_DECIMALS = re.compile(r"\s*[,;]\s+|\s*;\s*|\s+")


def read_answer(question: Question, text: str) -> Answer:
    """The numbers in ``text``, as many as the question asks for; raises InvalidInput with a sentence that helps.

    A comma is a decimal comma (``12,5``), but between two sizes it separates them if two are asked (``14,28``), and it groups
    thousands where only whole numbers make sense (``9,472`` parameters).
    """
    wanted, shown = len(question.answer), text.strip()[:_MOST_CHARACTERS]
    written = normalize("NFKC", text.translate(_PLAIN)).translate(_PLAIN).lower().strip(" ()[]=")
    if not written:
        raise InvalidInput("There is nothing in the field yet. Write a number.", field="answer")
    if len(written) > _MOST_CHARACTERS:
        raise InvalidInput("That is too long for an answer. Write the number alone.", field="answer")
    parts = _parts(_NAMES.sub("", written), wanted, counts=question.kind == "parameters")
    numbers = [_number(part) for part in parts]
    if None in numbers:
        if wanted == 2:
            raise InvalidInput("“{text}” cannot be read as two sizes. Write H x W, like 7 x 9.", field="answer", text=shown)
        raise InvalidInput("“{text}” cannot be read as a number. Write digits, like 7 or 7.5.", field="answer", text=shown)
    if len(numbers) != wanted:
        raise _wrong_count(wanted, len(numbers))
    found = [number for number in numbers if number is not None]
    if min(value for value, _ in found) < 0:
        raise InvalidInput("“{text}” is below 0, and no size and no count can be.", field="answer", text=shown)
    return Answer(tuple(value for value, _ in found), tuple(places for _, places in found))


def _parts(written: str, wanted: int, *, counts: bool) -> list[str]:
    if counts and _THOUSANDS.fullmatch(written):
        return [re.sub(r"\D", "", written)]
    if _RATIO.fullmatch(written):
        return [written]
    parts = _TIMES.split(written)
    if len(parts) == 1:
        parts = (_LIST if wanted == 2 else _LIST_OF_DECIMALS).split(written)
    return parts


def _number(part: str) -> tuple[Fraction, int] | None:
    """The number and how many decimals it has; a ratio has none, it is exact. None if it is no number."""
    ratio, decimal = _RATIO.fullmatch(part), _NUMBER.fullmatch(part)
    if ratio and int(ratio[2]):
        return Fraction(int(ratio[1]), int(ratio[2])), 0
    if not decimal or not (decimal[2] or decimal[3]) or len(part) > _MOST_DIGITS:
        return None
    sign, whole, places = decimal[1], decimal[2] or "0", decimal[3] or ""
    return Fraction(f"{sign}{whole}.{places or 0}"), len(places)


def _wrong_count(wanted: int, given: int) -> InvalidInput:
    if wanted == 2:
        return InvalidInput("Two numbers are asked for, height and width, and here is {given}. Write H x W, like 7 x 9.",
                            field="answer", given=given)  # fmt: skip
    return InvalidInput("One number is asked for, and here are {given}.", field="answer", given=given)
