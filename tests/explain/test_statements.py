"""Lines on which no layer runs: what is told of them is what this run did, and nothing is told where that is not certain."""

from __future__ import annotations

import ast

import pytest
import torch
from torch import nn

from explainer.explain import explain
from explainer.explain.knowing import UNKNOWN, Knowledge
from explainer.language import LANGUAGES, say
from explainer.paste.result import Request
from explainer.paste.run import run_paste
from explainer.trace import trace


class Kept(nn.Module):
    """Keeps plain values, and some that are not."""

    def __init__(self) -> None:
        super().__init__()
        self.k, self.rates, self.mode, self.none, self.scale, self.flag = 3, [1, 2], "same", None, 0.5, True
        self.long, self.huge, self.table, self.nan, self.tensor = "x" * 99, 1 << 60, {"a": 1}, float("nan"), torch.zeros(1)
        self.layer = nn.Linear(2, 2)

    def forward(self) -> torch.Tensor:
        return self.layer(torch.zeros(1, 2))


HEAD = "import torch\nfrom torch import nn\n"
BLOCK = """
def double(x):
    return x * 2


class Block(nn.Module):
    def __init__(self, c=8, k=3, rates=(1, 2), last=None):
        super().__init__()
        assert k % 2 == 1, f"odd, not {k}"
        self.c = c
        self.k = k
        self.width = c
        self.width = c * 2
        self.last = last
        self.same = k == 3 and c == 8
        self.convs = nn.ModuleList()
        for r in rates:
            self.convs.append(nn.Conv2d(c, c, k, padding=r, dilation=r))
        self.head = nn.Sequential(
            nn.Conv2d(c, 4, 1), nn.ReLU(),
            nn.Conv2d(4, c, 1))
        self.register_buffer("mean", torch.zeros(c))

    def forward(self, x, mask=None):
        identity = x
        b, c, h, w = x.shape
        n = h * w - 1
        size = x.size()[2:]
        count = x.size(1)
        outs = []
        for conv in self.convs:
            outs.append(conv(x))
        both = [outs[0], x]
        if self.training:
            x = x + 1
        if mask is not None:
            x = x * mask
        if self.same:
            x = self.head(x)
        else:
            x = x - 1
        for i in range(self.k):
            if i == 0:
                y = x
            else:
                y = double(y)
        if n > 9999:
            return identity
        return identity + y + sum(outs)
"""
TOLD = {
    'assert k % 2 == 1, f"odd, not {k}"': "Checks that “k % 2 == 1” is true; here it is.",
    "self.c = c": "Keeps c = 8.",
    "self.k = k": "Keeps k = 3.",
    "self.same = k == 3 and c == 8": "Keeps same = True.",
    "self.last = last": "Keeps last = None.",
    "self.convs.append(nn.Conv2d(c, c, k, padding=r, dilation=r))": "Fills convs: 2 modules (Conv2d).",
    "nn.Conv2d(c, 4, 1), nn.ReLU(),": "Builds head[0]: Conv2d 1×1, 8→4, 36 parameters. Builds head[1]: ReLU, no parameters.",
    "nn.Conv2d(4, c, 1))": "Builds head[2]: Conv2d 1×1, 4→8, 40 parameters.",
    'self.register_buffer("mean", torch.zeros(c))': "A tensor of its own, mean: (8,), kept but not trained.",
    "identity = x": "identity is a second name for x; nothing is copied.",
    "b, c, h, w = x.shape": "b = 2, c = 8, h = 6, w = 5: from the shape of x, (2, 8, 6, 5).",
    "n = h * w - 1": "n = 29.",
    "size = x.size()[2:]": "size = (6, 5): from the shape of x, (2, 8, 6, 5).",
    "count = x.size(1)": "count = 8: from the shape of x, (2, 8, 6, 5).",
    "outs = []": "An empty list, outs.",
    "for conv in self.convs:": "Goes through convs, which holds 2 modules.",
    "both = [outs[0], x]": "A list, both, that holds outs[0], x.",
    "if self.training:": "“self.training” is false here, as it is after eval(): its lines are left out.",
    "if mask is not None:": "“mask is not None” is false here: its lines are left out.",
    "if self.same:": "“self.same” is true here: its lines run.",
    "for i in range(self.k):": "Runs 3 times: i = 0, 1, 2.",
    "if n > 9999:": "“n > 9999” is false here: its lines are left out.",
}
UNTOLD = ("x = x + 1", "x = x * mask", "x = x - 1", "if i == 0:", "return identity", "self.width = c", "self.width = c * 2")


def told(source: str) -> dict[str, str]:
    """The notes of a paste by the code of their lines."""
    result = run_paste(Request(source, want_fixes=False))
    assert result.trace is not None
    lines = result.source.splitlines()
    return {lines[n.line - 1].strip(): " ".join(map(str, n.text)) for n in explain(result.trace, result.source).lines}


