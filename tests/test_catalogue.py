"""One test over the whole catalogue: a new block cannot arrive half-done."""

from __future__ import annotations

import inspect
import re
from functools import cache
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from blocks import CATALOGUE, FAMILIES, BlockSpec, InvalidKnob, Setting
from explainer.cost import totals
from explainer.examine import Examination, examine, gate_values
from explainer.gates import find_gates
from explainer.hazards import find_hazards
from explainer.listing import list_source
from explainer.seeding import Seeded
from explainer.trace import trace
from explainer.types import Trace

SPECS = [pytest.param(spec, id=key) for key, spec in CATALOGUE.items()]
SIZES = {"batch", "channels", "height", "width", "length"}
BREAKING = {("residual_attention", "stride_at", "both")}  # the mistake that this knob is there to show

# True of these blocks as their papers have them: a bias that the normalisation takes away; one sample pooled to one place.
HAZARDS = {
    "bam": {"bias_before_norm", "batch_norm_one_value"},
    "coordinate_attention": {"bias_before_norm"},
    "non_local": {"bias_before_norm"},
    "attention_gate": {"bias_before_norm"},
    "residual_attention": {"bias_before_norm"},
    "selective_kernel": {"batch_norm_one_value"},
    "aspp": {"batch_norm_one_value"},
    "pyramid_pooling": {"batch_norm_one_value"},
}


@cache
def at_defaults(key: str) -> Examination:
    spec = CATALOGUE[key]
    return examine(lambda: spec.build(spec.defaults), *spec.input_shapes(spec.defaults))


def traced(spec: BlockSpec, **changed: Setting) -> Trace:
    settings = spec.defaults | changed
    with torch.device("meta"):
        return trace(spec.build(settings).eval(), *map(torch.empty, spec.input_shapes(settings)))


def fingerprint(found: Trace) -> tuple[Any, ...]:
    """The graph with its shapes, and the costs."""
    ops = tuple((op.name, op.attributes, op.inputs, tuple(map(found.shape, op.outputs))) for op in found.ops)
    return ops, totals(found), found.failure and found.failure.message


def outputs_of(module: nn.Module, inputs: list[Tensor]) -> tuple[Tensor, ...]:
    made = module(*inputs)
    return made if isinstance(made, tuple) else (made,)


def test_there_are_enough_and_each_is_in_one_family() -> None:
    assert len(CATALOGUE) >= 45
    assert len(CATALOGUE) == sum(len(names) for names in FAMILIES.values())


@pytest.mark.parametrize("spec", SPECS)
def test_it_runs_as_documented(spec: BlockSpec) -> None:
    shapes = spec.input_shapes(spec.defaults)
    module = spec.build(spec.defaults).eval()
    found = at_defaults(spec.key)
    assert found.trace.failure is None
    with torch.no_grad():
        made = [tuple(tensor.shape) for tensor in outputs_of(module, [torch.zeros(shape) for shape in shapes])]
    assert made == [found.trace.shape(value) for value in found.trace.outputs]
    assert found.totals.param_count == sum(p.numel() for p in module.parameters())
    assert not found.totals.uncounted
    assert len(found.trace.inputs) == len(shapes)


@pytest.mark.parametrize("spec", SPECS)
def test_its_multiply_adds_are_torchs(spec: BlockSpec) -> None:
    with torch.device("meta"):
        module, inputs = spec.build(spec.defaults).eval(), list(map(torch.empty, spec.input_shapes(spec.defaults)))
    with FlopCounterMode(display=False) as counter:
        module(*inputs)
    assert 2 * at_defaults(spec.key).totals.macs == counter.get_total_flops()


@pytest.mark.parametrize("spec", SPECS)
def test_every_knob_changes_something(spec: BlockSpec) -> None:
    assert 2 <= len(spec.knobs) <= 6
    assert not {knob.name for knob in spec.knobs} & spec.sizes.keys(), "a knob would be taken for a size"
    base = fingerprint(at_defaults(spec.key).trace)
    for knob in spec.knobs:
        assert knob.default in knob.choices or isinstance(knob.default, bool)
        changes = 0
        for other in knob.others(knob.default):
            try:
                found = traced(spec, **{knob.name: other})
            except InvalidKnob:
                continue
            assert (found.failure is not None) == ((spec.key, knob.name, other) in BREAKING), (knob.name, other)
            changes += fingerprint(found) != base
        assert changes, knob.name


