"""Question mode: what is dealt, what torch says to it, what the judge names, and how answers and links are read."""

from __future__ import annotations

import random
import subprocess
import sys
from fractions import Fraction
from itertools import islice
from math import ceil, floor

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from explainer.arithmetic import conv_layer, max_pool_layer
from explainer.errors import InvalidInput
from explainer.language import say
from explainer.questions import (
    DIFFICULTIES,
    KINDS,
    LARGEST_SEED,
    LONGEST,
    SLIP_NAMES,
    Answer,
    Question,
    QuestionSet,
    Work,
    deal,
    deal_all,
    judge,
    question_set,
    read_answer,
    say_verdict,
    score,
    slips_of,
    to_parameters,
)
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


# What torch says.


def run_code(code: str) -> object:
    """What the last line of a question's code gives, on the meta device."""
    *lines, last = code.splitlines()
    names = {"torch": torch, "nn": nn}
    with torch.device("meta"):
        exec("\n".join(lines), names)
        return eval(last, names)


def seen_rows(question: Question) -> int:
    """From the first to the last row of the input that has a gradient at one value of the output, with ones as weights."""
    layers = []
    for layer in question.layers:
        if hasattr(layer, "weight_shape"):
            conv = nn.Conv2d(
                1, 1, layer.kernel_size, layer.stride, layer.padding, layer.dilation, bias=False, dtype=torch.float64
            )
            nn.init.ones_(conv.weight)
            layers.append(conv)
        else:
            layers.append(nn.AvgPool2d(layer.kernel_size, layer.stride, layer.padding))
    x = torch.zeros(1, 1, 4 * question.answer[0] + 60, 4 * question.answer[0] + 60, dtype=torch.float64, requires_grad=True)
    y = nn.Sequential(*layers)(x)
    y[0, 0, y.shape[2] // 2, y.shape[3] // 2].backward()
    rows = x.grad[0, 0].abs().sum(1).nonzero()
    return int(rows.max() - rows.min()) + 1


@settings(max_examples=100, deadline=None)
@given(DEALT)
def test_the_code_on_the_screen_gives_the_answer_in_torch(question):
    if question.kind == "padding":
        assert run_code(question.code.replace("?", str(question.answer[0])))
        assert not run_code(question.code.replace("?", str(question.answer[0] + 1)))
        assert not run_code(question.code.replace("?", str(question.answer[0] - 1)))
    elif question.kind != "field":
        found = run_code(question.code)
        assert (tuple(found) if question.kind == "size" else (found,)) == question.answer


@settings(max_examples=15, deadline=None)
@given(st.builds(deal, st.integers(0, LARGEST_SEED), st.just(1), st.just(("field",)), st.sampled_from(DIFFICULTIES)))
def test_a_receptive_field_is_where_torch_has_gradients(question):
    assert seen_rows(question) == question.answer[0]
    run_code(question.code + "\nnet(x).shape")


# What is dealt.


@given(DEALT)
def test_numbers_are_those_of_textbooks(question):
    for layer in question.layers:
        assert max(layer.kernel_size) <= 11
        assert max(layer.stride) <= 3
    assert all(5 <= size <= 224 for size in question.input_shape[2:])
    assert min(question.answer) >= 1
    if question.kind == "size":
        assert question.answer[0] != question.answer[1], "a swap must show"


@pytest.mark.parametrize("difficulty", DIFFICULTIES)
def test_the_kinds_take_turns_and_no_question_comes_twice(difficulty):
    dealt = list(islice(deal_all(3, KINDS, difficulty), LONGEST))
    assert [question.kind for question in dealt] == list(KINDS) * (LONGEST // len(KINDS))
    assert len({(question.kind, question.code) for question in dealt}) == LONGEST


def test_easy_questions_have_no_dilation_and_hard_ones_often_do():
    shares = {}
    for difficulty in DIFFICULTIES:
        dealt = list(islice(deal_all(5, ("axis", "size"), difficulty), 100))
        shares[difficulty] = sum("dilation" in question.code for question in dealt)
    assert shares["easy"] == 0 < shares["medium"] < shares["hard"]


def test_the_seed_alone_decides():
    random.seed(1)
    before = random.getstate()
    first = [deal(7, number) for number in (1, 2, 3)]
    assert random.getstate() == before
    random.seed(2)
    assert [deal(7, number) for number in (1, 2, 3)] == first
    assert [deal(8, number) for number in (1, 2, 3)] != first
    assert list(islice(deal_all(7), 3)) == first


def test_a_link_of_today_deals_the_same_for_ever():
    """If this fails, the links that teachers gave out deal other questions now: do not overwrite lightly."""
    dealt = [(question.layers[-1].code(), question.answer) for question in islice(deal_all(7, KINDS, "medium"), 5)]
    assert dealt == [
        ("nn.MaxPool2d(kernel_size=2)", (31,)),
        ("nn.Conv2d(3, 16, kernel_size=5, stride=3)", (3, 9)),
        ("nn.Conv2d(4, 32, kernel_size=3, bias=False)", (1152,)),
        ("nn.MaxPool2d(kernel_size=2)", (6,)),
        ("nn.Conv2d(16, 16, kernel_size=5, padding=4, dilation=2)", (4,)),
    ]


def test_another_process_deals_the_same():
    code = "from explainer.questions import deal; print(deal(7, 4, difficulty='hard').code)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={"PYTHONHASHSEED": "5", "PYTHONPATH": "."}
    )
    assert done.stdout.rstrip("\n") == deal(7, 4, difficulty="hard").code


@pytest.mark.parametrize(("number", "kinds", "difficulty"), [(0, KINDS, "easy"), (1, (), "easy"), (1, KINDS, "nightmare")])
def test_what_cannot_be_dealt_is_refused(number, kinds, difficulty):
    with pytest.raises(InvalidInput):
        deal(1, number, kinds, difficulty)


# What the judge names: each mistake once more, written as a textbook would.


def wrong_windows(axis) -> dict[str, set[Fraction]]:
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


def conv_question(kind: str, size=(28, 28), **settings) -> Question:
    arguments = {"in_channels": 3, "out_channels": 8, "kernel_size": 3} | settings
    layer = conv_layer(2, **arguments)
    return to_question(kind, (layer,), (1, layer.in_channels, *size))


ROW = conv_question("axis", stride=2, padding=1)
SPREAD = conv_question("axis", stride=2, padding=2, dilation=3)
BOTH = conv_question("size", size=(28, 31), stride=2, padding=1)


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


# What students type.


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("13.5", (Fraction(27, 2),)), ("12,5", (Fraction(25, 2),)), ("１２．５", (Fraction(25, 2),)), ("13½", (Fraction(27, 2),)),
        ("27/2", (Fraction(27, 2),)), ("  14 ", (14,)), ("１４", (14,)), ("14.", (14,)),
        (".5", (Fraction(1, 2),)), ("14。5", (14.5,)),
        ("= 14", (14,)), ("H = 14", (14,)), ("0014", (14,)),
    ],
)  # fmt: skip
def test_a_number_is_read(text, numbers):
    assert read_answer(ROW, text).numbers == numbers


