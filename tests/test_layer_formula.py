"""How each family's size comes about: the written lines worked out by hand, and every layer of the registry against torch."""

from __future__ import annotations

import re
from html import unescape
from math import prod

import pytest

from explainer.arithmetic import LAYERS
from explainer.errors import InvalidLayer
from explainer.layer import ask_torch
from explainer.layer_facts import axis_rows, layer_facts
from explainer.render.layer_formula import NOTATIONS, formulas, has_two_notations, layer_formula_html
from ui.layer_choice import NAMES


def plain(html: str) -> str:
    spaced = re.sub(r"</(div|span)>|<div", r" \g<0>", html)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", "", spaced))).strip()


def written(name, arguments, shape, notation="pytorch"):
    """Every line of every formula of a layer, without its marks."""
    found = formulas(layer_facts(name, arguments, shape), notation, "en")
    return [plain(line) for formula in found for line in (formula.symbols, formula.aside, *formula.lines, *formula.after) if line]


CASES = {
    "convolution": (
        "Conv1d", {"in_channels": 2, "out_channels": 4, "kernel_size": 3, "stride": 2, "dilation": 2, "padding": 1}, (1, 2, 20),
        "pytorch",
        ["⌊ (L + 2 × padding − dilation × (kernel_size − 1) − 1) / stride ⌋ + 1",
         "⌊ (20 + 2 × 1 − 2 × (3 − 1) − 1) / 2 ⌋ + 1", "⌊ 17 / 2 ⌋ + 1", "⌊ 8.5 ⌋ + 1 = 8 + 1 = 9"],
    ),
    "dilated, textbook": (
        "Conv1d", {"in_channels": 2, "out_channels": 4, "kernel_size": 3, "stride": 2, "dilation": 2, "padding": 1}, (1, 2, 20),
        "textbook",
        ["⌊ (L − Keff + 2P) / S ⌋ + 1", "Keff = D × (K − 1) + 1 = 2 × (3 − 1) + 1 = 5",
         "⌊ (20 − 5 + 2 × 1) / 2 ⌋ + 1", "⌊ 17 / 2 ⌋ + 1", "⌊ 8.5 ⌋ + 1 = 8 + 1 = 9"],
    ),
    "same with an even kernel": (
        "Conv1d", {"in_channels": 1, "out_channels": 1, "kernel_size": 4, "padding": "same"}, (1, 1, 9), "textbook",
        ["⌊ (L − K + 2P) / S ⌋ + 1", "⌊ (9 − 4 + 1 + 2) / 1 ⌋ + 1", "⌊ 8 / 1 ⌋ + 1", "8 + 1 = 9"],
    ),
    "ceil that hangs over": (
        "MaxPool1d", {"kernel_size": 3, "stride": 2, "ceil_mode": True}, (1, 1, 12), "textbook",
        ["⌈ (L − K + 2P) / S ⌉ + 1", "⌈ (12 − 3 + 2 × 0) / 2 ⌉ + 1", "⌈ 9 / 2 ⌉ + 1", "⌈ 4.5 ⌉ + 1 = 5 + 1 = 6",
         "ceil_mode rounds up: the last window hangs over the end by 1; what is not there does not count."],
    ),
    "ceil that torch corrects": (
        "AvgPool1d", {"kernel_size": 2, "stride": 3, "padding": 1, "ceil_mode": True}, (1, 1, 5), "pytorch",
        ["⌈ (L + 2 × padding − kernel_size) / stride ⌉ + 1", "⌈ (5 + 2 × 1 − 2) / 3 ⌉ + 1", "⌈ 5 / 3 ⌉ + 1",
         "⌈ 1.66... ⌉ + 1 = 2 + 1 = 3", "3 − 1 = 2",
         "PyTorch drops the last window: it would start at 6, behind the 5 cells of the input and its padding in front (1)."],
    ),
    "pool without padding": (
        "LPPool2d", {"norm_type": 2, "kernel_size": 2}, (1, 1, 7, 7), "pytorch",
        ["⌊ (H − kernel_size) / stride ⌋ + 1", "⌊ (7 − 2) / 2 ⌋ + 1", "⌊ 5 / 2 ⌋ + 1", "⌊ 2.5 ⌋ + 1 = 2 + 1 = 3"],
    ),
    "transposed": (
        "ConvTranspose2d",
        {"in_channels": 8, "out_channels": 4, "kernel_size": 3, "stride": 2, "padding": 1, "output_padding": (1, 0)},
        (1, 8, 6, 6), "pytorch",
        ["(H − 1) × stride − 2 × padding + dilation × (kernel_size − 1) + output_padding + 1",
         "(6 − 1) × 2 − 2 × 1 + 1 × (3 − 1) + 1 + 1", "10 − 2 + 2 + 1 + 1 = 12",
         "(W − 1) × stride − 2 × padding + dilation × (kernel_size − 1) + output_padding + 1",
         "(6 − 1) × 2 − 2 × 1 + 1 × (3 − 1) + 0 + 1", "10 − 2 + 2 + 0 + 1 = 11"],
    ),
    "transposed, textbook": (
        "ConvTranspose1d", {"in_channels": 8, "out_channels": 4, "kernel_size": 3, "stride": 2, "dilation": 2}, (1, 8, 6),
        "textbook",
        ["S × (L − 1) + Keff − 2P + OP", "Keff = D × (K − 1) + 1 = 2 × (3 − 1) + 1 = 5",
         "2 × (6 − 1) + 5 − 2 × 0 + 0", "10 + 5 − 0 + 0 = 15"],
    ),
    "adaptive": (
        "AdaptiveAvgPool1d", {"output_size": 4}, (1, 3, 10), "pytorch",
        ["output_size, which is given",
         ("4 starti = ⌊ i × 10 / 4 ⌋, endi = ⌈ (i + 1) × 10 / 4 ⌉ "
          "0: ⌊ 0 ⌋ = 0, ⌈ 2.5 ⌉ = 3 3 1: ⌊ 2.5 ⌋ = 2, ⌈ 5 ⌉ = 5 3 "
          "2: ⌊ 5 ⌋ = 5, ⌈ 7.5 ⌉ = 8 3 3: ⌊ 7.5 ⌋ = 7, ⌈ 10 ⌉ = 10 3")],
    ),
    "unfold": (
        "Unfold", {"kernel_size": (2, 3), "stride": 2}, (1, 3, 8, 9), "textbook",
        ["⌊ (H − K + 2P) / S ⌋ + 1", "⌊ (8 − 2 + 2 × 0) / 2 ⌋ + 1", "⌊ 6 / 2 ⌋ + 1", "3 + 1 = 4",
         "⌊ (W − K + 2P) / S ⌋ + 1", "⌊ (9 − 3 + 2 × 0) / 2 ⌋ + 1", "⌊ 6 / 2 ⌋ + 1", "3 + 1 = 4",
         "Hout × Wout", "4 × 4 = 16", "C × kernel_size", "3 × 2 × 3 = 18"],
    ),
    "fold": (
        "Fold", {"output_size": 8, "kernel_size": 2, "stride": 2}, (1, 12, 16), "textbook",
        ["⌊ (H − K + 2P) / S ⌋ + 1", "⌊ (8 − 2 + 2 × 0) / 2 ⌋ + 1", "⌊ 6 / 2 ⌋ + 1", "3 + 1 = 4",
         "Hout × Wout", "4 × 4 = 16", "rows / kernel_size", "12 / (2 × 2) = 3"],
    ),
    "upsample": ("Upsample", {"scale_factor": 1.6}, (1, 3, 8), "pytorch",
                 ["⌊ L × scale_factor ⌋", "⌊ 8 × 1.6 ⌋", "⌊ 12.8 ⌋ = 12"]),
    "upsample to a size": ("Upsample", {"size": (5, 7)}, (1, 3, 8, 8), "pytorch",
                           ["size, which is given", "5", "size, which is given", "7"]),
    "pixel shuffle": ("PixelShuffle", {"upscale_factor": 3}, (1, 18, 4, 5), "pytorch",
                      ["H × r", "4 × 3 = 12", "W × r", "5 × 3 = 15", "C / r²", "18 / 3² = 18 / 9 = 2"]),
    "pixel unshuffle": ("PixelUnshuffle", {"downscale_factor": 2}, (1, 3, 4, 4), "pytorch",
                        ["H / r", "4 / 2 = 2", "C × r²", "3 × 2² = 3 × 4 = 12"]),
    "padding": ("ZeroPad2d", {"padding": (1, 2, 0, -3)}, (1, 3, 8, 8), "pytorch",
                ["H + before + after", "8 + 0 − 3 = 5", "W + before + after", "8 + 1 + 2 = 11"]),
    "linear": ("Linear", {"in_features": 64, "out_features": 10}, (2, 5, 64), "pytorch", ["x Wᵀ + b", "(2, 5, 64) → (2, 5, 10)"]),
    "flatten": ("Flatten", {}, (2, 512, 7, 7), "pytorch", ["product of dimensions 1 to 3", "512 × 7 × 7 = 25088"]),
    "unflatten": ("Unflatten", {"dim": 1, "unflattened_size": (3, -1)}, (2, 12, 5), "pytorch",
                  ["12", "−1 → 12 / 3 = 4", "3 × 4"]),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_lines_are_those_worked_out_by_hand(case):
    name, arguments, shape, notation, lines = case
    assert written(name, arguments, shape, notation) == lines


def test_every_family_has_a_case():
    assert {LAYERS[case[0]].family for case in CASES.values()} == {form.family for form in LAYERS.values()}


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_last_line_is_the_output_and_all_of_it_is_read_aloud(case, lang):
    name, arguments, shape, _notation, _lines = case
    facts = layer_facts(name, arguments, shape)
    for notation in NOTATIONS:
        html = layer_formula_html(facts, notation, lang)
        labels = re.findall(r"role='math' aria-label='([^']+)'", html)
        assert len(labels) == html.count("class='bl-formula'") > 0
        assert all("<" not in label and "{" not in label for label in labels)
        results = {int(part) for text in re.findall(r"<strong>([^<]+)</strong>", html) for part in text.split(" × ")}
        windows = {axis.output for axis in facts.axes}
        assert results <= {*facts.output_shape, *windows, prod(axis.output for axis in facts.axes)}


def test_both_notations_give_different_lines_and_the_same_result():
    facts = layer_facts("MaxPool2d", {"kernel_size": 3, "stride": 2}, (1, 8, 12, 12))
    assert has_two_notations(facts)
    first, second = ([plain(line) for line in formulas(facts, notation, "en")[0].lines] for notation in NOTATIONS)
    assert first[0] != second[0]
    assert first[-1] == second[-1]


def test_axes_that_go_the_same_way_share_a_formula():
    same = layer_facts("Conv3d", {"in_channels": 1, "out_channels": 1, "kernel_size": 3}, (1, 1, 8, 9, 9))
    assert [formula.left for formula in formulas(same, "pytorch", "en")] == [
        "D<sub>out</sub>",
        "H<sub>out</sub> = W<sub>out</sub>",
    ]


@pytest.mark.parametrize(
    ("name", "arguments", "shape", "params", "macs", "weight"),
    [
        ("ConvTranspose2d", {"in_channels": 8, "out_channels": 4, "kernel_size": 3}, (1, 8, 6, 6),
         "8 × 4 × 3 × 3 + 4", "8 × 6 × 6 × (4 × 3 × 3)", (8, 4, 3, 3)),
        ("Linear", {"in_features": 64, "out_features": 10}, (2, 5, 64), "10 × 64 + 10", "2 × 5 × 10 × 64", (10, 64)),
        ("Conv3d", {"in_channels": 2, "out_channels": 4, "kernel_size": 3, "groups": 2, "bias": False}, (2, 2, 5, 5, 5),
         "4 × 1 × 3 × 3 × 3", "2 × 4 × 3 × 3 × 3 × (1 × 3 × 3 × 3)", (4, 1, 3, 3, 3)),
        ("MaxPool2d", {"kernel_size": 2}, (1, 8, 6, 6), "", "", None),
    ],
)  # fmt: skip
def test_the_products_are_written_out_and_multiply_to_the_counts(name, arguments, shape, params, macs, weight):
    facts = layer_facts(name, arguments, shape)
    assert (facts.param_product, facts.macs_product, facts.weight_shape) == (params, macs, weight)
    assert eval(params.replace("×", "*") or "0") == facts.layer.param_count
    assert eval(macs.replace("×", "*") or "0") == facts.macs


@pytest.mark.parametrize(
    ("name", "arguments", "shape", "sentences"),
    [
        ("Conv1d", {"in_channels": 1, "out_channels": 1, "kernel_size": 3, "stride": 2, "dilation": 2, "padding": 1}, (1, 1, 20),
         ["Along L, 10 of 20 positions are never read.", "Along L, every size from 19 to 20 gives 9."]),
        ("MaxPool3d", {"kernel_size": 2}, (1, 1, 5, 5, 4),
         ["Along D, H, 1 of 5 positions are never read.", "Along D, H, W, every size from 4 to 5 gives 2."]),
        ("ConvTranspose2d", {"in_channels": 1, "out_channels": 1, "kernel_size": 1, "stride": 2}, (1, 1, 3, 3),
         ["Along H, W, no input reaches 2 of 5 output positions: there is only the bias."]),
        ("AdaptiveAvgPool2d", {"output_size": (4, 5)}, (1, 1, 10, 10),
         ["Along H, every bin has 3 cells, and 2 pairs of neighbours overlap.",
          "Along W, every bin has 2 cells and none overlap: a pool with kernel_size=2 does the same."]),
        ("AdaptiveMaxPool2d", {"output_size": (None, 6)}, (1, 1, 7, 3),
         ["Along H, every bin is one cell: nothing changes.",
          "Along W, every bin is one cell; 3 of them repeat the one before."]),
        ("ZeroPad2d", {"padding": (0, 0, -1, -2)}, (1, 1, 8, 8), ["Along H, 3 of 8 positions are cut away."]),
        ("Flatten", {}, (2, 3), []),
    ],
    ids=["1d", "3d pool", "transposed", "adaptive", "single cells", "crop", "flatten"],
)  # fmt: skip
def test_what_is_odd_is_said(name, arguments, shape, sentences):
    facts = layer_facts(name, arguments, shape)
    assert sorted(map(str, (*facts.gaps, *facts.notes))) == sorted(sentences)


@pytest.mark.parametrize(
    ("name", "arguments", "shape", "rows"),
    [
        ("Linear", {"in_features": 4, "out_features": 9}, (2, 4), [("0", "2", "2"), ("1", "4", "9")]),
        ("Flatten", {"start_dim": -2}, (2, 3, 5), [("0", "2", "2"), ("1–2", "3 × 5", "15")]),
        (
            "Unflatten",
            {"dim": 1, "unflattened_size": (3, -1)},
            (2, 12, 5),
            [("0", "2", "2"), ("1", "12", "3 × 4"), ("2", "5", "5")],
        ),
        ("MaxPool1d", {"kernel_size": 2}, (1, 8, 6), [("N", "1", "1"), ("C", "8", "8"), ("L", "6", "3")]),
    ],
)
def test_every_axis_has_its_row(name, arguments, shape, rows):
    assert list(axis_rows(layer_facts(name, arguments, shape))) == rows


def test_the_list_of_layers_is_the_registry():
    assert sorted(NAMES) == sorted(LAYERS)


def test_torch_is_asked_with_every_argument():
    answer = ask_torch("MaxPool2d", {"kernel_size": 3, "stride": 2, "return_indices": True}, (1, 8, 12, 12))
    assert answer.output_shape == (1, 8, 5, 5)
    assert str(ask_torch("MaxPool2d", {"kernel_size": 30}, (1, 8, 12, 12)).refusal).startswith("torch refuses: ")


def test_a_layer_that_torch_refuses_has_no_facts():
    with pytest.raises(InvalidLayer, match="ends with 5"):
        layer_facts("Linear", {"in_features": 4, "out_features": 1}, (2, 5))
