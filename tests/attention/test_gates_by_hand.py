"""Gates whose values are known beforehand, because their weights were set by hand."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

from blocks import CATALOGUE
from explainer.attention.effects import effects
from explainer.attention.observe import see
from explainer.attention.records import Edit, Effects, Seen, Wanted, Weights
from explainer.attention.uploads import entry_of
from tests.attention.looking import CAT, FEW, HOWS, TOKEN_HOWS, Product, Tokens, fed, numbers, subject

CLOSE = {"rtol": 1e-3, "atol": 1e-3}


def block(key: str, **settings: object):
    spec = CATALOGUE[key]
    return lambda: spec.build({**spec.defaults, **settings})


def given(**tensors: torch.Tensor) -> Weights:
    """Weights set by hand; the names have ``__`` for a dot."""
    return Weights(0, tuple(entry_of(name.replace("__", "."), tensor) for name, tensor in tensors.items()))


def test_squeeze_and_excitation_with_a_known_gate_for_every_channel():
    """The excitation's weights are 0, so its biases alone make the gate, whatever the picture."""
    wanted = torch.linspace(0.1, 0.9, 8)
    weights = given(
        reduce__weight=torch.zeros(4, 8, 1, 1), reduce__bias=torch.zeros(4), expand__weight=torch.zeros(8, 4, 1, 1),
        expand__bias=torch.logit(wanted),
    )  # fmt: skip
    make = block("squeeze_excite", channels=8, reduction=2)
    seen = see(subject(make, (1, 8, 16, 16)), FEW, weights, Wanted(unit=3))
    (gate,) = seen.gates
    assert (gate.kind, gate.form, gate.squash, gate.shape) == ("channel", "units", "sigmoid", (1, 8, 1, 1))
    assert seen.samples == ("cat", "stripes", "blob")
    for row in gate.units:
        assert row == pytest.approx(wanted.tolist(), abs=1e-5)
    assert [triple.unit for triple in gate.triples] == [3, 7, 0]
    (x,) = fed(make, (1, 8, 16, 16))
    for triple in gate.triples:
        torch.testing.assert_close(numbers(triple.before), x[0, triple.unit].double(), **CLOSE)
        torch.testing.assert_close(numbers(triple.after), (x[0, triple.unit] * wanted[triple.unit]).double(), **CLOSE)
    assert seen.report is not None
    assert len(seen.report.loaded) == 4


def test_one_excitation_weight_set_by_hand_moves_that_gate_alone():
    make = block("squeeze_excite", channels=8, reduction=2)
    before = see(subject(make, (1, 8, 16, 16)), (CAT,), Weights(0), Wanted()).gates[0].units[0]
    edited = Weights(0, edits=(Edit("expand.bias", (5,), 20.0),))
    after = see(subject(make, (1, 8, 16, 16)), (CAT,), edited, Wanted())
    assert after.gates[0].units[0][5] == pytest.approx(1.0, abs=1e-6)
    assert [a for place, a in enumerate(after.gates[0].units[0]) if place != 5] == [
        b for place, b in enumerate(before) if place != 5
    ]
    assert [knob.name for knob in after.knobs] == ["expand.weight", "expand.bias", "reduce.weight", "reduce.bias"]


def test_the_number_of_the_slider_is_that_of_the_weight_before_the_edit():
    make = block("squeeze_excite", channels=8, reduction=2)
    weights = given(expand__bias=torch.arange(8.0))
    wanted = Wanted(knob="expand.bias", index=(6,))
    edited = Weights(weights.seed, weights.entries, (Edit("expand.bias", (6,), -3.0),))
    assert see(subject(make, (1, 8, 16, 16)), (CAT,), edited, wanted).number == 6.0