@pytest.mark.parametrize(
    "text",
    ["14x16", " 14 x 16", "14×16", "14 X 16", "14*16", "１４ｘ１６", "(14, 16)", "14,16", "14, 16", "[14 16]", "14 by 16",
     "14乘16", "H=14, W=16", "高=14 宽=16", "14;16", "14，16", "14、16"],
)  # fmt: skip
def test_two_sizes_are_read(text):
    assert read_answer(BOTH, text).numbers == (14, 16)


@pytest.mark.parametrize("text", ["9472", "9,472", "9 472", "9.472", "9'472", "９，４７２", "9_472"])
def test_thousands_are_read_where_only_whole_numbers_make_sense(text):
    assert read_answer(conv_question("parameters"), text).numbers == (9472,)


@pytest.mark.parametrize(
    ("question", "text", "told"),
    [
        (ROW, "", "There is nothing in the field yet."),
        (ROW, "   ", "There is nothing in the field yet."),
        (ROW, "banana", "“banana” cannot be read as a number."),
        (ROW, "十四", "cannot be read as a number."),
        (ROW, "1e5", "cannot be read as a number."),
        (ROW, "nan", "cannot be read as a number."),
        (ROW, "3/0", "cannot be read as a number."),
        (ROW, "x", "cannot be read as a number."),
        (ROW, "<b>14</b>", "“<b>14</b>” cannot be read"),
        (ROW, "9" * 30, "cannot be read as a number."),
        (ROW, "9" * 300, "That is too long"),
        (ROW, "-3", "“-3” is below 0"),
        (ROW, "14 x 14", "One number is asked for, and here are 2."),
        (BOTH, "14", "Two numbers are asked for, height and width, and here is 1."),
        (BOTH, "14 x", "cannot be read as two sizes."),
        (BOTH, "a x b", "cannot be read as two sizes."),
    ],
)
def test_nonsense_gets_a_sentence(question, text, told):
    with pytest.raises(InvalidInput) as error:
        read_answer(question, text)
    assert told in str(error.value)


