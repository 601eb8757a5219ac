"""The numbers of a step: those of torch itself, on one scale, never more than a person can look at."""

from __future__ import annotations

from base64 import b64decode

import pytest
import torch
from torch import nn

from blocks.squeeze_excite import SqueezeExcite
from explainer.errors import TooLarge
from explainer.render.value_pictures import value_pictures
from explainer.seeding import Seeded
from explainer.step_values import StepValues, Wanted, step_values, wanted_by, wanted_of_step
from explainer.tensor_pictures import MAX_TILES, Picture, spread_of
from explainer.trace import trace
from explainer.types import Trace


def make() -> nn.Module:
    return nn.Sequential(nn.Conv2d(3, 100, 3, padding=1), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(100, 7))


SHAPE = (2, 3, 70, 60)


@pytest.fixture(scope="module")
def plan() -> Trace:
    with torch.device("meta"):
        return trace(make().eval(), torch.empty(SHAPE))


def values(plan: Trace, *ops: int, seed: int = 0) -> StepValues:
    return step_values(make, (SHAPE,), plan, wanted_by(plan, ops), seed=seed)


def pixels(picture: Picture, number: int = 0) -> list[int]:
    return list(b64decode(picture.tiles[number]))


def test_the_numbers_are_those_of_torch(plan) -> None:
    found = values(plan, 1, seed=3)
    with Seeded(3):
        module, x = make().eval(), torch.randn(SHAPE)
    expected = module[1](module[0](x)).detach()
    assert found.spread is not None
    assert found.spread.mean == pytest.approx(expected.mean().item(), rel=1e-4)
    assert found.spread.largest == pytest.approx(expected.max().item())
    assert found.spread.zeros == pytest.approx((expected == 0).float().mean().item())
    assert sum(found.spread.bins) == expected.numel()


def test_maps_are_few_small_and_on_one_scale(plan) -> None:
    picture = values(plan, 0).result
    assert picture is not None
    assert (picture.kind, picture.count, len(picture.tiles)) == ("maps", 100, MAX_TILES)
    assert (picture.width, picture.height) == (32, 32)
    assert picture.signed
    assert picture.least == -picture.largest
    numbers = [number for tile in range(MAX_TILES) for number in pixels(picture, tile)]
    assert len(numbers) == MAX_TILES * 32 * 32
    assert min(numbers) == 0 or max(numbers) == 255


def test_kernels_and_matrices_are_the_weights(plan) -> None:
    kernels = values(plan, 0).weights
    assert kernels is not None
    assert (kernels.kind, kernels.width, kernels.count, kernels.names[4]) == ("kernels", 3, 300, "1 ← 1")
    matrix = values(plan, len(plan.ops) - 1).weights
    assert matrix is not None
    assert (matrix.kind, matrix.width, matrix.height) == ("matrix", 100, 7)


def test_one_number_per_channel_becomes_rows(plan) -> None:
    picture = values(plan, 2).result
    assert picture is not None
    assert (picture.kind, picture.width, picture.height, picture.count) == ("vector", 10, 10, 100)


def test_the_input_has_values_too(plan) -> None:
    found = step_values(make, (SHAPE,), plan, Wanted(plan.inputs[0]))
    assert found.shape == SHAPE
    assert found.result is not None
    assert len(found.result.tiles) == 3


def test_what_is_not_finite_is_counted_and_not_drawn() -> None:
    found = spread_of(torch.tensor([1.0, 2.0, float("inf"), float("nan")], dtype=torch.float64))
    assert found is not None
    assert (found.least, found.largest, found.infinite, sum(found.bins)) == (1.0, 2.0, 2, 2)
    assert spread_of(torch.tensor([float("nan")])) is None


def test_one_value_everywhere_has_one_bin() -> None:
    found = spread_of(torch.full((5,), 0.5))
    assert found is not None
    assert found.bins == (5,)


def test_what_no_server_could_hold_is_refused() -> None:
    with torch.device("meta"):
        plan = trace(make().eval(), torch.empty(64, 3, 4096, 4096))
    with pytest.raises(TooLarge, match="Values need a real forward"):
        step_values(make, ((64, 3, 4096, 4096),), plan, wanted_by(plan, (0,)))


def test_words_and_pictures_for_the_viewer(plan) -> None:
    shown = value_pictures("c0", values(plan, 0), "en")
    assert shown["step"] == "c0"
    assert shown["pictures"][0]["title"].startswith("channels 0 to 63 of 100, from −")
    assert shown["pictures"][1]["title"].startswith("Weights: 64 kernels of 300")


def test_the_step_that_applies_a_gate_shows_the_gate() -> None:
    with torch.device("meta"):
        found = trace(SqueezeExcite(16, 4).eval(), torch.empty(1, 16, 6, 6))
    values = step_values(lambda: SqueezeExcite(16, 4), ((1, 16, 6, 6),), found, wanted_by(found, (len(found.ops) - 1,)))
    assert values.gate is not None
    assert (values.gate.kind, values.gate.count) == ("vector", 16)
    assert 0 < values.gate.least < values.gate.largest < 1
    assert values.result is not None
    assert values.result.kind == "maps"


def test_each_box_of_the_drawing_knows_its_values(plan) -> None:
    assert wanted_of_step(plan, "c1", (0,)) == wanted_by(plan, (0,))
    assert wanted_of_step(plan, f"v{plan.inputs[0]}", ()) == Wanted(plan.inputs[0])
    assert wanted_of_step(plan, "out0", ()) == Wanted(plan.outputs[0])
    assert wanted_of_step(plan, "failed0", ()) is None
    assert wanted_of_step(plan, "unused12", ()) is None
