"""How much gates differ between classes: against numbers worked out by hand."""

from __future__ import annotations

import pytest
import torch

from explainer.training.measures import compare, gate_means, shuffled_share, units
from explainer.training.record import CLASSES, MOST_UNITS

TWO_OF_EACH = torch.arange(CLASSES).repeat_interleave(2)


def test_between_and_within_by_hand():
    """Unit 0 is the class's number, give or take 1; unit 1 is always 5."""
    rows = torch.stack([TWO_OF_EACH + torch.tensor([1.0, -1.0]).repeat(CLASSES), torch.full((2 * CLASSES,), 5.0)], dim=1).double()
    means, between, within = compare(rows, TWO_OF_EACH)
    assert means[:, 0].tolist() == list(range(CLASSES))
    assert between == pytest.approx(8.25 / 2)  # the variance of 0 to 9, and 0, averaged over two units
    assert within == pytest.approx(1 / 2)
    found = gate_means((2, 0, "channel"), (2, 1, 1), rows, TWO_OF_EACH, None)
    assert found.share == pytest.approx(8.25 / 9.25)
    assert (found.least, found.largest, found.shuffled) == (-1, 10, None)


def test_a_gate_that_is_the_same_for_all_has_no_share():
    rows = torch.full((2 * CLASSES, 3), 0.5).double()
    found = gate_means((0, 0, "channel"), (3,), rows, TWO_OF_EACH, 7)
    assert found.between == found.within == 0
    assert found.share is None
    assert found.shuffled is None


def test_dealing_the_classes_at_random_leaves_what_comes_by_chance():
    """With c classes of n pictures, about (c - 1) / (c n - 1) of the variance lies between random groups."""
    classes = torch.arange(CLASSES).repeat_interleave(50)
    rows = torch.randn(500, 40, generator=torch.Generator().manual_seed(3)).double() + classes[:, None]
    _means, between, within = compare(rows, classes)
    assert between / (between + within) > 0.85
    assert shuffled_share(rows, classes, 1) == pytest.approx(9 / 499, rel=0.4)
    assert shuffled_share(rows, classes, 1) == shuffled_share(rows, classes, 1)


@pytest.mark.parametrize(
    ("kind", "shape", "expected"),
    [
        ("channel", (6, 5, 1, 1), 5),
        ("channel", (6, 5), 5),
        ("channel", (6, 2, 5), 2),
        ("spatial", (6, 1, 4, 3), 12),
        ("spatial", (6, 4, 3), 12),
        ("channel-spatial", (6, 5, 4, 1), 5),
        ("elementwise", (6, 5, 4, 3), 5),
        ("token-to-token", (6, 2, 9, 9), 9),
        ("token-to-token", (12, 9, 9), 9),
    ],
    ids=str,
)
def test_a_gate_becomes_one_row_for_each_picture(kind, shape, expected):
    rows = units(torch.rand(shape), kind, 6)
    assert rows is not None
    assert tuple(rows.shape) == (6, expected)


def test_what_a_token_receives_is_the_mean_over_heads_and_queries():
    weights = torch.rand(1, 2, 3, 3)
    rows = units(weights, "token-to-token", 1)
    assert torch.allclose(rows[0], weights[0].mean(dim=(0, 1)))


@pytest.mark.parametrize(
    "values", [torch.rand(7, 3), torch.rand(6), torch.ones(6, 3, dtype=torch.int64)], ids=["7 rows", "1d", "int"]
)
def test_values_without_a_row_for_each_picture_are_left_out(values):
    assert units(values, "channel", 6) is None


def test_more_units_than_can_be_drawn_are_measured_and_not_sent():
    rows = torch.rand(2 * CLASSES, MOST_UNITS + 9).double()
    found = gate_means((0, 0, "channel"), (9,), rows, TWO_OF_EACH, None)
    assert len(found.means[0]) == MOST_UNITS
    assert found.between == pytest.approx(compare(rows, TWO_OF_EACH)[1])
