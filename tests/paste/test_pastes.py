"""Pastes from forums, exactly as they are, and our own in the same state: each gives its known facts."""

# ruff: noqa: E501 - pastes are long lines

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from explainer.paste.explain import trusted
from explainer.paste.repair import repair
from explainer.paste.result import Input, PasteResult, Request
from explainer.paste.run import run_paste
from explainer.report import report

_FOLDER = next((up / "shared" / "pastes" for up in Path(__file__).parents[3:] if (up / "shared" / "pastes").exists()), Path("-"))
_TABLE = "architecture_table.txt"
_run = trusted("blocks.stand_ins")

_SPACED = (
    "expansion = 2 def __init__(self, inp, oup, stride=1): super(Narrow, self).__init__() self.reduce = nn.Conv2d(inp, oup, 1, "
    "stride=stride, bias=False) # cheap self.norm = nn.BatchNorm2d(oup) self.widen = nn.Conv2d(oup, oup * self.expansion, 3, "
    "padding=1) def forward(self, x): out = F.relu(self.norm(self.reduce(x))) return self.widen(out)"
)
_GLUED = (
    "import torchimport torch.nn as nnclass Gate(nn.Module):def __init__(self, width, ratio=4):super().__init__()"
    "# 先压缩self.down = nn.Conv2d(width, width // ratio, 1)# 再还原self.up = nn.Conv2d(width // ratio, width, 1)"
    "self.seq = nn.Sequential(nn.AdaptiveAvgPool2d(1), # 全局平均self.down,nn.ReLU(),self.up,nn.Sigmoid())"
    "def forward(self, x):gate = self.seq(x)# [N, C, 1, 1]return x*gateif __name__ == '__main__':n = 6block = Gate(width=n, ratio=2)"
    "x = torch.randn(5, n, 9, 9)print(block(x).shape)"
)
_FLAT = """class Down(nn.Module):
def __init__(self, a, b, stride=2):
super().__init__()
self.conv = nn.Conv2d(a, b, 3, stride, 1)
self.skip = nn.Identity()
if stride != 1 or a != b:
self.skip = nn.Sequential(
nn.Conv2d(a, b, 1, stride),
nn.BatchNorm2d(b)
)
def forward(self, x):
out = self.conv(x)
out += self.skip(x)
return torch.relu(out)"""
_SCRIPT = "import torch import torch.nn as nn# 数据 x = torch.randn(4, 8, 6, 6) # [N, C, H, W]# 两层 a = nn.AvgPool2d(2) y = a(x)print(y.shape)"


def _explain(text: str, arguments: dict[str, str] | None = None, shape: tuple[int, ...] = (), target: str = "") -> PasteResult:
    inputs = (Input(shape),) if shape else ()
    return _run(Request(text, target, tuple((arguments or {}).items()), inputs, follow_demo=not inputs))


OURS: dict[str, tuple[str, dict[str, str], tuple[int, ...], dict[str, Any]]] = {
    # 8*4 + 2*4 + 4*8*9 + 8
    "no line breaks, no class line": (_SPACED, {"inp": "8", "oup": "4"}, (1, 8, 6, 6), {"name": "Narrow", "param_count": 336, "outputs": [[1, 8, 6, 6]]}),
    # 6*3 + 3 + 3*6 + 6, arguments and input from its own demo
    "nothing in the place of line breaks": (_GLUED, {}, (), {"name": "Gate", "param_count": 45, "inputs": [[5, 6, 9, 9]]}),
    # 3*5*9 + 5 + 3*5 + 5 + 2*5
    "no indentation": (_FLAT, {"a": "3", "b": "5"}, (1, 3, 8, 8), {"name": "Down", "param_count": 170, "outputs": [[1, 5, 4, 4]]}),
    "a script in one line": (_SCRIPT, {}, (), {"variables": {"x": [4, 8, 6, 6], "y": [4, 8, 3, 3]}}),
    # 2*3*25 + 3; floor((20 - 5) / 2) + 1 = 8
    "a layer and a size": ("self.c = torch.nn.Conv2d(2, 3, 5, stride=2) 20x20", {}, (), {"param_count": 153, "outputs": [[1, 3, 8, 8]]}),
}  # fmt: skip


@pytest.mark.parametrize("name", OURS)
def test_damaged_code_of_our_own(name: str) -> None:
    text, arguments, shape, wanted = OURS[name]
    found = report(_explain(text, arguments, shape), "")
    assert {key: found[key] for key in wanted} == wanted


