"""One test over the whole catalogue: a new block cannot arrive half-done."""

from __future__ import annotations

import inspect
import re
from typing import Any

import pytest
import torch

from blocks import CATALOGUE, BlockSpec, InvalidKnob
from explainer.examine import examine, gate_values
from explainer.gates import find_gates

SPECS = [pytest.param(spec, id=key) for key, spec in CATALOGUE.items()]


def settings_of(spec: BlockSpec, **changed: int) -> dict[str, int]:
    return {knob.name: knob.default for knob in spec.knobs} | dict(spec.sizes) | changed


def fingerprint(spec: BlockSpec, settings: dict[str, int]) -> tuple[Any, ...]:
    found = examine(lambda: spec.build(settings), spec.input_shape(settings))
    assert found.trace.failure is None
    return found.totals, tuple(found.trace.shape(op.outputs[0]) for op in found.trace.ops)


@pytest.mark.parametrize("spec", SPECS)
def test_it_runs_as_documented(spec: BlockSpec) -> None:
    settings = settings_of(spec)
    shape = spec.input_shape(settings)
    module = spec.build(settings).eval()
    found = examine(lambda: spec.build(settings), shape)
    assert found.trace.failure is None
    assert tuple(module(torch.zeros(shape)).shape) == found.trace.shape(found.trace.outputs[0])
    assert found.totals.param_count == sum(p.numel() for p in module.parameters())
    assert not found.totals.uncounted


@pytest.mark.parametrize("spec", SPECS)
def test_every_knob_changes_something(spec: BlockSpec) -> None:
    assert 2 <= len(spec.knobs) <= 6
    for knob in spec.knobs:
        other = next(choice for choice in knob.choices if choice != knob.default)
        changed = fingerprint(spec, settings_of(spec, **{knob.name: other}))
        assert changed != fingerprint(spec, settings_of(spec)), knob.name


@pytest.mark.parametrize("spec", SPECS)
def test_it_is_documented(spec: BlockSpec) -> None:
    text = inspect.getdoc(spec.make) or ""
    for part in ("Args:", "Shape:", "Source:", ">>>"):
        assert part in text, part
    for knob in spec.knobs:
        assert re.search(rf"^\s+{knob.name}:", text, re.MULTILINE), knob.name
        assert knob.help
    assert len(spec.about) == 3
    assert spec.paper


@pytest.mark.parametrize("spec", SPECS)
def test_its_gates_are_found_and_have_values(spec: BlockSpec) -> None:
    settings = settings_of(spec)
    shape = spec.input_shape(settings)
    found = examine(lambda: spec.build(settings), shape)
    drawn = [gate for gate in found.gates if gate.values is not None]
    values = gate_values(lambda: spec.build(settings), shape)
    assert [item.gate for item in values] == drawn
    for item in values:
        assert 0 <= item.least <= item.mean <= item.largest <= 1


def test_the_squeeze_excite_gate_equals_torch() -> None:
    spec = CATALOGUE["squeeze_excite"]
    settings = settings_of(spec, channels=32, reduction=4, batch=3, height=5, width=7)
    from explainer.seeding import Seeded

    with Seeded(5):
        module = spec.build(settings).eval()
        x = torch.randn(spec.input_shape(settings))
    with torch.no_grad():
        hidden = torch.relu(module.reduce(x.mean((2, 3), keepdim=True)))  # type: ignore[operator]
        expected = torch.sigmoid(module.expand(hidden)).flatten(1)  # type: ignore[operator]
    (found,) = gate_values(lambda: spec.build(settings), spec.input_shape(settings), seed=5)
    assert torch.allclose(torch.tensor(found.rows), expected, atol=1e-6)


def test_squeeze_excite_costs_what_the_paper_counts() -> None:
    spec = CATALOGUE["squeeze_excite"]
    found = examine(lambda: spec.build(settings_of(spec)), (1, 64, 56, 56))
    assert found.totals.param_count == 64 * 4 + 4 + 4 * 64 + 64 == 580
    assert found.totals.macs == 2 * 64 * 4
    assert [(gate.kind, gate.shape) for gate in find_gates(found.trace)] == [("channel", (1, 64, 1, 1))]


def test_a_reduction_that_leaves_no_channel_is_refused_with_a_sentence() -> None:
    spec = CATALOGUE["squeeze_excite"]
    with pytest.raises(
        InvalidKnob, match=r"8 channels divided by 16 leave no hidden channel: use a reduction of at most 8\."
    ) as caught:
        spec.build(settings_of(spec, channels=8))
    assert caught.value.field == "reduction"
