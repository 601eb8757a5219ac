"""What stands in for classes that a paste uses and does not define."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from blocks import stand_ins
from explainer.cost import totals
from explainer.gates import find_gates
from explainer.paste.names import choices_for, offer, supply
from explainer.paste.result import PasteResult, Supplied
from explainer.report import report
from explainer.trace import trace

STAND_INS: dict[str, Any] = {name: value for name, (value, *_) in stand_ins.STAND_INS.items()}
PASTES = [above / "shared" / "pastes" / "expected.json" for above in Path(__file__).parents]
IMAGE = (2, 32, 12, 12)

CALLS: list[tuple[str, tuple[Any, ...], dict[str, Any], tuple[tuple[int, ...], ...], tuple[int, ...]]] = [
    # name, arguments, keywords, inputs, output
    *((name, (32,), {}, (IMAGE,), IMAGE) for name in (
        "AttentionModule", "CBAM", "CBAMBlock", "ChannelAttention", "CAM", "SELayer", "SEAttention", "SEBlock", "SEModule",
        "SqueezeExcitation", "SqueezeExcite", "BAM", "ECALayer", "ECA", "CoordAtt", "SKAttention", "SimAM", "GlobalContext",
        "NonLocalBlock",
    )),
    *((name, (), {}, (IMAGE,), IMAGE) for name in ("SpatialAttention", "SAM", "SimAM", "TripletAttention")),
    ("SELayer", (32, 64), {}, (IMAGE,), IMAGE),
    ("SqueezeExcite", (120,), {"se_ratio": 0.25}, ((1, 120, 4, 4),), (1, 120, 4, 4)),
    ("CoordAtt", (32, 32, 16), {}, (IMAGE,), IMAGE),
    ("ECALayer", (32, 5), {}, (IMAGE,), IMAGE),
    ("GhostModule", (32, 48), {"relu": False}, (IMAGE,), (2, 48, 12, 12)),
    *((name, (32, 48), {"stride": 2}, (IMAGE,), (2, 48, 6, 6)) for name in (
        "ConvBNReLU", "ConvBNAct", "BasicConv2d", "ConvBlock", "BasicBlock", "ResidualBlock", "InvertedResidual", "PreActBlock",
        "DepthwiseSeparableConv", "GhostModule",
    )),
    ("BasicConv2d", (32, 48), {"kernel_size": 5, "padding": 2}, (IMAGE,), (2, 48, 12, 12)),
    ("Bottleneck", (32, 16), {"stride": 2}, (IMAGE,), (2, 64, 6, 6)),
    ("Conv", (32, 48, 3, 2), {}, (IMAGE,), (2, 48, 6, 6)),
    ("conv3x3", (32, 48, 2), {}, (IMAGE,), (2, 48, 6, 6)),
    ("DepthwiseConv2d", (32,), {}, (IMAGE,), IMAGE),
    ("DoubleConv", (32, 48), {}, (IMAGE,), (2, 48, 12, 12)),
    ("DoubleConv", (32, 48, 8), {}, (IMAGE,), (2, 48, 12, 12)),
    ("Down", (32, 48), {}, (IMAGE,), (2, 48, 6, 6)),
    ("Up", (64, 16), {}, (IMAGE, (2, 32, 25, 24)), (2, 16, 25, 24)),
    ("Up", (32, 16, False), {}, (IMAGE, (2, 16, 24, 24)), (2, 16, 24, 24)),
    ("OutConv", (32, 2), {}, (IMAGE,), (2, 2, 12, 12)),
    ("ASPP", (32, 8), {}, (IMAGE,), (2, 8, 12, 12)),
    ("PPM", (32,), {}, (IMAGE,), (2, 64, 12, 12)),
    ("SPPF", (32, 48), {}, (IMAGE,), (2, 48, 12, 12)),
    ("C3", (32, 48, 2), {}, (IMAGE,), (2, 48, 12, 12)),
    ("C2f", (32, 48, 2, True), {}, (IMAGE,), (2, 48, 12, 12)),
    ("Inception", (32, 8, 4, 8, 2, 4, 6), {}, (IMAGE,), (2, 26, 12, 12)),
    ("Fire", (32, 4, 8, 8), {}, (IMAGE,), (2, 16, 12, 12)),
    ("DenseBlock", (3, 32, 8), {}, (IMAGE,), (2, 56, 12, 12)),
    ("Transition", (32, 16), {}, (IMAGE,), (2, 16, 6, 6)),
    ("AttentionGate", (), {"F_g": 64, "F_l": 32, "F_int": 8}, ((2, 64, 12, 12), IMAGE), IMAGE),
    ("AttentionGate", (64, 32, 8), {}, ((2, 64, 6, 6), IMAGE), IMAGE),
    ("Attention", (32, 4), {"qkv_bias": True}, ((2, 9, 32),), (2, 9, 32)),
    ("ExternalAttention", (32,), {}, ((2, 9, 32),), (2, 9, 32)),
    ("Mlp", (32,), {"hidden_features": 64}, ((2, 9, 32),), (2, 9, 32)),
    ("PatchEmbed", (12, 4, 32, 20), {}, (IMAGE,), (2, 9, 20)),
    ("PositionalEncoding", (32,), {}, ((2, 9, 32),), (2, 9, 32)),
    ("LayerNorm2d", (32,), {}, (IMAGE,), IMAGE),
    ("LayerScale", (32,), {}, ((2, 9, 32),), (2, 9, 32)),
    ("DropPath", (0.1,), {}, (IMAGE,), IMAGE),
    ("FReLU", (32,), {}, (IMAGE,), IMAGE),
    *((name, (), {}, (IMAGE,), IMAGE) for name in ("Swish", "HSwish", "h_sigmoid")),
]  # fmt: skip


@pytest.mark.parametrize(("name", "arguments", "keywords", "inputs", "output"), CALLS)
def test_it_is_built_as_people_build_it(name: str, arguments: Any, keywords: Any, inputs: Any, output: Any) -> None:
    with torch.device("meta"):
        module = STAND_INS[name](*arguments, **keywords).eval()
        assert tuple(module(*map(torch.empty, inputs)).shape) == output


def test_each_says_where_it_comes_from() -> None:
    offer("blocks.stand_ins")
    found = {record.name: record for _, record in supply(["CBAM", "ChannelGate", "conv1x1", "BatchNorm2d"])}
    assert found["CBAM"] == Supplied("CBAM", "blocks.cbam.CBAM", stands_in=True)
    assert found["ChannelGate"].note == "it returns the reweighted input"
    assert found["BatchNorm2d"] == Supplied("BatchNorm2d", "torch.nn.BatchNorm2d")
    assert all(found[name].stands_in for name in ("ChannelGate", "conv1x1"))


def test_what_is_picked_stands_in_also_for_a_name_with_a_usual_meaning() -> None:
    offer("blocks.stand_ins")
    ((value, record),) = supply(["CBAM"], {"CBAM": "ECA"})
    assert (value, record.origin) == (STAND_INS["ECA"], "blocks.eca.ECA")


def test_the_command_line_says_it_in_one_text() -> None:
    supplied = (Supplied("F", "f"), Supplied("A", "a.B", stands_in=True), Supplied("C", "c", "note", stands_in=True))
    told = report(PasteResult("x = 1", supplied=supplied), "none")["supplied"]
    assert told == {"F": "f", "A": "a.B, standing in", "C": "c, standing in: note"}


@pytest.mark.parametrize("key", stand_ins.CHOICES)
def test_any_choice_is_built_from_a_number_of_channels_and_keeps_the_shape(key: str) -> None:
    with torch.device("meta"):
        module: Any = stand_ins.CHOICES[key][0]
        assert tuple(module(32).eval()(torch.empty(IMAGE)).shape) == IMAGE


def test_choices_are_offered_for_an_attention_and_for_nothing_else() -> None:
    offer("blocks.stand_ins")
    assert choices_for("AttentionModule", STAND_INS["AttentionModule"])[:2] == ("CBAM", "SELayer")
    assert choices_for("SEBlock", STAND_INS["SEBlock"])[0] == "SEBlock"
    assert choices_for("GhostModule", STAND_INS["GhostModule"]) == ("GhostModule",)


def test_functions() -> None:
    assert STAND_INS["make_divisible"](30, 4) == STAND_INS["_make_divisible"](30, 4) == 32
    assert STAND_INS["_make_divisible"](3, 8, 16) == 16
    assert STAND_INS["autopad"](3, d=2) == 2
    assert STAND_INS["to_2tuple"](7) == (7, 7)


def test_wrappers() -> None:
    x = torch.randn(2, 5, 8)
    assert torch.equal(STAND_INS["Residual"](nn.ReLU())(x), x + x.relu())
    assert torch.allclose(STAND_INS["PreNorm"](8, nn.Identity())(x), F.layer_norm(x, (8,)))


def test_positions_are_sines_and_cosines() -> None:
    found = STAND_INS["PositionalEncoding"](6, dropout=0.0, max_len=9)(torch.zeros(1, 9, 6))
    angle = torch.tensor(4 / 10_000 ** (2 / 6))
    assert torch.allclose(found[0, 4, 2:4], torch.stack((angle.sin(), angle.cos())))


def test_dropped_paths_leave_out_whole_samples_while_training() -> None:
    kept = STAND_INS["DropPath"](0.5).train()(torch.ones(64, 3))
    assert {tuple(row) for row in kept.tolist()} == {(0.0,) * 3, (2.0,) * 3}


def test_torchvisions_downsample_is_the_shortcut() -> None:
    way = nn.Conv2d(4, 4, 1)
    assert STAND_INS["BasicBlock"](4, 4, downsample=way).shortcut[0] is way
    assert STAND_INS["Bottleneck"].expansion == 4


class GhostUnit(nn.Module):
    """What the text of a ghost bottleneck on the web computes with the two classes that it leaves out."""

    def __init__(self, before: int, middle: int, after: int, stride: int = 1, se_ratio: float = 0.0) -> None:
        super().__init__()

        def depthwise(channels: int) -> list[nn.Module]:
            conv = nn.Conv2d(channels, channels, 3, stride, 1, groups=channels, bias=False)
            return [conv, nn.BatchNorm2d(channels)]

        parts = [STAND_INS["GhostModule"](before, middle, relu=True)]
        parts += depthwise(middle) if stride > 1 else []
        parts += [STAND_INS["SqueezeExcite"](middle, se_ratio=se_ratio)] if se_ratio else []
        self.main = nn.Sequential(*parts, STAND_INS["GhostModule"](middle, after, relu=False))
        mixing = [*depthwise(before), nn.Conv2d(before, after, 1, bias=False), nn.BatchNorm2d(after)]
        self.around = nn.Sequential(*(mixing if stride > 1 or before != after else []))

    def forward(self, x: Tensor) -> Tensor:
        return self.main(x) + self.around(x)


class Residual(nn.Module):
    """What the text of a residual block on the web computes around an attention class that it leaves out."""

    def __init__(self, before: int, after: int, attention: nn.Module) -> None:
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(before, after, 3, 1, 1), nn.BatchNorm2d(after)
        self.conv2, self.bn2 = nn.Conv2d(after, after, 3, 1, 1), nn.BatchNorm2d(after)
        self.attention = attention
        self.around = nn.Sequential(nn.Conv2d(before, after, 1), nn.BatchNorm2d(after))

    def forward(self, x: Tensor) -> Tensor:
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return F.relu(self.attention(y) + self.around(x))


@pytest.fixture(scope="module")
def facts() -> dict[str, Any]:
    there = [path for path in PASTES if path.is_file()]
    if not there:
        pytest.skip("the pastes are not on this machine")
    found: dict[str, Any] = json.loads(there[0].read_text(encoding="utf-8"))
    return found


def test_ghost_bottlenecks_have_the_figures_that_are_known(facts: dict[str, Any]) -> None:
    for case in facts["ghost_bottleneck.txt"]["cases"]:
        wanted = case["arguments"]
        module = GhostUnit(
            wanted["in_chs"], wanted["mid_chs"], wanted["out_chs"], wanted.get("stride", 1), wanted.get("se_ratio", 0.0)
        )
        found = trace(module.eval(), torch.empty(case["input"], device="meta"))
        assert list(found.shape(found.outputs[0])) == case["output"]
        cost = totals(found)
        assert cost.param_count == case["param_count"]
        assert cost.macs == case.get("macs", cost.macs)


@pytest.mark.parametrize("name", ["AttentionModule", "CBAM", "SELayer", "SEBlock", "ECA", "CoordAtt", "SimAM", "BAM"])
def test_any_attention_fits_into_the_residual_block(facts: dict[str, Any], name: str) -> None:
    case = facts["residual_attention.txt"]["cases"][0]
    module = Residual(*case["arguments"].values(), STAND_INS[name](128))
    found = trace(module.eval(), torch.empty(case["input"], device="meta"))
    assert list(found.shape(found.outputs[0])) == case["output"]
    own = sum(p.numel() for p in module.attention.parameters())
    assert totals(found).param_count - own == 230_528
    assert find_gates(found)
