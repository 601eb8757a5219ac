"""Questions for the tests of Question mode."""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor

from hypothesis import strategies as st

from explainer.arithmetic import Axis, conv_layer
from explainer.questions import DIFFICULTIES, KINDS, LARGEST_SEED, Answer, Question, deal
from explainer.questions.wording import to_question

DEALT = st.builds(
    deal,
    st.integers(0, LARGEST_SEED),
    st.integers(1, 6),
    st.sampled_from(KINDS).map(lambda kind: (kind,)),
    st.sampled_from(DIFFICULTIES),
)


def exact(*numbers: int | Fraction) -> Answer:
    return Answer(tuple(map(Fraction, numbers)), (0,) * len(numbers))


def conv_question(kind: str, size=(28, 28), **settings) -> Question:
    arguments = {"in_channels": 3, "out_channels": 8, "kernel_size": 3} | settings
    layer = conv_layer(2, **arguments)
    return to_question(kind, (layer,), (1, layer.in_channels, *size))


ROW = conv_question("axis", stride=2, padding=1)
SPREAD = conv_question("axis", stride=2, padding=2, dilation=3)
BOTH = conv_question("size", size=(28, 31), stride=2, padding=1)


def wrong_windows(axis: Axis) -> dict[str, set[Fraction]]:
    """What each common mistake gives on one axis, written as a textbook would."""
    n, k, s, p, d = axis.size, axis.kernel_size, axis.stride, axis.padding[0], axis.dilation
    top = n + 2 * p - d * (k - 1) - 1
    return {
        "floor_forgotten": {Fraction(top, s) + 1},
        "rounded_up": {Fraction(ceil(Fraction(top, s)) + 1)},
        "one_missing": {Fraction(floor(top / s))},
        "one_twice": {Fraction(floor(top / s) + 2)},
        "padding_once": {Fraction(floor((n + p - d * (k - 1) - 1) / s) + 1)},
        "padding_forgotten": {Fraction(floor((n - d * (k - 1) - 1) / s) + 1)},
        "dilation_ignored": {Fraction(floor((n + 2 * p - k) / s) + 1)},
        "kernel_kept": {Fraction(floor((n + 2 * p) / s) + 1)},
        "k_for_k_minus_1": {Fraction(floor((n + 2 * p - d * k - one) / s) + 1) for one in (0, 1)},
        "minus_one_forgotten": {Fraction(floor((n + 2 * p - d * (k - 1)) / s) + 1)},
        "stride_forgotten": {Fraction(top + 1)},
    }
