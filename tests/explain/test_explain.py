"""Explanations: the idioms told apart by their dataflow, the lines with this run's shapes, nothing that the trace does not show."""

from __future__ import annotations

import json
import re

import pytest

from benchmarks.architectures import ARCHITECTURES
from explainer.asked import parse_input
from explainer.codec import from_json, to_json
from explainer.explain import explain
from explainer.listing import annotated
from explainer.paste.result import PasteResult, Request
from explainer.paste.run import run_paste
from explainer.render.findings_text import explanation_text, joined, line_texts
from explainer.trace import trace
from explainer.types import Explanation
from tests.diagnosis.cases import module
from tests.diagnosis.healthy import HEALTHY
from tests.modules import CASES


def result_of(source: str, *inputs: str) -> PasteResult:
    return run_paste(Request(source, inputs=tuple(parse_input(text) for text in inputs)))


def explained(source: str, *inputs: str) -> Explanation:
    result = result_of(source, *inputs)
    assert result.trace is not None
    return explain(result.trace, result.source)


FIRST = {
    "basic": "A residual block: the main path (Conv2d 3×3 (stride 2), Conv2d 3×3) and a 1×1 shortcut that matches 32 to 64 channels are added.",
    "bottleneck": "A bottleneck block: 256 channels are narrowed to 64 for the 3×3 convolution and widened to 256, then added to the shortcut.",
    "excite": "Squeeze and excitation: every channel of (2, 64, 14, 14) is averaged to one number, and from those numbers comes a weight for each channel.",
    "spatial": "A spatial gate: weights (2, 1, 14, 14) multiply every position of (2, 64, 14, 14), alike in all channels.",
    "classifier": "Layers with weights, in the order in which they first run: 2 × Conv2d 3×3, Linear 2048→120, Linear 120→10.",
    "separable": "A depthwise separable convolution: Conv2d 3×3 (depthwise) sees each channel by itself, Conv2d 1×1 mixes 32 channels into 64.",
    "inverted": "An inverted residual: 24 channels are widened to 96, a depthwise 3×3 convolution sees each by itself, and they are narrowed to 24 and added to the input.",
    "dense": "Dense connections: in 2 places new maps are joined to those they were computed from, up to (1, 64, 28, 28).",
    "inception": "Parallel branches: 4 ways are computed side by side and joined to (1, 96, 28, 28).",
    "attention": "Attention: each of 10 positions weighs 10 positions by weights of shape (2, 4, 10, 10) and sums them.",
    "unet": "Maps from before a smaller scale are joined to those that come back from it.",
}  # fmt: skip


@pytest.mark.parametrize("key", FIRST)
def test_what_it_is(key: str) -> None:
    found = explained(HEALTHY[key].source, *HEALTHY[key].inputs)
    assert str(found.summary[0]) == FIRST[key]
    assert len(found.summary) == 3


def test_the_mean_of_a_window_as_large_as_the_map_is_a_squeeze() -> None:
    gate = "return x * torch.sigmoid(self.b(self.a(F.avg_pool2d(x, x.shape[2:]))))"
    found = explained(module(gate, "self.a = nn.Conv2d(8, 2, 1)", "self.b = nn.Conv2d(2, 8, 1)"), "1x8x4x4")
    assert str(found.summary[0]).startswith("Squeeze and excitation")


