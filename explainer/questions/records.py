"""What travels between the dealer, the judge and the screen: a question, an answer, a slip and a verdict."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, TypeAlias, get_args

from explainer.arithmetic import Axis, ConvLayer, MaxPoolLayer
from explainer.types import Sentence, Shape

Kind: TypeAlias = Literal["axis", "size", "parameters", "field", "padding"]
Difficulty: TypeAlias = Literal["easy", "medium", "hard"]
KINDS: tuple[Kind, ...] = get_args(Kind)
DIFFICULTIES: tuple[Difficulty, ...] = get_args(Difficulty)

WindowLayer: TypeAlias = ConvLayer | MaxPoolLayer


@dataclass(frozen=True, slots=True)
class Question:
    """``layers`` run one after the other on ``input_shape``; ``answer`` has two numbers where height and width are asked.

    ``solution`` leads to the answer, one step per sentence. ``code`` is the question in PyTorch's words.
    """

    kind: Kind
    layers: tuple[WindowLayer, ...]
    input_shape: Shape
    asked: Sentence
    answer: Shape
    solution: tuple[Sentence, ...]
    code: str

    @property
    def axes(self) -> tuple[Axis, ...]:
        """The axes of the first layer on the input."""
        return self.layers[0].axes(self.input_shape[2:])

    @property
    def conv(self) -> ConvLayer | None:
        """The one convolution that the question is about, None where it is about something else."""
        only = self.layers[0] if len(self.layers) == 1 else None
        return only if isinstance(only, ConvLayer) else None


@dataclass(frozen=True, slots=True)
class Answer:
    """The numbers that a student gave, and how many decimals each was written with."""

    numbers: tuple[Fraction, ...]
    decimals: tuple[int, ...]

    def __str__(self) -> str:
        return " × ".join(map(decimal_text, self.numbers))


@dataclass(frozen=True, slots=True)
class Slip:
    """A common mistake with this question's numbers: its key in ``SLIP_NAMES``, the numbers it gives, and what went wrong."""

    name: str
    numbers: tuple[Fraction, ...]
    told: Sentence


@dataclass(frozen=True, slots=True)
class Finding:
    """The slips that give exactly what the student wrote; ``lead`` says for which part of the answer, None for all of it."""

    lead: Sentence | None
    slips: tuple[Slip, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """``head`` in one sentence, then what explains the answer, then what to look at next."""

    right: bool
    head: Sentence
    findings: tuple[Finding, ...] = ()
    advice: tuple[Sentence, ...] = ()

    @property
    def slips(self) -> tuple[str, ...]:
        """The names of all slips that may have happened, each once."""
        return tuple(dict.fromkeys(slip.name for finding in self.findings for slip in finding.slips))


def decimal_text(number: Fraction) -> str:
    """The number as people write it, cut off after two decimals and never rounded up past a floor.

    >>> decimal_text(Fraction(27, 2)), decimal_text(Fraction(40, 3)), decimal_text(Fraction(7)), decimal_text(Fraction(1, 16))
    ('13.5', '13.33…', '7', '0.06…')
    """
    whole, rest = divmod(number.numerator, number.denominator)
    if not rest:
        return str(whole)
    hundredths, rest = divmod(rest * 100, number.denominator)
    return f"{whole}.{hundredths:02d}…" if rest else f"{whole}.{hundredths:02d}".rstrip("0")
