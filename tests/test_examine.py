"""Examination without memory, and gate values that depend on the seed alone."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from torch import Tensor, nn

from explainer.errors import TooLarge
from explainer.examine import examine, gate_values, summary
from explainer.seeding import Seeded


class Gated(nn.Module):
    def __init__(self, channels: int = 16) -> None:
        super().__init__()
        self.gate = nn.Conv2d(channels, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        return x * torch.sigmoid(self.gate(x.mean((2, 3), keepdim=True)))


class Spatial(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.map = nn.Conv2d(1, 1, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        return x * torch.sigmoid(self.map(x.amax(1, keepdim=True)))


def test_huge_inputs_are_examined_without_memory() -> None:
    tracemalloc.start()
    found = examine(lambda: Gated(4096), (1, 4096, 1024, 1024))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found.trace.shape(found.trace.outputs[0]) == (1, 4096, 1024, 1024)
    assert found.totals.peak_bytes > 2 * 4096 * 1024 * 1024 * 4 - 1
    assert peak < 100 << 20


def test_values_of_a_huge_gate_are_declined_with_the_figures() -> None:
    with pytest.raises(TooLarge, match=r"its tensors would take 32,8[0-9]{2} MiB; this server gives 512 MiB"):
        gate_values(lambda: Gated(4096), (1, 4096, 1024, 1024))


def test_much_arithmetic_is_declined_as_well() -> None:
    with pytest.raises(TooLarge, match="multiply-adds; this server computes at most"):
        gate_values(lambda: nn.Sequential(nn.Conv2d(512, 512, 7, padding=3), Gated(512)), (1, 512, 80, 80))


def test_the_summary_is_torchinfos_and_its_unit_is_readable() -> None:
    text = summary(Gated, (1, 16, 8, 8))
    assert "Total params: 272" in text
    assert "Units." not in text


@pytest.mark.parametrize(
    ("make", "shape", "rows", "columns"),
    [
        pytest.param(Gated, (3, 16, 5, 5), 3, 16, id="channel: samples x channels"),
        pytest.param(Spatial, (2, 4, 6, 9), 6, 9, id="spatial: rows x columns"),
    ],
)
def test_values_come_as_a_matrix(make: Callable[[], nn.Module], shape: tuple[int, ...], rows: int, columns: int) -> None:
    (found,) = gate_values(make, shape)
    assert len(found.rows) == rows
    assert {len(row) for row in found.rows} == {columns}
    assert not found.cut


def test_a_large_map_is_cut_and_says_so() -> None:
    (found,) = gate_values(Spatial, (1, 1, 600, 20))
    assert (len(found.rows), found.cut) == (512, True)


def test_the_seed_decides_on_every_thread() -> None:
    expected = {seed: gate_values(Gated, (1, 16, 8, 8), seed=seed) for seed in range(4)}
    assert expected[0] != expected[1]
    before = torch.get_rng_state()
    with ThreadPoolExecutor(8) as pool:
        seeds = [seed % 4 for seed in range(32)]
        found = list(pool.map(lambda seed: gate_values(Gated, (1, 16, 8, 8), seed=seed), seeds))
    assert found == [expected[seed] for seed in seeds]
    assert torch.equal(before, torch.get_rng_state())


def test_seeded_draws_leave_the_global_generator_alone() -> None:
    before = torch.get_rng_state()
    with Seeded(3):
        first = (nn.Conv2d(3, 4, 3).weight, torch.randn(5), torch.rand(2), torch.empty(4).normal_(), torch.randperm(6))
    with Seeded(3):
        second = (nn.Conv2d(3, 4, 3).weight, torch.randn(5), torch.rand(2), torch.empty(4).normal_(), torch.randperm(6))
    assert all(torch.equal(a, b) for a, b in zip(first, second, strict=True))
    assert torch.equal(before, torch.get_rng_state())


@pytest.mark.gpu
def test_gate_values_on_cuda_are_those_of_the_cpu() -> None:
    if not torch.cuda.is_available():
        pytest.skip("no CUDA device here")
    (on_cpu,), (on_gpu,) = gate_values(Gated, (1, 16, 8, 8)), gate_values(Gated, (1, 16, 8, 8), device="cuda:0")
    assert torch.allclose(torch.tensor(on_cpu.rows), torch.tensor(on_gpu.rows), atol=1e-4)
