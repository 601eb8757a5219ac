"""What the Layer page says of a convolution: products by hand, what nobody reads against the windows themselves."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explainer.arithmetic import Axis, conv_layer
from explainer.conv_facts import conv_facts, never_read
from explainer.errors import InvalidLayer
from explainer.render.conv_formula import formula_html


def facts(size=(12, 12), batch=1, in_channels=3, out_channels=8, kernel_size=3, **options):
    return conv_facts(conv_layer(2, in_channels, out_channels, kernel_size, **options), (batch, in_channels, *size))


def test_the_products_are_written_out():
    found = facts(stride=3, padding=1)
    assert (found.param_product, found.layer.param_count) == ("8 × 3 × 3 × 3 + 8", 224)
    assert (found.macs_product, found.macs) == ("8 × 4 × 4 × (3 × 3 × 3)", 3456)
    assert facts(batch=2, bias=False).macs_product == "2 × 8 × 10 × 10 × (3 × 3 × 3)"
    assert facts(bias=False).param_product == "8 × 3 × 3 × 3"


@pytest.mark.parametrize(
    ("options", "sentences"),
    [
        (
            {"stride": 3, "padding": 1},
            ["No window reaches the end of the input: 1 of 12 rows and 1 of 12 columns are never read.",
             "Every size from 10 to 12 gives 4.",
             "With padding=0 the end is read too, and the output stays the same."],
        ),
        ({"stride": (1, 2)}, ["No window reaches the end of the input: 1 of 12 columns are never read.",
                              "Every width from 11 to 12 gives 5."]),
        ({"stride": (5, 1)}, ["No window reaches the end of the input: 4 of 12 rows are never read.",
                              "The windows leave gaps: 2 of 12 rows in between are never read.",
                              "Every height from 8 to 12 gives 2."]),
        ({"stride": 2, "dilation": 2, "padding": 1},
         ["The windows leave gaps: 6 of 12 rows and 6 of 12 columns in between are never read.",
          "Every size from 11 to 12 gives 5."]),
        ({"padding": 1}, []),
    ],
    ids=["end, with a remedy", "columns only", "rows, end and gaps", "gaps", "all read"],
)  # fmt: skip
def test_what_is_odd_about_a_setting_is_said(options, sentences):
    found = facts(**options)
    assert [str(sentence) for sentence in (*found.gaps, *found.notes)] == sentences


def test_no_padding_is_recommended_that_changes_the_output():
    found = facts(size=(4, 4), kernel_size=1, stride=2, padding=2)
    assert found.gaps
    assert not [sentence for sentence in found.notes if "padding=" in str(sentence)]


@pytest.mark.parametrize(
    ("options", "kind"),
    [
        ({"in_channels": 8, "groups": 8}, "Depthwise: every input channel has filters of its own, and channels do not mix."),
        ({"in_channels": 8, "groups": 2}, "Grouped: each output channel sees 4 of the 8 input channels."),
        ({"kernel_size": 1}, "Pointwise: it mixes channels and never looks at a neighbour."),
        ({}, "Every output channel looks at all 3 input channels."),
    ],
)
def test_the_kind_of_convolution_is_named(options, kind):
    assert str(facts(**options).kind) == kind


def source_position(cell: int, size: int, mode: str) -> int | None:
    """Where a padded cell comes from, worked out by building the padded row."""
    row = list(range(size))
    if 0 <= cell < size:
        return row[cell]
    if mode == "zeros":
        return None
    if mode == "circular":
        return row[cell % size]
    if mode == "replicate":
        return row[0] if cell < 0 else row[-1]
    mirrored = [*row[:0:-1], *row, *row[-2::-1]]
    return mirrored[cell + size - 1]


@given(
    st.integers(1, 14), st.integers(1, 5), st.integers(1, 6), st.integers(0, 6), st.integers(1, 4),
    st.sampled_from(["zeros", "reflect", "replicate", "circular"]),
)  # fmt: skip
@settings(max_examples=400, deadline=None)
def test_never_read_is_what_no_window_touches(size, kernel_size, stride, padding, dilation, mode):
    if padding > {"reflect": size - 1, "circular": size}.get(mode, padding):
        return
    axis = Axis(size, kernel_size, stride, (padding, padding), dilation)
    if not axis.output:
        return
    touched = {source_position(cell, size, mode) for index in range(axis.output) for cell in axis.window(index)}
    assert set(never_read(axis, mode)) == set(range(size)) - touched


def test_the_formula_has_the_users_numbers_and_is_read_aloud():
    text = formula_html(facts(stride=3, padding=1).axes, "en")
    assert "11 / <b class='bl-s'>3</b>" in text
    assert "⌊ 3.66... ⌋ + 1 = 3 + 1 = <strong>4</strong>" in text
    assert "the floor of 11 divided by 3, plus 1, is 4." in text
    assert text.count("class='bl-formula'") == 1


def test_the_formula_has_a_line_per_axis_where_they_differ():
    text = formula_html(facts(kernel_size=(3, 4), padding="same").axes, "en")
    assert text.count("class='bl-formula'") == 2
    assert "<b class='bl-p'>1</b> + <b class='bl-p'>2</b>" in text, "an even kernel pads more behind than before"


def test_the_quotient_is_never_rounded_past_its_floor():
    assert "⌊ 0.99... ⌋ + 1 = 0 + 1" in formula_html(facts(size=(1000, 1000), kernel_size=2, stride=999, dilation=1).axes, "en")


def test_a_layer_that_torch_refuses_has_no_facts():
    with pytest.raises(InvalidLayer, match="The kernel reaches over 13 cells"):
        facts(kernel_size=13)
