"""Questions for the tests of Question mode."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import strategies as st

from explainer.arithmetic import conv_layer
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
