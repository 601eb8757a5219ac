"""Sweeps against torch: every point is what the module says, refused values are gaps, the figure has them all."""

from __future__ import annotations

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest
from torch import nn

from explainer.render.sweep_figure import sweep_figure
from explainer.sweep import PARAMETERS, QUANTITIES, sweep
from ui.sweep_panel import fields_of

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
    found = sweep(arguments, shape, parameter)
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
        found = sweep({**ARGUMENTS, "padding": (300, 300)}, shape, parameter)
        values = [point.value for point in found.points]
        assert found.current in values
        assert values == sorted(set(values))
        assert 1 < len(values) <= 100


def test_groups_that_do_not_divide_are_gaps_with_their_reason():
    points = {point.value: point for point in sweep(ARGUMENTS, (1, 4, 12, 12), "groups").points}
    assert [value for value, point in points.items() if point.refusal is None] == [1, 2, 4]
    assert "groups=3 does not divide in_channels=4" in str(points[3].refusal)


def test_a_word_as_padding_has_no_present_value():
    found = sweep({**ARGUMENTS, "padding": "valid"}, (1, 4, 12, 12), "padding")
    assert found.current is None
    assert found.points[1].output_shape == (1, 8, 6, 6)


def test_the_height_alone_changes_where_the_width_has_a_number_of_its_own():
    found = sweep({**ARGUMENTS, "kernel_size": (3, 5)}, (1, 4, 12, 12), "kernel_size")
    assert not found.both
    assert not found.is_square
    assert found.points[0].output_shape == (1, 8, 7, 5)
    assert fields_of(found, 7) == {"kernel_size": 7}


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
    assert fields_of(sweep(ARGUMENTS, (1, 4, 12, 12), parameter), 5) == fields


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("quantity", QUANTITIES)
@pytest.mark.parametrize("parameter", PARAMETERS)
def test_the_figure_has_every_point_and_marks_the_present_one(parameter, quantity, lang):
    found = sweep(ARGUMENTS, (1, 4, 12, 14), parameter)
    series, now, *rest = sweep_figure(found, quantity, lang).data
    assert list(series.x) == [point.value for point in found.points]
    assert list(series.y) == [point.quantity(quantity) for point in found.points]
    assert set(now.x) == {found.current}
    refused = [point.value for point in found.points if point.refusal]
    assert list(rest[-1].x if refused else []) == refused
    assert series.line.shape == ("hvh" if quantity == "output" else "linear")


def test_steps_stay_visible_where_all_values_lie_close_together():
    low, high = sweep_figure(sweep(ARGUMENTS, (1, 4, 512, 512), "size"), "output", "en").layout.yaxis.range
    assert 200 < low < 240
    assert high < 290
    assert sweep_figure(sweep(ARGUMENTS, (1, 4, 12, 12), "size"), "output", "en").layout.yaxis.range[0] == 0


def test_the_hover_says_everything_with_units():
    series = sweep_figure(sweep(ARGUMENTS, (1, 4, 12, 12), "stride"), "macs", "en").data[0]
    assert series.hovertext[1] == "<b>stride = 2</b><br>output 1 × 8 × 6 × 6<br>296 parameters<br>10,368 MACs"


def panel() -> None:
    from ui.conv_form import conv_form
    from ui.sweep_panel import sweep_panel

    sweep_panel(conv_form("en").choice, "en")


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
