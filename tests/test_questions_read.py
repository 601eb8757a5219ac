"""What students type, what a link fixes, and what comes of a set."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explainer.errors import InvalidInput
from explainer.language import say
from explainer.questions import (
    DIFFICULTIES,
    KINDS,
    LARGEST_SEED,
    LONGEST,
    QuestionSet,
    Work,
    deal,
    judge,
    question_set,
    read_answer,
    say_verdict,
    score,
    to_parameters,
)
from tests.asking import BOTH, DEALT, ROW, conv_question

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
    assert whole.questions() == tuple(deal(7, number) for number in range(1, 6))
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
