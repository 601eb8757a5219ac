"""Sweeps against torch: every point is what the module says, refused values are gaps, the figure has them all."""

from __future__ import annotations

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest
from torch import nn

from explainer.layer import ask_torch
from explainer.render.sweep_figure import sweep_figure
from explainer.sweep import QUANTITIES, parameters_of, sweep
from ui.sweep_panel import fields_of

PARAMETERS = parameters_of("Conv2d")
EXAMPLES = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
ARGUMENTS = {"in_channels": 4, "out_channels": 8, "kernel_size": (3, 3), "stride": (2, 2), "padding": (1, 1),
             "dilation": (1, 1), "groups": 1, "bias": True, "padding_mode": "zeros"}  # fmt: skip
PAIRS = st.one_of(st.integers(1, 5).map(lambda one: (one, one)), st.tuples(st.integers(1, 5), st.integers(1, 5)))


@EXAMPLES
@given(st.sampled_from(PARAMETERS), PAIRS, PAIRS, st.integers(0, 3), st.sampled_from([1, 2, 4]), st.booleans(),
       st.tuples(st.integers(4, 20), st.integers(4, 20)))  # fmt: skip
def test_every_point_is_what_torch_says(parameter, kernel, stride, padding, groups, bias, sizes):
    arguments = {
        **ARGUMENTS,
        "kernel_size": kernel,
        "stride": stride,
        "padding": (padding, padding),
        "groups": groups,
        "bias": bias,
    }
    shape = (2, 4, *sizes)
    found = sweep("Conv2d", arguments, shape, parameter)
    for point in found.points:
        chosen, x_shape = dict(arguments), shape
        if parameter == "size":
            x_shape = (2, 4, point.value, point.value if sizes[0] == sizes[1] else sizes[1])
        else:
            old = arguments[parameter]
            both = isinstance(old, int) or old[0] == old[1]
            chosen[parameter] = point.value if both else (point.value, old[1])
            x_shape = (2, chosen["in_channels"], *sizes)
        try:
            with torch.device("meta"):
                module = nn.Conv2d(**chosen)
                output = module(torch.empty(x_shape))
        except (RuntimeError, ValueError):
            assert point.refusal is not None
            assert point.quantity("output") is point.quantity("macs") is None
            continue
        assert point.output_shape == tuple(output.shape)
        assert point.param_count == sum(parameter.numel() for parameter in module.parameters())
        assert point.macs == output.numel() * module.weight[0].numel()


@pytest.mark.parametrize("parameter", PARAMETERS)
def test_the_present_value_is_a_point_and_values_rise(parameter):
    for shape in ((1, 4, 12, 12), (1, 4, 512, 512), (1, 4, 16384, 16384)):
        found = sweep("Conv2d", {**ARGUMENTS, "padding": (300, 300)}, shape, parameter)
        values = [point.value for point in found.points]
        assert found.current in values
        assert values == sorted(set(values))
        assert 1 < len(values) <= 100


def test_groups_that_do_not_divide_are_gaps_with_their_reason():
    points = {point.value: point for point in sweep("Conv2d", ARGUMENTS, (1, 4, 12, 12), "groups").points}
    assert [value for value, point in points.items() if point.refusal is None] == [1, 2, 4]
    assert "groups=3 does not divide in_channels=4" in str(points[3].refusal)


def test_a_word_as_padding_has_no_present_value():
    found = sweep("Conv2d", {**ARGUMENTS, "padding": "valid"}, (1, 4, 12, 12), "padding")
    assert found.current is None
    assert found.points[1].output_shape == (1, 8, 6, 6)


def test_the_height_alone_changes_where_the_width_has_a_number_of_its_own():
    found = sweep("Conv2d", {**ARGUMENTS, "kernel_size": (3, 5)}, (1, 4, 12, 12), "kernel_size")
    assert not found.both
    assert not found.is_square
    assert found.points[0].output_shape == (1, 8, 7, 5)
    assert fields_of(found, 7, (1, 4, 12, 12)) == {"kernel_size": 7}


@pytest.mark.parametrize(
    ("parameter", "fields"),
    [
        ("size", {"height": 5, "width": 5}),
        ("kernel_size", {"kernel_size": 5, "kernel_size_w": None}),
        ("padding", {"padding": 5, "padding_w": None, "padding_as": "int"}),
        ("groups", {"groups": 5}),
        ("in_channels", {"in_channels": 5}),
    ],
)
def test_a_point_names_the_fields_that_it_sets(parameter, fields):
    assert fields_of(sweep("Conv2d", ARGUMENTS, (1, 4, 12, 12), parameter), 5, (1, 4, 12, 12)) == fields


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("quantity", QUANTITIES)
@pytest.mark.parametrize("parameter", PARAMETERS)
def test_the_figure_has_every_point_and_marks_the_present_one(parameter, quantity, lang):
    found = sweep("Conv2d", ARGUMENTS, (1, 4, 12, 14), parameter)
    series, now, *rest = sweep_figure(found, quantity, lang).data
    assert list(series.x) == [point.value for point in found.points]
    assert list(series.y) == [point.quantity(quantity, -2) for point in found.points]
    assert set(now.x) == {found.current}
    refused = [point.value for point in found.points if point.refusal]
    assert list(rest[-1].x if refused else []) == refused
    assert series.line.shape == ("hvh" if quantity == "output" else "linear")


