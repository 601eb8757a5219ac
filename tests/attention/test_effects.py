"""What a changed gate does to output and gradient, against the same computed directly with torch."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from blocks import CATALOGUE
from explainer.attention.effects import effects
from explainer.attention.records import Effect, Effects, Weights
from explainer.attention.weights import built
from explainer.errors import InvalidInput, TooLarge
from tests.attention.looking import CAT, HOWS, TOKEN_HOWS, Product, Tokens, fed, numbers, subject

SHAPE = (1, 8, 16, 16)


def squeeze_excite():
    return CATALOGUE["squeeze_excite"].build({"channels": 8, "reduction": 2})


def by_kind(found: Effects) -> dict[str, Effect]:
    return {row.kind: row for row in found.rows}


def relative(now: Tensor, before: Tensor) -> float:
    return float((now - before).norm() / before.norm())


def test_squeeze_and_excitation_against_torch():
    """Every row from the formulas: y = x g(x), with g replaced by 1, by its mean, by 0 in one channel, and held constant."""
    module, _ = built(squeeze_excite, Weights(2))
    (x,) = fed(squeeze_excite, SHAPE)
    x.requires_grad_()
    y = module(x)
    (gradient,) = torch.autograd.grad(y.square().sum() / 2, x)
    y = y.detach()
    with torch.no_grad():
        gate = module.expand(module.reduce(module.squeeze(x)).relu()).sigmoid()
    rows = by_kind(effects(subject(squeeze_excite, SHAPE), CAT, Weights(2), 0, unit=5, channel=1))
    assert list(rows) == ["on", "off", "ones", "even", "zero", "held"]
    x = x.detach()
    even = x * gate.mean()
    shut = y.clone()
    shut[:, 5] = 0
    assert rows["on"].gradient == pytest.approx(float(gradient.norm()), rel=1e-4)
    assert rows["off"].change == pytest.approx(relative(x, y), rel=1e-4)
    assert rows["off"].gradient == pytest.approx(float(x.norm()), rel=1e-4)
    assert rows["off"].gradient_change == pytest.approx(relative(x, gradient), rel=1e-4)
    assert rows["ones"].change == rows["off"].change
    assert rows["even"].change == pytest.approx(relative(even, y), rel=1e-3)
    assert rows["zero"].change == pytest.approx(relative(shut, y), rel=1e-4)
    assert rows["zero"].channels == (0, 0, 0, 0, 0, pytest.approx(1), 0, 0)
    assert rows["held"].change == 0
    assert rows["held"].gradient == pytest.approx(float((x * gate**2).norm()), rel=1e-4)
    assert rows["off"].output is not None
    torch.testing.assert_close(numbers(rows["off"].output), x[0, 1].double(), rtol=1e-3, atol=1e-3)
    assert rows["off"].sensitivity is not None
    size = x[0].square().mean(0).sqrt().double()
    torch.testing.assert_close(numbers(rows["off"].sensitivity), size, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("how", HOWS)
def test_off_lets_x_through_and_zero_shuts_one_channel_however_the_product_is_written(how):
    rows = by_kind(effects(subject(lambda: Product(how), (1, 4, 16, 16)), CAT, Weights(), 0, unit=1, channel=1))
    (x,) = fed(lambda: Product(how), (1, 4, 16, 16))
    for kind in ("off", "ones"):
        assert rows[kind].output is not None
        torch.testing.assert_close(numbers(rows[kind].output), x[0, 1].double(), rtol=1e-3, atol=1e-3)
        assert rows[kind].gradient == pytest.approx(float(x.norm()), rel=1e-4)
    assert rows["zero"].channels == (0, pytest.approx(1), 0, 0)
    assert rows["zero"].output is not None
    assert (rows["zero"].output.least, rows["zero"].output.largest) == (0, 0)


@pytest.mark.parametrize("how", TOKEN_HOWS)
def test_attention_that_is_off_leaves_every_token_its_own_value(how):
    """Its weights are all equal, so that evening them out changes nothing."""
    rows = by_kind(effects(subject(lambda: Tokens(how), (1, 16, 8)), CAT, Weights(), 0, channel=3))
    module, _ = built(lambda: Tokens(how), Weights())
    (x,) = fed(lambda: Tokens(how), (1, 16, 8))
    with torch.no_grad():
        own = module.values(x)
        if "module" in how:
            own = module.attention.out_proj(F.linear(x, module.attention.in_proj_weight[16:]))
    assert list(rows) == ["on", "off", "even", "held"]
    assert rows["even"].change == pytest.approx(0, abs=1e-5)
    assert rows["off"].output is not None
    torch.testing.assert_close(numbers(rows["off"].output), own[0, :, 3].reshape(4, 4).double(), rtol=1e-3, atol=1e-3)


class Doubled(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x * (1 + torch.sigmoid(x.mean((2, 3), keepdim=True)))


def test_forced_to_1_is_not_off_where_the_gate_is_scaled_before_it_multiplies():
    rows = by_kind(effects(subject(Doubled, (1, 4, 16, 16)), CAT, Weights(), 0, channel=0))
    (x,) = fed(Doubled, (1, 4, 16, 16))
    assert rows["off"].gradient == pytest.approx(float(x.norm()), rel=1e-4)
    assert rows["ones"].gradient == pytest.approx(4 * float(x.norm()), rel=1e-4)


class GluGate(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return F.glu(x, 1)


def test_the_gate_inside_of_glu_can_be_opened():
    rows = by_kind(effects(subject(GluGate, (1, 8, 16, 16)), CAT, Weights(), 0, channel=1))
    (x,) = fed(GluGate, (1, 8, 16, 16))
    assert rows["off"].output is not None
    torch.testing.assert_close(numbers(rows["off"].output), x[0, 1].double(), rtol=1e-3, atol=1e-3)


class Pooled(nn.Module):
    """Weighs every place and adds them up: a softmax over places."""

    def __init__(self) -> None:
        super().__init__()
        self.score = nn.Conv2d(4, 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        weights = self.score(x).flatten(2).softmax(-1)
        return weights @ x.flatten(2).transpose(1, 2)


def test_a_pooling_gate_that_is_off_takes_the_mean():
    found = effects(subject(Pooled, (1, 4, 16, 16)), CAT, Weights(), 0)
    assert [row.kind for row in found.rows] == ["on", "off", "even", "held"]
    assert found.rows[1].change == found.rows[2].change
    (x,) = fed(Pooled, (1, 4, 16, 16))
    module, _ = built(Pooled, Weights())
    with torch.no_grad():
        expected = relative(x.mean((2, 3)), module(x)[:, 0])
    assert found.rows[1].change == pytest.approx(expected, rel=1e-4)


class WritesToItsInput(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        gate = x.mean((2, 3), keepdim=True).sigmoid()
        return x.mul_(gate)


def test_a_module_that_writes_to_its_input_is_no_obstacle():
    rows = by_kind(effects(subject(WritesToItsInput, (1, 4, 16, 16)), CAT, Weights(), 0))
    (x,) = fed(WritesToItsInput, (1, 4, 16, 16))
    assert rows["off"].gradient == pytest.approx(float(x.norm()), rel=1e-4)


class Detached(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x.detach() * torch.sigmoid(x.detach().mean((2, 3), keepdim=True))


def test_a_forward_that_is_cut_off_from_its_input_has_a_gradient_of_0():
    rows = by_kind(effects(subject(Detached, (1, 4, 16, 16)), CAT, Weights(), 0))
    assert rows["off"].gradient == 0


@pytest.mark.parametrize("key", [key for key, spec in CATALOGUE.items() if spec.gates])
def test_every_gate_of_the_catalogue_can_be_changed(key):
    spec = CATALOGUE[key]
    settings = {**spec.defaults, **{name: 12 for name in ("height", "width") if name in spec.sizes}}
    shapes = tuple((1, *shape[1:]) for shape in spec.input_shapes(settings))
    for number in range(len(spec.gates)):
        rows = by_kind(effects(subject(lambda: spec.build(settings), *shapes), CAT, Weights(), number))
        assert rows["on"].change == 0
        assert rows["held"].change == 0
        assert rows["off"].change is not None
        assert rows["off"].change > 0
        assert all(row.gradient is not None for row in rows.values())


def test_a_gate_that_is_not_there_and_a_forward_that_takes_too_long_get_a_sentence():
    at = subject(squeeze_excite, SHAPE)
    with pytest.raises(InvalidInput, match="no gate number 2"):
        effects(at, CAT, Weights(), 1)
    with pytest.raises(TooLarge, match="multiply-adds"):
        effects(at, CAT, Weights(), 0, max_macs=10)
