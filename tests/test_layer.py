"""The real module's answer equals the closed form, and a refusal is said, not raised."""

from __future__ import annotations

import pytest

from explainer.arithmetic import ConvLayer, conv_layer
from explainer.layer import torch_answer, torch_is_loaded


@pytest.mark.parametrize(
    ("options", "spatial"),
    [
        ({"stride": 3, "padding": 1}, (12, 12)),
        ({"padding": "same", "dilation": 2, "groups": 2, "bias": False}, (9, 30)),
        ({"padding": 2, "padding_mode": "reflect", "stride": (1, 2)}, (12, 7)),
    ],
)
def test_torch_agrees_with_the_closed_form(options, spatial):
    layer = conv_layer(2, 4, 8, 3, **options)
    answer = torch_answer(layer, (2, 4, *spatial))
    assert answer.output_shape == layer.output_shape((2, 4, *spatial))
    assert answer.param_count == layer.param_count
    assert answer.refusal is None


def test_a_layer_whose_weights_fit_into_no_memory_is_answered():
    layer = conv_layer(2, 2**20, 2**20, 3, padding=1)
    answer = torch_answer(layer, (64, 2**20, 1024, 1024))
    assert answer.output_shape == (64, 2**20, 1024, 1024)
    assert answer.param_count == 2**40 * 9 + 2**20


def test_torchs_refusal_is_a_sentence():
    layer = ConvLayer(3, 8, (3, 3), (1, 1), (0, 0), (1, 1), 2, bias=True, padding_mode="zeros")
    answer = torch_answer(layer, (1, 3, 8, 8))
    assert answer.output_shape is None
    assert str(answer.refusal).startswith("torch refuses: in_channels must be divisible by groups")


def test_torch_is_loaded_after_it_answered():
    torch_answer(conv_layer(2, 1, 1, 1), (1, 1, 1, 1))
    assert torch_is_loaded()
