"""What came of a set: how many were right at once, and which mistakes were made how often."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, TypeAlias

from explainer.questions.judging import judge
from explainer.questions.reading import read_answer
from explainer.questions.records import Question, Verdict
from explainer.types import Sentence, sentence

Outcome: TypeAlias = Literal["open", "right", "later", "wrong", "shown"]

SLIP_NAMES: Mapping[str, Sentence] = MappingProxyType({
    "floor_forgotten": sentence("floor forgotten"),
    "rounded_up": sentence("rounded up instead of down"),
    "one_missing": sentence("one too few"),
    "one_twice": sentence("one too many"),
    "padding_once": sentence("padding counted once"),
    "padding_forgotten": sentence("padding forgotten"),
    "both_sides": sentence("padding of both sides together"),
    "dilation_ignored": sentence("dilation ignored"),
    "kernel_kept": sentence("kernel not subtracted"),
    "k_for_k_minus_1": sentence("k instead of k − 1"),
    "minus_one_forgotten": sentence("− 1 forgotten before the division"),
    "stride_forgotten": sentence("stride forgotten"),
    "own_stride": sentence("a layer's own stride counted"),
    "swapped": sentence("height and width swapped"),
    "pair_swapped": sentence("the two numbers of a pair swapped"),
    "bias_forgotten": sentence("bias forgotten"),
    "bias_added": sentence("bias added where there is none"),
    "bias_once": sentence("one bias for the whole layer"),
    "groups_ignored": sentence("groups ignored"),
    "groups_twice": sentence("divided by groups twice"),
    "kernel_side_once": sentence("one side of the kernel only"),
    "in_channels_forgotten": sentence("input channels forgotten"),
    "one_filter": sentence("one filter instead of all"),
    "positions_counted": sentence("multiplications instead of parameters"),
    "fields_multiplied": sentence("kernels multiplied"),
    "one_layer": sentence("one layer instead of both"),
})  # fmt: skip
NO_SLIP = "none"


@dataclass(frozen=True, slots=True)
class Work:
    """What a student did with one question: the answers in order, and whether the solution was looked at before a right one."""

    answers: tuple[str, ...] = ()
    shown: bool = False


@dataclass(frozen=True, slots=True)
class Tally:
    """How often a mistake was made: ``certain`` times nothing else explains the answer; at most ``possible`` times."""

    slip: str
    certain: int
    possible: int


@dataclass(frozen=True, slots=True)
class Score:
    outcomes: tuple[Outcome, ...]
    tallies: tuple[Tally, ...]

    def count(self, outcome: Outcome) -> int:
        return self.outcomes.count(outcome)


def outcome(question: Question, work: Work) -> Outcome:
    """``right`` at the first try, ``later`` after others, ``shown`` if the solution came first, ``wrong``, or still ``open``."""
    verdicts = verdicts_until_right(question, work)
    if work.shown:
        return "shown"
    if not verdicts:
        return "open"
    if verdicts[-1].right:
        return "right" if len(verdicts) == 1 else "later"
    return "wrong"


def verdicts_until_right(question: Question, work: Work) -> tuple[Verdict, ...]:
    """What was answered up to the first right answer; what comes after it is play."""
    verdicts = []
    for text in work.answers:
        verdicts.append(judge(question, read_answer(question, text)))
        if verdicts[-1].right:
            break
    return tuple(verdicts)


def score(questions: Sequence[Question], works: Sequence[Work]) -> Score:
    """The outcome of each question, and the mistakes of all answers, the most frequent first."""
    certain: Counter[str] = Counter()
    possible: Counter[str] = Counter()
    for question, work in zip(questions, works, strict=True):
        for verdict in verdicts_until_right(question, work):
            names = () if verdict.right else verdict.slips or (NO_SLIP,)
            possible.update(names)
            certain.update(names if len(names) == 1 else ())
    ranked = sorted(possible, key=lambda name: (name == NO_SLIP, -certain[name], -possible[name], name))
    tallies = tuple(Tally(name, certain[name], possible[name]) for name in ranked)
    return Score(tuple(outcome(question, work) for question, work in zip(questions, works, strict=True)), tallies)
