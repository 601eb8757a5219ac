"""What Question mode deals, and what torch says to it."""

from __future__ import annotations

import random
import subprocess
import sys
from itertools import islice

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from explainer.errors import InvalidInput
from explainer.questions import (
    DIFFICULTIES,
    KINDS,
    LARGEST_SEED,
    LONGEST,
    Question,
    deal,
    deal_all,
)
from tests.asking import DEALT

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
    if question.kind in ("axis", "size"):
        assert all(axis.output != axis.size for axis in question.axes), "padding that keeps the size is a kind of its own"
    if question.kind == "size":
        assert question.answer[0] != question.answer[1], "a swap must show"


@pytest.mark.parametrize("difficulty", DIFFICULTIES)
@pytest.mark.parametrize("kinds", [KINDS, ("padding",), ("parameters",)], ids=len)
def test_the_kinds_take_turns_and_no_question_comes_twice(difficulty, kinds):
    dealt = list(islice(deal_all(3, kinds, difficulty), LONGEST))
    assert [question.kind for question in dealt] == list(kinds) * (LONGEST // len(kinds))
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
