"""The scene of the window picture: numbers as the arithmetic has them, words in both languages, JSON and nothing else."""

from __future__ import annotations

import json
import re
from math import inf
from pathlib import Path
from xml.etree import ElementTree

import pytest
import torch
from torch import nn

from explainer.arithmetic import (
    LAYERS,
    adaptive_pool_layer,
    avg_pool_layer,
    conv_layer,
    conv_transpose_layer,
    lp_pool_layer,
    max_pool_layer,
    unfold_layer,
)
from explainer.errors import InvalidInput, InvalidLayer, TooLarge
from explainer.language import LANGUAGES
from explainer.render.window_scene import has_window, window_scene
from explainer.render.window_words import window_words
from explainer.render.wiring_picture import wiring_picture

SCRIPTS = Path(__file__).parent.parent / "ui" / "components" / "window_picture"
SVG = "{http://www.w3.org/2000/svg}"
CONV = conv_layer(2, 3, 8, 3, stride=3, padding=1)
LAYERS_SHOWN = {
    "conv": (CONV, (1, 3, 12, 12)),
    "no batch": (CONV, (3, 12, 12)),
    "conv 1d": (conv_layer(1, 2, 2, 3, stride=2, padding=1, dilation=2), (1, 2, 16)),
    "conv 3d": (conv_layer(3, 1, 2, 3, padding=1), (1, 1, 8, 6, 5)),
    "grouped": (conv_layer(2, 4, 8, 3, groups=2, bias=False), (1, 4, 9, 9)),
    "reflect": (conv_layer(2, 1, 1, 5, padding=2, padding_mode="reflect"), (1, 1, 8, 8)),
    "transposed": (conv_transpose_layer(2, 2, 1, 3, stride=2, padding=1, output_padding=1), (1, 2, 5, 5)),
    "transposed 1d": (conv_transpose_layer(1, 1, 1, 2, stride=4), (1, 1, 3)),
    "max": (max_pool_layer(2, 3, stride=2, padding=1), (1, 64, 9, 9)),
    "avg": (avg_pool_layer(2, 3, stride=2, ceil_mode=True), (1, 4, 8, 8)),
    "lp": (lp_pool_layer(2, 2, 2), (1, 1, 6, 6)),
    "infinite norm": (lp_pool_layer(2, inf, 2), (1, 1, 6, 6)),
    "adaptive": (adaptive_pool_layer("Avg", 2, (4, None)), (1, 4, 10, 6)),
    "unfold": (unfold_layer(3, stride=2), (1, 1, 9, 9)),
    "large": (conv_layer(2, 3, 64, 7, stride=2, padding=3), (1, 3, 16384, 16384)),
}


@pytest.fixture(params=LAYERS_SHOWN, ids=str)
def shown(request):
    return LAYERS_SHOWN[request.param]


def shapes(axes):
    return tuple(axis["output"] for axis in axes)


def test_a_scene_is_plain_json_and_small(shown):
    layer, shape = shown
    scene = window_scene(layer, shape, "en")
    assert json.loads(json.dumps(scene, allow_nan=False)) == {**scene, "legend": [list(mark) for mark in scene["legend"]]}
    assert len(json.dumps(scene)) < 9_000


def test_the_axes_are_those_of_the_layer():
    rows, columns = window_scene(conv_layer(2, 1, 1, (3, 5), stride=(1, 2), padding=(0, 2), dilation=(2, 1)), (1, 9, 12), "en")[
        "axes"
    ]
    assert rows == {"size": 9, "kernel": 3, "stride": 1, "before": 0, "after": 0, "dilation": 2, "output": 5}
    assert columns == {"size": 12, "kernel": 5, "stride": 2, "before": 2, "after": 2, "dilation": 1, "output": 6}


def test_the_windows_are_as_many_as_the_output_has_cells(shown):
    layer, shape = shown
    scene = window_scene(layer, shape, "en")
    transposed, unfold = scene["kind"] == "transposed", scene["kind"] == "copy"
    expected = shape if transposed else layer.output_shape(shape)
    if not unfold:
        assert shapes(scene["axes"])[-min(layer.rank, 2) :] == tuple(expected[-min(layer.rank, 2) :])


def test_a_row_has_one_line_and_no_row_in_its_words():
    scene = window_scene(*LAYERS_SHOWN["conv 1d"], "en")
    assert scene["flat"]
    assert scene["axes"][0]["size"] == scene["axes"][0]["output"] == 1
    assert not any("{row" in scene["words"][name] for name in ("in", "out", "span", "cell", "padcell", "inset"))


