"""Skip connections of hand-written blocks, and joins that are none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from benchmarks.architectures import ARCHITECTURES, Architecture
from explainer.skips import find_skips
from explainer.trace import trace
from explainer.types import Trace
from tests.modules import CASES, Block, block, conv, lin, noise, of, weights

IMAGE, SEQUENCE = (2, 4, 8, 8), (2, 5, 8)
Parts = dict[str, Callable[[], Any]]


def body(width: int = 4) -> Callable[[], nn.Sequential]:
    return lambda: nn.Sequential(
        nn.Conv2d(4, width, 3, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU(), nn.Conv2d(width, width, 3, padding=1)
    )


def add_in_place(m: Any, x: Tensor) -> Tensor:
    out = m.path(x)
    out += x
    return F.relu(out)


def add_into_the_input(m: Any, x: Tensor) -> Tensor:
    x = m.stem(x)
    x += m.path(x)
    return x


def dense(m: Any, x: Tensor) -> Tensor:
    for layer in m.layers:
        x = torch.cat([x, layer(x)], 1)
    return x


def dense_by_list(m: Any, x: Tensor) -> Tensor:
    features = [x]
    for layer in m.layers:
        features.append(layer(torch.cat(features, 1)))
    return torch.cat(features, 1)


def unet(m: Any, x: Tensor) -> Tensor:
    a = m.down1(x)
    b = m.down2(F.max_pool2d(a, 2))
    c = m.middle(F.max_pool2d(b, 2))
    b = m.up2(torch.cat([F.interpolate(c, scale_factor=2), b], 1))
    return m.up1(torch.cat([F.interpolate(b, scale_factor=2), a], 1))


def transformer_block(m: Any, x: Tensor) -> Tensor:
    x = x + m.first(m.norm(x))
    return x + m.second(m.norm(x))


def gated_residual(m: Any, x: Tensor) -> Tensor:
    y = m.path(x)
    return x + y * torch.sigmoid(m.gate(y.mean((2, 3), keepdim=True)))


def nested_residual(m: Any, x: Tensor) -> Tensor:
    y = x + m.path(x)
    return m.head(y) + x


def scaled_residual(m: Any, x: Tensor) -> Tensor:
    return 0.5 * m.path(x) + x


def dropped_residual(m: Any, x: Tensor) -> Tensor:
    y = m.path(x)
    keep = (torch.rand(x.shape[0], 1, 1, 1, device=x.device) > 0.1).float()
    return x + y / 0.9 * keep


def channel_attention(m: Any, x: Tensor) -> Tensor:
    average = m.fc(x.mean((2, 3)))
    largest = m.fc(x.amax((2, 3)))
    return x * torch.sigmoid(average + largest)[:, :, None, None]


def inception(m: Any, x: Tensor) -> Tensor:
    return torch.cat([m.one(x), m.three(F.relu(m.one(x))), m.five(F.relu(m.one(x))), m.one(F.max_pool2d(x, 3, 1, 1))], 1)


def positions(m: Any, x: Tensor) -> Tensor:
    return m.norm(x + m.table + m.lookup(torch.arange(x.shape[1], device=x.device)))


def bias_by_hand(m: Any, x: Tensor) -> Tensor:
    return F.linear(x, m.weight) + m.bias


def two_towers(m: Any, x: Tensor, y: Tensor) -> Tensor:
    return m.path(x) + m.path(y)


def multiplied(m: Any, x: Tensor) -> Tensor:
    return x * m.path(x)


def broadcast_sum(m: Any, x: Tensor) -> Tensor:
    return m.path(x) + x.mean((2, 3), keepdim=True)


def subtract_mean(_: Any, x: Tensor) -> Tensor:
    return x - x.mean((2, 3), keepdim=True)


def same_twice(_: Any, x: Tensor) -> Tensor:
    y = x.relu()
    return torch.cat([y, y], 1) + torch.cat([y, y], 1)


def unused_skip(m: Any, x: Tensor) -> Tensor:
    _ = x + m.path(x)
    return m.path(x)


SKIPS: dict[str, tuple[Callable[..., Any], Parts, tuple[tuple[int, ...], ...], list[tuple[str, str]]]] = {
    # name: forward, parts, inputs, (who makes the value that leaves, what it rejoins by)
    "identity": (lambda m, x: m.path(x) + x, {"path": body()}, (IMAGE,), [("input", "add")]),
    "identity first": (lambda m, x: x + m.path(x), {"path": body()}, (IMAGE,), [("input", "add")]),
    "in place": (add_in_place, {"path": body()}, (IMAGE,), [("input", "add_")]),
    "into the main path": (add_into_the_input, {"stem": conv(), "path": body()}, (IMAGE,), [("conv2d", "add_")]),
    "torch.add": (lambda m, x: torch.add(m.path(x), other=x), {"path": body()}, (IMAGE,), [("input", "add")]),
    "transformer": (
        transformer_block, {"norm": of(nn.LayerNorm, 8), "first": lin(), "second": lin()}, (SEQUENCE,),
        [("input", "add"), ("add", "add")],
    ),
    "gated": (gated_residual, {"path": body(), "gate": conv(4, 4, 1)}, (IMAGE,), [("input", "add")]),
    "nested": (nested_residual, {"path": body(), "head": conv()}, (IMAGE,), [("input", "add"), ("input", "add")]),
    "scaled": (scaled_residual, {"path": body()}, (IMAGE,), [("input", "add")]),
    "dropped": (dropped_residual, {"path": body()}, (IMAGE,), [("input", "add")]),
    "dense": (
        dense, {"layers": lambda: nn.ModuleList(nn.Conv2d(4 * (n + 1), 4, 3, padding=1) for n in range(1)).append(
            nn.Conv2d(8, 8, 3, padding=1))}, (IMAGE,), [("input", "cat"), ("cat", "cat")],
    ),
    "U-Net": (
        unet, {"down1": body(), "down2": body(), "middle": body(), "up2": conv(8, 4), "up1": conv(8, 4)}, (IMAGE,),
        [("conv2d", "cat"), ("conv2d", "cat")],
    ),
}  # fmt: skip

NO_SKIPS: dict[str, tuple[Callable[..., Any], Parts, tuple[tuple[int, ...], ...]]] = {
    "sum of two poolings": (channel_attention, {"fc": lambda: nn.Linear(4, 4)}, (IMAGE,)),
    "bias": (bias_by_hand, {"weight": weights(8, 8), "bias": weights(8)}, (SEQUENCE,)),
    "positions": (
        positions, {"norm": of(nn.LayerNorm, 8), "table": weights(5, 8), "lookup": of(nn.Embedding, 5, 8)}, (SEQUENCE,),
    ),
    "Inception": (inception, {"one": conv(4, 4, 1), "three": conv(), "five": conv(4, 4, 5)}, (IMAGE,)),
    "two towers": (two_towers, {"path": body()}, (IMAGE, IMAGE)),
    "chain": (lambda m, x: m.path(x).relu(), {"path": body()}, (IMAGE,)),
    "product": (multiplied, {"path": body()}, (IMAGE,)),
    "broadcast sum": (broadcast_sum, {"path": body()}, (IMAGE,)),
    "difference": (subtract_mean, {}, (IMAGE,)),
    "the same twice": (same_twice, {}, (IMAGE,)),
    "a number": (lambda _, x: x + 1, {}, (IMAGE,)),
    "two equal arms": (lambda m, x: m.one(x) + m.two(x), {"one": conv(), "two": conv(4, 4, 1)}, (IMAGE,)),
    "a skip that nothing uses": (unused_skip, {"path": body()}, (IMAGE,)),
}  # fmt: skip


def traced(forward: Callable[..., Any], parts: Parts, shapes: tuple[tuple[int, ...], ...], device: str) -> Trace:
    found = trace(block(forward, **parts)().eval(), *[x.to(device) for x in noise(*shapes)()])
    assert found.failure is None
    return found


def maker(found: Trace, value: int) -> str:
    producer = found.values[value].producer
    return found.values[value].origin if producer is None else found.ops[producer].name


@pytest.mark.parametrize("device", ["cpu", "meta"])
@pytest.mark.parametrize(("forward", "parts", "shapes", "expected"), SKIPS.values(), ids=SKIPS)
def test_skips_are_found(forward: Any, parts: Parts, shapes: Any, expected: list[tuple[str, str]], device: str) -> None:
    found = traced(forward, parts, shapes, device)
    skips = find_skips(found)
    assert [(maker(found, skip.source), found.ops[skip.op].name) for skip in skips] == expected
    assert all(skip.value in found.ops[skip.op].inputs for skip in skips)


@pytest.mark.parametrize("device", ["cpu", "meta"])
@pytest.mark.parametrize(("forward", "parts", "shapes"), NO_SKIPS.values(), ids=NO_SKIPS)
def test_what_is_no_skip(forward: Any, parts: Parts, shapes: Any, device: str) -> None:
    assert find_skips(traced(forward, parts, shapes, device)) == ()


def test_a_projection_leaves_where_the_block_begins() -> None:
    """conv1, bn, relu, conv2, bn against conv, bn: the source is the input, the value what the projection made of it."""
    inputs, _ = CASES["residual"].arguments("meta")
    found = trace(CASES["residual"].build(), *inputs)
    (skip,) = find_skips(found)
    assert skip.source == found.inputs[0]
    assert found.ops[found.values[skip.value].producer or 0].scope == "shortcut.1"
    assert found.ops[skip.op].name == "add_"


def test_dense_connections_from_every_layer_before() -> None:
    layers = [nn.Conv2d(4 * (n + 1), 4, 3, padding=1) for n in range(3)]
    found = trace(Block(dense_by_list, layers=nn.ModuleList(layers)), torch.empty(IMAGE, device="meta"))
    sources = [maker(found, skip.source) for skip in find_skips(found)]
    assert sources.count("input") == 3
    assert {found.ops[skip.op].name for skip in find_skips(found)} == {"cat"}


@pytest.mark.parametrize("join", [lambda a, b: a + b, lambda a, b: torch.cat([a, b], 1)], ids=["add", "cat"])
def test_an_input_that_joins_late_is_a_skip(join: Callable[..., Tensor]) -> None:
    """A decoder's block: the encoder's map comes as an input of its own."""
    found = trace(Block(lambda m, x, y: join(m.path(x), y).relu(), path=body()()), *noise(IMAGE, IMAGE)())
    assert [skip.source for skip in find_skips(found)] == [found.inputs[1]]


def test_a_failed_forward_keeps_the_skips_it_came_to() -> None:
    module = Block(lambda m, x: (m.path(x) + x) @ torch.zeros(99, 1), path=body()())
    found = trace(module, *noise(IMAGE)())
    assert found.failure is not None
    assert len(find_skips(found)) == 1


# Counted by hand: residual blocks, sub-layers, dense layers, units without a stride, levels of the U

WHOLE = {
    "resnet18": ("add", 8),
    "resnet50": ("add", 16),
    "resnext50": ("add", 16),
    "se_resnet50": ("add", 16),
    "densenet121": ("cat", 6 + 12 + 24 + 16),
    "mobilenet_v3_large": ("add", 10),
    "efficientnet_b0": ("add", 16 - 7),
    "shufflenet_v2": ("cat", 3 + 7 + 3),
    "unet": ("cat", 4),
    "convnext_t": ("add", 3 + 3 + 9 + 3),
    "vit_b16": ("add", 24),
    "swin_t": ("add", 24),
    "transformer_encoder": ("add", 12),
    "gpt2_small": ("add", 24),
    "vgg16": ("", 0),
    "googlenet": ("", 0),
    "lstm_tagger": ("", 0),
}


@pytest.mark.parametrize("architecture", ARCHITECTURES.values(), ids=ARCHITECTURES)
def test_whole_networks(architecture: Architecture) -> None:
    found = trace(architecture.build(), *architecture.inputs())
    joins = [found.ops[skip.op].base_name for skip in find_skips(found)]
    if architecture.name == "ghostnet":  # a ghost module keeps its primary maps beside the cheap ones
        assert (joins.count("cat"), joins.count("add")) == (32, 16)
    else:
        name, count = WHOLE[architecture.name]
        assert joins == [name] * count
