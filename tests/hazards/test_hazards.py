"""Hazards: each found where it is, with its line; none in healthy modules; what is said of gradients is what torch does."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from benchmarks.architectures import ARCHITECTURES
from explainer.asked import parse_input
from explainer.codec import from_json, to_json
from explainer.hazards import RULES, find_hazards
from explainer.hazards.flow import READS_INPUT, READS_OUTPUT
from explainer.paste.result import Request
from explainer.paste.run import run_paste
from explainer.render.findings_text import hazards_text
from explainer.trace import trace
from explainer.types import Hazard
from tests.diagnosis.cases import module
from tests.diagnosis.healthy import HEALTHY
from tests.hazards.risky import RISKY, Risky
from tests.modules import CASES


def hazards_of(source: str, *inputs: str) -> tuple[Hazard, ...]:
    result = run_paste(Request(source, inputs=tuple(parse_input(text) for text in inputs)))
    assert result.works
    assert result.trace is not None
    return find_hazards(result.trace, result.source)


@pytest.mark.parametrize("case", RISKY, ids=[f"{number}-{case.rule}" for number, case in enumerate(RISKY)])
def test_it_is_found_with_its_line_and_nothing_else_is(case: Risky) -> None:
    found = hazards_of(case.source, *case.inputs)
    assert [(hazard.rule, hazard.line, str(hazard.message)) for hazard in found] == [(case.rule, case.line, case.said)]
    assert from_json(Hazard, to_json(found[0])) == found[0]
    assert str(found[0].why)
    assert str(found[0].advice)


def test_every_rule_has_its_case() -> None:
    assert len({case.rule for case in RISKY}) >= len(RULES)


def test_as_text_in_both_languages() -> None:
    case = next(case for case in RISKY if case.rule == "bias_before_norm")
    found = hazards_of(case.source, *case.inputs)
    assert hazards_text(found, "en") == (
        "Worth a look:\n- line 4: a has a bias, and bn behind it takes every channel's mean away."
        " The bias has no effect in training: 8 parameters for nothing. Write bias=False."
    )
    assert hazards_text(found, "zh") == (
        "值得留意：\n- 第 4 行：a 有偏置，而后面的 bn 会减去每个通道的均值。这个偏置在训练中不起作用：白白占用 8 个参数。写上 bias=False。"
    )


# Healthy modules

TRUE_OF = {"transposed": ["checkerboard"], "lazy": ["bias_before_norm"], "signal": ["bias_before_norm"]}


@pytest.mark.parametrize("key", HEALTHY)
def test_none_in_healthy_pastes(key: str) -> None:
    found = hazards_of(HEALTHY[key].source, *HEALTHY[key].inputs)
    assert [hazard.rule for hazard in found] == TRUE_OF.get(key, [])


@pytest.mark.parametrize("name", CASES)
def test_none_in_the_corpus_of_idioms(name: str) -> None:
    inputs, named = CASES[name].arguments("meta")
    found = find_hazards(trace(CASES[name].build(), *inputs, **named))
    assert [hazard.rule for hazard in found] == TRUE_OF.get(name, [])


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_none_in_whole_networks(name: str) -> None:
    architecture = ARCHITECTURES[name]
    assert find_hazards(trace(architecture.build(), *architecture.inputs("meta"))) == ()


NEAR: dict[str, tuple[str, tuple[str, ...]]] = {
    "a context for every channel": (module("return x + self.a(x.mean((2, 3), keepdim=True))", "self.a = nn.Conv2d(8, 8, 1)"), ("1x8x4x4",)),
    "value and advantages": (
        module("a = self.a(x)\nreturn self.v(x) + a - a.mean(1, keepdim=True)", "self.a = nn.Linear(8, 4)", "self.v = nn.Linear(8, 1)"),
        ("3x8",),
    ),
    "a norm by hand": (module("u = x.mean(1, keepdim=True)\nreturn (x - u) / (x - u).pow(2).mean(1, keepdim=True).sqrt()"), ("1x8x4x4",)),
    "two gates of their own": (
        module("x = x * torch.sigmoid(self.a(x))\nreturn x * torch.sigmoid(self.b(x))", "self.a = nn.Conv2d(8, 1, 1)", "self.b = nn.Conv2d(8, 8, 1)"),
        ("1x8x4x4",),
    ),
    "softmax over branches": (
        module("y = torch.stack([x, x.relu()])\nw = self.a(y.mean((3, 4))).softmax(0)\nreturn (y * w[..., None, None]).sum(0)", "self.a = nn.Linear(8, 8)"),
        ("2x8x4x4",),
    ),
    "attention with the keys on the right": (module("w = (x.transpose(1, 2) @ x).softmax(-1)\nreturn x @ w.transpose(1, 2)"), ("2x8x5",)),
    "a sum in place behind a norm": (
        module("y = self.bn(self.a(x))\ny += x\nreturn F.relu(y, inplace=True)", "self.a = nn.Conv2d(8, 8, 3, padding=1, bias=False)", "self.bn = nn.BatchNorm2d(8)"),
        ("1x8x4x4",),
    ),
    "an activation in place": (module("return F.relu(self.a(x), inplace=True)", "self.a = nn.Linear(8, 8)"), ("3x8",)),
    "for training only": (
        module("if self.training:\n    x = self.drop(x)\nreturn self.a(x)", "self.a = nn.Linear(8, 8)", "self.drop = nn.Dropout(0.1)"),
        ("3x8",),
    ),
    "an empty shortcut": (module("return self.a(x) + self.s(x)", "self.a = nn.Linear(8, 8)", "self.s = nn.Sequential()"), ("3x8",)),
    "weights that another op reads": (module("return F.linear(x, self.a.weight)", "self.a = nn.Linear(8, 4)"), ("3x8",)),
    "a norm for two inputs of one module": (
        "class Part(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.bn = nn.BatchNorm1d(8)\n\n    def forward(self, x):\n"
        "        return self.bn(x)\n\n\n" + module("return self.part(x) - self.part(x * 2)", "self.part = Part()"),
        ("3x8",),
    ),
    "a stride that fits": (module("return self.a(x)", "self.a = nn.Conv2d(8, 8, 2, 2)"), ("1x8x6x6",)),
    "a 1×1 stride": (module("return self.a(x)", "self.a = nn.Conv2d(8, 8, 1, 2)"), ("1x8x7x7",)),
    "padding drops padding": (module("return self.a(x)", "self.a = nn.Conv2d(8, 8, 3, 2, 1)"), ("1x8x8x8",)),
    "an even kernel with a stride": (module("return self.a(x)", "self.a = nn.Conv2d(8, 8, 4, 2, 1)"), ("1x8x8x8",)),
    "an upsampling that overlaps evenly": (module("return self.a(x)", "self.a = nn.ConvTranspose2d(8, 8, 4, 2, 1)"), ("1x8x8x8",)),
}  # fmt: skip


@pytest.mark.parametrize("name", NEAR)
def test_none_in_what_only_looks_like_one(name: str) -> None:
    source, inputs = NEAR[name]
    assert hazards_of(source, *inputs) == ()


def test_a_failed_forward_has_none() -> None:
    result = run_paste(Request(module("return x @ x"), inputs=(parse_input("2x3"),)))
    assert result.trace is not None
    assert find_hazards(result.trace, result.source) == ()


# What is said of gradients

KEEPERS: dict[str, Callable[[Tensor], Tensor]] = {
    "conv2d": lambda x: F.conv2d(x, torch.ones(4, 4, 1, 1, requires_grad=True)),
    "linear": lambda x: F.linear(x, torch.ones(3, 4, requires_grad=True)),
    "matmul": lambda x: x @ torch.ones(4, 3, requires_grad=True),
    "mul": lambda x: x * torch.ones(4, requires_grad=True),
    "div": lambda x: torch.ones(4, requires_grad=True) / x,
    "pow": lambda x: x**3,
    "batch_norm": lambda x: F.batch_norm(x, None, None, training=True),
    "layer_norm": lambda x: F.layer_norm(x, (4,)),
    "gelu": F.gelu,
    "silu": F.silu,
    "max_pool2d": lambda x: F.max_pool2d(x, 2),
    "avg_pool2d": lambda x: F.avg_pool2d(x, 2),
    "adaptive_avg_pool2d": lambda x: F.adaptive_avg_pool2d(x, 2),
    "abs": torch.abs,
    "log": torch.log,
}


@pytest.mark.parametrize("name", KEEPERS)
def test_ops_that_keep_their_operand_for_the_gradient(name: str) -> None:
    assert name in READS_INPUT
    x = torch.ones(2, 4, 4, 4, requires_grad=True) + 0
    made = KEEPERS[name](x)
    x += 1
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        made.sum().backward()


@pytest.mark.parametrize("name", ["sigmoid", "tanh", "softmax", "relu", "exp", "sqrt"])
def test_ops_that_keep_their_result_for_the_gradient(name: str) -> None:
    assert name in READS_OUTPUT
    x = torch.ones(2, 4, requires_grad=True)
    made = torch.softmax(x, 1) if name == "softmax" else getattr(torch, name)(x)
    made *= 2
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        made.sum().backward()