@pytest.fixture(scope="module")
def notes() -> dict[str, str]:
    return told(f"{HEAD}{BLOCK}\nblock = Block()\nblock(torch.randn(2, 8, 6, 5))\n")


@pytest.mark.parametrize("line", TOLD)
def test_what_is_told(notes: dict[str, str], line: str) -> None:
    assert notes[line] == TOLD[line]


@pytest.mark.parametrize("line", UNTOLD)
def test_what_did_not_run_or_is_not_certain_is_not_told(notes: dict[str, str], line: str) -> None:
    assert line not in notes


def test_own_functions_lists_and_the_way_out(notes: dict[str, str]) -> None:
    assert notes["outs.append(conv(x))"].endswith("Puts conv(x) at the end of the list outs.")
    assert notes["return identity + y + sum(outs)"].endswith("Gives back (2, 8, 6, 5).")
    assert notes["self.convs = nn.ModuleList()"] == "Builds convs: a ModuleList that holds 2 modules (Conv2d), 1,168 parameters."


def test_a_branch_that_returns_ends_the_forward() -> None:
    body = "        if self.flag:\n            return self.a(x)\n        z = x.shape[1]\n        return x\n"
    made = "        super().__init__()\n        self.flag = flag\n        self.a = nn.Linear(4, 2)\n"
    source = "class A(nn.Module):\n    def __init__(self, flag={}):\n{}    def forward(self, x):\n{}"
    first = told(HEAD + source.format(True, made, body))
    assert first["return self.a(x)"].endswith("Gives back (1, 2).")
    assert "z = x.shape[1]" not in first
    second = told(HEAD + source.format(False, made, body))
    assert second["if self.flag:"] == "“self.flag” is false here: its lines are left out."
    assert second["z = x.shape[1]"] == "z = 4: from the shape of x, (1, 4)."


def test_what_the_forward_changes_is_not_taken_for_known() -> None:
    source = (
        "class A(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.step = 0\n        self.a = nn.Linear(4, 4)\n"
        "    def forward(self, x):\n        self.step = self.step + 1\n        if self.step > 0:\n            x = self.a(x)\n        return x\n"
    )
    notes = told(HEAD + source)
    assert "self.step = 0" not in notes
    assert notes["if self.step > 0:"] == "“self.step > 0” is true here: its lines run."  # by what ran, not by the 0 above


def test_a_failed_forward_is_told_up_to_the_line_where_it_stops() -> None:
    source = (
        "class A(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.a = nn.Linear(4, 3)\n"
        "    def forward(self, x):\n        b = x.shape[0]\n        y = self.a(x) + x\n        keep = y\n        return keep\n"
    )
    notes = told(f"{HEAD}{source}\na = A()\na(torch.randn(2, 4))\n")
    assert notes["b = x.shape[0]"] == "b = 2: from the shape of x, (2, 4)."
    assert "keep = y" not in notes
    assert "return keep" not in notes


def test_a_call_that_runs_nothing_stands_where_it_is_made() -> None:
    source = (
        "class Pass(nn.Module):\n    def forward(self, x):\n        return x\n"
        "class A(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.a = nn.Linear(4, 4)\n        self.p = Pass()\n"
        "    def forward(self, x):\n        return x + self.p(self.a(x))\n"
    )
    text = told(f"{HEAD}{source}\na = A()\na(torch.randn(2, 4))\n")["return x + self.p(self.a(x))"]
    assert text.index("a: (2, 4)") < text.index("p (Pass)") < text.index("Adds what went around")


def test_every_kind_of_note_is_said_in_chinese(notes: dict[str, str]) -> None:
    result = run_paste(Request(HEAD + BLOCK, want_fixes=False))
    assert result.trace is not None
    for note in explain(result.trace, result.source).lines:
        for text in note.text:
            assert say(text, "zh") != say(text, "en"), str(text)
    assert set(LANGUAGES) == {"en", "zh"}


@pytest.mark.parametrize(
    "text",
    ["9 ** 9 ** 9", "'a' * 10 ** 9", "(1,) * 10 ** 9", "1 / 0", "x", "open('/etc/passwd')", "self.__class__", "().__class__.__bases__",
     "[y for y in range(9)]", "2 ** 64 ** 64", "range(10 ** 12)", "-(2 ** 60)", "(1)[5]", "max()", "self.layers[0]"],
)  # fmt: skip
def test_a_strangers_expression_is_worth_nothing_or_something_small(text: str) -> None:
    assert Knowledge({"k": 3}).value(ast.parse(text, mode="eval").body) is UNKNOWN


def test_settings_are_plain_and_of_the_modules_own_class() -> None:
    found = trace(Kept())
    assert dict(found.modules[0].settings) == {"k": 3, "rates": (1, 2), "mode": "same", "none": None, "scale": 0.5, "flag": True}
    assert all(module.settings == () for module in found.modules if module.builtin)
