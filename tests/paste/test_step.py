"""The numbers of a paste's steps: torch's own, computed behind the wall when asked for, and checked like all it says."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import replace

import pytest

from explainer.errors import InvalidInput, TooLarge
from explainer.paste.again import run_step
from explainer.paste.explain import Behind
from explainer.paste.result import Input, PasteResult, Request
from explainer.paste.run import run_paste
from explainer.paste.step import check_step, step_request
from explainer.sandbox.client import Sandbox
from explainer.sandbox.lockdown import can_filter
from explainer.sandbox.setup import Setup
from explainer.step_values import StepValues, Wanted, wanted_of_step

CODE = """
class Gate(nn.Module):
    def __init__(self, channels=6):
        super().__init__()
        self.conv = nn.Conv2d(channels, 10, 3)

    def forward(self, x):
        return torch.relu(self.conv(x)) * 0 + 2
"""
ASKED = Request(CODE, inputs=(Input((2, 6, 9, 9)),))


def values(asked: Request, result: PasteResult, op: int) -> StepValues:
    assert result.trace is not None
    wanted = wanted_of_step(result.trace, f"o{op}", (op,))
    assert wanted is not None
    return run_step(step_request(asked, result, wanted))


def test_the_numbers_are_those_of_the_code():
    result = run_paste(ASKED)
    first = values(ASKED, result, 0)
    assert first.shape == (2, 10, 7, 7)
    assert first.result is not None
    assert (first.result.kind, first.result.count, first.result.width) == ("maps", 10, 7)
    assert first.weights is not None
    assert (first.weights.kind, first.weights.count) == ("kernels", 60)
    last = values(ASKED, result, 3)
    assert last.spread is not None
    assert (last.spread.least, last.spread.mean, last.spread.largest) == (2, 2, 2)


def test_settings_and_inputs_are_those_of_the_run():
    asked = replace(ASKED, arguments=(("channels", "3"),), inputs=(Input((1, 3, 5, 5)),))
    assert values(asked, run_paste(asked), 0).shape == (1, 10, 3, 3)


def test_a_failing_paste_has_values_up_to_where_it_stops():
    asked = replace(ASKED, text=CODE.replace("* 0 + 2", "+ x"), want_fixes=False)
    result = run_paste(asked)
    assert not result.works
    assert values(asked, result, 1).spread is not None


def test_a_script_has_values_too():
    asked = Request("x = torch.ones(2, 3)\ny = x + 4\n")
    found = values(asked, run_paste(asked), 1)
    assert found.spread is not None
    assert found.spread.mean == 5


def test_more_than_a_paste_gets_is_refused_before_it_runs():
    asked = replace(ASKED, inputs=(Input((64, 6, 2048, 2048)),))
    result = run_paste(asked)
    assert result.works
    with pytest.raises(TooLarge, match="A smaller input shows them"):
        step_request(asked, result, Wanted(0))


@pytest.fixture(scope="module")
def honest() -> StepValues:
    return values(ASKED, run_paste(ASKED), 0)


def test_an_honest_answer_passes(honest):
    check_step(honest)


@pytest.mark.parametrize(
    "change",
    [
        {"width": 100_000},
        {"width": 0},
        {"tiles": ("AAAA",)},
        {"tiles": ("*" * 68,) * 10},
        {"tiles": (b64encode(bytes(49)).decode(),) * 65, "names": ("",) * 65},
        {"names": ("x" * 1000,) * 10},
        {"count": -1},
        {"least": float("nan")},
    ],
    ids=["too wide", "no width", "few tiles", "no base64", "many tiles", "long names", "a negative count", "no number"],
)
def test_a_forged_picture_is_refused(honest, change):
    with pytest.raises(InvalidInput, match="in the form that was agreed on"):
        check_step(replace(honest, result=replace(honest.result, **change)))


@pytest.mark.parametrize(
    "change",
    [{"bins": (1,) * 999}, {"bins": (-1,)}, {"bins": ()}, {"zeros": 7.0}, {"mean": float("inf")}, {"infinite": 10**9}],
    ids=["many bins", "a negative bin", "no bins", "a share above one", "an infinite mean", "more than there are"],
)
def test_a_forged_spread_is_refused(honest, change):
    with pytest.raises(InvalidInput, match="in the form that was agreed on"):
        check_step(replace(honest, spread=replace(honest.spread, **change)))


@pytest.mark.skipif(not can_filter(), reason="this kernel has no seccomp filters")
def test_behind_the_wall_they_are_the_same():
    with Behind(Sandbox(Setup(warm=(), spares=0))) as behind:
        result = behind.run(ASKED)
        wanted = Wanted(result.trace.ops[0].outputs[0])
        assert behind.step(ASKED, result, wanted) == replace(values(ASKED, result, 0), weights=None)
        raising = replace(
            ASKED, text=CODE.replace("return torch", "if x.device.type == 'cpu': raise KeyError\n        return torch")
        )
        assert behind.step(raising, behind.run(raising), wanted) is None
