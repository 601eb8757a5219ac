"""Text and links of stacks: what people paste, what they type, what a link carries; nothing typed is lost, nothing is run."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explainer.errors import BlocklensError
from explainer.stack import FORMS, Stack, from_link, parse_literal, read_source, work_out, write_source
from explainer.stack.source import MOST_TEXT

SOURCE = """
import torch.nn as nn

# the stem
model = nn.Sequential(
    nn.Conv2d(3, 64, 7, stride=2, padding=3, bias=False),  # halves
    torch.nn.BatchNorm2d(num_features=64),
    ReLU(inplace=True),
    SqueezeExcite(64, reduction=4),
    nn.MaxPool2d(3, 2, padding=(1, 1)),
    nn.Conv2d(64, width, 3),
)
"""


def test_a_sequential_is_read_with_its_comments_and_what_is_unknown_is_kept_by_line():
    found = read_source(SOURCE)
    assert [row.code() for row in found.items] == [
        "nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3, bias=False)",
        "nn.BatchNorm2d(64)",
        "nn.ReLU(inplace=True)",
        "SqueezeExcite(64, reduction=4)",
        "nn.MaxPool2d(kernel_size=3, stride=2, padding=(1, 1))",
        "nn.Conv2d(64, width, 3)",
    ]
    assert found.items[0].comment == "the stem halves"
    assert [(remark.line, str(remark.reason)) for remark in found.remarks] == [
        (9, "SqueezeExcite has no arithmetic here."),
        (11, "out_channels=width is not a number, a list of numbers or a word."),
    ]
    assert read_source(write_source(Stack((3, 8, 8), found.items))).items == found.items


PRINTED = """
Sequential(
  (0): Conv2d(3, 64, kernel_size=(7, 7), stride=(2, 2), padding=(3, 3), bias=False)
  (1): BatchNorm2d(64, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True)
  (2): ReLU(inplace=True)
  (3): MaxPool2d(kernel_size=3, stride=2, padding=1, dilation=1, ceil_mode=False)
)
"""


def test_a_printed_model_is_read():
    found = read_source(PRINTED)
    assert [row.name for row in found.items] == ["Conv2d", "BatchNorm2d", "ReLU", "MaxPool2d"]
    assert found.remarks == ()
    assert work_out(Stack((3, 224, 224), found.items))[-1].shape == (1, 64, 56, 56)


def test_what_is_behind_the_longest_text_is_said():
    found = read_source("nn.ReLU()\n" + " " * MOST_TEXT + "\nnn.Linear(1, 2)\n")
    assert [row.code() for row in found.items] == ["nn.ReLU()"]
    assert str(found.remarks[-1].reason) == "Only the first 20,000 characters were read."
    assert found.remarks[-1].text == "nn.Linear(1, 2)"


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("nn.ReLU(),\nnn.Tanh(),", ["nn.ReLU()", "nn.Tanh()"]),
        ("layers = [nn.ReLU(), [nn.Tanh()]]", ["nn.ReLU()", "nn.Tanh()"]),
        ("nn.Sequential(nn.Sequential(nn.ReLU()), nn.Tanh())", ["nn.ReLU()", "nn.Tanh()"]),
        ("Sequential(OrderedDict([('a', nn.ReLU()), ('b', nn.Tanh())]))", ["nn.ReLU()", "nn.Tanh()"]),
        ("class N(nn.Module):\n  def __init__(self):\n    super().__init__()\n    self.a = nn.ReLU()", ["nn.ReLU()"]),
        ("nn.Linear(16 * 5 * 5, 120)", ["nn.Linear(400, 120)"]),
        ("nn.ReLU()\nnn.Conv2d(3, 4,\n  kernel_size=3)\n)", ["nn.ReLU()", "nn.Conv2d(3, 4, kernel_size=3)"]),
        ("nn.ReLU(\nnn.Tanh()", ["nn.ReLU(", "nn.Tanh()"]),
        ("Linear(9**9**9, 3)", ["Linear(9**9**9, 3)"]),
        ("Linear(1, 2, 3, 4)", ["Linear(1, 2, 3, 4)"]),
        ("Linear(1, out_features=2, in_features=1)", ["Linear(1, out_features=2, in_features=1)"]),
        ("Conv2d(3, 4, 3, groups=0.5)", ["nn.Conv2d(3, 4, kernel_size=3, groups=0.5)"]),
        ("__import__('os').system('touch /tmp/owned')", ["__import__('os').system('touch /tmp/owned')"]),
        ("", []),
    ],
    ids=["lines", "list", "nested", "named", "class", "product", "unclosed", "broken line", "power", "too many", "twice",
         "a fraction", "hostile", "nothing"],
)  # fmt: skip
def test_what_people_paste(text, codes):
    assert [row.code() for row in read_source(text).items] == codes


@given(st.text(max_size=200))
def test_any_text_is_answered(text):
    for row in read_source(text).items:
        assert row.text or row.name in FORMS


@pytest.mark.parametrize(
    ("word", "rows", "dropped"),
    [
        ("2~3x8x8~ReLU", None, "a version that this page does not know: 2"),
        ("", None, "a version that this page does not know"),
        ("1~3xx8~ReLU", None, "The input in the link is no size: 3xx8."),
        ("1~0x8x8~ReLU", None, "The input in the link is no size: 0x8x8."),
        ("1~3x8x8~Foo_1~ReLU", 1, "Left out of the link: Foo_1."),
        ("1~3x8x8~ReLU~Conv2d_3_os.system", 1, "Left out of the link: Conv2d_3_os.system."),
        ("1~3x8x8~ReLU~.%%%", 1, "Left out of the link: .%%%."),
        ("1~3x8x8~" + "~".join(["ReLU"] * 200), 99, "at most 99 rows"),
        ("1~3x8x8~" + "R" * 7000, None, "longer than 6,000 characters"),
    ],
    ids=["version", "empty", "no size", "zero", "unknown", "word", "base64", "too many", "too long"],
)
def test_a_broken_link_says_what_was_dropped(word, rows, dropped):
    opened = from_link(word)
    assert (opened.stack and len(opened.stack.items)) == rows
    assert dropped in " ".join(map(str, opened.dropped))


@given(st.text(max_size=80))
def test_any_link_is_answered(word):
    for hostile in (word, "1~3x8x8~" + word):
        opened = from_link(hostile)
        assert opened.stack is not None or opened.dropped


@pytest.mark.parametrize(("text", "value"), [("3", 3), ("(3, 5)", (3, 5)), (" 3,5 ", (3, 5)), ("same", "same"), ("-1", -1)])
def test_typed_values_are_read(text, value):
    assert parse_literal(text, "x") == value


@pytest.mark.parametrize("text", ["", "(", "f(1)", "1 if 2 else 3", "1e999", "...", "'a' * 9"])
def test_typed_nonsense_is_refused(text):
    with pytest.raises(BlocklensError):
        parse_literal(text, "x")
