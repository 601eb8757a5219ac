"""The corpus of benchmarks/architectures: every network is the published one, by parameters, by multiply-adds and by shape."""

from __future__ import annotations

import dataclasses

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.architectures import ARCHITECTURES, Architecture

# Published multiply-adds in units of 1e9 (a wrong stride shows here and not in the parameters), or worked out by hand:
# U-Net, level by level, 9.785 + 3 * 11.408 + 4.161; the LSTM 160 tokens * (4 H (E + H) + 4 H * 3 H) * 2 directions + head;
# the encoder 256 tokens * 18.87 M weights + 6 layers * 2 sentences * 2 * 128 * 128 * 512.
# GPT-2: 256 tokens * (84.93 M + 38.60 M weights of its matrices) + 12 layers * 2 * 256 * 256 * 768.
GMACS = {
    "resnet18": 1.814,
    "resnet50": 4.089,
    "resnext50": 4.230,
    "se_resnet50": 4.092,
    "densenet121": 2.834,
    "mobilenet_v3_large": 0.217,
    "efficientnet_b0": 0.386,
    "ghostnet": 0.141,
    "shufflenet_v2": 0.145,
    "unet": 48.17,
    "vgg16": 15.47,
    "googlenet": 1.583,
    "convnext_t": 4.456,
    "vit_b16": 17.564,
    "swin_t": 4.491,
    "transformer_encoder": 5.033,
    "gpt2_small": 32.83,
    "lstm_tagger": 0.3697,
}
SHAPES = {
    "unet": (1, 2, 256, 256),
    "transformer_encoder": (2, 128, 512),
    "gpt2_small": (1, 256, 50_257),
    "lstm_tagger": (4, 40, 17),
}
each = pytest.mark.parametrize("architecture", ARCHITECTURES.values(), ids=ARCHITECTURES)


@pytest.mark.parametrize("name", [name for name, entry in ARCHITECTURES.items() if entry.param_count is not None])
def test_the_parameter_count_is_the_published_one(name: str) -> None:
    count = sum(p.numel() for p in ARCHITECTURES[name].build().parameters())
    assert count == ARCHITECTURES[name].param_count


@each
def test_the_forward_runs_on_meta_in_eval_mode(architecture: Architecture) -> None:
    module = architecture.build()
    with torch.no_grad():
        result = module(*architecture.inputs())
    assert not any(child.training for child in module.modules())
    assert {t.device.type for t in (*module.parameters(), *module.buffers(), result)} == {"meta"}
    assert tuple(result.shape) == SHAPES.get(architecture.name, (1, 1000))


@each
def test_the_multiply_adds_are_the_published_ones(architecture: Architecture) -> None:
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        architecture.build()(*architecture.inputs())
    assert counter.get_total_flops() / 2e9 == pytest.approx(GMACS[architecture.name], rel=4e-3)


@pytest.mark.parametrize("name", ["ghostnet", "swin_t", "shufflenet_v2", "lstm_tagger"])
def test_a_real_forward_is_finite_and_depends_on_its_input(name: str) -> None:
    torch.manual_seed(0)
    architecture = ARCHITECTURES[name]
    module = architecture.build("cpu")
    with torch.no_grad():
        first, second = (module(*architecture.inputs("cpu")) for _ in range(2))
    assert first.isfinite().all()
    assert not torch.equal(first, second)


def test_the_corpus_has_at_least_thirteen_networks_under_their_own_names() -> None:
    assert len(ARCHITECTURES) >= 13
    assert all(name == architecture.name for name, architecture in ARCHITECTURES.items())


def test_the_record_is_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        ARCHITECTURES["resnet18"].name = "other"  # type: ignore[misc]