def test_channel_attention_tells_its_average_from_its_maximum():
    """With the identity for an MLP each branch adds exactly what it pooled."""
    make = block("channel_attention", channels=8, reduction=1)
    one = torch.eye(8)
    weights = given(mlp__0__weight=one, mlp__0__bias=torch.zeros(8), mlp__2__weight=one, mlp__2__bias=torch.zeros(8))
    (gate,) = see(subject(make, (1, 8, 16, 16)), FEW, weights, Wanted()).gates
    (x,) = fed(make, (1, 8, 16, 16))
    average, largest = x.mean((2, 3))[0], x.amax((2, 3))[0]
    assert [part.name for part in gate.parts] == ["mean", "amax"]
    assert gate.parts[0].units == pytest.approx(average.tolist(), abs=1e-5)
    assert gate.parts[1].units == pytest.approx(largest.tolist(), abs=1e-5)
    assert gate.units[0] == pytest.approx((average + largest).sigmoid().tolist(), abs=1e-5)


def test_spatial_attention_that_looks_at_the_maximum_alone():
    make = block("spatial_attention", kernel_size=3)
    kernel = torch.zeros(1, 2, 3, 3)
    kernel[0, 1, 1, 1] = 1
    (gate,) = see(subject(make, (1, 8, 16, 16)), FEW, given(conv__weight=kernel), Wanted()).gates
    (x,) = fed(make, (1, 8, 16, 16), photos=FEW)
    expected = x.amax(1).sigmoid().double()
    assert (gate.kind, gate.form) == ("spatial", "places")
    assert gate.grid is not None
    torch.testing.assert_close(numbers(gate.grid), expected[0], **CLOSE)
    for other, wanted in zip(gate.others, expected[1:], strict=True):
        torch.testing.assert_close(numbers(other), wanted, **CLOSE)
    (triple,) = gate.triples
    assert triple.unit == -1
    torch.testing.assert_close(numbers(triple.before), x[0].mean(0).double(), **CLOSE)
    torch.testing.assert_close(numbers(triple.after), (x[0].mean(0) * expected[0]).double(), **CLOSE)


def test_cbam_shows_both_gates_in_the_order_in_which_they_are_applied():
    kinds = [gate.kind for gate in see(subject(block("cbam", channels=8), (1, 8, 16, 16)), (CAT,), Weights(), Wanted()).gates]
    assert kinds == ["channel", "spatial"]
    turned = subject(block("cbam", channels=8, order="spatial_first"), (1, 8, 16, 16))
    assert [gate.kind for gate in see(turned, (CAT,), Weights(), Wanted()).gates] == ["spatial", "channel"]


def test_attention_that_looks_everywhere_alike():
    make = block("self_attention", dim=8, heads=2)
    weights = given(qkv__weight=torch.zeros(24, 8), qkv__bias=torch.zeros(24))
    (gate,) = see(subject(make, (1, 16, 8)), FEW, weights, Wanted(token=5, head=1)).gates
    assert (gate.form, gate.heads, gate.head, gate.token, gate.places) == ("matrix", 2, 1, 5, (4, 4))
    assert gate.matrix is not None
    assert gate.row is not None
    assert torch.equal(numbers(gate.matrix), torch.full((16, 16), 1 / 16, dtype=torch.float64))
    assert (gate.row.height, gate.row.width) == (4, 4)


def test_a_token_that_looks_at_what_is_like_it():
    """Queries and keys are the tokens themselves, scaled up: the row of each token is a softmax of its products with all."""
    make = block("self_attention", dim=8, heads=1)
    own = torch.cat((torch.eye(8) * 5, torch.eye(8), torch.eye(8)))
    (gate,) = see(subject(make, (1, 16, 8)), (CAT,), given(qkv__weight=own, qkv__bias=torch.zeros(24)), Wanted(token=9)).gates
    (x,) = fed(make, (1, 16, 8))
    expected = (5 * x[0] @ x[0].T / 8**0.5).softmax(-1)
    assert gate.row is not None
    torch.testing.assert_close(numbers(gate.row), expected[9].reshape(4, 4).double(), **CLOSE)


def test_coordinate_attention_along_one_side_is_the_same_along_the_other():
    gates = see(subject(block("coordinate_attention", channels=8), (1, 8, 16, 12)), (CAT,), Weights(), Wanted()).gates
    rows, columns = (numbers(gate.grid) for gate in gates if gate.grid is not None)
    assert rows.shape == columns.shape == (16, 12)
    assert torch.equal(rows, rows[:, :1].expand(16, 12))
    assert torch.equal(columns, columns[:1].expand(16, 12))