def test_a_factory_makes_what_its_inner_function_makes() -> None:
    text = (
        "def WithNorm(conv, eps=0.1): def make(c_in, c_out, **kwargs): return nn.Sequential(conv(c_in, c_out, **kwargs), "
        "nn.BatchNorm2d(c_out, eps=eps)) make.__name__ = 'WithNorm' return make"
    )
    given = {"conv": "nn.Conv2d", "c_in": "4", "c_out": "6", "kernel_size": "3"}
    found = report(_explain(text, given, (1, 4, 8, 8)), "")
    assert found["outputs"] == [[1, 6, 6, 6]]
    assert found["param_count"] == 4 * 6 * 9 + 6 + 12


def test_what_a_layer_behind_a_factory_needs_is_proposed() -> None:
    text = "def Make(conv):\n    def make(c_in, c_out, **kwargs):\n        return nn.Sequential(conv(c_in, c_out, **kwargs))\n    return make\n"
    assert report(_explain(text), "")["arguments"]["kernel_size"] == 3


def test_the_first_reading_that_runs_is_taken() -> None:
    """The likeliest reading of where the loop ends leaves ``y`` unbound; it is tried, and given up."""
    result = _explain(_FLAT, {"a": "3", "b": "5"}, (1, 3, 8, 8))
    assert result.works
    assert len(result.alternatives) == result.readings or result.readings == 1


def _cases() -> list[tuple[str, dict[str, Any]]]:
    path = _FOLDER / "expected.json"
    if not path.exists():
        return []
    facts = json.loads(path.read_text(encoding="utf-8"))
    return [(name, case) for name, paste in facts.items() if name != _TABLE for case in paste["cases"]]


def _named(case: tuple[str, dict[str, Any]]) -> str:
    return f"{case[0]} {case[1].get('arguments', '')}"


@pytest.mark.skipif(not _cases(), reason="the shared pastes are not here")
@pytest.mark.parametrize("case", _cases(), ids=_named)
def test_shared_paste(case: tuple[str, dict[str, Any]]) -> None:
    name, wanted = case
    text = (_FOLDER / name).read_text(encoding="utf-8")
    given = {key: value if isinstance(value, str) else repr(value) for key, value in wanted.get("arguments", {}).items()}
    given |= {key: repr(value) for key, value in wanted.get("then", {}).items()}
    target = wanted.get("class") or wanted.get("factory") or ""
    found = report(_explain(text, given, tuple(wanted.get("input", ())), target), "")
    for key in ("param_count", "macs", "variables"):
        if key in wanted:
            assert found[key] == wanted[key]
    if "output" in wanted:
        assert found["outputs"] == [wanted["output"]]
    if "operands" in wanted:
        assert found["diagnosis"]["operands"] == wanted["operands"]
    if "gate" in wanted:
        assert wanted["gate"] in [{"kind": gate["kind"], "shape": gate["shape"]} for gate in found["gates"]]


@pytest.mark.skipif(not _cases(), reason="the shared pastes are not here")
def test_shared_pastes_tell_by_themselves_what_their_demo_shows() -> None:
    for name, shape, arguments in (
        ("channel_attention.txt", (2, 3, 64, 64), {"in_channels": "3", "reduction_ratio": "16"}),
        ("se_attention.txt", (50, 512, 7, 7), {"channel": "512", "reduction": "8"}),
    ):
        result = _explain((_FOLDER / name).read_text(encoding="utf-8"))
        assert [given.shape for given in result.inputs] == [shape]
        assert {p.name: p.value for p in result.parameters} == arguments


def test_what_a_demo_gives_is_not_replaced_by_an_input_that_works() -> None:
    code = (
        "class Words(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.rows = nn.Embedding(9, 4)\n"
    )
    code += "    def forward(self, x):\n        return self.rows(x)\n"
    assert run_paste(Request(code)).works
    asked = run_paste(Request(f"{code}\ny = Words()(torch.randn(2, 3))"))
    assert not asked.works
    assert asked.inputs == (Input((2, 3), "float32", "x"),)
    assert "1×" not in str(asked.fixes[0].message)


def test_an_input_that_is_typed_keeps_the_name_that_the_forward_gives_it() -> None:
    code = "class Sum(nn.Module):\n    def forward(self, left, right):\n        return left + right\n"
    typed = (Input((1, 3, 8, 8)), Input((1, 3, 8, 8)))
    assert [given.name for given in run_paste(Request(code, inputs=typed)).inputs] == ["left", "right"]


@pytest.mark.skipif(not _cases(), reason="the shared pastes are not here")
def test_the_table_is_left_alone() -> None:
    text = (_FOLDER / _TABLE).read_text(encoding="utf-8")
    assert repair(text).source == text