def test_a_volume_shows_height_and_width_and_says_so():
    scene = window_scene(*LAYERS_SHOWN["conv 3d"], "en")
    assert [axis["size"] for axis in scene["axes"]] == [6, 5]
    assert "Height and width of the middle depth slice are shown, number 4 of 8." in scene["notes"]
    assert "The kernel reaches over 3 slices; the sum is that of one." in scene["notes"]


def test_a_transposed_convolution_lies_on_its_output():
    scene = window_scene(*LAYERS_SHOWN["transposed"], "en")
    assert scene["kind"] == "transposed"
    assert [(axis["size"], axis["output"]) for axis in scene["axes"]] == [(10, 5), (10, 5)]
    assert scene["titles"]["output"] == "output 10 × 10, cut out of 12 × 12"


def test_an_output_padding_beyond_the_stride_adds_no_windows():
    layer = conv_transpose_layer(1, 1, 1, 2, stride=1, output_padding=2, dilation=3)
    assert shapes(window_scene(layer, (1, 1, 4), "en")["axes"]) == (1, 4)


@pytest.mark.parametrize(
    ("layer", "shape", "said"),
    [
        (CONV, (1, 3, 12, 12), "Never read: 1 of 12 rows and 1 of 12 columns, together 23 of 144 cells."),
        (conv_layer(2, 1, 1, 2, stride=3), (1, 1, 8, 8), "Never read: 2 of 8 rows and 2 of 8 columns, together 28 of 64 cells."),
        (conv_layer(1, 1, 1, 2, stride=4), (1, 1, 10), "Never read: 4 of 10 positions."),
        (conv_transpose_layer(1, 1, 1, 2, stride=4), (1, 1, 3), "No input reaches 4 of 10 output positions."),
        (max_pool_layer(2, 2), (1, 1, 5, 4), "Never read: 1 of 5 rows and 0 of 4 columns, together 4 of 20 cells."),
    ],
    ids=["end", "holes", "row", "transposed", "pool"],
)  # fmt: skip
def test_what_no_window_reaches_is_counted(layer, shape, said):
    scene = window_scene(layer, shape, "en")
    assert said in scene["notes"]
    assert "dead" in dict(scene["legend"])


@pytest.mark.parametrize("name", ["max", "reflect", "adaptive"])
def test_where_all_is_read_nothing_is_said_to_be_left(name):
    scene = window_scene(*LAYERS_SHOWN[name], "en")
    assert "dead" not in dict(scene["legend"])
    assert not any("Never" in note for note in scene["notes"])