def test_axes_that_changed_their_places_lie_on_the_picture_as_they_were():
    """Triplet attention gates x turned to (N, W, H, C) and (N, H, C, W): its maps are rows by columns all the same."""
    gates = see(subject(block("triplet_attention", channels=8), (1, 8, 16, 12)), (CAT,), Weights(), Wanted()).gates
    assert [(gate.grid.rows, gate.grid.columns) for gate in gates if gate.grid] == [(16, 12)] * 3
    assert all(triple.before.rows == 16 for gate in gates for triple in gate.triples)


@pytest.mark.parametrize("how", HOWS)
def test_the_gate_is_read_however_its_product_is_written(how):
    (gate,) = see(subject(lambda: Product(how), (1, 4, 16, 16)), FEW, Weights(), Wanted()).gates
    logits = torch.linspace(-2, 2, 4)
    expected = torch.nn.functional.hardsigmoid(logits) if how == "hard in-place" else logits.sigmoid()
    assert len(gate.units) == 3
    for row in gate.units:
        assert row == pytest.approx(expected.tolist())
    assert gate.triples[0].unit == 3


@pytest.mark.parametrize("how", TOKEN_HOWS)
def test_equal_weights_between_tokens_however_they_are_written(how):
    (gate,) = see(subject(lambda: Tokens(how), (1, 16, 8)), FEW, Weights(), Wanted()).gates
    assert gate.form == "matrix"
    assert gate.least == pytest.approx(1 / 16)
    assert gate.largest == pytest.approx(1 / 16)
    assert gate.places == (4, 4)


@pytest.mark.parametrize("key", [key for key, spec in CATALOGUE.items() if spec.gates])
def test_every_block_with_gates_shows_what_the_catalogue_says(key):
    spec = CATALOGUE[key]
    settings = {**spec.defaults, **{name: 12 for name in ("height", "width") if name in spec.sizes}}
    shapes = tuple((1, *shape[1:]) for shape in spec.input_shapes(settings))
    seen = see(subject(lambda: spec.build(settings), *shapes), FEW, Weights(), Wanted())
    assert tuple(gate.kind for gate in seen.gates) == spec.gates
    for gate in seen.gates:
        assert gate.least <= gate.mean <= gate.largest
        assert gate.units or gate.grid or gate.matrix


def test_the_same_seed_gives_the_same_gates_and_another_seed_others():
    at = subject(block("squeeze_excite", channels=16, reduction=4), (1, 16, 16, 16))
    assert see(at, FEW, Weights(3), Wanted()) == see(at, FEW, Weights(3), Wanted())
    assert see(at, FEW, Weights(3), Wanted()).gates[0].units != see(at, FEW, Weights(4), Wanted()).gates[0].units


def test_the_weight_that_is_offered_first_moves_the_chosen_gate():
    """It joins the channel to the strongest hidden unit: one that a ReLU has silenced would move nothing."""
    make = block("squeeze_excite", channels=16, reduction=4)
    at = subject(make, (1, 16, 16, 16))
    for seed in range(4):
        seen = see(at, (CAT,), Weights(seed), Wanted(unit=6))
        assert seen.place[0] == 6
        edited = Weights(seed, edits=(Edit(seen.knobs[0].name, seen.place, seen.number + 3),))
        assert see(at, (CAT,), edited, Wanted(unit=6)).gates[0].units[0][6] > seen.gates[0].units[0][6] + 0.01


def test_many_visitors_at_once_see_what_one_sees():
    """Ten threads, each with a block and a seed of its own, and gates that are changed meanwhile."""
    keys = ("squeeze_excite", "cbam", "channel_attention", "eca", "spatial_attention")
    tasks = [(key, seed) for key in keys for seed in (0, 1)]

    def look(task: tuple[str, int]) -> tuple[Seen, Effects]:
        key, seed = task
        spec = CATALOGUE[key]
        at = subject(lambda: spec.build({**spec.defaults, "channels": 16, "reduction": 4}), (1, 16, 16, 16))
        return see(at, FEW, Weights(seed), Wanted()), effects(at, CAT, Weights(seed), 0)

    alone = [look(task) for task in tasks]
    with ThreadPoolExecutor(len(tasks)) as pool:
        assert list(pool.map(look, tasks)) == alone
