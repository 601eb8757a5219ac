"""Gates of hand-written attention modules, in the idioms of the field; and products that are none."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from benchmarks.architectures import ARCHITECTURES, Architecture
from explainer.gates import find_gates
from explainer.trace import trace
from explainer.types import Gate, Trace
from tests.modules import CASES, Block, block, noise, of

N, C, H, W = 2, 8, 6, 5
L, D = 5, 12
IMAGE, SEQUENCE, ROWS = (N, C, H, W), (N, L, D), (N, D)
Body = Callable[..., Any]


def conv(in_channels: int = C, out_channels: int = C, kernel_size: int = 1, **options: Any) -> Callable[[], nn.Conv2d]:
    return lambda: nn.Conv2d(in_channels, out_channels, kernel_size, padding=kernel_size // 2, **options)


def lin(in_features: int = D, out_features: int = D) -> Callable[[], nn.Linear]:
    return lambda: nn.Linear(in_features, out_features)


def narrow(width: int = C) -> Callable[[], nn.Sequential]:
    return lambda: nn.Sequential(nn.Linear(width, 2), nn.ReLU(inplace=True), nn.Linear(2, width))


# Channel gates


def se_convolutions(m: Any, x: Tensor) -> Tensor:
    s = F.adaptive_avg_pool2d(x, 1)
    s = m.up(F.relu(m.down(s), inplace=True))
    return x * torch.sigmoid(s)


def se_linears(m: Any, x: Tensor) -> Tensor:
    b, c, _, _ = x.shape
    y = F.adaptive_avg_pool2d(x, 1).view(b, c)
    y = m.fc(y).sigmoid().view(b, c, 1, 1)
    return x * y.expand_as(x)


def squeezed(m: Any, x: Tensor) -> Tensor:
    return m.up(m.down(x.mean((2, 3), keepdim=True)).relu())


def eca(m: Any, x: Tensor) -> Tensor:
    y = F.adaptive_avg_pool2d(x, 1)
    y = m.conv(y.squeeze(-1).transpose(-1, -2)).transpose(-1, -2).unsqueeze(-1)
    return x * torch.sigmoid(y).expand_as(x)


def cam(m: Any, x: Tensor) -> Tensor:
    average = m.fc(x.mean((2, 3)))
    largest = m.fc(x.amax((2, 3)))
    return x * torch.sigmoid(average + largest)[:, :, None, None]


def gate_in_place(m: Any, x: Tensor) -> Tensor:
    y = m.conv(x)
    s = squeezed(m, y).sigmoid_()
    y.mul_(s)
    return y.relu()


def times_equals(m: Any, x: Tensor) -> Tensor:
    y = m.conv(x)
    y *= squeezed(m, y).sigmoid()
    return y


def selective(m: Any, x: Tensor) -> Tensor:
    """Selective kernels: softmax over two branches, stacked along an axis of their own."""
    branches = torch.stack([m.conv3(x), m.conv5(x)], dim=1)  # (N, 2, C, H, W)
    s = m.fc(branches.sum(1).mean((2, 3)))  # (N, 2C)
    weight = s.view(-1, 2, C).softmax(dim=1)[..., None, None]  # (N, 2, C, 1, 1)
    return (branches * weight).sum(1)


def selective_one_by_one(m: Any, x: Tensor) -> Tensor:
    a, b = m.conv3(x), m.conv5(x)
    weight = m.fc((a + b).mean((2, 3))).view(-1, 2, C, 1, 1).softmax(dim=1)
    return a * weight[:, 0] + b * weight[:, 1]


def channels_last(m: Any, x: Tensor) -> Tensor:
    return x * m.fc(x.mean((1, 2), keepdim=True)).sigmoid()


def channels_last_after_norm(m: Any, x: Tensor) -> Tensor:
    y = m.norm(x)
    return y * m.fc(y.mean(dim=(1, 2))).sigmoid().unsqueeze(1).unsqueeze(1)


def sequence_gate(m: Any, x: Tensor) -> Tensor:
    return x * m.fc(x.mean(1, keepdim=True)).sigmoid()


def sequence_gate_channels_first(m: Any, x: Tensor) -> Tensor:
    return x * m.up(m.down(x.mean(2, keepdim=True)).relu()).sigmoid()


def volume_gate(m: Any, x: Tensor) -> Tensor:
    return x * m.up(m.down(F.adaptive_avg_pool3d(x, 1)).relu()).sigmoid()


# Spatial gates, and both


def sam(m: Any, x: Tensor) -> Tensor:
    pooled = torch.cat([x.mean(1, keepdim=True), x.max(1, keepdim=True)[0]], dim=1)
    return x * torch.sigmoid(m.conv(pooled))


def cbam(m: Any, x: Tensor) -> Tensor:
    return m.spatial(m.channel(x))


def bam(m: Any, x: Tensor) -> Tensor:
    channel = m.fc(x.mean((2, 3)))[:, :, None, None].expand_as(x)
    spatial = m.conv(x).expand_as(x)
    return x * (1 + torch.sigmoid(channel + spatial))


def attention_gate(m: Any, x: Tensor, g: Tensor) -> Tensor:
    """Attention U-Net: a coarse gating signal decides where the skip passes."""
    q = F.relu(m.theta(x) + F.interpolate(m.phi(g), size=x.shape[2:], mode="bilinear", align_corners=False))
    return x * torch.sigmoid(m.psi(q))


def upsampled_gate(m: Any, x: Tensor) -> Tensor:
    small = torch.sigmoid(m.conv(F.avg_pool2d(x, 2, ceil_mode=True)))
    return x * F.interpolate(small, size=x.shape[2:])


def coordinate(m: Any, x: Tensor) -> Tensor:
    h, w = x.shape[2:]
    rows = x.mean(3, keepdim=True)  # (N, C, H, 1)
    columns = x.mean(2, keepdim=True).permute(0, 1, 3, 2)  # (N, C, W, 1)
    y = F.hardswish(m.norm(m.conv(torch.cat([rows, columns], dim=2))))
    rows, columns = y.split([h, w], dim=2)
    return x * m.rows(rows).sigmoid() * m.columns(columns.permute(0, 1, 3, 2)).sigmoid()


def triplet(m: Any, x: Tensor) -> Tensor:
    def gated(z: Tensor, conv: Any) -> Tensor:
        return z * conv(torch.cat((z.amax(1, keepdim=True), z.mean(1, keepdim=True)), 1)).sigmoid()

    by_height = gated(x.permute(0, 2, 1, 3), m.first).permute(0, 2, 1, 3)
    by_width = gated(x.transpose(1, 3), m.second).swapaxes(1, 3)
    return by_height + by_width + gated(x, m.third)


def front(x: Tensor) -> Tensor:
    return x.permute(0, 3, 1, 2)


def back(x: Tensor) -> Tensor:
    return x.permute(0, 2, 3, 1)


def simam(_: Any, x: Tensor) -> Tensor:
    n = x.shape[2] * x.shape[3] - 1
    square = (x - x.mean(dim=[2, 3], keepdim=True)).pow(2)
    y = square / (4 * (square.sum(dim=[2, 3], keepdim=True) / n + 1e-4)) + 0.5
    return x * torch.sigmoid(y)


def group_wise(m: Any, x: Tensor) -> Tensor:
    """Spatial group-wise enhancement: one map per group, in the batch axis."""
    b, c, h, w = x.shape
    x = x.view(b * 2, c // 2, h, w)
    t = (x * F.adaptive_avg_pool2d(x, 1)).sum(1, keepdim=True).view(b * 2, -1)
    t = (t - t.mean(1, keepdim=True)) / (t.std(1, keepdim=True) + 1e-5)
    return (x * torch.sigmoid(t.view(b * 2, 1, h, w))).view(b, c, h, w)


def concurrent(m: Any, x: Tensor) -> Tensor:
    return x * squeezed(m, x).sigmoid() + x * m.conv(x).sigmoid()


# Elementwise gates


def gated_linear_unit(m: Any, x: Tensor) -> Tensor:
    a, b = m.fc(x).chunk(2, dim=-1)
    return a * torch.sigmoid(b)


def highway(m: Any, x: Tensor) -> Tensor:
    t = torch.sigmoid(m.transform(x))
    return t * m.plain(x).relu() + (1 - t) * x


def lstm_cell(m: Any, x: Tensor, h: Tensor, c: Tensor) -> tuple[Tensor, Tensor]:
    i, f, g, o = (m.input(x) + m.hidden(h)).chunk(4, dim=1)
    c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
    return torch.sigmoid(o) * torch.tanh(c), c


def gru_cell(m: Any, x: Tensor, h: Tensor) -> Tensor:
    z, r = torch.sigmoid(m.gates(torch.cat([x, h], 1))).chunk(2, 1)
    n = torch.tanh(m.new(torch.cat([x, r * h], 1)))
    return (1 - z) * n + z * h


# Token to token


def dot_product(m: Any, x: Tensor) -> Tensor:
    q, k, v = m.qkv(x).chunk(3, dim=-1)
    return F.dropout(F.softmax(q @ k.transpose(-2, -1) / math.sqrt(D), dim=-1), 0.1, True) @ v


def softmax_by_hand(m: Any, x: Tensor) -> Tensor:
    q, k, v = m.qkv(x).chunk(3, dim=-1)
    score = q @ k.mT
    weight = torch.exp(score - score.amax(-1, keepdim=True))
    return weight / weight.sum(-1, keepdim=True) @ v


def relu_shares(m: Any, x: Tensor) -> Tensor:
    q, k, v = m.qkv(x).chunk(3, dim=-1)
    weight = (q @ k.mT).relu()
    return weight.div_(weight.sum(-1, keepdim=True).clamp(min=1e-6)) @ v


def heads(x: Tensor) -> Tensor:
    return x.view(x.shape[0], x.shape[1], 3, -1).transpose(1, 2)


def einsum_attention(m: Any, x: Tensor) -> Tensor:
    q, k, v = (heads(part) for part in m.qkv(x).chunk(3, dim=-1))
    weight = torch.einsum("bhid,bhjd->bhij", q, k).mul(0.5).softmax(-1)
    return torch.einsum("bhij,bhjd->bhid", weight, v).transpose(1, 2).flatten(2)


def masked_attention(m: Any, x: Tensor) -> Tensor:
    q, k, v = m.qkv(x).chunk(3, dim=-1)
    mask = torch.ones(x.shape[1], x.shape[1], device=x.device).triu(1).bool()
    return (q @ k.mT).masked_fill(mask, float("-inf")).softmax(-1) @ v


def one_query(m: Any, x: Tensor) -> Tensor:
    """Class attention: the first token asks all."""
    q, (k, v) = m.query(x[:, :1]), m.kv(x).chunk(2, dim=-1)
    return (q @ k.mT).softmax(-1) @ v


def non_local(m: Any, x: Tensor) -> Tensor:
    theta, phi, g = (part(x).flatten(2) for part in (m.theta, m.phi, m.g))  # (N, C, HW)
    y = torch.matmul(F.softmax(theta.mT @ phi, dim=-1), g.mT)  # (N, HW, C)
    return x + m.out(y.permute(0, 2, 1).contiguous().view_as(x))


def channel_to_channel(_: Any, x: Tensor) -> Tensor:
    flat = x.flatten(2)
    return torch.bmm(torch.softmax(torch.bmm(flat, flat.mT), -1), flat).view_as(x) + x


def values_from_the_left(m: Any, x: Tensor) -> Tensor:
    q, k, v = (part(x).flatten(2) for part in (m.theta, m.phi, m.g))
    weight = torch.bmm(q.permute(0, 2, 1), k).softmax(-1)
    return torch.bmm(v, weight.permute(0, 2, 1)).view_as(x)


def global_context(m: Any, x: Tensor) -> Tensor:
    weight = m.mask(x).flatten(2).softmax(2).unsqueeze(3)  # (N, 1, HW, 1)
    context = torch.matmul(x.flatten(2).unsqueeze(1), weight)  # (N, 1, C, 1)
    return x + m.transform(context.view(x.shape[0], C, 1, 1))


def external(m: Any, x: Tensor) -> Tensor:
    """Attention to a memory that two linear layers hold, normalised twice."""
    weight = m.keys(x).softmax(dim=1)
    weight = weight / (1e-9 + weight.sum(dim=2, keepdim=True))
    return m.values(weight)


def scalar() -> nn.Parameter:
    return nn.Parameter(torch.ones(1))


def unrolled_lstm(m: Any, x: Tensor) -> Tensor:
    """Two steps from a state of zeros: in the first the forget gate has nothing to act on."""
    h = c = torch.zeros(x.shape[0], D, device=x.device)
    for step in x.unbind(1)[:2]:
        h, c = lstm_cell(m, step, h, c)
    return h


SE = {"down": conv(C, 2), "up": conv(2, C)}
CHANNEL = [("channel", (N, C, 1, 1))]
SPATIAL = [("spatial", (N, 1, H, W))]
TOKENS = [("token-to-token", (N, L, L))]
ATTENTION = {"qkv": lin(D, 3 * D)}
MAPS = {"theta": conv(), "phi": conv(), "g": conv(), "out": conv()}

Row = tuple[Body, dict[str, Callable[[], Any]], tuple[tuple[int, ...], ...], list[tuple[str, tuple[int, ...]]]]
GATES: dict[str, Row] = {
    # channel
    "SE with convolutions": (se_convolutions, SE, (IMAGE,), CHANNEL),
    "SE with linears": (se_linears, {"fc": narrow()}, (IMAGE,), CHANNEL),
    "weights first": (lambda m, x: squeezed(m, x).sigmoid() * x, SE, (IMAGE,), CHANNEL),
    "relu6 by hand": (lambda m, x: x * (F.relu6(squeezed(m, x) + 3.0) / 6.0), SE, (IMAGE,), CHANNEL),
    "relu6 in place": (lambda m, x: x * F.relu6(squeezed(m, x).add_(3.0), inplace=True).div_(6.0), SE, (IMAGE,), CHANNEL),
    "relu6 times a sixth": (lambda m, x: x * (nn.ReLU6()(squeezed(m, x) + 3) * (1 / 6)), SE, (IMAGE,), CHANNEL),
    "clamp(0, 6) / 6": (lambda m, x: (squeezed(m, x) + 3).clamp(0, 6) / 6 * x, SE, (IMAGE,), CHANNEL),
    "hard sigmoid": (lambda m, x: x * F.hardsigmoid(squeezed(m, x)), SE, (IMAGE,), CHANNEL),
    "clamp(0, 1)": (lambda m, x: x * (0.2 * squeezed(m, x) + 0.5).clamp(0, 1), SE, (IMAGE,), CHANNEL),
    "clamp(min=0, max=1)": (lambda m, x: x * torch.clamp(squeezed(m, x), min=0.0, max=1.0), SE, (IMAGE,), CHANNEL),
    "clip in place": (lambda m, x: x * squeezed(m, x).clip_(0, 1), SE, (IMAGE,), CHANNEL),
    "hardtanh(0, 1)": (lambda m, x: x * F.hardtanh(squeezed(m, x), 0.0, 1.0), SE, (IMAGE,), CHANNEL),
    "sigmoid written out": (lambda m, x: x * (1 / (1 + torch.exp(-squeezed(m, x)))), SE, (IMAGE,), CHANNEL),
    "sigmoid as a power": (lambda m, x: x * (1 + torch.exp(-squeezed(m, x))) ** -1, SE, (IMAGE,), CHANNEL),
    "sigmoid by torch.div and torch.add": (
        lambda m, x: x * torch.div(1.0, torch.add(1, torch.exp(-squeezed(m, x)))), SE, (IMAGE,), CHANNEL,
    ),
    "sigmoid from ones": (lambda m, x: x * (torch.ones_like(s := squeezed(m, x)) / (1 + (-s).exp())), SE, (IMAGE,), CHANNEL),
    "sigmoid with the exponential twice": (
        lambda m, x: x * (torch.exp(s := squeezed(m, x)) / (1 + torch.exp(s))), SE, (IMAGE,), CHANNEL,
    ),
    "addcmul": (lambda m, x: torch.addcmul(x, x, squeezed(m, x).sigmoid()), SE, (IMAGE,), CHANNEL),
    "addcmul in place": (lambda m, x: m.conv(x).addcmul_(squeezed(m, x).sigmoid(), x), {**SE, "conv": conv()}, (IMAGE,), CHANNEL),
    "shares of channels": (lambda m, x: x * ((s := squeezed(m, x).relu()) / s.sum(1, keepdim=True)), SE, (IMAGE,), CHANNEL),
    "softplus shares, away from zero": (
        lambda m, x: x * ((s := F.softplus(squeezed(m, x))) / (s.sum((1, 2, 3)) + 1e-6).view(-1, 1, 1, 1)), SE, (IMAGE,), CHANNEL,
    ),
    "tanh scaled to 0..1": (lambda m, x: x * (0.5 * (squeezed(m, x).tanh() + 1)), SE, (IMAGE,), CHANNEL),
    "softmax of channels": (lambda m, x: x * squeezed(m, x).softmax(1), SE, (IMAGE,), CHANNEL),
    "in place": (gate_in_place, {**SE, "conv": conv()}, (IMAGE,), CHANNEL),
    "*=": (times_equals, {**SE, "conv": conv()}, (IMAGE,), CHANNEL),
    "torch.mul": (lambda m, x: torch.mul(x, other=squeezed(m, x).sigmoid()), SE, (IMAGE,), CHANNEL),
    "einsum over channels": (
        lambda m, x: torch.einsum("nchw,nc->nchw", x, m.fc(x.mean((2, 3))).sigmoid()), {"fc": narrow()}, (IMAGE,),
        [("channel", (N, C))],
    ),
    "around one": (lambda m, x: x * (1 + squeezed(m, x).tanh()), SE, (IMAGE,), CHANNEL),
    "with a residual": (lambda m, x: x + x * squeezed(m, x).sigmoid(), SE, (IMAGE,), CHANNEL),
    "scaled by a parameter": (
        lambda m, x: x * (m.gamma * squeezed(m, x).sigmoid()), {**SE, "gamma": scalar}, (IMAGE,), CHANNEL,
    ),
    "ECA": (eca, {"conv": of(nn.Conv1d, 1, 1, 3, padding=1)}, (IMAGE,), CHANNEL),
    "CAM": (cam, {"fc": narrow()}, (IMAGE,), CHANNEL),
    "selective kernels": (
        selective, {"conv3": conv(C, C, 3), "conv5": conv(C, C, 5), "fc": lin(C, 2 * C)}, (IMAGE,),
        [("channel", (N, 2, C, 1, 1))],
    ),
    "selective kernels one by one": (
        selective_one_by_one, {"conv3": conv(C, C, 3), "conv5": conv(C, C, 5), "fc": lin(C, 2 * C)}, (IMAGE,), CHANNEL * 2,
    ),
    "channels last": (channels_last, {"fc": narrow()}, ((N, H, W, C),), [("channel", (N, 1, 1, C))]),
    "channels last after a norm": (
        channels_last_after_norm, {"fc": lin(C, C), "norm": of(nn.LayerNorm, C)}, ((N, H, W, C),), [("channel", (N, 1, 1, C))],
    ),
    "sequence (N, L, D)": (sequence_gate, {"fc": narrow(D)}, (SEQUENCE,), [("channel", (N, 1, D))]),
    "sequence (N, C, L)": (
        sequence_gate_channels_first, {"down": of(nn.Conv1d, D, 2, 1), "up": of(nn.Conv1d, 2, D, 1)}, ((N, D, L),),
        [("channel", (N, D, 1))],
    ),
    "volume": (
        volume_gate, {"down": of(nn.Conv3d, C, 2, 1), "up": of(nn.Conv3d, 2, C, 1)}, ((N, C, 4, H, W),),
        [("channel", (N, C, 1, 1, 1))],
    ),
    # spatial, and both
    "SAM": (sam, {"conv": conv(2, 1, 7)}, (IMAGE,), SPATIAL),
    "CBAM": (cbam, {"channel": block(cam, fc=narrow()), "spatial": block(sam, conv=conv(2, 1, 7))}, (IMAGE,), CHANNEL + SPATIAL),
    "BAM": (bam, {"fc": narrow(), "conv": conv(C, 1)}, (IMAGE,), [("elementwise", IMAGE)]),
    "attention U-Net": (
        attention_gate, {"theta": conv(), "phi": conv(), "psi": conv(C, 1)}, (IMAGE, (N, C, 3, 3)), SPATIAL,
    ),
    "through interpolate": (upsampled_gate, {"conv": conv(C, 1)}, (IMAGE,), SPATIAL),
    "coordinate": (
        coordinate, {"conv": conv(), "norm": of(nn.BatchNorm2d, C), "rows": conv(), "columns": conv()}, (IMAGE,),
        [("channel-spatial", (N, C, H, 1)), ("channel-spatial", (N, C, 1, W))],
    ),
    "triplet": (
        triplet, {"first": conv(2, 1, 3), "second": conv(2, 1, 3), "third": conv(2, 1, 3)}, (IMAGE,),
        [("channel-spatial", (N, 1, C, W)), ("channel-spatial", (N, 1, H, C)), ("spatial", (N, 1, H, W))],
    ),
    "channels brought to the front": (
        lambda m, x: front(x) * squeezed(m, front(x)).sigmoid(), SE, ((N, H, W, C),), [("channel", (N, C, 1, 1))],
    ),
    "channels of a layer brought to the back": (
        lambda m, x: back(m.conv(x)) * back(squeezed(m, x).sigmoid()), {**SE, "conv": conv()}, (IMAGE,),
        [("channel", (N, 1, 1, C))],
    ),
    "SimAM": (simam, {}, (IMAGE,), [("elementwise", IMAGE)]),
    "group-wise": (group_wise, {}, (IMAGE,), [("spatial", (2 * N, 1, H, W))]),
    "channel and spatial at once": (concurrent, {**SE, "conv": conv(C, 1)}, (IMAGE,), CHANNEL + SPATIAL),
    "global context": (
        global_context, {"mask": conv(C, 1), "transform": conv()}, (IMAGE,), [("spatial", (N, 1, H * W, 1))],
    ),
    # elementwise
    "gated linear unit": (gated_linear_unit, {"fc": lin(D, 2 * D)}, (ROWS,), [("elementwise", ROWS)]),
    "F.glu": (lambda m, x: F.glu(m.fc(x)), {"fc": lin(D, 2 * D)}, (ROWS,), [("elementwise", ROWS)]),
    "gate of a norm": (
        lambda m, x: x * torch.sigmoid(m.norm(x)), {"norm": of(nn.BatchNorm2d, C)}, (IMAGE,), [("elementwise", IMAGE)],
    ),
    "highway": (highway, {"transform": lin(), "plain": lin()}, (ROWS,), [("elementwise", ROWS)] * 2),
    "LSTM cell": (lstm_cell, {"input": lin(D, 4 * D), "hidden": lin(D, 4 * D)}, (ROWS, ROWS, ROWS), [("elementwise", ROWS)] * 3),
    "LSTM unrolled": (
        unrolled_lstm, {"input": lin(D, 4 * D), "hidden": lin(D, 4 * D)}, (SEQUENCE,), [("elementwise", ROWS)] * 5,
    ),
    "GRU cell": (gru_cell, {"gates": lin(2 * D, 2 * D), "new": lin(2 * D, D)}, (ROWS, ROWS), [("elementwise", ROWS)] * 3),
    # token to token
    "dot product": (dot_product, ATTENTION, (SEQUENCE,), TOKENS),
    "einsum": (einsum_attention, ATTENTION, (SEQUENCE,), [("token-to-token", (N, 3, L, L))]),
    "softmax written out": (softmax_by_hand, ATTENTION, (SEQUENCE,), TOKENS),
    "relu shares of scores": (relu_shares, ATTENTION, (SEQUENCE,), TOKENS),
    "masked": (masked_attention, ATTENTION, (SEQUENCE,), TOKENS),
    "one query": (one_query, {"query": lin(), "kv": lin(D, 2 * D)}, (SEQUENCE,), [("token-to-token", (N, 1, L))]),
    "non-local": (non_local, MAPS, (IMAGE,), [("token-to-token", (N, H * W, H * W))]),
    "channel to channel": (channel_to_channel, {}, (IMAGE,), [("token-to-token", (N, C, C))]),
    "values from the left": (values_from_the_left, MAPS, (IMAGE,), [("token-to-token", (N, H * W, H * W))]),
    "external memory": (external, {"keys": lin(D, 7), "values": lin(7, D)}, (SEQUENCE,), [("token-to-token", (N, L, 7))]),
    "fused": (
        lambda m, x: F.scaled_dot_product_attention(*(heads(part) for part in m.qkv(x).chunk(3, -1))), ATTENTION, (SEQUENCE,),
        [("token-to-token", (N, 3, L, L))],
    ),
}  # fmt: skip


def traced(body: Body, parts: dict[str, Callable[[], Any]], shapes: tuple[tuple[int, ...], ...], device: str = "meta") -> Trace:
    torch.manual_seed(0)
    module = block(body, **parts)().eval()
    found = trace(module, *[x.to(device) for x in noise(*shapes)()])
    assert (found.failure, found.device) == (None, device)
    return found


def told(gates: tuple[Gate, ...]) -> list[tuple[str, tuple[int, ...]]]:
    return [(gate.kind, gate.shape) for gate in gates]


@pytest.mark.parametrize(("body", "parts", "shapes", "expected"), GATES.values(), ids=GATES)
@pytest.mark.parametrize("device", ["meta", "cpu"])
def test_gates_are_found(body: Body, parts: Any, shapes: Any, expected: Any, device: str) -> None:
    found = traced(body, parts, shapes, device)
    gates = find_gates(found)
    assert told(gates) == expected
    for gate in gates:
        assert gate.target in found.ops[gate.op].inputs
        assert gate.line == found.ops[gate.op].line
        assert (gate.values is None) == (found.ops[gate.op].name in ("scaled_dot_product_attention", "glu"))
        if gate.values is not None:
            assert found.shape(gate.values) == gate.shape


@pytest.mark.parametrize("name", [name for name in GATES if name not in ("one query", "group-wise")])
def test_a_batch_of_one_changes_no_kind(name: str) -> None:
    body, parts, shapes, expected = GATES[name]
    gates = find_gates(traced(body, parts, tuple((1, *shape[1:]) for shape in shapes)))
    assert [gate.kind for gate in gates] == [kind for kind, _ in expected]


@pytest.mark.parametrize(
    "name", ["SE with linears", "CAM", "SAM", "channels last", "CBAM", "coordinate", "selective kernels", "SimAM"]
)
def test_axes_of_equal_sizes_are_not_mixed_up(name: str) -> None:
    body, parts, shapes, expected = GATES[name]
    gates = find_gates(traced(body, parts, tuple((C,) * len(shape) for shape in shapes)))
    assert [gate.kind for gate in gates] == [kind for kind, _ in expected]


CORPUS = {
    "multihead": [("token-to-token", (4, 5, 5))],
    "multihead without weights": [("token-to-token", (5, 2, 2, 2))],
    "cross attention": [("token-to-token", (4, 5, 7))],
    "encoder layer": [("token-to-token", (2, 2, 5, 5))],
    "encoder": [("token-to-token", (2, 2, 5, 5))] * 2,
    "decoder layer": [("token-to-token", (2, 2, 5, 5)), ("token-to-token", (2, 2, 5, 7))],
    "attention by hand": [("token-to-token", (2, 5, 5))],
    "nested blocks": [("elementwise", (2, 4, 8, 8))],
    "residual": [],
    "lstm": [],
    "einsum": [],
}


@pytest.mark.parametrize(("name", "expected"), CORPUS.items(), ids=CORPUS)
def test_gates_of_the_corpus(name: str, expected: list[tuple[str, tuple[int, ...]]]) -> None:
    inputs, named = CASES[name].arguments("meta")
    assert told(find_gates(trace(CASES[name].build(), *inputs, **named))) == expected


# Products that are no gates


def residual_scale(m: Any, x: Tensor) -> Tensor:
    return x + m.gamma[:, None, None] * m.conv(x)


def drop_path(_: Any, x: Tensor) -> Tensor:
    keep = torch.rand((x.shape[0], 1, 1, 1), device=x.device) >= 0.2
    return x * keep / 0.8


def mask_from_noise(_: Any, x: Tensor) -> Tensor:
    return x * (torch.rand_like(x) > 0.5).float()


def drop_blocks(_: Any, x: Tensor) -> Tensor:
    mask = torch.bernoulli(torch.full_like(x[:, :1], 0.1))
    return x * (1 - F.max_pool2d(mask, 3, 1, 1))


def tanh_gelu(_: Any, x: Tensor) -> Tensor:
    return 0.5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))


def learned_swish(m: Any, x: Tensor) -> Tensor:
    return x * torch.sigmoid(m.beta * x)


def batch_norm_by_hand(m: Any, x: Tensor) -> Tensor:
    mean, var = x.mean((0, 2, 3), keepdim=True), x.var((0, 2, 3), keepdim=True)
    return (x - mean) / torch.sqrt(var + 1e-5) * m.gamma[:, None, None]


def expected_class(m: Any, x: Tensor) -> Tensor:
    return (m.fc(x).softmax(-1) * torch.arange(D, device=x.device)).sum(-1)


def unused_gate(m: Any, x: Tensor) -> Tensor:
    _ = x * squeezed(m, x).sigmoid()
    return x + 1


NO_GATES: dict[str, tuple[Body, dict[str, Callable[[], Any]], tuple[int, ...]]] = {
    "SiLU by hand": (lambda _, x: x * torch.sigmoid(x), {}, IMAGE),
    "SiLU of a layer": (lambda m, x: (y := m.conv(x)) * y.sigmoid(), {"conv": conv()}, IMAGE),
    "SiLU in place": (lambda m, x: (y := m.conv(x)).mul_(y.sigmoid()), {"conv": conv()}, IMAGE),
    "hard-swish by hand": (lambda _, x: x * F.relu6(x + 3) / 6, {}, IMAGE),
    "hard-swish by hand, divided first": (lambda _, x: x * (F.relu6(x + 3) / 6), {}, IMAGE),
    "hard-swish by hard sigmoid": (lambda _, x: x * F.hardsigmoid(x), {}, IMAGE),
    "quick GELU": (lambda _, x: x * torch.sigmoid(1.702 * x), {}, IMAGE),
    "GELU by erf": (lambda _, x: 0.5 * x * (1 + torch.erf(x / math.sqrt(2))), {}, IMAGE),
    "GELU by tanh": (tanh_gelu, {}, IMAGE),
    "GELU by tanh, product first": (lambda _, x: x * (1 + torch.tanh(x + 0.044715 * x**3)) * 0.5, {}, IMAGE),
    "mish": (lambda _, x: x * torch.tanh(F.softplus(x)), {}, IMAGE),
    "swish with a learned slope": (learned_swish, {"beta": scalar}, IMAGE),
    "SiLU of a view": (lambda _, x: x.flatten(2) * torch.sigmoid(x.flatten(2)), {}, IMAGE),
    "activations": (lambda _, x: F.gelu(F.silu(F.hardswish(F.mish(x)))).tanh().sigmoid(), {}, IMAGE),
    "batch norm": (lambda m, x: m.norm(x), {"norm": of(nn.BatchNorm2d, C)}, IMAGE),
    "batch norm by hand": (batch_norm_by_hand, {"gamma": lambda: nn.Parameter(torch.ones(C))}, IMAGE),
    "softmax head": (lambda m, x: m.fc(x).softmax(-1), {"fc": lin()}, ROWS),
    "expected class": (expected_class, {"fc": lin()}, ROWS),
    "layer scale": (residual_scale, {"conv": conv(), "gamma": lambda: nn.Parameter(torch.ones(C))}, IMAGE),
    "gate of a parameter alone": (lambda m, x: x * torch.sigmoid(m.gamma), {"gamma": scalar}, IMAGE),
    "a constant": (lambda _, x: x * 0.5 + 2 * x, {}, IMAGE),
    "dropout": (lambda _, x: F.dropout(x, 0.5, True), {}, IMAGE),
    "drop path": (drop_path, {}, IMAGE),
    "mask from noise": (mask_from_noise, {}, IMAGE),
    "drop blocks": (drop_blocks, {}, IMAGE),
    "pooled product": (lambda _, x: x * x.mean((2, 3), keepdim=True), {}, IMAGE),
    "square": (lambda m, x: m.fc(x).sigmoid() ** 2, {"fc": lin()}, ROWS),
    "half a tanh": (lambda m, x: 0.5 * torch.tanh(m.fc(x)), {"fc": lin()}, ROWS),
    "twice a sigmoid": (lambda m, x: (2 * m.fc(x).sigmoid()).add(1), {"fc": lin()}, ROWS),
    "softmax then linear": (lambda m, x: m.fc(m.fc(x).softmax(-1)), {"fc": lin()}, ROWS),
    "sigmoid then linear": (lambda m, x: m.fc(m.fc(x).sigmoid()), {"fc": lin()}, ROWS),
    "relu6 alone": (lambda m, x: x * F.relu6(squeezed(m, x)), SE, IMAGE),
    "a sixth of what has no bounds": (lambda m, x: x * (squeezed(m, x) / 6), SE, IMAGE),
    "clamp to other bounds": (lambda m, x: x * squeezed(m, x).clamp(-2, 2), SE, IMAGE),
    "clamp without a ceiling": (lambda m, x: x * squeezed(m, x).clamp(min=0), SE, IMAGE),
    "dot product without softmax": (lambda _, x: (x @ x.mT / L) @ x, {}, SEQUENCE),
    "features divided by their length": (
        lambda m, x: (y := m.conv(x)) / y.pow(2).sum(1, keepdim=True).sqrt() * x, {"conv": conv()}, IMAGE,
    ),
    "features divided by their squares' sum": (
        lambda m, x: (y := m.conv(x)) / (y * y).sum(1, keepdim=True) * x, {"conv": conv()}, IMAGE,
    ),
    "F.normalize": (lambda m, x: F.normalize(m.conv(x), dim=1) * x, {"conv": conv()}, IMAGE),
    "F.normalize by absolute values": (lambda m, x: F.normalize(m.conv(x), p=1.0) * x, {"conv": conv()}, IMAGE),
    "features divided by their norm": (
        lambda m, x: (y := m.conv(x)) / (y.norm(dim=1, keepdim=True) + 1e-6) * x, {"conv": conv()}, IMAGE,
    ),
    "mean and variance": (
        lambda m, x: ((y := m.conv(x)) - y.mean(1, keepdim=True)) / y.std(1, keepdim=True) * x, {"conv": conv()}, IMAGE,
    ),
    "features divided by their mean": (
        lambda m, x: (y := m.conv(x).relu()) / (y.mean(1, keepdim=True) + 1e-6) * x, {"conv": conv()}, IMAGE,
    ),
    "average by division": (lambda m, x: (m.conv(x).sum(1, keepdim=True) / C) * x, {"conv": conv()}, IMAGE),
    "average where a mask is": (
        lambda _, x: (x * (mask := x > 0)).sum(1, keepdim=True) / mask.sum(1, keepdim=True) * x, {}, IMAGE,
    ),
    "a given mask's shares": (lambda m, x: x / x.sum(1, keepdim=True) * m.conv(x), {"conv": conv()}, IMAGE),
    "divided by another's sum": (
        lambda m, x: m.fc(x).relu() / m.other(x).relu().sum(-1, keepdim=True) * x, {"fc": lin(), "other": lin()}, ROWS,
    ),
    "linear attention's denominator": (
        lambda m, x: (m.fc(x).relu() @ (k := m.other(x).relu()).mT @ x) / (m.fc(x).relu() @ k.sum(1, keepdim=True).mT),
        {"fc": lin(), "other": lin()}, SEQUENCE,
    ),
    "SiLU by its exponential": (lambda m, x: (y := m.conv(x)) * (1 + torch.exp(-y)).pow(-1), {"conv": conv()}, IMAGE),
    "logistic curve of another base": (lambda m, x: x * (1 / (2 + torch.exp(-squeezed(m, x)))), SE, IMAGE),
    "exponential over another's sum": (
        lambda m, x: x * (torch.exp(m.fc(x)) / (1 + torch.exp(m.other(x)))), {"fc": lin(), "other": lin()}, ROWS,
    ),
    "addcmul of features": (lambda m, x: torch.addcmul(x, m.conv(x), x), {"conv": conv()}, IMAGE),
    "SiLU by addcmul": (lambda m, x: torch.addcmul(x, (y := m.conv(x)), y.sigmoid()), {"conv": conv()}, IMAGE),
    "a gate that nothing uses": (unused_gate, SE, IMAGE),
}  # fmt: skip


@pytest.mark.parametrize(("body", "parts", "shape"), NO_GATES.values(), ids=NO_GATES)
def test_what_is_no_gate(body: Body, parts: Any, shape: tuple[int, ...]) -> None:
    assert find_gates(traced(body, parts, (shape,))) == ()


# Whole networks, counted by hand from their papers

WHOLE = {
    "se_resnet50": (["channel"], 3 + 4 + 6 + 3),
    "mobilenet_v3_large": (["channel"], 8),
    "efficientnet_b0": (["channel"], 1 + 2 + 2 + 3 + 3 + 4 + 1),
    "ghostnet": (["channel"], 7),
    "vit_b16": (["token-to-token"], 12),
    "swin_t": (["token-to-token"], 2 + 2 + 6 + 2),
    "gpt2_small": (["token-to-token"], 12),
    "transformer_encoder": (["token-to-token"], 6),
}


@pytest.mark.parametrize("architecture", ARCHITECTURES.values(), ids=ARCHITECTURES)
def test_whole_networks(architecture: Architecture) -> None:
    kinds, count = WHOLE.get(architecture.name, ([], 0))
    gates = find_gates(trace(architecture.build(), *architecture.inputs()))
    assert [gate.kind for gate in gates] == kinds * count


# What a gate points at


def test_a_gate_names_its_op_source_values_and_target() -> None:
    found = traced(se_linears, {"fc": narrow()}, (IMAGE,))
    gate = find_gates(found)[0]
    names = [op.name for op in found.ops]
    assert (gate.op, gate.source) == (names.index("mul"), names.index("sigmoid"))
    assert found.ops[found.values[gate.values or 0].producer or 0].name == "view"  # before expand_as
    assert gate.target == found.inputs[0]


def test_a_failed_forward_keeps_the_gates_it_came_to() -> None:
    module = block(lambda m, x: se_convolutions(m, x) @ torch.zeros(99, 1), **SE)()
    found = trace(module, torch.zeros(IMAGE))
    assert found.failure is not None
    assert told(find_gates(found)) == CHANNEL


def test_a_long_chain_is_followed_once() -> None:
    """Looks at ops stay linear in a chain that only moves numbers, with a product at each step."""

    def looks(length: int) -> int:
        def body(m: Any, x: Tensor) -> Tensor:
            weight, y = m.fc(x).sigmoid(), x
            for _ in range(length):
                weight = weight.flip(-1).view_as(weight).unsqueeze(0).squeeze(0)
                y = y + weight * x
            return y

        found = trace(Block(body, fc=lin()()), torch.empty(ROWS, device="meta"))
        counted = _Counted(found.ops)
        object.__setattr__(found, "ops", counted)
        assert len(find_gates(found)) in (0, length)
        return counted.looks

    assert looks(200) <= 11 * looks(20)


class _Counted(tuple):  # type: ignore[type-arg]
    looks = 0

    def __getitem__(self, index: Any) -> Any:
        self.looks += 1
        return super().__getitem__(index)
