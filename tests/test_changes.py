"""What differs between settings, and which step of one module stands for which of the other."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from explainer.align import Pair, align
from explainer.changes import Change, measure, what_changes
from explainer.errors import InvalidInput
from explainer.trace import trace
from explainer.types import Trace

IMAGE = (1, 8, 10, 10)
Make = Callable[[], nn.Module]


class Gated(nn.Module):
    def __init__(self, channels: int = 8, kernel_size: int = 1, stride: int = 1, gated: bool = True, scale: float = 1.0) -> None:
        super().__init__()
        if kernel_size % 2 == 0:
            raise InvalidInput("{kernel_size} is even.", field="kernel_size", kernel_size=kernel_size)
        self.conv = nn.Conv2d(channels, channels, kernel_size, stride, kernel_size // 2)
        self.gate = nn.Linear(channels, channels) if gated else None
        self.scale = scale

    def forward(self, x: Tensor) -> Tensor:
        y = self.conv(x)
        if self.gate is not None:
            y = y * torch.sigmoid(self.gate(y.mean((2, 3))))[:, :, None, None]
        return y * self.scale


def varied(**variants: Any) -> dict[str, Change]:
    found = what_changes(
        Gated, (IMAGE,), [(name, value, partial(Gated, **{name: value}), (IMAGE,)) for name, value in variants.items()]
    )
    return {change.knob: change for change in found}


def test_the_figures_are_those_worked_out_by_hand() -> None:
    found = measure(Gated, IMAGE)
    assert (found.inputs, found.outputs) == ((IMAGE,), (IMAGE,))
    assert found.param_count == 2 * (8 * 8 + 8)
    assert found.macs == 100 * 8 * 8 + 8 * 8
    assert found.gates == ((1, 8, 1, 1),)
    assert found.field == "global"


def test_each_knob_is_charged_with_what_it_changes() -> None:
    found = varied(kernel_size=3, stride=2, gated=False, scale=2.0)
    assert found["kernel_size"].after is not None
    assert found["kernel_size"].differs == ("param_count", "macs")
    assert found["kernel_size"].after.param_count == 8 * 8 * 9 + 8 + 72
    assert "outputs" in found["stride"].differs
    assert set(found["gated"].differs) >= {"param_count", "macs", "field", "gates", "step_count"}
    assert found["gated"].after is not None
    assert (found["gated"].after.field, found["gated"].after.gates) == ("1×1", ())


def test_a_number_that_only_scales_is_seen_in_the_values_alone() -> None:
    change = varied(scale=2.0)["scale"]
    assert (change.differs, change.rewired) == ((), True)


def test_what_changes_nothing_is_not_rewired() -> None:
    change = varied(scale=1.0)["scale"]
    assert (change.differs, change.rewired, change.fails) == ((), False, False)


def test_a_value_that_makes_no_module_is_refused_with_its_sentence() -> None:
    change = varied(kernel_size=2)["kernel_size"]
    assert change.after is None
    assert str(change.refused) == "2 is even."


def test_a_forward_that_fails_is_told_from_one_that_gives_something() -> None:
    (change,) = what_changes(Gated, (IMAGE,), [("channels", 4, partial(Gated, 4), (IMAGE,))])
    assert change.fails
    assert "outputs" in change.differs


# ---- alignment


def traced(*layers: nn.Module) -> Trace:
    with torch.device("meta"):
        return trace(nn.Sequential(*layers).eval(), torch.empty(IMAGE))


def conv(kernel_size: int = 3) -> nn.Module:
    return nn.Conv2d(8, 8, kernel_size, padding=kernel_size // 2)


def words(pairs: tuple[Pair, ...]) -> list[tuple[str, str]]:
    return [(pair.left.text if pair.left else "", pair.right.text if pair.right else "") for pair in pairs]


def test_the_same_steps_face_each_other() -> None:
    pairs = align(traced(conv(), nn.ReLU(), nn.MaxPool2d(2)), traced(conv(), nn.ReLU(), nn.MaxPool2d(2)))
    assert len(pairs) == 3
    assert all(pair.is_same for pair in pairs)


def test_a_step_that_one_side_has_alone_faces_nothing() -> None:
    pairs = align(traced(conv(), nn.BatchNorm2d(8), nn.ReLU()), traced(conv(), nn.ReLU()))
    assert [(pair.left is None, pair.right is None) for pair in pairs] == [(False, False), (False, True), (False, False)]
    assert pairs[1].left is not None
    assert pairs[1].left.param_count == 16


def test_steps_of_one_kind_with_other_numbers_face_each_other_and_differ() -> None:
    (pair,) = align(traced(conv(3)), traced(conv(5)))
    assert not pair.is_same
    assert pair.left is not None
    assert pair.right is not None
    assert (pair.left.param_count, pair.right.param_count) == (8 * 8 * 9 + 8, 8 * 8 * 25 + 8)
    assert pair.left.macs == 100 * 8 * 8 * 9


@pytest.mark.parametrize("seed", range(6))
def test_every_step_is_there_once_and_in_order(seed: int) -> None:
    draw = torch.Generator().manual_seed(seed)
    kinds: list[Make] = [conv, nn.ReLU, partial(nn.BatchNorm2d, 8), nn.Sigmoid]

    def some() -> Trace:
        picked = torch.randint(4, (int(torch.randint(1, 9, (1,), generator=draw)),), generator=draw)
        return traced(*(kinds[int(number)]() for number in picked))

    left, right = some(), some()
    pairs = align(left, right)
    assert [pair.left.shape for pair in pairs if pair.left] == [left.shape(op.outputs[0]) for op in left.ops]
    assert len([pair for pair in pairs if pair.right]) == len(right.ops)
    assert words(align(right, left)) is not None
