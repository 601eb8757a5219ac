"""Trainings in the tests' own process: one thread as in a child, and the random state of the process as before afterwards."""

from __future__ import annotations

import pytest
import torch

from explainer.training import network


@pytest.fixture(autouse=True)
def _as_in_a_child():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    with torch.random.fork_rng(devices=()):
        network.offer("blocks")
        yield
    torch.set_num_threads(threads)
