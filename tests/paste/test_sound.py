"""A paste may say anything about itself; what does not hang together is refused before anything reads it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from explainer.errors import InvalidInput
from explainer.paste.result import Edit, GateNumbers, Input, Parameter, Request
from explainer.paste.run import run_paste
from explainer.paste.sound import check_sound, is_sound
from explainer.types import Sentence, Value, sentence

GOOD = run_paste(Request("class A(nn.Module):\n    def forward(self, x):\n        return x * x.sigmoid()\n"))
TRACE = GOOD.trace


def test_an_honest_result_is_sound():
    check_sound(GOOD)


@pytest.mark.parametrize(
    "forged",
    [
        replace(GOOD, inputs=(Input((-1,)),)),
        replace(GOOD, inputs=(Input((1,) * 40),)),
        replace(GOOD, variables=(("x", (1 << 60,)),)),
        replace(GOOD, parameters=(Parameter("not a name", "whole", "1"),)),
        replace(GOOD, trace=None),
        replace(GOOD, gates=(GateNumbers(99, (), 0.0, 0.0, 0.0, cut=False),)),
        replace(GOOD, edits=(Edit("x", 1, Sentence("{a.__class__}", (("a", 1),))),)),
        replace(GOOD, notes=(Sentence("My own words"),)),
        replace(GOOD, source="def f(:"),
        replace(GOOD, source="x = " + "-" * 50_000 + "1"),
        replace(GOOD, source="x = a" + ".b" * 300),
        replace(GOOD, source="# " + "a" * (1 << 19)),
        replace(GOOD, trace=replace(TRACE, outputs=(7777,))),
        replace(GOOD, trace=replace(TRACE, notes=(Sentence("{a:999999999}", (("a", 1),)),))),
        replace(GOOD, trace=replace(TRACE, values=(Value(5, (1,), "float32", "input"), *TRACE.values[1:]))),
        replace(GOOD, trace=replace(TRACE, ops=(replace(TRACE.ops[0], inputs=(500,)), *TRACE.ops[1:]))),
        replace(GOOD, trace=replace(TRACE, calls=(replace(TRACE.calls[0], parent=0), *TRACE.calls[1:]))),
    ],
    ids=[
        "a negative size",
        "too many axes",
        "a huge size",
        "a name that is none",
        "neither trace nor reason",
        "a gate of no operation",
        "a template that reaches out",
        "own words",
        "a source that is none",
        "a source that overflows",
        "a deep source",
        "a long source",
        "an output that is no value",
        "a template that asks for a gigabyte",
        "an id out of place",
        "an operand that is no value",
        "a call inside itself",
    ],
)
def test_a_forged_result_is_refused(forged):
    with pytest.raises(InvalidInput, match="in the form that was agreed on"):
        check_sound(forged)


@pytest.mark.parametrize(
    ("found", "sound"),
    [
        (sentence("line {line}", line=3), True),
        (Sentence("line {line}"), False),
        (Sentence("line {line}", (("line", "x" * 5000),)), False),
        (Sentence("", ()), False),
        (Sentence("{count} operations, run and traced.", (("count", (1, 2)),)), True),
    ],
    ids=["ours", "a value is missing", "a long value", "nothing", "another kind of value"],
)
def test_sentences(found, sound):
    assert is_sound(found) is sound