@given(DEALT, st.text(max_size=60))
def test_any_text_is_an_answer_or_gets_a_sentence(question, text):
    try:
        found = read_answer(question, text)
    except InvalidInput:
        return
    assert len(found.numbers) == len(question.answer)
    assert say_verdict(judge(question, found), "zh")


@pytest.mark.parametrize("text", ["5.33", "5,3", "5.333", "5.34"])
def test_a_fraction_is_known_by_the_decimals_that_were_written(text):
    question = conv_question("axis", size=(14, 14), stride=3, padding=1)
    assert judge(question, read_answer(question, text)).slips == ("floor_forgotten",)


# Links and scores.

SETS = st.builds(
    QuestionSet,
    st.integers(0, LARGEST_SEED),
    st.sets(st.sampled_from(KINDS), min_size=1).map(lambda kinds: tuple(kind for kind in KINDS if kind in kinds)),
    st.sampled_from(DIFFICULTIES),
    st.just(LONGEST),
    st.sets(st.integers(1, LONGEST), max_size=4).map(lambda numbers: tuple(sorted(numbers))),
)


@given(SETS, st.integers(1, 4))
def test_a_link_gives_the_set_back(asked, position):
    position = min(position, len(asked.numbers) + 1)
    assert question_set(to_parameters(asked, position)) == (asked, position, ())


def test_a_link_names_what_is_broken_and_takes_the_default():
    asked, position, faults = question_set(
        {"seed": "-1", "kinds": "axis.bogus", "difficulty": "EASY", "length": "999", "question": "0", "only": "1.x"}
    )
    assert (asked, position) == (QuestionSet(), 1)
    told = [say(fault, "en") for fault in faults]
    assert "seed=-1 is not possible; 1 is used." in told
    assert "only=1.x is left out." in told
    assert len(told) == 6


@given(st.dictionaries(st.sampled_from(("seed", "kinds", "difficulty", "length", "question", "only")), st.text(max_size=40)))
def test_no_link_breaks_it(parameters):
    asked, position, faults = question_set(parameters)
    assert 1 <= position <= len(asked.numbers) + 1
    assert len(asked.questions()) == len(asked.numbers)
    assert all(say(fault, "zh") for fault in faults)


def test_only_some_questions_are_those_of_the_whole_set():
    whole = QuestionSet(7, length=5)
    assert QuestionSet(7, length=5, only=(2, 4)).questions() == whole.questions()[1:4:2]


def test_the_score_counts_outcomes_and_mistakes():
    works = (Work(("14",)), Work(("14.5", "14", "99")), Work(("28",)), Work(("13", "99"), shown=True), Work())
    result = score([ROW] * 5, works)
    assert result.outcomes == ("right", "later", "wrong", "shown", "open")
    assert [(tally.slip, tally.certain, tally.possible) for tally in result.tallies] == [
        ("floor_forgotten", 1, 1),
        ("stride_forgotten", 1, 1),
        ("one_missing", 0, 1),
        ("padding_forgotten", 0, 1),
        ("none", 1, 1),
    ]
