"""Where the judge says that an answer went wrong: each mistake once more, written as a textbook would, and the sentences."""

from __future__ import annotations

from fractions import Fraction
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explainer.arithmetic import conv_layer, max_pool_layer
from explainer.language import say
from explainer.questions import (
    DIFFICULTIES,
    KINDS,
    SLIP_NAMES,
    Question,
    deal,
    deal_all,
    judge,
    read_answer,
    say_verdict,
    slips_of,
)
from explainer.questions.wording import to_question
from tests.asking import BOTH, DEALT, ROW, SPREAD, conv_question, exact, wrong_windows


def wrong_counts(question: Question) -> dict[str, set[Fraction]]:
    layer, (height, width) = question.layers[0], question.axes
    o, i, g, (kh, kw), bias = layer.out_channels, layer.in_channels, layer.groups, layer.kernel_size, layer.bias
    b, places = o * bias, height.output * width.output
    found = {
        "bias_forgotten": {o * i // g * kh * kw},
        "bias_added": {o * i // g * kh * kw + o},
        "bias_once": {o * i // g * kh * kw + 1},
        "groups_ignored": {o * i * kh * kw + b},
        "groups_twice": {(o // g) * (i // g) * kh * kw + b},
        "kernel_side_once": {o * i // g * kh + b},
        "in_channels_forgotten": {o * kh * kw + b},
        "one_filter": {i // g * kh * kw + bias},
        "positions_counted": {o * i // g * kh * kw * places + extra for extra in (0, b)},
    }
    return {name: set(map(Fraction, numbers)) for name, numbers in found.items()}


def wrong_fields(question: Question) -> dict[str, set[Fraction]]:
    first, second = (layer.axes((500, 500))[0] for layer in question.layers)
    k1, s1, d1, k2, s2, d2 = (
        first.kernel_size, first.stride, first.dilation, second.kernel_size, second.stride, second.dilation,
    )  # fmt: skip
    r1, r2 = d1 * (k1 - 1) + 1, d2 * (k2 - 1) + 1
    right = r1 + d2 * (k2 - 1) * s1
    found = {
        "stride_forgotten": {r1 + r2 - 1},
        "own_stride": {r1 + (r2 - 1) * s1 * s2, 1 + (r1 - 1) * s1 + (r2 - 1) * s1 * s2, r1 + (r2 - 1) * s2},
        "dilation_ignored": {k1 + (k2 - 1) * s1},
        "k_for_k_minus_1": {1 + d1 * k1 + d2 * k2 * s1, r1 + d2 * k2 * s1, r1 + r2 * s1},
        "fields_multiplied": {r1 * r2},
        "one_layer": {r1, r2},
        "one_missing": {right - 1},
        "one_twice": {right + 1},
    }
    return {name: set(map(Fraction, numbers)) for name, numbers in found.items()}


def wrong_paddings(question: Question) -> dict[str, set[Fraction]]:
    k, d = question.axes[0].kernel_size, question.axes[0].dilation
    p = Fraction(d * (k - 1), 2)
    return {
        "both_sides": {2 * p},
        "dilation_ignored": {Fraction(k - 1, 2)},
        "k_for_k_minus_1": {Fraction(d * k, 2)},
        "one_missing": {p - 1},
        "one_twice": {p + 1},
    }


def is_explained(question: Question, name: str, numbers: tuple[Fraction, ...]) -> bool:
    """Whether the mistake of this name gives these numbers, by the formulas above."""
    if question.kind != "size":
        others = {"parameters": wrong_counts, "field": wrong_fields, "padding": wrong_paddings}
        table = wrong_windows(question.axes[0]) if question.kind == "axis" else others[question.kind](question)
        return numbers[0] in table[name]
    if name == "swapped":
        return numbers == question.answer[::-1]
    if name == "pair_swapped":
        layer, (height, width) = question.layers[0], question.input_shape[2:]
        turned = conv_layer(2, 3, 8, layer.kernel_size[::-1], layer.stride[::-1], layer.padding[::-1], layer.dilation)
        return numbers == turned.output_shape((1, 3, height, width))[2:]
    made = [number in wrong_windows(axis)[name] for axis, number in zip(question.axes, numbers, strict=True)]
    right = [number == axis.output for axis, number in zip(question.axes, numbers, strict=True)]
    return any(made) and all(one or other for one, other in zip(made, right, strict=True))


@settings(max_examples=150)
@given(DEALT)
def test_every_mistake_gives_its_number_and_the_judge_names_it(question):
    for slip in slips_of(question):
        assert slip.numbers != question.answer
        assert is_explained(question, slip.name, slip.numbers), slip
        verdict = judge(question, exact(*slip.numbers))
        assert not verdict.right
        assert slip.name in verdict.slips


@settings(max_examples=150)
@given(DEALT, st.integers(-9, 9), st.integers(-9, 9))
def test_every_name_the_judge_gives_explains_the_number(question, more, more_width):
    numbers = tuple(max(0, number + add) for number, add in zip(question.answer, (more, more_width), strict=False))
    verdict = judge(question, exact(*numbers))
    assert verdict.right == (numbers == question.answer)
    parts = len([finding for finding in verdict.findings if finding.lead])
    for name in verdict.slips:
        if parts:
            assert any(Fraction(n) in wrong_windows(axis)[name] for axis, n in zip(question.axes, numbers, strict=True))
        else:
            assert is_explained(question, name, tuple(map(Fraction, numbers)))
    assert verdict.right or verdict.slips or verdict.advice, "a wrong answer gets a reason or a step to check"


@given(DEALT, st.sampled_from(("{}", " {} ", "{}.0", "{},0", "({})", "+{}")))
def test_a_right_answer_is_right_however_it_is_written(question, style):
    text = " x ".join(style.format(number).strip("()") for number in question.answer)
    assert judge(question, read_answer(question, text)).right
    full_width = text.translate({ord(str(digit)): 0xFF10 + digit for digit in range(10)})
    assert judge(question, read_answer(question, full_width)).right
    assert judge(question, exact(*question.answer)).right


def test_every_mistake_can_be_made_on_some_question():
    reached = set()
    for difficulty in DIFFICULTIES:
        for question in islice(deal_all(1, KINDS, difficulty), 60):
            reached |= {slip.name for slip in slips_of(question)}
    assert reached == set(SLIP_NAMES)


# The sentences.


@pytest.mark.parametrize(
    ("question", "text", "told"),
    [
        (ROW, "14.5", ["The floor is missing. 27 / 2 is 13.5"]),
        (ROW, "14,5", ["The floor is missing. 27 / 2 is 13.5"]),
        (ROW, "15", ["Either: It was rounded up. 27 / 2 is 13.5", "Or: 1 was added twice. The window takes 13 steps"]),
        (ROW, "13", ["The + 1 is missing. 13 is how many steps"]),
        (ROW, "28", ["The stride was forgotten: that many windows would fit if they moved by 1. These move by 2."]),
        (ROW, "99", ["None of the usual mistakes gives it.", "Padding goes on both sides: 28 + 2 × 1 = 30 cells."]),
        (SPREAD, "12", ["The padding was counted once, 28 + 2 = 30 cells.", "The + 1 is missing. 12 is"]),
        (SPREAD, "11", ["The padding was forgotten: you worked with 28 cells."]),
        (SPREAD, "15", ["The dilation was ignored. The 3 cells of the kernel lie 3 apart"]),
        (SPREAD, "17", ["The kernel was not subtracted: 32 / 2"]),
        (BOTH, "16x14", ["Height and width are swapped."]),
        (BOTH, "14 x 17", ["The height, 14, is right.", "The width, 17:", "1 was added twice."]),
        (BOTH, "13 x 15", ["The + 1 is missing."]),
        (BOTH, "3 x 3", ["None of the usual mistakes gives it.", "28 + 2 × 1 = 30"]),
        (BOTH, "14 x 3", ["The width, 3, comes from none of the usual mistakes.", "31 + 2 × 1 = 33"]),
        (conv_question("parameters"), "216", ["The bias was forgotten.", "8 output channels"]),
        (conv_question("parameters", in_channels=8, groups=2), "584", ["groups=2 was ignored. A filter sees 8 / 2"]),
        (conv_question("padding", padding=1), "2", ["both sides together", "the output would be 30 × 30, not 28 × 28."]),
    ],
)  # fmt: skip
def test_the_verdict_says_where_it_went_wrong(question, text, told):
    lines = say_verdict(judge(question, read_answer(question, text)), "en")
    assert lines[0].endswith("is not right.")
    for sentence in told:
        assert any(sentence in line for line in lines), lines


def test_the_verdict_is_chinese_for_chinese_readers():
    lines = say_verdict(judge(ROW, read_answer(ROW, "15")), "zh")
    assert lines[0] == "15 不对。"
    assert lines[1].startswith("要么：这里向上取整了。27 / 2 = 13.5")
    assert lines[2].startswith("或者：多加了一次 1。")


def test_a_pool_without_a_stride_says_what_its_stride_is():
    question = to_question("axis", (max_pool_layer(2, 3),), (1, 8, 28, 28))
    assert "Where a pool names no stride" in " ".join(say_verdict(judge(question, exact(26)), "en"))


@pytest.mark.parametrize("question", [ROW, SPREAD, BOTH, deal(1, 1, ("field",), "hard"), deal(1, 1, ("parameters",), "hard")])
def test_the_solution_ends_with_the_answer(question):
    steps = " ".join(say(step, "en") for step in question.solution)
    assert all(f"{number:,}" in steps for number in question.answer)