UNTOLD = {
    "a mixture is no residual": (module("z = torch.sigmoid(self.a(x))\nreturn z * self.b(x) + (1 - z) * x", "self.a = nn.Linear(8, 8)", "self.b = nn.Linear(8, 8)"), ("3x8",), "residual"),
    "an activation is no gate": (module("return x * torch.sigmoid(x)"), ("3x8",), "gate"),
    "largest numbers are no squeeze": (
        module("return x * torch.sigmoid(self.b(self.a(x.amax((2, 3), keepdim=True))))", "self.a = nn.Conv2d(8, 2, 1)", "self.b = nn.Conv2d(2, 8, 1)"),
        ("1x8x4x4",),
        "Squeeze",
    ),
    "nothing comes through a hidden layer of width 0": (
        module("return x * torch.sigmoid(self.b(self.a(x.mean((2, 3)))))[:, :, None, None]", "self.a = nn.Linear(8, 0)", "self.b = nn.Linear(0, 8)"),
        ("1x8x4x4",),
        "Squeeze",
    ),
    "a window that is not the whole map is no squeeze": (
        module("return x * torch.sigmoid(self.b(self.a(F.avg_pool2d(x, 3))))", "self.a = nn.Conv2d(8, 2, 1)", "self.b = nn.Conv2d(2, 8, 1)"),
        ("1x8x4x4",),
        "Squeeze",
    ),
    "a bias is no residual": (module("return self.a(x) + self.b", "self.a = nn.Linear(8, 8)", "self.b = nn.Parameter(torch.ones(8))"), ("3x8",), "residual"),
    "two inputs are no shortcut": (
        module("return self.a(x) + self.b(y)", "self.a = nn.Linear(8, 8)", "self.b = nn.Sequential(nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 8))").replace("(self, x)", "(self, x, y)"),
        ("3x8", "3x8"),
        "residual",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", UNTOLD)
def test_what_is_not_said(name: str) -> None:
    source, inputs, word = UNTOLD[name]
    found = explained(source, *inputs)
    assert word not in " ".join(str(sentence) for sentence in found.summary[:2])


def test_the_lines_of_a_block() -> None:
    found = explained(HEALTHY["basic"].source, *HEALTHY["basic"].inputs)
    told = line_texts(found, "en")
    lines = HEALTHY["basic"].source.splitlines()
    by_code = {lines[number - 1].strip(): text for number, text in told.items()}
    assert by_code["super().__init__()"] == "Starts nn.Module, which keeps the list of layers and parameters."
    assert (
        by_code["self.shortcut = nn.Sequential("] == "Builds shortcut: 2 layers in a row (Conv2d, BatchNorm2d), 2,176 parameters."
    )
    assert "self.shortcut = nn.Sequential()" not in by_code
    assert by_code["out = F.relu(self.bn1(self.conv1(x)))"].startswith(
        "conv1 (Conv2d 3×3, stride 2): turns 32 channels into 64: (1, 32, 56, 56) → (1, 64, 28, 28); ⌊(56 + 2·1 − 3) / 2⌋ + 1 = 28."
    )
    assert by_code["out = out + self.shortcut(x)"].endswith(
        "Adds the shortcut to the main path, number by number: both are (1, 64, 28, 28)."
    )
    assert by_code["return F.relu(out)"].endswith("Gives back (1, 64, 28, 28).")


def test_a_class_used_twice_is_told_by_its_first_run() -> None:
    found = explained(HEALTHY["helpers"].source, *HEALTHY["helpers"].inputs)
    text = explanation_text(found, "en")
    assert "This class is used for 2 modules; the numbers below are those of the first." in text
    assert "This line runs 2 times; these are the shapes of the first." in text


def test_in_chinese() -> None:
    found = explained(HEALTHY["excite"].source, *HEALTHY["excite"].inputs)
    assert (
        joined(found.summary[:1], "zh") == "压缩与激励：(2, 64, 14, 14) 的每个通道先平均成一个数，再由这些数得到每个通道的权重。"
    )
    assert "global average pool" not in joined(found.summary, "zh")


def test_a_failed_forward_is_explained_up_to_there() -> None:
    found = explained(module("y = self.a(x)\nreturn y @ y", "self.a = nn.Linear(8, 4)"), "3x8")
    assert [str(sentence) for sentence in found.summary] == [
        "M runs 1 operations and then stops; what follows is explained up to there."
    ]
    assert (
        "a: (3, 8) → (3, 4). Along the last axis every 8 numbers become 4; each of these is a weighted sum of all 8."
        in explanation_text(found, "en")
    )


@pytest.mark.parametrize("name", CASES)
def test_every_idiom_of_the_corpus_is_told_and_travels(name: str) -> None:
    inputs, named = CASES[name].arguments("meta")
    found = explain(trace(CASES[name].build(), *inputs, **named))
    assert len(found.summary) == 3
    assert all("{" not in joined(found.summary, lang) for lang in ("en", "zh"))
    assert from_json(Explanation, json.loads(json.dumps(to_json(found)))) == found


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_whole_networks_are_told_with_their_own_numbers(name: str) -> None:
    architecture = ARCHITECTURES[name]
    found = explain(trace(architecture.build(), *architecture.inputs("meta")))
    if architecture.param_count is not None:
        assert f"{architecture.param_count:,} parameters" in str(found.summary[2])


FORMULA = re.compile(r"⌊\((\d+) \+ 2·(\d+) − (\d+)\) / (\d+)⌋ \+ 1 = (\d+)")


@pytest.mark.parametrize("key", HEALTHY)
def test_every_formula_is_right(key: str) -> None:
    text = explanation_text(explained(HEALTHY[key].source, *HEALTHY[key].inputs), "en")
    for size, padding, window, stride, made in (map(int, found) for found in FORMULA.findall(text)):
        assert (size + 2 * padding - window) // stride + 1 == made


def test_the_source_with_its_shapes_to_copy() -> None:
    result = result_of(HEALTHY["excite"].source, *HEALTHY["excite"].inputs)
    assert result.trace is not None
    text = annotated(result.source, result.trace)
    assert "        y = self.pool(x).view(b, c)  # (2, 64)\n" in text
    assert text.endswith("        return x * y  # (2, 64, 14, 14)\n")
    plain = re.sub(r"  # \([\d, ]+\)$", "", text, flags=re.MULTILINE)
    assert plain == result.source
    assert annotated(text, result.trace) == text


def test_a_tensor_that_is_not_trained_is_not_called_trained() -> None:
    source = (
        "class A(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
        "        self.a = nn.Parameter(torch.ones(3), requires_grad=False)\n        self.b = nn.Parameter(torch.ones(3))\n"
        "    def forward(self, x):\n        return x + self.a.sum() + self.b.sum()\n"
    )
    result = run_paste(Request(source))
    assert result.trace is not None
    said = {note.line: " ".join(map(str, note.text)) for note in explain(result.trace, result.source).lines}
    assert said[4] == "A tensor of its own, a: (3,), kept but not trained."
    assert said[5] == "A tensor of its own, b: (3,), trained with the rest."


TOLD = {
    "groups": (
        module("return self.a(x)", "self.a = nn.Conv2d(6, 4, 1, groups=2)"), "1x6x5x5",
        "a (Conv2d 1×1, 2 groups): turns 6 channels into 4, in 2 groups that do not mix, so that each output reads 3 channels: ",
    ),
    "groups the other way": (
        module("return self.a(x)", "self.a = nn.ConvTranspose2d(6, 4, 2, 2, groups=2)"), "1x6x5x5",
        "turns 6 channels into 4, in 2 groups that do not mix, and spreads every position over a window",
    ),
    "rounded up": (
        module("return F.max_pool2d(x, 3, 2, ceil_mode=True)"), "1x6x10x10", "⌈(10 + 2·0 − 3) / 2⌉ + 1 = 5",
    ),
    "largest of regions": (
        module("return self.a(x)", "self.a = nn.AdaptiveMaxPool2d(3)"), "1x6x7x7",
        "a: cuts every channel into 3×3 regions and keeps the largest number of each: (1, 6, 7, 7) → (1, 6, 3, 3).",
    ),
    "two on one line": (
        module("return self.a(x) + self.b(x)", "self.a, self.b = nn.Linear(8, 8), nn.Linear(8, 8)"), "2x8",
        "Builds a: Linear 8→8, 72 parameters. Builds b: Linear 8→8, 72 parameters.",
    ),
    "a layer that makes its state first": (
        module("return self.a(x)[0]", "self.a = nn.LSTM(8, 5, batch_first=True)"), "2x4x8",
        "The sequence is read step by step, with a state of 5 numbers that is kept; layers: 1.",
    ),
    "a layer that makes its weight first": (
        module("return self.a(x)", "self.a = nn.utils.parametrizations.weight_norm(nn.Conv1d(4, 4, 3))"), "2x4x9",
        "a (Conv1d 3): turns 4 channels into 4: (2, 4, 9) → (2, 4, 7); ⌊(9 + 2·0 − 3) / 1⌋ + 1 = 7.",
    ),
    "attention in one call": (
        module("return self.a(x, x, x)[0]", "self.a = nn.MultiheadAttention(8, 2, batch_first=True)"), "2x4x8",
        "a (MultiheadAttention): (2, 4, 8), (2, 4, 8), (2, 4, 8) → (2, 4, 8), (2, 4, 4). Every position gathers the values of all positions, weighted by 4 × 4 × 4.",
    ),
    "a layer that is called twice": (
        module("return self.a(self.a(x))", "self.a = nn.Linear(8, 8)"), "2x8",
        "The most work is in a, Linear 8→8: 100% of the multiply-adds.",
    ),
    "as much work in two": (
        module("return self.b(self.a(x))", "self.a = nn.Linear(8, 8)", "self.b = nn.Linear(8, 8)"), "2x8",
        "The most work is in 2 places alike (a, b): 50% of the multiply-adds each.",
    ),
    "attention without a residual sum": (
        module("k = x.softmax(-1)\nreturn (x.softmax(-2).transpose(1, 2) @ x) @ (k @ x.transpose(1, 2))"), "2x4x4",
        "Attention in 2 places, one after the other or side by side.",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", TOLD)
def test_what_is_told_of(name: str) -> None:
    source, given, expected = TOLD[name]
    assert expected in explanation_text(explained(source, given), "en")


def test_what_takes_no_part_in_learning_makes_no_residual() -> None:
    found = explained(module("q = torch.relu(x)\nreturn x + (q - x).detach()"), "2x8")
    assert "residual" not in str(found.summary[0])
