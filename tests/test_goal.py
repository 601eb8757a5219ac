"""Goal seek against brute force and torch: every option reaches the output, none within the bounds is missing, advice holds."""

from __future__ import annotations

import json
import re
import warnings
from itertools import product
from math import prod
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest
from torch import nn

from explainer.arithmetic import LAYERS, conv_layer, conv_transpose_layer, max_pool_layer, spreads_for, unfold_layer
from explainer.goal import (
    can_seek,
    growth_advice,
    numbers_of,
    options_for,
    patch_advice,
    same_advice,
    sharing_inputs,
    stride_advice,
    targets,
    windows_for,
)
from explainer.language import say
from ui.goal_panel import fields_of

EXAMPLES = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
SIZES = st.tuples(st.integers(1, 40), st.integers(1, 40))
CONV = {"in_channels": 3, "out_channels": 8, "kernel_size": 3}
SOUGHT = [name for name in LAYERS if can_seek(name)]


def by_hand(size: int, output: int) -> set[tuple[int, int, int, int]]:
    """All settings within the bounds, from the formula alone."""
    found = set()
    for kernel, stride, padding, dilation in product(range(1, 12), range(1, 5), range(6), range(1, 3)):
        travel = size + 2 * padding - dilation * (kernel - 1) - 1
        if travel >= 0 and travel // stride + 1 == output and (kernel > 1 or dilation == 1):
            found.add((kernel, stride, padding, dilation))
    return found


@EXAMPLES
@given(st.integers(1, 60), st.integers(1, 60))
def test_no_window_within_the_bounds_is_missing(size, output):
    windows = windows_for(size, output)
    found = {(w.kernel_size, w.stride, w.padding, w.dilation) for w in windows}
    assert by_hand(size, output) <= found
    assert all(window.on(size).output == output for window in windows)
    assert len(found) == len(windows)


@EXAMPLES
@given(SIZES, SIZES, st.sampled_from(["zeros", "reflect", "circular"]))
def test_torch_reaches_the_output_with_every_option(sizes, wanted, mode):
    arguments = {"in_channels": 2, "out_channels": 4, "kernel_size": 3, "padding_mode": mode}
    for option in options_for("Conv2d", arguments, (1, 2, *sizes), wanted)[:12]:
        made = option.layer
        module = nn.Conv2d(2, 4, made.kernel_size, made.stride, made.padding, made.dilation, padding_mode=mode)
        with torch.no_grad():
            assert tuple(module(torch.zeros(1, 2, *sizes)).shape) == (1, 4, *wanted)
        assert made.param_count == sum(parameter.numel() for parameter in module.parameters())


@pytest.mark.parametrize(
    ("sizes", "wanted", "first"),
    [
        ((224, 224), (112, 112), ((3, 2, 1), (3, 2, 1))),
        ((224, 224), (14, 14), ((16, 16, 0), (16, 16, 0))),
        ((12, 20), (6, 10), ((3, 2, 1), (3, 2, 1))),
        ((12, 20), (12, 10), ((3, 1, 1), (3, 2, 1))),
        ((224, 224), (1, 1), ((224, 224, 0), (224, 224, 0))),
    ],
    ids=["half", "patches", "half of each side", "another number for each side", "one cell"],
)
def test_what_is_common_comes_first(sizes, wanted, first):
    option = options_for("Conv2d", CONV, (1, 3, *sizes), wanted)[0]
    assert tuple((w.kernel_size, w.stride, w.padding) for w in option.windows) == first


def test_pairs_are_offered_only_where_no_window_serves_both_sides():
    assert all(o.windows[0] == o.windows[1] for o in options_for("Conv2d", CONV, (1, 3, 12, 20), (6, 10)))
    pairs = options_for("Conv2d", CONV, (1, 3, 12, 20), (12, 10))
    assert 0 < len(pairs) <= 60
    assert all(o.windows[0] != o.windows[1] for o in pairs)
    assert options_for("Conv2d", CONV, (1, 3, 12, 12), (40, 40)) == ()


def test_a_padding_mode_keeps_to_what_it_can_take():
    arguments = {"in_channels": 1, "out_channels": 1, "kernel_size": 3, "padding_mode": "reflect"}
    options = options_for("Conv2d", arguments, (1, 1, 3, 3), (3, 3))
    assert options
    assert all(option.windows[0].padding <= 2 for option in options)


def test_targets_round_up():
    assert targets((13, 20)) == {"same": (13, 20), "half": (7, 10), "third": (5, 7)}


@EXAMPLES
@given(st.integers(1, 9), st.integers(1, 4), st.integers(10, 40))
def test_the_advice_for_the_same_size_is_torchs_own(kernel, dilation, size):
    (advice,) = same_advice(conv_layer(2, 1, 1, kernel, dilation=dilation))
    values = dict(advice.values)
    before = values.get("before", values.get("padding"))
    after = values.get("after", values.get("padding"))
    x = torch.rand(1, 1, size)
    module = nn.Conv1d(1, 1, kernel, dilation=dilation, bias=False)
    same = nn.Conv1d(1, 1, kernel, dilation=dilation, bias=False, padding="same")
    same.weight = module.weight
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch warns that an even kernel costs it a copy
        ours = module(nn.functional.pad(x, (before, after)))
        assert torch.allclose(ours, same(x))