@pytest.mark.parametrize("spec", SPECS)
def test_it_is_documented(spec: BlockSpec) -> None:
    text = inspect.getdoc(spec.make) or ""
    for part in ("Args:", "Shape:", "Source:", "Differs:", ">>>"):
        assert part in text, part
    for name in inspect.signature(spec.make).parameters:
        assert re.search(rf"^\s+{name}:", text, re.MULTILINE), name
    for knob in spec.knobs:
        assert knob.help
    assert len(spec.about) == 3
    assert re.search(r"arXiv:\d{4}\.\d{4,5}|proceedings\.mlr\.press", spec.paper)
    assert spec.formula


@pytest.mark.parametrize("spec", SPECS)
def test_it_stands_in_a_file_of_its_own_whose_lines_are_all_shown(spec: BlockSpec) -> None:
    assert spec.make.__module__ == f"blocks.{spec.key}"
    lines, first = inspect.getsourcelines(spec.make)
    found = at_defaults(spec.key)
    shown = {op for line in list_source("".join(lines), first, found.trace, found.gates) for op in line.ops}
    assert shown == {op.id for op in found.trace.ops}


@pytest.mark.parametrize("spec", SPECS)
def test_hazards_are_told_of_none_but_those_that_are_true(spec: BlockSpec) -> None:
    lines, first = inspect.getsourcelines(spec.make)
    found = {hazard.rule for hazard in find_hazards(at_defaults(spec.key).trace, "".join(lines), first)}
    assert found == HAZARDS.get(spec.key, set())


@pytest.mark.parametrize("spec", SPECS)
def test_its_gates_are_found_and_have_values(spec: BlockSpec) -> None:
    found = at_defaults(spec.key)
    assert tuple(gate.kind for gate in found.gates) == spec.gates
    values = gate_values(lambda: spec.build(spec.defaults), *spec.input_shapes(spec.defaults))
    assert [item.gate for item in values] == list(found.gates)
    for item in values:
        assert 0 <= item.least <= item.mean <= item.largest <= 1


@pytest.mark.parametrize(
    "spec", [pytest.param(spec, id=key) for key, spec in CATALOGUE.items() if {"height", "width"} <= spec.sizes.keys()]
)
def test_any_size_that_is_no_square_will_do(spec: BlockSpec) -> None:
    found = traced(spec, batch=3, height=spec.sizes["height"] + 6, width=spec.sizes["width"] + 13)
    assert found.failure is None
    assert [gate.kind for gate in find_gates(found)] == list(spec.gates)


@pytest.mark.parametrize("spec", SPECS)
def test_it_has_a_place_in_the_chart_of_the_whole_catalogue(spec: BlockSpec) -> None:
    settings = spec.at(64, 28)
    assert settings.keys() == spec.defaults.keys()
    assert traced(spec, **settings).failure is None


# ---- known figures: papers, torchvision, and sums by hand

FIGURES = [
    # key, settings, parameters, multiply-adds at the default size or None
    ("squeeze_excite", {}, 580, 512),
    ("squeeze_excite_ceil", {}, 1096, None),
    ("squeeze_excite_ceil", {"channels": 30}, 274, None),
    ("squeeze_excite_linear", {"reduction": 8}, 65_536, None),
    ("squeeze_excite_linear", {}, 32_768, None),
    ("with_squeeze_excite", {}, 78_096, None),
    ("channel_attention", {"channels": 3}, 10, None),
    ("channel_attention", {}, 580, None),
    ("spatial_attention", {}, 98, None),
    ("triplet_attention", {}, 300, None),
    ("basic_block", {}, 73_984, 231_211_008),
    ("basic_block", {"channels": 128, "stride": 2}, 230_144, 179_830_784),
    ("bottleneck", {"channels": 64, "stride": 1}, 70_400, None),
    ("bottleneck", {}, 379_392, None),
    ("residual_attention", {"attention": "none", "stride": 1}, 230_528, None),
    ("resnext", {}, 71_168, None),
    ("inverted_residual", {"in_channels": 24, "out_channels": 24}, 8_832, None),
    ("ghost_bottleneck", {"se_ratio": 0.0}, 2_564, 3_170_496),
    (
        "ghost_bottleneck",
        {"in_channels": 40, "hidden": 120, "out_channels": 40, "stride": 1},
        13_672,
        None,
    ),
    (
        "ghost_bottleneck",
        {"in_channels": 16, "hidden": 16, "out_channels": 16, "stride": 1, "se_ratio": 0.0},
        464,
        1_254_400,
    ),
    ("fire", {"in_channels": 96}, 11_920, None),
    ("convnext", {}, 79_296, None),
    ("inception", {}, 163_696, 128_049_152),
    ("dense_layer", {}, 45_440, None),
    ("dense_block", {"layers": 6}, 335_040, None),
    ("self_attention", {"dim": 768, "heads": 12}, 2_362_368, None),
    ("transformer_encoder", {"dim": 768, "heads": 12}, 7_087_872, None),
    ("patch_embedding", {"dim": 768, "class_token": False}, 590_592, None),
    ("non_local", {}, 4 * 64 * 32 + 3 * 32 + 64 + 128, None),
    ("lstm_cell", {}, 4 * 128 * (64 + 128 + 1), 4 * 128 * (64 + 128)),
    ("gru_cell", {}, 3 * 128 * (64 + 128 + 1) + 128, 3 * 128 * (64 + 128)),
]