@pytest.mark.parametrize(
    ("layer", "name"),
    [
        (conv_layer(2, 1, 1, 3, padding=1), "padding (zeros)"),
        (conv_layer(2, 1, 1, 3, padding=1, padding_mode="reflect"), "padding (mirrored)"),
        (conv_layer(2, 1, 1, 3, padding=1, padding_mode="replicate"), "padding (edge repeated)"),
        (conv_layer(2, 1, 1, 3, padding=1, padding_mode="circular"), "padding (wrapped around)"),
        (max_pool_layer(2, 2, padding=1), "padding (−∞)"),
        (avg_pool_layer(2, 2, padding=1), "padding (zeros)"),
        (avg_pool_layer(2, 2, padding=1, count_include_pad=False), "padding (not counted)"),
        (conv_transpose_layer(2, 1, 1, 3, padding=1), "cut off by padding"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_legend_names_the_padding(layer, name):
    assert dict(window_scene(layer, (1, 1, 8, 8), "en")["legend"])["pad"] == name


def test_a_window_that_hangs_over_the_end_is_in_the_legend():
    assert "over" in dict(window_scene(*LAYERS_SHOWN["avg"], "en")["legend"])
    assert "over" not in dict(window_scene(avg_pool_layer(2, 3, stride=2), (1, 4, 8, 8), "en")["legend"])


@pytest.mark.parametrize(
    ("layer", "shape", "said"),
    [
        (CONV, (1, 3, 12, 12), "One of 3 × 8 channel pairs is shown: a full output adds 3 such sums. The bias is added once."),
        (conv_layer(2, 4, 8, 3, groups=2, bias=False), (1, 4, 9, 9),
         "One of 2 × 8 channel pairs is shown: a full output adds 2 such sums."),
        (conv_layer(2, 4, 4, 3, groups=4), (1, 4, 9, 9), "One of 4 output channels is shown."),
        (max_pool_layer(2, 2), (1, 64, 8, 8), "One of 64 channels is shown."),
    ],
    ids=["all", "grouped", "depthwise", "pool"],
)  # fmt: skip
def test_the_other_channels_are_mentioned(layer, shape, said):
    assert said in window_scene(layer, shape, "en")["notes"]


def test_one_channel_has_nothing_to_mention():
    assert window_scene(conv_layer(2, 1, 1, 3), (1, 1, 8, 8), "en")["notes"] == []


def test_the_wiring_says_what_the_weight_is():
    lines = window_scene(*LAYERS_SHOWN["grouped"], "en")["wiring"]["lines"]
    assert lines == [
        "Channels: 4 → 8",
        "2 groups, each with 2 input and 4 output channels of its own.",
        "weight [8, 2, 3, 3]",
        "output channels, input channels per group, kernel",
    ]


def test_unfold_makes_a_channel_of_every_cell_of_a_window():
    wiring = window_scene(unfold_layer((2, 3)), (1, 2, 9, 9), "en")["wiring"]
    assert nn.Unfold((2, 3))(torch.zeros(1, 2, 9, 9)).shape[1] == 12
    assert wiring["lines"][0] == "Channels: 2 → 12"
    assert ">11<" in wiring["svg"]


def wires(inputs: int, outputs: int, groups: int) -> tuple[int, int, list[str]]:
    """Lines of even and odd groups, and the labels."""
    svg = ElementTree.fromstring(wiring_picture(inputs, outputs, groups, "a < b"))
    count = {path.get("class"): path.get("d").count("M") for path in svg.iter(f"{SVG}path")}
    return count.get("even", 0), count.get("odd", 0), [text.text for text in svg.iter(f"{SVG}text")]


def test_lines_stay_within_their_group():
    assert wires(3, 8, 1)[:2] == (24, 0)
    assert wires(4, 8, 2)[:2] == (8, 8)
    assert wires(6, 6, 6)[:2] == (3, 3)


def test_many_channels_are_the_first_and_the_last():
    even, odd, labels = wires(64, 64, 64)
    assert (even + odd, labels[:11]) == (10, ["0", "1", "2", "3", "4", "…", "59", "60", "61", "62", "63"])
    assert wires(12, 12, 1)[0] == 144


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_browser_finds_the_names_it_fills_in(lang):
    english = window_words("en", flat=False, transposed=True)
    for flat in (False, True):
        for transposed in (False, True):
            words, known = (window_words(code, flat=flat, transposed=transposed) for code in (lang, "en"))
            assert words.keys() == known.keys() == english.keys()
            for name, text in words.items():
                assert sorted(re.findall(r"{\w+}", text)) == sorted(re.findall(r"{\w+}", known[name])), name


def test_every_word_that_a_script_asks_for_is_sent():
    sources = {script.stem: script.read_text(encoding="utf-8") for script in SCRIPTS.glob("*.js")}
    asked = {word for source in sources.values() for word in re.findall(r"words\.(\w+)", source)}
    tables = re.findall(r"const (?:INPUTS|KERNELS) = {\n(.*?)\n};", sources["model"], re.DOTALL)
    presets = {name for table in tables for name in re.findall(r"^  (\w+)[(:]", table, re.MULTILINE)}
    assert {"blob", "edge", "ones", "sharpen"} <= presets
    assert asked | presets <= window_words("en", flat=False, transposed=False).keys()


def test_each_script_stays_small():
    for script in SCRIPTS.glob("*.js"):
        assert script.stat().st_size < 20_000, script.name


def test_chinese_scenes_have_no_english_sentence(shown):
    scene = window_scene(*shown, "zh")
    said = [*scene["titles"].values(), *scene["notes"], *(text for _, text in scene["legend"]), *scene["wiring"]["lines"]]
    assert all(re.search("[\u4e00-\u9fff]", text) for text in said)


def test_layers_without_a_window_are_refused():
    linear = LAYERS["Linear"].make(3, 4)
    assert not has_window(linear)
    assert has_window(CONV)
    with pytest.raises(InvalidInput, match="LinearLayer has no sliding window"):
        window_scene(linear, (1, 3), "en")


def test_what_torch_refuses_is_refused_here():
    with pytest.raises(InvalidLayer, match="kernel"):
        window_scene(conv_layer(2, 1, 1, 9), (1, 1, 4, 4), "en")


def test_an_endless_axis_is_refused():
    with pytest.raises(TooLarge, match="67,108,864"):
        window_scene(conv_layer(1, 1, 1, 1), (1, 1, 2**27), "en")


def test_a_very_long_axis_is_counted_only_where_that_is_quick():
    holes = window_scene(conv_layer(1, 1, 1, 1, stride=3), (1, 1, 2**21), "en")
    assert (holes["notes"], "dead" in dict(holes["legend"])) == ([], True)
    end = window_scene(conv_layer(1, 1, 1, 3, stride=3), (1, 1, 2**21), "en")
    assert end["notes"] == ["Never read: 2 of 2,097,152 positions."]
