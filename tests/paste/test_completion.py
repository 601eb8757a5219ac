"""Inputs as people type them who leave something out: what is unambiguous is understood, and nothing else is."""

from __future__ import annotations

import pytest

from explainer.asked import parse_input
from explainer.diagnosis import diagnose
from explainer.paste.result import Request
from explainer.paste.run import run_paste
from tests.diagnosis.cases import module

NORMED = module("return self.b(self.a(x))", "self.a = nn.Conv2d(3, 8, 3)", "self.b = nn.BatchNorm2d(8)")
SEQUENCE = module("b, n, c = x.shape\nreturn self.a(x)", "self.a = nn.Linear(64, 5)")
SIGNAL = module("return self.a(x)", "self.a = nn.Conv1d(3, 8, 3)")
FLAT = module("return self.a(x.flatten(1))", "self.a = nn.Linear(784, 10)")
WORDS = module("return self.a(x)", "self.a = nn.Embedding(100, 16)")

MEANT = {
    "a side": (NORMED, "224", "1x3x224x224"),
    "two sides": (NORMED, "224*128", "1x3x224x128"),
    "a picture": (NORMED, "3x224x128", "1x3x224x128"),
    "a picture, channels last": (NORMED, "32x28x3", "1x3x32x28"),
    "all of it": (NORMED, "1，3，224，224", "1x3x224x224"),
    "what torch prints": (NORMED, "torch.Size([2, 3, 32, 32])", "2x3x32x32"),
    "any batch": (NORMED, "(None, 3, 32, 32)", "1x3x32x32"),
    "a length": (SEQUENCE, "100", "1x100x64"),
    "a sequence": (SEQUENCE, "100x64", "1x100x64"),
    "the length of a signal": (SIGNAL, "1000", "1x3x1000"),
    "the sides of what is flattened": (FLAT, "28x28", "1x1x28x28"),
    "a number of words": (WORDS, "9", "1x9:int64"),
}


@pytest.mark.parametrize("name", MEANT)
def test_what_is_left_out_is_as_proposed(name: str) -> None:
    source, typed, whole = MEANT[name]
    result = run_paste(Request(source, inputs=(parse_input(typed),)))
    assert result.works, diagnose(result)
    wanted = parse_input(whole)
    assert [(given.shape, given.dtype) for given in result.inputs] == [(wanted.shape, wanted.dtype)]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("3x32", (3, 32)), ("1x5x32x32", (1, 5, 32, 32)), ("5x3x32", (5, 3, 32))],
    ids=["channels and a length, or two sides", "whole and wrong", "a batch of signals"],
)
def test_what_could_be_something_else_stops_as_it_was_typed(typed: str, kept: tuple[int, ...]) -> None:
    result = run_paste(Request(NORMED, inputs=(parse_input(typed),), want_fixes=False))
    assert not result.works
    assert result.inputs[0].shape == kept


def test_a_fix_never_passes_because_an_input_was_completed() -> None:
    """What is offered works as it is written: applied, it is run again and nothing of it is guessed."""
    result = run_paste(Request(NORMED, inputs=(parse_input("3x32"),)))
    assert all("×" not in str(fix.message) for fix in result.fixes)
