"""What is said about one failing module per rule, word for word."""

from __future__ import annotations

import json

import pytest

from explainer.asked import parse_input
from explainer.codec import from_json, to_json
from explainer.diagnosis import diagnose
from explainer.diagnosis.rules import RULES
from explainer.diagnosis.rules.python import closest
from explainer.paste.result import Mishap, PasteResult, Request
from explainer.paste.run import run_paste
from explainer.render.findings_text import diagnosis_text, message_of
from explainer.types import Diagnosis, Failure, Sentence, Trace
from tests.diagnosis.cases import CASES, Case, module


def diagnosis_of(source: str, *inputs: str) -> Diagnosis:
    found = diagnose(run_paste(Request(source, inputs=tuple(parse_input(text) for text in inputs))))
    assert found is not None
    return found


@pytest.fixture(scope="module")
def told() -> dict[Case, Diagnosis]:
    return {case: diagnosis_of(case.source, *case.inputs) for case in CASES}


@pytest.mark.parametrize("case", CASES, ids=[f"{number}-{case.rule}" for number, case in enumerate(CASES)])
def test_what_is_said(case: Case, told: dict[Case, Diagnosis]) -> None:
    found = told[case]
    assert found.rule == case.rule
    assert message_of(found, "en") == case.said
    assert (str(found.fixes[0].message) if found.fixes else "") == case.fix


@pytest.mark.parametrize("case", CASES, ids=[f"{number}-{case.rule}" for number, case in enumerate(CASES)])
def test_it_travels_as_json_and_speaks_chinese(case: Case, told: dict[Case, Diagnosis]) -> None:
    found = told[case]
    assert from_json(Diagnosis, json.loads(json.dumps(to_json(found)))) == found
    for sentence in (found.where, found.what, *found.got, *found.reason, *found.story):
        assert "{" not in str(sentence).replace("return {}", "")
    assert any("一" <= letter <= "鿿" for letter in message_of(found, "zh"))


def test_text_that_is_no_python() -> None:
    """The repair makes Python of almost anything, so this one is built by hand."""
    found = diagnose(PasteResult("x = (\n", mishap=Mishap("read", "SyntaxError", "'(' was never closed (<unknown>, line 1)", 1)))
    assert found is not None
    assert (found.rule, message_of(found, "en")) == ("syntax", "Line 1, x = (: Python cannot read this: '(' was never closed.")


@pytest.mark.parametrize(
    ("failure", "said"),
    [
        (
            Failure("op_limit", None, "", (), (), "OpLimit", "more than 100,000 operations", 4),
            "Line 4, x = x + 1: the forward makes more than 100,000 operations. Is there a loop that does not end?",
        ),
        (
            Failure("undecidable", None, "", (), (), "RuntimeError", "Tensor.item() cannot be called on meta tensors", 3),
            (
                "Line 3, for _ in x: what happens next depends on the numbers in a tensor, and here only shapes are known."
                " A smaller input, or the device cpu, lets it run on real numbers."
            ),
        ),
    ],
    ids=["operation limit", "undecidable"],
)
def test_forwards_without_an_end(failure: Failure, said: str) -> None:
    """To reach them takes seconds or gigabytes, so the failures are built by hand."""
    source = "class A(nn.Module):\n    def forward(self, x):\n        for _ in x:\n            x = x + 1\n        return x\n"
    trace = Trace("A", "meta", (), (), (), (), (), (), failure)
    found = diagnose(PasteResult(source, target="A", trace=trace))
    assert found is not None
    assert found.rule == failure.kind
    assert message_of(found, "en") == said


def test_no_rule_is_untried() -> None:
    """Every rule but those that have a test of their own speaks in some case."""
    rules = {rule.__name__ for rule in RULES}
    assert len({case.rule for case in CASES}) >= len(rules) - 3


CHINESE = {
    "stride_twice": "第 10 行，return y + self.c(x)：残差的两条支路大小不同。\n"
    "主路 (1, 4, 4, 4)，捷径 (1, 4, 8, 8)：高 4 对 8，宽 4 对 8。\n"
    "b 又用了一次步幅。主路：a 16 → 8、b 8 → 4；捷径：c 16 → 8。",
    "forward_misspelt": "第 5 行，def foward(self, x)：M 没有 forward；foward 大概就是想写它。\ntorch 只认名为 forward 的方法，一个字母都不能差。",
    "channels_last": "第 7 行，return self.conv(x)：conv 的 3 个通道在最后一个轴上。\n它的输入是 (1, 8, 8, 3)。\n"
    "torch 按（批，通道，高，宽）读取；而这个输入是（批，高，宽，通道）。它就是模块的输入；之前没有任何层改变它的形状。",
}  # fmt: skip


@pytest.mark.parametrize("rule", CHINESE)
def test_in_chinese(rule: str, told: dict[Case, Diagnosis]) -> None:
    found = next(found for case, found in told.items() if case.rule == rule)
    text = diagnosis_text(found, "zh")
    assert text.split("\n\n")[0] == f"{CHINESE[rule]}\n({found.torch})"
    assert "修复（已重新运行，通过）：" in text


def test_the_operands_of_a_residual_are_named_and_marked(told: dict[Case, Diagnosis]) -> None:
    found = next(found for case, found in told.items() if case.rule == "stride_twice")
    main, short = found.operands
    assert (str(main.name), main.shape, main.axes) == ("main path", (1, 4, 4, 4), (2, 3))
    assert (str(short.name), short.shape, short.axes) == ("shortcut", (1, 4, 8, 8), (2, 3))


def test_the_operands_of_a_layer_are_marked_where_they_disagree(told: dict[Case, Diagnosis]) -> None:
    found = next(found for case, found in told.items() if case.rule == "conv_channels")
    assert [(str(o.name), o.shape, o.axes) for o in found.operands] == [
        ("x", (1, 4, 8, 8), (1,)),
        ("conv.weight", (8, 3, 3, 3), (1,)),
        ("conv.bias", (8,), ()),
    ]


def test_a_long_way_is_told_by_its_last_steps() -> None:
    layers = [f"self.c{i} = nn.Conv2d(2, 2, 3)" for i in range(9)]
    body = "y = x\nfor layer in (" + ", ".join(f"self.c{i}" for i in range(9)) + "):\n    y = layer(y)\nreturn y + x"
    found = diagnosis_of(module(body, *layers), "1x2x40x40")
    assert str(found.story[0]).startswith("Main path: … c3 34 → 32, c4 32 → 30,")


def test_code_in_a_source_is_not_a_template() -> None:
    found = diagnosis_of(module("y = {'a': x}\nreturn y['{b}'.format(b=1)]"), "2x3")
    assert isinstance(found.where, Sentence)
    assert "'{b}'.format(b=1)" in str(found.where)


@pytest.mark.parametrize(
    ("name", "known", "meant"),
    [("Conv2D", ["Conv1d", "Conv2d"], "Conv2d"), ("otu", ["out", "x"], "out"), ("zzz", ["out", "x"], None), ("x", [], None)],
)
def test_the_closest_name(name: str, known: list[str], meant: str | None) -> None:
    assert closest(name, known) == meant
