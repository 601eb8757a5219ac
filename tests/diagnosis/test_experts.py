"""Modules as students break them: the true reason is named, and the first fix is the one that an expert would make."""

from __future__ import annotations

import re

import pytest

from explainer.diagnosis import diagnose
from explainer.language import say
from explainer.paste.result import PasteResult, Request
from explainer.paste.run import run_paste
from explainer.render.findings_text import fix_words
from tests.diagnosis.cases import module

# rule, source, the script behind it, what the reason says, the first fix, what stands in its source
BROKEN = {
    "channels of a norm in axis 1": (
        "norm_channels", module("return self.norm(self.conv(x))", "self.conv = nn.Conv2d(3, 8, 3)", "self.norm = nn.LayerNorm(8)"),
        "M()(torch.randn(1, 3, 6, 6))", "the 8 channels stand in axis 1",
        "Turn the channels to the last axis for norm, and back behind it.", "self.norm(self.conv(x).movedim(1, -1)).movedim(-1, 1)",
    ),
    "features of a linear layer in axis 1": (
        "features_axis", module("return self.fc(x.flatten(2))", "self.fc = nn.Linear(8, 5)"), "M()(torch.randn(2, 8, 7, 7))",
        "here the 8 stand in axis 1", "Move the channels to the last axis first.", "self.fc(x.flatten(2).transpose(1, 2))",
    ),
    "channels of a convolution behind an embedding": (
        "channels_last", module("return self.conv(self.emb(x))", "self.emb = nn.Embedding(50, 24)", "self.conv = nn.Conv1d(24, 8, 3)"),
        "M()(torch.randint(0, 50, (2, 12)))", "laid out (batch, length, channels)",
        "Move the channels to axis 1 first.", "self.conv(self.emb(x).transpose(1, 2))",
    ),
    "resized by a factor": (
        "broadcast",
        module("up = F.interpolate(self.a(y), scale_factor=2)\nreturn self.b(x) + up", "self.a = nn.Conv2d(4, 8, 1)", "self.b = nn.Conv2d(2, 8, 1)").replace("(self, x)", "(self, x, y)"),
        "M()(torch.randn(1, 2, 25, 25), torch.randn(1, 4, 13, 13))", "every pair of sizes must be equal",
        "Resize up to the size of self.b(x).", "F.interpolate(up, size=self.b(x).shape[2:])",
    ),
    "channels of a pixel shuffle": (
        "groups", module("return self.ps(self.conv(x))", "self.conv = nn.Conv2d(3, 10, 3)", "self.ps = nn.PixelShuffle(2)"),
        "M()(torch.randn(1, 3, 8, 8))", "so many channels become a square of positions",
        "Give conv out_channels=12.", "nn.Conv2d(3, 12, 3)",
    ),
    "layers in a list": (
        "layers_in_list", module("return self.a(x)", "self.a = nn.Sequential([nn.Linear(4, 8), nn.ReLU()])"), "M()(torch.randn(2, 4))",
        "nn.Sequential(*layers)", "Put a star in front of the list.", "nn.Sequential(*[nn.Linear(4, 8), nn.ReLU()])",
    ),
    "a state of too few layers": (
        "state_size", module("h = torch.zeros(1, x.size(0), 16)\nreturn self.a(x, h)[0]", "self.a = nn.GRU(8, 16, num_layers=2, batch_first=True)"),
        "M()(torch.randn(3, 5, 8))", "(layers × directions, batch, hidden_size)",
        "Line: 2 in the place of 1.", "torch.zeros(2, x.size(0), 16)",
    ),
    "a layer given back": (
        "module_given", module("return nn.ReLU(self.a(x))", "self.a = nn.Linear(4, 4)"), "M()(torch.randn(2, 4))",
        "only calling the layer runs it", "Build the layer, then call it: ReLU()(…).", "nn.ReLU()(self.a(x))",
    ),
    "heads": (
        "groups", module("return self.a(x, x, x)[0]", "self.a = nn.MultiheadAttention(18, 4)"), "M()(torch.randn(2, 3, 18))",
        "for every head gets equally many", "Use num_heads=3.", "nn.MultiheadAttention(18, 3)",
    ),
}  # fmt: skip


def run(source: str, script: str) -> PasteResult:
    return run_paste(
        Request(
            f"import torch\nfrom torch import nn\nimport torch.nn.functional as F\n{source}\nm = {script.replace('M()(', 'M()' + chr(10) + 'm(', 1)}\n"
        )
    )


@pytest.mark.parametrize("name", BROKEN)
def test_the_reason_and_the_first_fix(name: str) -> None:
    rule, source, script, reason, fix, text = BROKEN[name]
    result = run(source, script)
    found = diagnose(result)
    assert found is not None
    assert found.rule == rule
    assert reason in " ".join(map(str, (*found.got, *found.reason, *found.story)))
    first = found.fixes[0]
    assert re.sub(r"^Line \d+", "Line", str(first.message)) == fix
    assert text in (first.source or "")
    again = run_paste(Request(first.source or ""))
    assert again.works
    assert diagnose(again) is None
    assert all(say(part, "zh") != str(part) for part in found.reason)


def test_a_typo_is_mended_where_it_stands_and_not_where_the_layer_is_built() -> None:
    found = run(module("return self.rleu(x)", "self.relu = nn.ReLU()"), "M()(torch.randn(2, 4))").fixes
    assert [str(fix.message) for fix in found] == ["Write relu in the place of rleu."]


def test_no_window_of_nothing_is_offered() -> None:
    source, script = BROKEN["resized by a factor"][1:3]
    assert all(
        "Conv2d(4, 8, 0)" not in (fix.source or "") and "Conv2d(2, 8, 0)" not in (fix.source or "")
        for fix in run(source, script).fixes
    )


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_fix_of_two_changes_names_both(lang: str) -> None:
    layers = ("self.a = nn.Linear(8, 16)", "self.b = nn.Linear(12, 10)", "self.c = nn.Linear(20, 4)")
    (fix,) = run(module("return self.c(self.b(self.a(x)))", *layers), "M()(torch.randn(2, 8))").fixes
    words = {"en": "Give b in_features=16. Give c in_features=10.", "zh": "给 b 设 in_features=16。给 c 设 in_features=10。"}
    assert fix_words(fix, lang) == words[lang]
    assert "nn.Linear(16, 10)" in fix.diff
    assert "nn.Linear(10, 4)" in fix.diff