@EXAMPLES
@given(st.integers(1, 9), st.integers(2, 4), st.integers(1, 3), st.integers(1, 12))
def test_the_padding_to_write_instead_divides_every_multiple(kernel, stride, dilation, times):
    why, instead = stride_advice(conv_layer(2, 1, 1, kernel, stride, dilation=dilation))
    assert "refuses every stride above 1" in str(why)
    size = stride * times
    layer = conv_layer(2, 1, 1, kernel, stride, dict(instead.values)["padding"], dilation)
    assert layer.output_shape((1, 1, size, size))[-1] == times


@EXAMPLES
@given(st.integers(1, 30), st.integers(1, 5), st.integers(1, 4), st.integers(0, 2))
def test_the_inputs_that_share_an_output_are_all_and_no_more(size, kernel, stride, padding):
    layer = conv_layer(2, 1, 1, kernel, stride, padding)
    axes = layer.axes((size, size))
    if not axes[0].output:
        return
    values = dict(sharing_inputs(axes)[0].values)
    first, last = values.get("first", values.get("size")), values.get("last", values.get("size"))
    sharing = [other for other in range(1, 60) if layer.axes((other, other))[0].output == axes[0].output]
    assert (first, last) == (sharing[0], sharing[-1])


ARGUMENTS = {
    "convolution": {"in_channels": 2, "out_channels": 4, "kernel_size": 3},
    "transposed convolution": {"in_channels": 2, "out_channels": 4, "kernel_size": 3},
    "pool": {"kernel_size": 2},
    "patches": {"kernel_size": 2},
}


@pytest.mark.parametrize("ceil_mode", [False, True])
@pytest.mark.parametrize("name", SOUGHT)
def test_every_layer_with_windows_reaches_what_is_wanted_and_torch_agrees(name, ceil_mode):
    form = LAYERS[name]
    arguments = dict(ARGUMENTS[form.family]) | ({"norm_type": 2} if name.startswith("LP") else {})
    if ceil_mode and form.family != "pool":
        pytest.skip("a pool's own argument")
    arguments |= {"ceil_mode": True} if ceil_mode else {}
    sizes = (13, 12, 16)[-form.rank :]
    growing = form.family == "transposed convolution"
    for word, wanted in targets(sizes, growing=growing).items():
        found = options_for(name, arguments, (1, 2, *sizes), wanted)
        assert found, (word, wanted)
        for option in found[:6]:
            chosen = {number: tuple(getattr(w, number) for w in option.windows) for number in numbers_of(name)}
            given = {**arguments, **chosen}
            if name.startswith("LPPool1"):
                given |= {"kernel_size": given["kernel_size"][0], "stride": given["stride"][0]}
            with torch.device("meta"), torch.no_grad():
                output = getattr(nn, name)(**given)(torch.empty(1, 2, *sizes))
            assert tuple(output.shape[2:]) == ((prod(wanted),) if name == "Unfold" else wanted)
            assert len(option.unread(sizes)) == form.rank


@EXAMPLES
@given(st.integers(1, 20), st.integers(1, 60))
def test_no_transposed_window_within_the_bounds_is_missing(size, output):
    found = {(s.kernel_size, s.stride, s.padding, s.dilation, s.output_padding) for s in spreads_for(size, output)}
    expected = set()
    for kernel, stride, padding, dilation in product(range(1, 12), range(1, 5), range(6), range(1, 3)):
        for extra in range(max(stride, dilation)):
            if (size - 1) * stride - 2 * padding + dilation * (kernel - 1) + extra + 1 == output and (
                kernel > 1 or dilation == 1
            ):
                expected.add((kernel, stride, padding, dilation, extra))
    assert found == expected


@EXAMPLES
@given(st.integers(1, 9), st.integers(1, 5), st.integers(1, 3), st.integers(2, 9))
def test_the_advice_to_grow_by_the_stride_holds_or_nothing_does(kernel, stride, dilation, size):
    advice = dict(growth_advice(conv_transpose_layer(1, 1, 1, kernel, stride, dilation=dilation)).values)
    if "padding" in advice:
        layer = conv_transpose_layer(1, 1, 1, kernel, stride, advice["padding"], advice["extra"], dilation=dilation)
        assert layer.output_shape((1, 1, size)) == (1, 1, size * stride)
    else:
        reached = {
            (size - 1) * stride - 2 * padding + dilation * (kernel - 1) + extra + 1
            for padding in range(40) for extra in range(max(stride, dilation))
        }  # fmt: skip
        assert size * stride not in reached