@pytest.mark.parametrize(("key", "changed", "param_count", "macs"), FIGURES)
def test_known_figures(key: str, changed: dict[str, Setting], param_count: int, macs: int | None) -> None:
    found = totals(traced(CATALOGUE[key], **changed))
    assert found.param_count == param_count
    assert macs is None or found.macs == macs


# ---- equal outputs: the same computation, written by torch or in another form


def with_numbers(key: str, **changed: Setting) -> tuple[Any, list[Tensor]]:
    spec = CATALOGUE[key]
    settings = spec.defaults | changed
    with Seeded(7):
        return spec.build(settings).eval(), [torch.randn(shape) for shape in spec.input_shapes(settings)]


@torch.no_grad()
def test_self_attention_equals_torch() -> None:
    module, (x,) = with_numbers("self_attention", batch=2)
    other = nn.MultiheadAttention(64, 4, batch_first=True).eval()
    other.in_proj_weight.copy_(module.qkv.weight)
    other.in_proj_bias.copy_(module.qkv.bias)
    other.out_proj.load_state_dict(module.project.state_dict())
    assert torch.allclose(module(x), other(x, x, x)[0], atol=1e-5)


@torch.no_grad()
def test_causal_self_attention_ignores_what_comes_later() -> None:
    module, (x,) = with_numbers("self_attention", causal=True)
    later = x.clone()
    later[:, 9:] += 1
    assert torch.allclose(module(x)[:, :9], module(later)[:, :9], atol=1e-6)
    assert not torch.allclose(module(x)[:, 9:], module(later)[:, 9:], atol=1e-3)


@torch.no_grad()
@pytest.mark.parametrize("norm_first", [True, False])
def test_the_transformer_block_equals_torch(norm_first: bool) -> None:
    module, (x,) = with_numbers("transformer_encoder", norm_first=norm_first)
    other = nn.TransformerEncoderLayer(64, 4, 256, activation="gelu", batch_first=True, norm_first=norm_first).eval()
    own = module.attention
    other.self_attn.in_proj_weight.copy_(own.qkv.weight)
    other.self_attn.in_proj_bias.copy_(own.qkv.bias)
    other.self_attn.out_proj.load_state_dict(own.project.state_dict())
    other.linear1.load_state_dict(module.mlp[0].state_dict())
    other.linear2.load_state_dict(module.mlp[2].state_dict())
    assert torch.allclose(module(x), other(x), atol=1e-5)


@torch.no_grad()
def test_the_lstm_cell_equals_torch() -> None:
    module, (x, h, c) = with_numbers("lstm_cell", batch=3)
    other = nn.LSTMCell(64, 128)
    forget, enter, show, new = module.linear.weight.chunk(4)
    weight = torch.cat((enter, forget, new, show))
    forget, enter, show, new = module.linear.bias.chunk(4)
    other.weight_ih.copy_(weight[:, :64])
    other.weight_hh.copy_(weight[:, 64:])
    other.bias_ih.copy_(torch.cat((enter, forget, new, show)))
    other.bias_hh.zero_()
    for own, torchs in zip(module(x, h, c), other(x, (h, c)), strict=True):
        assert torch.allclose(own, torchs, atol=1e-6)


