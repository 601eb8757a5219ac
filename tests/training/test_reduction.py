"""What a reduction ratio costs: against the formulas of the papers, and against the modules themselves."""

from __future__ import annotations

import pytest
import torch

from blocks import CATALOGUE
from explainer.errors import InvalidInput
from explainer.training.fits import fits, gate_numbers
from explainer.training.measures import units
from explainer.training.network import Network, from_catalogue, look
from explainer.training.reduction import ratios
from ui import cached_training


def test_squeeze_and_excitation_costs_what_the_formula_says():
    found = cached_training.ratios_of("squeeze_excite", 64, 56)
    assert [(r.reduction, r.hidden) for r in found] == [(1, 64), (2, 32), (4, 16), (8, 8), (16, 4), (32, 2), (64, 1)]
    for ratio in found:
        hidden = 64 // ratio.reduction
        assert ratio.param_count == 2 * 64 * hidden + hidden + 64
        assert ratio.macs == 2 * 64 * hidden


def test_ratios_that_leave_no_channel_are_left_out():
    assert [r.reduction for r in cached_training.ratios_of("squeeze_excite", 16, 8)] == [1, 2, 4, 8, 16]


@pytest.mark.parametrize("block", cached_training.with_reduction())
def test_every_ratio_costs_what_the_module_has(block):
    spec = CATALOGUE[block]
    for ratio in cached_training.ratios_of(block, 64, 16):
        module = spec.build(spec.at(64, 16) | {"reduction": ratio.reduction})
        assert ratio.param_count == sum(parameter.numel() for parameter in module.parameters())
        assert ratio.hidden is None or 1 <= ratio.hidden <= 64


@pytest.mark.parametrize(
    ("block", "hidden"), [("cbam", 16), ("channel_attention", 16), ("bam", 16), ("coordinate_attention", 16), ("eca", None)]
)
def test_the_hidden_width_is_that_between_the_layers(block, hidden):
    spec = CATALOGUE[block]
    (shape,) = spec.input_shapes(spec.at(64, 16))
    (only,) = ratios(
        lambda r: spec.build(spec.at(64, 16) | ({"reduction": r} if "reduction" in spec.defaults else {})), shape, (4,)
    )
    assert only.hidden == hidden


def test_the_blocks_that_can_be_trained_keep_the_shape_and_have_a_gate():
    trainable = cached_training.trainable()
    assert {"squeeze_excite", "channel_attention", "cbam", "eca", "spatial_attention", "bam", "coordinate_attention"} <= set(
        trainable
    )
    assert "basic_block" not in trainable, "it has no gate"
    assert "attention_gate" not in trainable, "it takes two inputs"


def test_a_block_that_refuses_its_numbers_does_not_fit():
    def build(width):
        raise InvalidInput("Stopped.")

    assert not fits(build)
    assert gate_numbers(build) == ()


@pytest.mark.parametrize("block", ["squeeze_excite", "cbam", "triplet_attention", "non_local", "se_residual"])
def test_the_gates_told_before_a_training_are_those_it_tells_of(block):
    build = from_catalogue(block, {})
    seen = look(Network(build, 0), torch.randn(3, 1, 8, 8))
    assert gate_numbers(build) == tuple(
        sorted({n for _, n, gate, values in seen.gates if units(values, gate.kind, 3) is not None})
    )