def test_a_pool_is_told_what_it_cannot_add_itself():
    (even,) = same_advice(max_pool_layer(2, 2))
    assert "put a padding layer before it" in str(even)
    (odd,) = same_advice(max_pool_layer(2, 3))
    assert "padding=1 keeps every size" in str(odd)
    (patches,) = same_advice(unfold_layer(2))
    assert "Unfold adds equally many on both sides: put a padding layer before it" in str(patches)
    (gaps,) = same_advice(max_pool_layer(2, 3, dilation=2))
    assert "put a padding layer before it" in str(gaps)


def test_three_axes_are_told_apart():
    layer = conv_layer(3, 1, 1, (3, 3, 5))
    assert [str(advice).split(",")[0] for advice in same_advice(layer)] == ["Depth", "Height", "Width"]
    told = [str(one) for one in sharing_inputs(conv_layer(3, 1, 1, 3, 2).axes((9, 9, 11)))]
    assert told[0].startswith("Every depth from")
    assert len(told) == 3


def panel() -> None:
    from ui.goal_panel import goal_panel
    from ui.layer_form import layer_form

    goal_panel(layer_form("Conv2d", "en").choice, "en")


def texts(app: AppTest) -> str:
    return " ".join(re.sub("<[^>]+>", " ", element.proto.body) for element in app.get("html")).replace("\u00a0", " ")


def lines(app: AppTest) -> list[dict[str, Any]]:
    """The settings as the browser gets them."""
    (found,) = (json.loads(one.proto.json) for one in app.get("bidi_component") if one.proto.id.endswith("goal-list"))
    assert len(found[0]["heads"]) == len(found[0]["rows"][0]["cells"])
    rows: list[dict[str, Any]] = found[0]["rows"]
    return rows


def test_the_line_that_is_in_use_says_so() -> None:
    app = AppTest.from_function(panel, default_timeout=60)
    app.query_params["want"] = "half"
    app.run()
    assert not any(line["now"] for line in lines(app))
    words = dict(part.split("=") for part in lines(app)[1]["words"].split(", "))
    for key, value in words.items():
        app.number_input(key=key).set_value(int(value))
    app.run()
    assert not app.exception
    assert [line["now"] for line in lines(app)[:3]] == [False, True, False]


def test_more_options_are_shown_on_demand_and_a_growing_size_gets_other_advice():
    app = AppTest.from_function(panel, default_timeout=60)
    app.query_params.update({"want": "half"})
    app.run()
    assert len(lines(app)) == 12
    app.session_state["goal-shown"] = 36
    app.run()
    assert len(lines(app)) == 36
    app.pills(key="want").set_value("other").run()
    app.number_input(key="want_h").set_value(24).run()
    assert "No window of usual size turns 12 × 12 into 24 × 24." in texts(app)
    assert "nn.Upsample" in texts(app)


@pytest.mark.parametrize("wanted", [(6, 8), (12, 8), (3, 2)])
def test_the_windows_of_unfold_are_as_wanted_on_each_axis(wanted):
    """Of a picture of one column, Unfold's row of windows is the first axis alone."""
    found = options_for("Unfold", {"kernel_size": 2}, (1, 3, 12, 16), wanted)
    assert found
    for option in found[:20]:
        numbers = {name: getattr(option.layer, name) for name in numbers_of("Unfold")}
        rows = {name: (pair[0], 0 if name == "padding" else 1) for name, pair in numbers.items()}
        columns = {name: (0 if name == "padding" else 1, pair[1]) for name, pair in numbers.items()}
        assert nn.Unfold(**rows)(torch.zeros(1, 1, 12, 1)).shape[-1] == wanted[0]
        assert nn.Unfold(**columns)(torch.zeros(1, 1, 1, 16)).shape[-1] == wanted[1]
        assert nn.Unfold(**numbers)(torch.zeros(1, 3, 12, 16)).shape == option.layer.output_shape((1, 3, 12, 16))


@EXAMPLES
@given(st.integers(1, 5), st.tuples(st.integers(5, 14), st.integers(5, 14)))
def test_patches_side_by_side_read_no_cell_twice(kernel, sizes):
    advice = say(patch_advice(unfold_layer(kernel), sizes), "en")
    patches = nn.Unfold(kernel, stride=kernel)
    windows = patches(torch.zeros(1, 1, *sizes)).shape[-1]
    read = nn.functional.fold(patches(torch.ones(1, 1, *sizes)), sizes, kernel, stride=kernel)
    assert f"in {sizes[0] // kernel} × {sizes[1] // kernel} windows" in advice
    assert windows == (sizes[0] // kernel) * (sizes[1] // kernel)
    assert read.max() == 1
    assert ("every cell is read once" in advice) == bool(read.min() == 1)


def test_pairs_fill_the_second_field_too():
    option = options_for("Conv2d", CONV, (1, 3, 12, 20), (12, 10))[0]
    fields = fields_of(option, "Conv2d")
    assert (fields["stride"], fields["stride_w"], fields["kernel_size_w"], fields["padding_as"]) == (1, 2, None, "int")