@torch.no_grad()
def test_the_gru_cell_equals_torch() -> None:
    module, (x, h) = with_numbers("gru_cell", batch=3)
    other = nn.GRUCell(64, 128)
    update, reset = module.gates.weight.chunk(2)
    other.weight_ih.copy_(torch.cat((reset[:, :64], update[:, :64], module.from_x.weight)))
    other.weight_hh.copy_(torch.cat((reset[:, 64:], update[:, 64:], module.from_h.weight)))
    update, reset = module.gates.bias.chunk(2)
    other.bias_ih.copy_(torch.cat((reset, update, module.from_x.bias)))
    other.bias_hh.copy_(torch.cat((torch.zeros(256), module.from_h.bias)))
    assert torch.allclose(module(x, h), other(x, h), atol=1e-6)


@torch.no_grad()
def test_three_small_pools_in_a_row_are_a_small_a_middle_and_a_large_one() -> None:
    chained, (x,) = with_numbers("spp_yolo")
    side_by_side, _ = with_numbers("spp_yolo", chained=False)
    side_by_side.load_state_dict(chained.state_dict())
    assert torch.equal(chained(x), side_by_side(x))


@torch.no_grad()
def test_the_grouped_convolution_of_resnext_is_a_sum_of_branches() -> None:
    module, (x,) = with_numbers("resnext", cardinality=4, group_width=8, in_channels=32, out_channels=32, height=6, width=5)
    y = torch.relu(module.bn1(module.conv1(x)))
    branches = 0
    for part, weight, scale in zip(y.chunk(4, 1), module.conv2.weight.chunk(4), range(4), strict=True):
        inner = nn.functional.conv2d(part, weight, padding=1)
        inner = torch.relu(inner / (1 + module.bn2.eps) ** 0.5)
        branches = branches + nn.functional.conv2d(inner, module.conv3.weight[:, scale * 8 : scale * 8 + 8])
    assert torch.allclose(module(x), torch.relu(module.bn3(branches) + x), atol=1e-5)


@torch.no_grad()
def test_the_squeeze_excite_gate_equals_torch() -> None:
    spec = CATALOGUE["squeeze_excite"]
    changed = {"channels": 32, "reduction": 4, "batch": 3, "height": 5, "width": 7}
    module, (x,) = with_numbers("squeeze_excite", **changed)
    hidden = torch.relu(module.reduce(x.mean((2, 3), keepdim=True)))
    expected = torch.sigmoid(module.expand(hidden)).flatten(1)
    settings = spec.defaults | changed
    (found,) = gate_values(lambda: spec.build(settings), *spec.input_shapes(settings), seed=7)
    assert torch.allclose(torch.tensor(found.rows), expected, atol=1e-6)


# ---- what is refused, and how


@pytest.mark.parametrize(
    ("key", "changed", "field", "sentence"),
    [
        (
            "squeeze_excite", {"channels": 8}, "reduction",
            "8 channels divided by 16 leave no hidden channel: use a reduction of at most 8.",
        ),
        ("self_attention", {"heads": 5}, "heads", "64 channels do not come out even in 5 parts: choose a divisor of 64."),
        ("conv_norm_act", {"groups": 3}, "groups", "64 channels do not come out even in 3 parts: choose a divisor of 64."),
        (
            "cbam", {"kernel_size": 4}, "kernel_size",
            "No equal padding on both sides keeps the size with a kernel of 4: choose an odd one.",
        ),
        ("shuffle_unit", {"channels": 15}, "channels", "15 channels do not come out even in 2 parts: choose a divisor of 15."),
    ],
)  # fmt: skip
def test_knobs_that_make_no_block_are_refused_with_a_sentence(
    key: str, changed: dict[str, Setting], field: str, sentence: str
) -> None:
    spec = CATALOGUE[key]
    with pytest.raises(InvalidKnob) as caught:
        spec.build(spec.defaults | changed)
    assert (str(caught.value), caught.value.field) == (sentence, field)


def test_the_stride_in_both_convolutions_fails_at_the_sum() -> None:
    failure = traced(CATALOGUE["residual_attention"], stride_at="both").failure
    assert failure is not None
    assert failure.op == "add"
    found = traced(CATALOGUE["residual_attention"], stride_at="both")
    assert [found.shape(value) for value in failure.inputs] == [(1, 128, 14, 14), (1, 128, 28, 28)]
