"""Layers whose output says what to write: every line that is given reaches the output in torch, and where none is, none does."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest
from torch import nn

from explainer.arithmetic import LAYERS, PADDING_KINDS
from explainer.goal import can_seek
from explainer.goal_answers import Answer, answer_for, can_answer

EXAMPLES = settings(max_examples=20, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
SIDE = st.integers(1, 12)


def run_by_torch(answer: Answer, shape: tuple[int, ...]) -> tuple[int, ...]:
    assert answer.code is not None
    return tuple(eval(answer.code, {"nn": nn})(torch.zeros(shape)).shape)  # our own line


def sizes(rank: int) -> st.SearchStrategy[tuple[int, ...]]:
    return st.tuples(*[SIDE] * rank)


def values(answer: Answer) -> dict[str, Any]:
    return {name: value for told in answer.told for name, value in told.values}


@EXAMPLES
@given(st.data(), st.sampled_from([name for name in LAYERS if LAYERS[name].family == "adaptive pool"]))
def test_adaptive_pools_reach_every_size(data: Any, name: str) -> None:
    rank = LAYERS[name].rank or 0
    before, wanted = data.draw(sizes(rank)), data.draw(sizes(rank))
    answer = answer_for(name, {"output_size": 5}, (1, 2, *before), wanted)
    assert run_by_torch(answer, (1, 2, *before)) == (1, 2, *wanted)


@EXAMPLES
@given(st.data(), st.integers(1, 3))
def test_upsample_reaches_every_size_and_its_factors_are_all(data: Any, rank: int) -> None:
    before, wanted = data.draw(sizes(rank)), data.draw(sizes(rank))
    answer = answer_for("Upsample", {"scale_factor": 2.0}, (1, 2, *before), wanted)
    assert run_by_torch(answer, (1, 2, *before)) == (1, 2, *wanted)
    told = values(answer)

    def reaches(factor: float) -> bool:
        try:
            return tuple(nn.Upsample(scale_factor=factor)(torch.zeros(1, 1, *before, device="meta")).shape[2:]) == wanted
        except RuntimeError:  # an output of nothing
            return False

    if "low" in told:
        low, high = (float(eval(str(told[name]))) for name in ("low", "high"))
        assert all(reaches(low + (high - low) * part) for part in (0.01, 0.5, 0.99))
        assert not any(reaches(factor) for factor in (low * 0.999, high * 1.001))
    else:
        assert not any(reaches(step / 50) for step in range(1, 650, 31))
    if "factor" in told:
        assert reaches(told["factor"])


@EXAMPLES
@given(st.sampled_from([3, 4, 8, 12, 18, 36]), SIDE, SIDE, st.tuples(SIDE, SIDE))
def test_pixel_shuffles_reach_what_they_say_and_nothing_else(
    channels: int, height: int, width: int, other: tuple[int, int]
) -> None:
    shape = (1, channels, height, width)
    for name, argument in (("PixelShuffle", "upscale_factor"), ("PixelUnshuffle", "downscale_factor")):
        reached = {}
        for factor in range(1, 25):
            try:
                reached[tuple(getattr(nn, name)(factor)(torch.zeros(shape)).shape[2:])] = factor
            except RuntimeError:
                continue
        for wanted in (*reached, other, (height * 2, width * 3)):
            answer = answer_for(name, {argument: 2}, shape, wanted)
            if wanted in reached:
                assert run_by_torch(answer, shape)[2:] == wanted
                assert values(answer)["left"] == run_by_torch(answer, shape)[1]
            else:
                assert answer.code is None
                assert str(answer.told[0]).endswith(", ".join(f"{h} × {w}" for h, w in reached) + ".")


@EXAMPLES
@given(st.data(), st.sampled_from(PADDING_KINDS), st.integers(1, 3))
def test_padding_layers_reach_what_torch_lets_them(data: Any, kind: str, rank: int) -> None:
    before, wanted = data.draw(sizes(rank)), data.draw(sizes(rank))
    name, shape = f"{kind}Pad{rank}d", (1, 2, *before)
    arguments = {"padding": 1, **({"value": 0.5} if kind == "Constant" else {})}
    answer = answer_for(name, arguments, shape, wanted)
    if answer.code is not None:
        assert run_by_torch(answer, shape) == (1, 2, *wanted)
        return
    for split in range(-12, 13) if rank == 1 else ():  # on one axis every split can be tried
        assert not pads_to(getattr(nn, name), (split, wanted[0] - before[0] - split), shape, wanted, arguments.get("value"))


def pads_to(layer: Any, padding: tuple[int, ...], shape: tuple[int, ...], wanted: tuple[int, ...], value: Any) -> bool:
    try:
        return tuple(layer(padding, *([] if value is None else [value]))(torch.zeros(shape)).shape[2:]) == wanted
    except (RuntimeError, ValueError):
        return False


def test_no_layer_is_asked_in_both_ways() -> None:
    answered = {name for name in LAYERS if can_answer(name)}
    assert answered.isdisjoint(name for name in LAYERS if can_seek(name))
    assert {"AdaptiveAvgPool2d", "Upsample", "PixelShuffle", "PixelUnshuffle", "ReflectionPad1d"} <= answered


def panel() -> None:
    import streamlit as st

    from ui.answer_panel import answer_panel
    from ui.layer_form import layer_form

    answer_panel(layer_form(str(st.query_params["which"]), "en").choice, "en")


@pytest.mark.parametrize(
    "name", ["AdaptiveAvgPool2d", "Upsample", "PixelShuffle", "PixelUnshuffle", "ZeroPad2d", "CircularPad1d"]
)
def test_the_panel_answers_in_sentences_and_code(name: str) -> None:
    app = AppTest.from_function(panel, default_timeout=60)
    app.query_params["which"] = name
    app.run()
    assert not app.exception
    assert app.code[0].value.startswith(f"nn.{name}(")
    app.number_input(key="want_h").set_value(7).run()
    assert not app.exception
    assert "What gives it" in app.get("html")[-1].proto.body