def test_steps_stay_visible_where_all_values_lie_close_together():
    low, high = sweep_figure(sweep("Conv2d", ARGUMENTS, (1, 4, 512, 512), "size"), "output", "en").layout.yaxis.range
    assert 200 < low < 240
    assert high < 290
    assert sweep_figure(sweep("Conv2d", ARGUMENTS, (1, 4, 12, 12), "size"), "output", "en").layout.yaxis.range[0] == 0


def test_the_hover_says_everything_with_units():
    series = sweep_figure(sweep("Conv2d", ARGUMENTS, (1, 4, 12, 12), "stride"), "macs", "en").data[0]
    assert series.hovertext[1] == "<b>stride = 2</b><br>output 1 × 8 × 6 × 6<br>296 parameters<br>10,368 MACs"


def panel() -> None:
    from ui.layer_form import layer_form
    from ui.sweep_panel import sweep_panel

    sweep_panel(layer_form("Conv2d", "en").choice, "en")


def test_the_table_says_what_the_chart_shows_and_why_a_value_is_refused():
    app = AppTest.from_function(panel, default_timeout=60)
    app.query_params["sweep_over"] = "kernel_size"
    app.run()
    app.number_input(key="padding").set_value(0).run()
    assert not app.exception
    table = next(element.proto.body for element in app.get("html") if "bl-sweep" in element.proto.body)
    assert "<td class='bl-num'>12</td><td class='bl-num'>1 × 8 × 1 × 1</td>" in table
    assert "The kernel reaches over 13 cells, but dimension 2 has 12" in table
    assert table.count("aria-current") == 1


OTHERS = ("Conv1d", "Conv3d", "ConvTranspose2d", "MaxPool2d", "AvgPool3d", "LPPool1d", "AdaptiveAvgPool2d", "Unfold", "Upsample",
          "PixelShuffle", "PixelUnshuffle", "ConstantPad3d", "Linear")  # fmt: skip


def start_of(name: str):
    """The settings that the page starts with."""
    app = AppTest.from_function(forms, default_timeout=60, kwargs={"name": name}).run()
    assert not app.exception
    return app.session_state["choice"]


def forms(name: str) -> None:
    import streamlit as st

    from ui.layer_form import layer_form

    st.session_state["choice"] = layer_form(name, "en").choice


@pytest.mark.parametrize("name", OTHERS)
def test_every_layer_is_swept_and_each_point_sets_the_fields_that_make_it(name):
    """The form, with the fields of a point set, asks for exactly that layer and input, as torch confirms."""
    choice = start_of(name)
    for parameter in parameters_of(name):
        found = sweep(name, dict(choice.arguments), choice.input_shape, parameter)
        known = [point for point in found.points if point.refusal is None]
        assert known, parameter
        assert found.current in [point.value for point in found.points]
        point = known[:2][-1]
        app = AppTest.from_function(forms, default_timeout=60, kwargs={"name": name})
        for key, value in fields_of(found, point.value, point.input_shape).items():
            app.session_state[key] = value
        applied = app.run().session_state["choice"]
        answer = ask_torch(name, dict(applied.arguments), applied.input_shape)
        assert (answer.output_shape, answer.param_count) == (point.output_shape, point.param_count), (parameter, point)


@pytest.mark.parametrize("name", OTHERS)
def test_torch_refuses_what_the_sweep_refuses(name):
    choice = start_of(name)
    for parameter in parameters_of(name):
        if parameter in ("size", "in_channels", "in_features"):
            continue
        for point in sweep(name, dict(choice.arguments), choice.input_shape, parameter).points[:9]:
            try:
                with torch.no_grad():
                    output = getattr(nn, name)(**{**dict(choice.arguments), parameter: point.value})(
                        torch.zeros(point.input_shape)
                    )
            except (RuntimeError, ValueError):
                assert point.refusal is not None, (parameter, point)
                continue
            assert point.output_shape == tuple(output.shape), (parameter, point)


def test_axes_of_their_own_each_get_a_line():
    found = sweep("Conv3d", {"in_channels": 1, "out_channels": 1, "kernel_size": (3, 3, 5)}, (1, 1, 9, 9, 9), "kernel_size")
    assert not found.both
    figure = sweep_figure(found, "output", "en")
    assert [trace.name for trace in figure.data[:1]] + [trace.name for trace in figure.data[2:4]] == ["depth", "height", "width"]


def test_a_list_of_paddings_has_no_present_value_and_a_point_replaces_it():
    found = sweep("ZeroPad2d", {"padding": (1, 2, 0, 0)}, (1, 3, 12, 12), "padding")
    assert found.current is None
    assert fields_of(found, 2, (1, 3, 12, 12)) == {"padding": "2"}
    assert found.points[2].output_shape == (1, 3, 16, 16)
