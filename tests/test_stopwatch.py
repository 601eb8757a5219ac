"""Time of a forward: quartiles in order, bounded in what it runs."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from explainer.errors import TooLarge
from explainer.stopwatch import BUDGET_S, RUNS, time_forwards

SMALL, LARGE = (1, 4, 8, 8), (1, 64, 64, 64)


def small() -> nn.Module:
    return nn.Conv2d(4, 4, 1)


def large() -> nn.Module:
    return nn.Conv2d(64, 64, 5, padding=2)


def test_quartiles_are_in_order_and_the_larger_forward_takes_longer() -> None:
    before = torch.get_rng_state()
    quick, slow = time_forwards([(small, (SMALL,)), (large, (LARGE,))])
    for timing in (quick, slow):
        assert 0 < timing.lower <= timing.median <= timing.upper
        assert 2 <= timing.runs <= RUNS
        assert timing.device == "cpu"
    assert quick.runs == slow.runs
    assert slow.median > quick.median
    assert torch.equal(before, torch.get_rng_state())
    assert BUDGET_S < 5


def test_several_inputs() -> None:
    (timing,) = time_forwards([(lambda: nn.Bilinear(3, 4, 5), ((2, 3), (2, 4)))])
    assert timing.median > 0


def test_what_would_take_too_long_is_declined() -> None:
    with pytest.raises(TooLarge, match="multiply-adds; this server computes at most 2,000,000,000"):
        time_forwards([(small, (SMALL,)), (large, ((8, 64, 256, 256),))])


@pytest.mark.gpu
def test_a_gpu_is_waited_for() -> None:
    if not torch.cuda.is_available():
        pytest.skip("no CUDA device here")
    (timing,) = time_forwards([(large, (LARGE,))], "cuda:0")
    assert timing.device == "cuda:0"
    assert timing.median > 0
