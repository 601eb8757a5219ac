"""The convolution of the first page: every position of its knobs against torch and against what its windows read."""

from __future__ import annotations

from itertools import product

import pytest
import torch

from explainer.render.turntable import CHANNELS, KNOBS, SIZE, START, turntable

TURNS = tuple(product(*(values for _name, values in KNOBS.values())))


@pytest.fixture(scope="module")
def scene():
    return turntable("en")


def test_every_turn_is_as_torch_has_it(scene):
    assert len(scene["turns"]) == len(TURNS)
    for kernel_size, stride, padding, dilation in TURNS:
        found = scene["turns"][f"{kernel_size}{stride}{padding}{dilation}"]
        layer = torch.nn.Conv2d(*CHANNELS, kernel_size, stride, padding, dilation, device="meta")
        if "output" not in found:
            with pytest.raises(RuntimeError):
                layer(torch.empty(1, CHANNELS[0], SIZE, SIZE, device="meta"))
            assert "The kernel reaches over" in scene["told"][found["told"]]
            continue
        shape = layer(torch.empty(1, CHANNELS[0], SIZE, SIZE, device="meta")).shape
        assert tuple(shape[2:]) == (found["output"],) * 2
        assert found["facts"][1] == f"{sum(p.numel() for p in layer.parameters()):,}"


def test_what_is_read_adds_up_to_the_cells_of_all_windows(scene):
    for kernel_size, stride, padding, dilation in TURNS:
        found = scene["turns"][f"{kernel_size}{stride}{padding}{dilation}"]
        if "output" in found:
            reads = [int(digit) for digit in found["reads"]]
            assert len(reads) == SIZE + 2 * padding
            assert sum(reads) == found["output"] * kernel_size
            unread = reads[padding : padding + SIZE].count(0)
            dead = SIZE * SIZE - (SIZE - unread) ** 2
            assert found["facts"][3] == (f"{dead} of {SIZE * SIZE} cells" if dead else "nothing")
            assert found["dead"] == bool(dead)


def test_it_begins_with_something_to_wonder_about(scene):
    assert scene["turns"]["".join(map(str, START.values()))]["dead"]
