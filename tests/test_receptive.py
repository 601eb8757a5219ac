"""Receptive fields against gradients on small inputs, and against fields worked out by hand."""

from __future__ import annotations

import time
from collections.abc import Callable
from fractions import Fraction
from functools import cache
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from benchmarks.architectures import ARCHITECTURES
from explainer.dataflow import Dataflow
from explainer.receptive import WHOLE, Analysis, Reach, analyse, output_labels, receptive_fields
from explainer.receptive.reach import MAX_PHASES, read, refit, settle, unite
from explainer.trace import trace
from explainer.types import Trace

Shape = tuple[int, ...]
Hull = tuple[int, int] | None
CHAINS = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)


class Run(nn.Module):
    """A function as a module, with the layers that it uses."""

    def __init__(self, function: Callable[..., Any], *layers: nn.Module) -> None:
        super().__init__()
        self.function, self.layers = function, nn.ModuleList(layers)

    def forward(self, *inputs: Tensor) -> Any:
        return self.function(*inputs, *self.layers)


def generic(module: nn.Module, seed: int = 0) -> nn.Module:
    """The module in float64 with weights away from zero."""
    torch.manual_seed(seed)
    module = module.double()
    for parameter in module.parameters():
        nn.init.normal_(parameter, 0.4, 0.3)
    return module


def traced(module: nn.Module, *shapes: Shape) -> tuple[Trace, Analysis]:
    result = trace(module, *(torch.empty(shape, dtype=torch.float64, device="meta") for shape in shapes))
    assert result.failure is None, result.failure
    return result, analyse(result)


def hulls(module: nn.Module, shapes: tuple[Shape, ...], trials: int) -> dict[tuple[int, int | None, int, int], Hull]:
    """What gradients say: (output axis or None, index, input, its axis) -> first and last position with any influence."""
    found: dict[tuple[int | None, int, int, int], Hull] = {}
    for trial in range(trials):
        torch.manual_seed(trial)
        inputs = [torch.randn(shape, dtype=torch.float64, requires_grad=True) for shape in shapes]
        output = module(*[x.clone() for x in inputs])
        weighted = output * torch.randn_like(output)
        slices = [(None, 0, weighted)]
        slices += [
            (axis, index, weighted.select(axis, index)) for axis in range(output.dim()) for index in range(output.shape[axis])
        ]
        for axis, index, part in slices:
            grads = torch.autograd.grad(part.sum(), inputs, retain_graph=True, allow_unused=True)
            for number, grad in enumerate(grads):
                for input_axis in range(len(shapes[number])):
                    key = (axis, index, number, input_axis)
                    found[key] = around(found.get(key), grad, input_axis)
    return found  # type: ignore[return-value]


def around(known: Hull, grad: Tensor | None, axis: int) -> Hull:
    if grad is None:
        return known
    hit = grad.ne(0).transpose(0, axis).flatten(1).any(1) if grad.dim() > 1 else grad.ne(0)
    places = hit.nonzero().flatten().tolist()
    places += list(known) if known else []
    return (min(places), max(places)) if places else None


def check(module: nn.Module, *shapes: Shape, trials: int = 1, exact: bool | str = True, output: int = 0) -> Analysis:
    """Every claim about every axis holds all gradients, and is no wider: everywhere, or where its window is ``inside``."""
    result, analysis = traced(module, *shapes)
    observed = hulls(module, shapes, trials)
    out = result.outputs[output]
    field = analysis.fields[out]
    for number, shape in enumerate(shapes):
        reaches = field.inputs[number] if field else None
        for axis, size in enumerate(shape):
            if reaches is None:
                assert observed[None, 0, number, axis] is None
                continue
            claims = claims_of(reaches[axis], result.shape(out), size)
            for key, claim in claims.items():
                seen = observed[*key, number, axis]
                inside = claim is not None and claim[0] >= 0 and claim[1] < size
                clipped = clip(claim, size)
                assert seen is None or (clipped is not None and clipped[0] <= seen[0] and seen[1] <= clipped[1]), (
                    axis,
                    key,
                    claim,
                    seen,
                )
                if axis >= len(shape) - spatial_rank(shape) and (exact is True or (exact == "inside" and inside)):
                    assert seen == clipped, (axis, key, claim, seen)
    return analysis


def spatial_rank(shape: Shape) -> int:
    return max(len(shape) - 2, 1)


def claims_of(reach: Reach, shape: Shape, size: int) -> dict[tuple[int | None, int], Hull]:
    if reach.unbounded:
        return {(None, 0): (0, size - 1)}
    if reach.axis is None:
        return {(None, 0): window(reach, 0)}
    return {(reach.axis, index): window(reach, index) for index in range(shape[reach.axis])}


def window(reach: Reach, index: int) -> Hull:
    positions = reach.positions(index)
    assert positions is not None
    return (positions[0], positions[-1]) if positions else None


def clip(hull: Hull, size: int) -> Hull:
    if hull is None or hull[1] < 0 or hull[0] >= size:
        return None
    return max(hull[0], 0), min(hull[1], size - 1)


def spatial(module: nn.Module, *shapes: Shape, output: int = 0) -> tuple[Reach, ...] | None:
    result, analysis = traced(module, *shapes)
    return analysis.spatial_reaches(result.outputs[output])


def label(module: nn.Module, *shapes: Shape) -> str | None:
    result, analysis = traced(module, *shapes)
    return analysis.label(result.outputs[0])


@cache
def measured(name: str) -> tuple[Trace, Analysis]:
    architecture = ARCHITECTURES[name]
    result = trace(architecture.build(), *architecture.inputs())
    return result, analyse(result)


# --- by hand: r grows by (k - 1) d j, the jump j by the factor s, the start falls by p j ----------------------------------------


def stack(*rows: tuple[int, int, int, int]) -> nn.Sequential:
    """Convolutions of (kernel, stride, padding, dilation) along one axis."""
    return nn.Sequential(*(nn.Conv1d(1, 1, k, s, p, d) for k, s, p, d in rows)).double()


HAND = {
    "one 1x1": (stack((1, 1, 0, 1)), 1, 1, 0),
    "one 3, same": (stack((3, 1, 1, 1)), 3, 1, -1),
    "two 3 see as far as one 5": (stack((3, 1, 1, 1), (3, 1, 1, 1)), 5, 1, -2),
    "7/2 then 3/2": (stack((7, 2, 3, 1), (3, 2, 1, 1)), 11, 4, -5),
    "no padding": (stack((5, 2, 0, 1), (3, 1, 0, 1)), 9, 2, 0),
    "stride larger than kernel": (stack((2, 3, 0, 1), (2, 1, 0, 1)), 5, 3, 0),
    "dilations 1 2 4 8, kernel 2": (stack(*((2, 1, 0, 2**i) for i in range(4))), 16, 1, 0),
    "dilations 1 2 4 8, kernel 3": (stack(*((3, 1, 2**i, 2**i) for i in range(4))), 31, 1, -15),
    "dilation after a stride": (stack((3, 2, 1, 1), (3, 1, 2, 2)), 11, 2, -5),
}


@pytest.mark.parametrize(("module", "size", "jump", "start"), HAND.values(), ids=HAND)
def test_a_stack_has_the_field_worked_out_by_hand(module: nn.Module, size: int, jump: int, start: int) -> None:
    found = spatial(module, (1, 1, 64))
    assert found is not None
    assert (found[0].size, found[0].jump, found[0].start) == (size, jump, start)


def test_vgg_has_the_fields_worked_out_by_hand() -> None:
    # Pools at jump 1, 2, 4, 8, 16 add 1, 2, 4, 8, 16; each 3x3 of a stage adds 2 jumps: 5 6 | 14 16 | 40 44 | 92 100 | 196 212.
    result, analysis = measured("vgg16")
    pools = [op.outputs[0] for op in result.ops if op.base_name == "max_pool2d"]
    assert [analysis.label(value) for value in pools] == ["6×6", "16×16", "44×44", "100×100", "212×212"]
    last = analysis.spatial_reaches(pools[-1])
    assert last is not None
    # starts: two, two, three, three, three convolutions with padding 1 at jumps 1, 2, 4, 8, 16
    assert (last[0].jump, last[0].start) == (32, -(2 + 4 + 12 + 24 + 48))


def test_resnet50_sees_427_pixels() -> None:
    # conv1 7/2: 7, jump 2. Pool 3/2: 11, jump 4. layer1, three 3x3 at jump 4: + 24 = 35. layer2: its first 3x3 strides at jump 4,
    # + 8 = 43, three more at jump 8, + 48 = 91. layer3: + 16, then five at jump 16, + 160 = 267. layer4: + 32, then two at
    # jump 32, + 128 = 427.
    result, analysis = measured("resnet50")
    ends = {call.path: call.outputs[0] for call in result.calls if call.path.startswith("layer") and "." not in call.path}
    assert {path: analysis.label(value) for path, value in ends.items()} == {
        "layer1": "35×35",
        "layer2": "91×91",
        "layer3": "267×267",
        "layer4": "427×427",
    }
    last = analysis.spatial_reaches(ends["layer4"])
    assert last is not None
    # starts: 3 + 2 of the stem, then 3 blocks at jump 4, 1 at 4 and 3 at 8, 1 at 8 and 5 at 16, 1 at 16 and 2 at 32
    assert (last[1].jump, last[1].start) == (32, -(3 + 2 + 12 + 4 + 24 + 8 + 80 + 16 + 64))


def test_resnet18_sees_435_pixels() -> None:
    # Two 3x3 per block: 11 + 4 * 8, + 8 + 16 * 3, + 16 + 32 * 3, + 32 + 64 * 3
    result, analysis = measured("resnet18")
    pooled = next(op for op in result.ops if op.base_name == "adaptive_avg_pool2d")
    assert analysis.label(pooled.inputs[0]) == f"{11 + 32 + 8 + 48 + 16 + 96 + 32 + 192}×435" == "435×435"


# --- by gradients: chains -------------------------------------------------------------------------------------------------------


def act(x: Tensor) -> Tensor:
    return x + 0.3 * torch.tanh(x)


class Residual(nn.Module):
    def __init__(self, kernel_size: int, dilation: int, stride: int) -> None:
        super().__init__()
        padding = dilation * (kernel_size - 1) // 2
        self.conv = nn.Conv1d(2, 2, kernel_size, stride, padding, dilation)
        self.shortcut = nn.Conv1d(2, 2, 1, stride) if stride > 1 or kernel_size % 2 == 0 else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        main, short = act(self.conv(x)), self.shortcut(x)
        size = min(main.shape[-1], short.shape[-1])
        return main[..., :size] + short[..., :size]


class Branches(nn.Module):
    def __init__(self, *kernel_sizes: int) -> None:
        super().__init__()
        self.convs = nn.ModuleList(nn.Conv1d(2, 2, k, padding=k // 2) for k in kernel_sizes)

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([act(conv(x)) for conv in self.convs], 1)[:, :2] + sum(conv(x) for conv in self.convs)


def conv(kernel_size: int, stride: int, padding: int, dilation: int) -> nn.Module:
    return nn.Conv1d(2, 2, kernel_size, stride, min(padding, dilation * (kernel_size - 1)), dilation)


def up(kernel_size: int, stride: int, padding: int) -> nn.Module:
    return nn.ConvTranspose1d(2, 2, kernel_size + stride - 1, stride, min(padding, kernel_size - 1))


small = st.integers(1, 3)
CONVS = st.builds(conv, st.integers(1, 4), small, st.integers(0, 2), small)
PLAIN = st.builds(lambda k: nn.Conv1d(2, 2, k, padding=k // 2), st.sampled_from((1, 3, 5)))
LAYERS = st.one_of(
    CONVS,
    st.builds(Residual, st.sampled_from((1, 3, 5)), small, st.integers(1, 2)),
    st.builds(Branches, st.sampled_from((1, 3)), st.sampled_from((3, 5))),
    st.builds(lambda k, s: nn.AvgPool1d(k, s, k // 2, ceil_mode=True), small, small),
    st.just(Run(act)),
)
UPS = st.one_of(
    st.builds(up, small, st.integers(1, 3), st.integers(0, 2)),
    st.builds(lambda s: nn.Upsample(scale_factor=s), st.integers(2, 3)),
    st.sampled_from((nn.Upsample(scale_factor=2, mode="linear"), nn.Upsample(scale_factor=4, mode="linear"))),
    st.builds(lambda f: Run(lambda x: x.repeat_interleave(f, dim=2)), st.integers(2, 3)),
)
CUTS = st.one_of(
    st.builds(lambda a, s: Run(lambda x: x[..., a::s]), st.integers(0, 2), small),
    st.builds(lambda b, a: Run(lambda x: F.pad(x, (b, a))), st.integers(-1, 3), st.integers(-1, 3)),
    st.just(Run(lambda x: x.flip(-1))),
    st.just(Run(lambda x: x.split((x.shape[-1] // 2, x.shape[-1] - x.shape[-1] // 2), -1)[1])),
    st.builds(lambda p, m: Run(lambda x: F.pad(x, (p, p), mode=m)), st.integers(1, 2), st.sampled_from(("reflect", "replicate"))),
)


def passes(module: nn.Module, shape: Shape) -> bool:
    try:
        with torch.no_grad():
            return 1 < module(torch.zeros(shape, dtype=torch.float64)).shape[-1] <= 60
    except RuntimeError:
        return False


@CHAINS
@given(st.lists(PLAIN, min_size=1, max_size=4), st.integers(3, 20))
def test_a_chain_without_strides_reads_its_window_and_nothing_else(layers: list[nn.Module], size: int) -> None:
    check(generic(nn.Sequential(*layers)), (1, 2, size), exact=True)


@CHAINS
@given(st.lists(LAYERS, min_size=1, max_size=4))
def test_a_chain_with_strides_reads_its_whole_hull(layers: list[nn.Module]) -> None:
    module = generic(nn.Sequential(*layers))
    if passes(module, (1, 2, 31)):
        check(module, (1, 2, 31), exact="inside")


@CHAINS
@given(st.lists(LAYERS, max_size=2), UPS, st.lists(st.one_of(LAYERS, UPS), max_size=2))
def test_each_output_of_an_upsampled_map_reads_its_own_hull(
    before: list[nn.Module], middle: nn.Module, after: list[nn.Module]
) -> None:
    module = generic(nn.Sequential(*before, middle, *after))
    if passes(module, (1, 2, 15)):
        check(module, (1, 2, 15), exact="inside" if not after else False)


@CHAINS
@given(st.lists(st.one_of(LAYERS, UPS, CUTS), min_size=1, max_size=5))
def test_no_chain_reads_outside_its_claim(layers: list[nn.Module]) -> None:
    module = generic(nn.Sequential(*layers))
    if passes(module, (1, 2, 17)):
        check(module, (1, 2, 17), exact=False)


# --- by gradients: modules -----------------------------------------------------------------------------------------------------


def conv2(kernel_size: int = 3, stride: int = 1, padding: int = 1, dilation: int = 1, channels: int = 2) -> nn.Module:
    return nn.Conv2d(channels, channels, kernel_size, stride, padding, dilation)


class UNet(nn.Module):
    """Down twice, up by a transposed convolution and by resizing, joined by cat."""

    def __init__(self) -> None:
        super().__init__()
        self.convs = nn.ModuleList(nn.Conv1d(channels, 2, 3, padding=1) for channels in (1, 2, 2, 4, 4))
        self.up = nn.ConvTranspose1d(2, 2, 2, 2)

    def forward(self, x: Tensor) -> Tensor:
        a = act(self.convs[0](x))
        b = act(self.convs[1](F.avg_pool1d(a, 2)))
        c = act(self.convs[2](F.avg_pool1d(b, 2)))
        y = act(self.convs[3](torch.cat([b, self.up(c)], 1)))
        return self.convs[4](torch.cat([a, F.interpolate(y, scale_factor=2)], 1))


class SqueezeExcite(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.reduce, self.expand = nn.Conv2d(2, 3, 1), nn.Conv2d(3, 2, 1)

    def forward(self, x: Tensor) -> Tensor:
        return x * self.expand(act(self.reduce(x.mean((2, 3), keepdim=True)))).sigmoid()


def last_block(x: Tensor, depthwise: nn.Module, norm: nn.Module, linear: nn.Module) -> Tensor:
    """ConvNeXt's: channels last and back."""
    y = linear(norm(depthwise(x).permute(0, 2, 3, 1))).permute(0, 3, 1, 2)
    return x + y


def window_attention(x: Tensor, qkv: nn.Module, window: int = 3) -> Tensor:
    """Self-attention inside windows, cut out and put back as Swin does."""
    N, H, W, C = x.shape
    x = x.view(N, H // window, window, W // window, window, C).permute(0, 1, 3, 2, 4, 5).reshape(-1, window * window, C)
    q, k, v = qkv(x).chunk(3, -1)
    x = (q @ k.transpose(-2, -1)).softmax(-1) @ v
    x = x.view(-1, H // window, W // window, window, window, C)
    return x.permute(0, 1, 3, 2, 4, 5).contiguous().view(-1, H, W, C)


def written(x: Tensor) -> Tensor:
    y = torch.zeros(x.shape[0], 2, 2 * x.shape[2], dtype=x.dtype, device=x.device)
    y[:, :, 0::2] = x
    y[:, :, 1::2] = 2 * x.roll(1, 0)
    return y


def written_through_a_view(x: Tensor) -> Tensor:
    y = 1 * x
    y[:, :, 3:] += 2 * y[:, :, :-3]
    return y


def written_through_two_views(x: Tensor) -> Tensor:
    y = 1 * x
    a, b = y[:, :, :4], y.transpose(1, 2)
    a.mul_(x[:, :, 3:7])
    b[:, 2:, 0].add_(x[:, 0, :-2])
    return y


def seen_through_an_old_view(x: Tensor) -> Tensor:
    y = 1 * x
    part = y[:, :, 2:6]
    y.add_(x.flip(0)).mul_(x[:, :, 4:5])
    return part


def seen_from_two_sides(x: Tensor) -> Tensor:
    y = 1 * x
    part, _turned = y[:, :, 1:], y[:, :, :5].transpose(1, 2)
    y.add_(2.0)
    return part


def written_where_torch_hides_the_memory(x: Tensor) -> Tensor:
    y = x.repeat_interleave(2, -1)  # a view of a tensor that nobody sees
    y[:, ::2].copy_(y[:, :1])
    return y


def pixel_shuffle_by_hand(x: Tensor) -> Tensor:
    N, C, H, W = x.shape
    return x.view(N, C // 4, 2, 2, H, W).permute(0, 1, 4, 2, 5, 3).reshape(N, C // 4, 2 * H, 2 * W)


SIZE2 = (1, 2, 9, 11)
EXACT: dict[str, tuple[nn.Module, tuple[Shape, ...]]] = {
    "variance": (Run(lambda x: torch.var_mean(x, 2)[0]), ((1, 2, 7),)),
    "residual": (Run(lambda x, a, b: x + b(act(a(x))), conv2(), conv2()), (SIZE2,)),
    "residual in place": (Run(lambda x, a: F.relu(a(x).add_(x) + 9, inplace=True), conv2()), (SIZE2,)),
    "height and width apart": (nn.Conv2d(2, 2, (3, 1), (1, 1), (1, 0)), (SIZE2,)),
    "padding by a word": (nn.Conv2d(2, 2, (3, 5), padding="same"), (SIZE2,)),
    "no padding, by a word": (nn.Conv2d(2, 2, 3, padding="valid"), (SIZE2,)),
    "one dimension": (nn.Sequential(nn.Conv1d(2, 2, 5, padding=2), nn.Conv1d(2, 2, 3)), ((2, 2, 13),)),
    "three dimensions": (nn.Sequential(nn.Conv3d(2, 2, 3, padding=1), nn.Conv3d(2, 2, (1, 3, 2))), ((1, 2, 5, 6, 7),)),
    "no batch": (nn.Conv2d(2, 2, 3, padding=1), ((2, 6, 7),)),
    "depthwise and pointwise": (nn.Sequential(nn.Conv2d(2, 4, 3, padding=1, groups=2), nn.Conv2d(4, 2, 1)), (SIZE2,)),
    "inception": (
        Run(
            lambda x, a, b, c: torch.cat([a(x), b(x), c(F.avg_pool2d(x, 3, 1, 1))], 1),
            conv2(1, 1, 0),
            conv2(5, 1, 2),
            conv2(1, 1, 0),
        ),
        (SIZE2,),
    ),
    "batch norm, evaluated": (nn.Sequential(conv2(), nn.BatchNorm2d(2).eval()), (SIZE2,)),
    "instance norm on its buffers": (nn.InstanceNorm2d(2, track_running_stats=True).eval(), (SIZE2,)),
    "channels last and back": (
        Run(last_block, nn.Conv2d(2, 2, 5, padding=2, groups=2), nn.LayerNorm(2), nn.Linear(2, 2)),
        (SIZE2,),
    ),
    "dropout and noise": (Run(lambda x: F.dropout(x, 0.0) + torch.randn_like(x)), (SIZE2,)),
    "softmax over channels": (Run(lambda x: x.softmax(1)), (SIZE2,)),
    "mean over channels": (Run(lambda x: x.mean(1)), (SIZE2,)),
    "norm over channels": (Run(lambda x: F.normalize(x) + F.local_response_norm(x, 2)), (SIZE2,)),
    "glu over channels": (Run(lambda x: F.glu(x, 1)), (SIZE2,)),
    "max over channels": (Run(lambda x: x.max(1, keepdim=True)[0] * x), (SIZE2,)),
    "slice": (Run(lambda x, a: a(x)[:, :, 2:-1, 1::3], conv2(1, 1, 0)), (SIZE2,)),
    "slice with dots": (Run(lambda x: x[0, ..., None, 3:]), (SIZE2,)),
    "one row": (Run(lambda x: x[:, :, -2]), (SIZE2,)),
    "narrow and select": (Run(lambda x: x.narrow(2, 1, 5).select(3, -3)), (SIZE2,)),
    "split along space": (Run(lambda x: x.split([4, 5], 2)[1] * 2), (SIZE2,)),
    "chunks along space": (Run(lambda x: x.chunk(3, -1)[2]), (SIZE2,)),
    "rows unbound and stacked": (Run(lambda x: torch.stack(x.unbind(1), 2)), (SIZE2,)),
    "flip": (Run(lambda x, a: a(x.flip(2)), nn.Conv2d(2, 2, (2, 3))), (SIZE2,)),
    "flip there and back": (Run(lambda x, a: x + a(x.flip((2, 3))).flip([3, 2]), conv2()), (SIZE2,)),
    "pad": (Run(lambda x, a: a(F.pad(x, (2, 1, 0, 3))), conv2(3, 1, 0)), (SIZE2,)),
    "crop": (Run(lambda x, a: a(F.pad(x, (-2, -1))), conv2(3, 1, 0)), (SIZE2,)),
    "transpose": (Run(lambda x, a: a(x.transpose(2, 3)).mT, nn.Conv2d(2, 2, (1, 3), padding=(0, 1))), (SIZE2,)),
    "moved axes": (Run(lambda x: x.movedim(1, -1).swapaxes(1, 2).moveaxis((3,), (1,))), (SIZE2,)),
    "flat and back": (
        Run(lambda x, a: a(x.flatten(2).transpose(1, 2)).transpose(1, 2).unflatten(2, (9, 11)), nn.Linear(2, 2)),
        (SIZE2,),
    ),
    "rows as samples": (
        Run(lambda x, a: a(x.transpose(1, 2).reshape(18, 2, 11)).view(2, 9, 2, 11), nn.Conv1d(2, 2, 3, padding=1)),
        ((2, 2, 9, 11),),
    ),
    "squeezed": (Run(lambda x: x.unsqueeze(-1).squeeze().unsqueeze(0)), (SIZE2,)),
    "expanded": (Run(lambda x: x.mean(1, keepdim=True).expand(-1, 2, -1, -1) + x), (SIZE2,)),
    "pixel shuffle": (Run(lambda x, a: F.pixel_shuffle(a(x), 2), nn.Conv2d(2, 4, 3, padding=1)), (SIZE2,)),
    "pixel shuffle, channels apart": (nn.PixelShuffle(2), ((1, 8, 3, 4),)),
    "pixel unshuffle, channels apart": (nn.PixelUnshuffle(2), ((1, 2, 4, 6),)),
    "pixel shuffle by hand": (Run(lambda x, a: pixel_shuffle_by_hand(a(x)), nn.Conv2d(2, 4, 3, padding=1)), (SIZE2,)),
    "pixel unshuffle": (nn.Sequential(nn.PixelUnshuffle(2), nn.Conv2d(8, 2, 3, padding=1)), ((1, 2, 8, 10),)),
    "space to depth by slices": (
        Run(
            lambda x, a: a(torch.cat([x[..., ::2, ::2], x[..., 1::2, ::2], x[..., ::2, 1::2], x[..., 1::2, 1::2]], 1)),
            nn.Conv2d(8, 2, 1),
        ),
        ((1, 2, 8, 10),),
    ),
    "patches by view": (
        Run(lambda x, a: a(x.view(1, 2, 2, 4, 5, 2).permute(0, 2, 4, 1, 3, 5).flatten(3)), nn.Linear(16, 3)),
        ((1, 2, 8, 10),),
    ),
    "patches by unfold": (Run(lambda x, a: a(F.unfold(x, (3, 2), 1, 1, (2, 1)).mT), nn.Linear(12, 2)), (SIZE2,)),
    "windows by unfold": (Run(lambda x, a: a(x.unfold(2, 3, 2)), nn.Linear(3, 2)), (SIZE2,)),
    "attention inside windows": (Run(window_attention, nn.Linear(2, 6)), ((2, 6, 9, 2),)),
    "transposed": (nn.ConvTranspose2d(2, 2, (3, 4), 2, 1, (1, 0)), ((1, 2, 5, 6),)),
    "transposed with holes": (nn.ConvTranspose2d(2, 2, 2, 3), ((1, 2, 5, 6),)),
    "nearest": (nn.Upsample(scale_factor=(2, 3)), ((1, 2, 5, 6),)),
    "nearest, odd ratio": (nn.Upsample(size=(7, 9)), ((1, 2, 5, 6),)),
    "nearest, coarser": (nn.Upsample(size=(3, 4)), (SIZE2,)),
    "bilinear": (nn.Upsample(scale_factor=2, mode="bilinear"), ((1, 2, 5, 6),)),
    "repeated": (Run(lambda x: x.repeat_interleave(2, 2).repeat(1, 1, 1, 1)), (SIZE2,)),
    "tiled": (Run(lambda x: x.tile((1, 1, 1, 2))), ((1, 2, 3, 4),)),
    "matrix over channels": (Run(lambda x: torch.einsum("nchw,cd->nhwd", x, x.new_ones(2, 3))), (SIZE2,)),
    "linear over one axis only": (Run(lambda x, a: a(x), nn.Linear(11, 3)), (SIZE2,)),
    "columns interleaved by setitem": (Run(written), ((2, 2, 5),)),
    "one branch behind another": (
        Run(lambda x, y, a: torch.cat([a(x), y[..., 2:-2]], 1), nn.Conv1d(2, 2, 5)),
        ((1, 2, 9), (1, 2, 9)),
    ),
    "a picture with no say": (
        Run(lambda x, y, a: a(x) + torch.zeros_like(y), nn.Conv1d(2, 2, 3, padding=1)),
        ((1, 2, 9), (1, 2, 9)),
    ),
    "global pool": (Run(lambda x: F.adaptive_avg_pool2d(x, 1)), (SIZE2,)),
    "squeeze and excite": (SqueezeExcite(), (SIZE2,)),
    "softmax over space": (Run(lambda x: x.flatten(2).softmax(-1).view_as(x)), (SIZE2,)),
    "matrix over positions": (Run(lambda x: x @ x.mT), (SIZE2,)),
    "matrix over columns": (Run(lambda x: x @ torch.ones(11, 3, dtype=x.dtype, device=x.device)), (SIZE2,)),
    "matrix over rows": (Run(lambda x: torch.ones(3, 9, dtype=x.dtype, device=x.device) @ x), (SIZE2,)),
    "attention": (Run(lambda x: F.scaled_dot_product_attention(x, x, x)), ((1, 7, 2),)),
    "layer norm over space": (nn.LayerNorm((9, 11)), (SIZE2,)),
    "group norm": (nn.GroupNorm(1, 2), (SIZE2,)),
    "instance norm": (nn.InstanceNorm2d(2), (SIZE2,)),
    "batch norm in training": (nn.BatchNorm2d(2), (SIZE2,)),
    "fourier": (Run(lambda x: torch.fft.fft2(x).abs()), (SIZE2,)),
    "interpolation between corners": (nn.Upsample(scale_factor=4, mode="bilinear", align_corners=True), ((1, 2, 9, 10),)),
    "both ways round": (Run(lambda x: x + x.mT), ((1, 2, 7, 7),)),
    "running sum": (Run(lambda x: x.cumsum(2)), ((1, 2, 7),)),
}
# Where gradients reach less than the window says: at a border behind a stride, in a hole, in one phase of several.
INSIDE: dict[str, tuple[nn.Module, tuple[Shape, ...]]] = {
    "transposed and dilated": (nn.ConvTranspose1d(2, 2, 3, 2, 2, dilation=3), ((1, 2, 9),)),
    "shortcut with a stride": (
        Run(lambda x, a, b, c: b(act(a(x))) + c(x), conv2(3, 2), conv2(), conv2(1, 2, 0)),
        ((1, 2, 16, 17),),
    ),
    "atrous pyramid": (
        Run(lambda x, *rows: torch.cat([row(x) for row in rows], 1), *(conv2(3, 1, d, d) for d in (1, 2, 4))),
        ((1, 2, 13, 12),),
    ),
    "u-net": (UNet(), ((1, 1, 64),)),
    "mean pool over the end": (nn.AvgPool2d(3, 2, ceil_mode=True), (SIZE2,)),
    "power mean": (Run(lambda x: F.lp_pool2d(x + 9, 3.0, 3, 2)), (SIZE2,)),
    "reflected": (nn.Sequential(nn.Conv2d(2, 2, 3, padding=1, padding_mode="reflect"), conv2()), (SIZE2,)),
    "stretched": (nn.Sequential(nn.Conv2d(2, 2, 5, padding=2, padding_mode="replicate"), conv2()), (SIZE2,)),
}
# Sound, and known to be wide: the answer is the whole axis or a hull over what was overwritten or reflected.
WIDE: dict[str, tuple[nn.Module, tuple[Shape, ...]]] = {
    "two speeds": (Run(lambda x: x[..., :6] + x[..., ::2]), ((1, 2, 12),)),
    "roll": (Run(lambda x: x.roll(1, 2)), (SIZE2,)),
    "adaptive pool": (nn.AdaptiveAvgPool2d((3, 4)), (SIZE2,)),
    "cat along space": (Run(lambda x: torch.cat([x[:, :, 4:], x[:, :, :4]], 2)), (SIZE2,)),
    "reflected, read one by one": (Run(lambda x, a: a(F.pad(x, (3, 3, 2, 2), mode="reflect")), conv2(1, 1, 0)), (SIZE2,)),
    "reflected, sliced": (Run(lambda x: F.pad(x, (3, 3), mode="reflect")[..., ::2]), ((1, 2, 9),)),
    "circular": (nn.Conv2d(2, 2, 3, padding=1, padding_mode="circular"), (SIZE2,)),
    "bicubic": (nn.Upsample(scale_factor=2, mode="bicubic"), ((1, 2, 5, 6),)),
    "bilinear, odd ratio": (nn.Upsample(size=(7, 10), mode="bilinear"), ((1, 2, 5, 6),)),
    "antialiased": (Run(lambda x: F.interpolate(x, (4, 5), mode="bilinear", antialias=True)), (SIZE2,)),
    "area": (Run(lambda x: F.interpolate(x, (4, 5), mode="area")), (SIZE2,)),
    "nearest-exact": (Run(lambda x: F.interpolate(x, (7, 9), mode="nearest-exact")), (SIZE2,)),
    "a factor that does not divide": (Run(lambda x: F.interpolate(x, scale_factor=1.3)), (SIZE2,)),
    "folded": (Run(lambda x: F.fold(F.unfold(x, 2), (9, 11), 2)), (SIZE2,)),
    "sampled": (Run(lambda x, y: F.grid_sample(x, y.tanh(), align_corners=False)), (SIZE2, (1, 4, 5, 2))),
    "indexed by a list": (Run(lambda x: x[:, :, [3, 1, 2]]), (SIZE2,)),
    "indexed by a list at the front": (Run(lambda x: x[[1, 0]]), ((2, 2, 5),)),
    "index select": (Run(lambda x: x.index_select(2, torch.tensor([4, 1]))), (SIZE2,)),
    "gather": (Run(lambda x: x.gather(2, torch.zeros(1, 2, 3, 11, dtype=torch.long))), (SIZE2,)),
    "rotated": (Run(lambda x: torch.rot90(x, 1, (2, 3))), (SIZE2,)),
    "recurrent": (Run(lambda x, a: a(x)[0], nn.GRU(2, 3, batch_first=True, bidirectional=True)), ((2, 7, 2),)),
    "through a view": (Run(written_through_a_view), ((1, 2, 9),)),
    "through two views": (Run(written_through_two_views), ((1, 2, 9),)),
    "an old view": (Run(seen_through_an_old_view), ((2, 2, 9),)),
    "two views of one shape": (Run(seen_from_two_sides), ((1, 5, 6),)),
    "hidden memory": (Run(written_where_torch_hides_the_memory), ((1, 3, 5, 6),)),
    "reflected alone": (Run(lambda x: F.pad(x, (3, 3), mode="reflect")), ((1, 2, 9),)),
    "weights from the picture": (Run(lambda x: F.conv2d(x, x[:, :, :3, :3].expand(2, 2, 3, 3) + 0)), (SIZE2,)),
    "batch mixed": (Run(lambda x: x + x.flip(0)), ((3, 2, 5),)),
    "unknown op": (Run(lambda x: torch.cdist(x, x)), ((1, 7, 3),)),
    "sorted": (Run(lambda x: x.sort(-1)[0]), ((1, 2, 7),)),
    "top": (Run(lambda x: x.topk(3, 2)[0]), ((1, 2, 7),)),
    "outer sum": (Run(lambda x: x[..., None] * x[..., None, :]), ((1, 2, 5),)),
    "squares": (Run(lambda x: torch.einsum("ncl,ncm->nlm", x, x)), ((1, 2, 5),)),
    "cut in three": (Run(lambda x: x.view(2, 2, 2, 3, 2).flip(3).reshape(2, 2, 12)), ((2, 2, 12),)),
    "regrouped across": (Run(lambda x: x.view(1, 2, 4, 3).permute(0, 1, 3, 2).reshape(1, 2, 6, 2)), ((1, 2, 12),)),
    "batch and space merged": (Run(lambda x: x.permute(0, 2, 1).reshape(-1, 2).view(3, 5, 2) * 2), ((3, 2, 5),)),
}


@pytest.mark.parametrize("name", EXACT)
def test_gradients_fill_the_window_exactly(name: str) -> None:
    module, shapes = EXACT[name]
    analysis = check(generic(module), *shapes, exact=True)
    assert not analysis.unknown


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")
def test_an_even_kernel_padded_by_a_word_leans_to_the_end() -> None:
    check(generic(nn.Conv2d(2, 2, (2, 4), padding="same")), SIZE2, exact=True)


@pytest.mark.parametrize("name", INSIDE)
def test_gradients_fill_every_window_that_lies_inside(name: str) -> None:
    module, shapes = INSIDE[name]
    assert not check(generic(module), *shapes, exact="inside").unknown


@pytest.mark.parametrize("name", WIDE)
def test_gradients_stay_inside_a_wide_claim(name: str) -> None:
    module, shapes = WIDE[name]
    check(generic(module), *shapes, exact=False)


@pytest.mark.parametrize(
    "pool",
    [nn.MaxPool2d(3, 2, 1), nn.MaxPool2d(3, 1, 1), nn.MaxPool2d(2, ceil_mode=True), nn.MaxPool2d(2, 1, dilation=3)],
    ids=str,
)
def test_a_max_pool_reads_its_window_over_many_inputs(pool: nn.Module) -> None:
    check(pool, (1, 1, 7, 8), trials=60, exact="inside")


def test_what_a_wide_claim_says() -> None:
    def sizes(name: str) -> str | None:
        module, shapes = WIDE[name]
        return label(generic(module), *shapes)

    assert sizes("roll") == "global×1"
    assert sizes("adaptive pool") == "global"
    assert sizes("cat along space") == "10×1"  # index i reads i + 4 or i - 5
    assert sizes("bicubic") == "4×4"
    assert sizes("index select") == "global×1"


def test_a_write_through_a_view_joins_what_was_there() -> None:
    result, analysis = traced(Run(written_through_a_view), (1, 2, 9))
    field = analysis.fields[result.outputs[0]]
    assert field is not None
    assert field.inputs[0] is not None
    assert field.inputs[0][2] == Reach(2, 1, ((-3, 0),))


def test_two_inputs_in_one_memory_are_not_told_apart() -> None:
    def written_behind_its_back(part: Tensor, all_of_it: Tensor) -> Tensor:
        all_of_it.mul_(all_of_it.mean())
        return part * 1

    given = torch.empty(1, 2, 9, device="meta")
    result = trace(Run(written_behind_its_back), given[:, :, 1:], given)
    field = analyse(result).fields[result.outputs[0]]
    assert field is not None
    assert field.inputs == ((WHOLE,) * 3, (WHOLE,) * 3)


@pytest.mark.parametrize("name", ["rotated", "indexed by a list", "unknown op"])
def test_an_op_that_is_not_understood_is_listed_and_reads_everything(name: str) -> None:
    module, shapes = WIDE[name]
    result, analysis = traced(module, *shapes)
    field = analysis.fields[result.outputs[0]]
    assert len(analysis.unknown) == 1
    assert field is not None
    assert field.inputs[0] == (WHOLE,) * len(shapes[0])


def test_a_result_that_torch_was_told_where_to_put_is_not_understood() -> None:
    def joined(x: Tensor) -> Tensor:
        return torch.cat([x, x], 2, out=torch.empty(1, 2, 16, 8, dtype=x.dtype, device=x.device))

    result, analysis = traced(Run(joined), (1, 2, 8, 8))
    assert [result.ops[index].name for index in analysis.unknown] == ["cat"]
    assert analysis.label(result.outputs[0]) == "global"


def test_what_follows_an_op_that_is_not_understood_stays_unbounded() -> None:
    module = Run(lambda x, a: a(torch.rot90(x, 1, (2, 3))) + x, conv2()).double()
    assert label(module, (1, 2, 8, 8)) == "global"


def test_phases_of_a_transposed_convolution() -> None:
    # o = 2 i - 1 + k with k in 0..2: even outputs read one input, odd ones two
    found = spatial(nn.ConvTranspose1d(1, 1, 3, 2, 1).double(), (1, 1, 8))
    assert found is not None
    assert (found[0].size, found[0].jump, found[0].start) == (2, Fraction(1, 2), 0)
    assert [list(found[0].positions(index) or ()) for index in range(4)] == [[0], [0, 1], [1], [1, 2]]


def test_two_inputs_have_a_field_each() -> None:
    module = Run(lambda x, y, a, b: b(a(x)) + a(y), conv2(), conv2()).double()
    result, analysis = traced(module, (1, 2, 9, 9), (1, 2, 9, 9))
    assert (analysis.label(result.outputs[0], 0), analysis.label(result.outputs[0], 1)) == ("5×5", "3×3")
    assert output_labels(result) == ("5×5",)


def test_weights_have_no_field_and_every_value_has_an_entry() -> None:
    result, analysis = traced(conv2().double(), (1, 2, 9, 9))
    fields = receptive_fields(result)
    assert fields == analysis.fields
    assert len(fields) == len(result.values)
    assert [value.origin for value in result.values if fields[value.id] is None] == ["parameter", "parameter"]


def test_a_trace_that_failed_has_fields_up_to_there() -> None:
    result = trace(Run(lambda x, a: a(x).view(3, 5, 7), conv2()), torch.empty(1, 2, 9, 9))
    assert result.failure is not None
    analysis = analyse(result)
    assert analysis.label(result.ops[-1].outputs[0]) == "3×3"


def test_an_empty_batch_claims_nothing() -> None:
    result = trace(Run(lambda x, a: a(x).flip(2), conv2()), torch.empty(0, 2, 9, 9))
    assert result.failure is None
    assert output_labels(result) == ("global",)


SPATIAL: dict[str, tuple[nn.Module, Tensor, Shape]] = {
    "N C H W": (conv2(), torch.empty(1, 2, 8, 8), (2, 3)),
    "N H W C": (Run(lambda x, a: a(x.permute(0, 3, 1, 2)), conv2()), torch.empty(1, 8, 8, 2), (1, 2)),
    "N H W C, resized": (Run(lambda x: F.interpolate(x.permute(0, 3, 1, 2), scale_factor=2)), torch.empty(1, 8, 8, 2), (1, 2)),
    "C H W": (conv2(), torch.empty(2, 8, 8), (1, 2)),
    "N C D H W": (nn.Conv3d(2, 2, 3), torch.empty(1, 2, 8, 8, 8), (2, 3, 4)),
    "N C L": (nn.Conv1d(2, 2, 3), torch.empty(1, 2, 8), (2,)),
    "N L D": (nn.Linear(3, 2), torch.empty(1, 8, 3), (1,)),
    "tokens": (nn.Embedding(5, 2), torch.zeros(1, 8, dtype=torch.long), (1,)),
    "a wave without channels": (Run(lambda x, a: a(x[:, None]), nn.Conv1d(1, 2, 3)), torch.empty(2, 8), (1,)),
    "features": (nn.Linear(3, 2), torch.empty(2, 3), ()),
    "a picture without windows": (nn.ReLU(), torch.empty(1, 2, 8, 8), (2, 3)),
    "windows over channels alone": (
        Run(lambda x, a: a(x.mean((2, 3))[:, None]), nn.Conv1d(1, 1, 3)),
        torch.empty(1, 4, 8, 8),
        (2, 3),
    ),
}


@pytest.mark.parametrize(("module", "example", "axes"), SPATIAL.values(), ids=SPATIAL)
def test_the_spatial_axes_are_those_that_windows_slide_along(module: nn.Module, example: Tensor, axes: Shape) -> None:
    assert analyse(trace(module, example)).spatial == (axes,)


# --- the algebra ---------------------------------------------------------------------------------------------------------------


def test_reading_a_reach_twice_is_reading_it_at_once() -> None:
    once = read(Reach(2, 2, ((-1, 3),)), 2, 3, ((-1, 1, 1),))
    assert once == Reach(2, 6, ((-3, 5),))
    assert read(Reach(2, 1, ((0, 0), (0, 0))), 2, 2, ((0, 0, 1),)) == Reach(2, 1, ((0, 0),))  # every second of a doubled map


def test_a_union_of_other_speeds_or_axes_is_the_whole_axis() -> None:
    slow, fast = Reach(2, 1, ((0, 2),)), Reach(2, 2, ((0, 0),))
    assert unite(slow, fast, (1, 1, 9)) == WHOLE
    assert unite(slow, Reach(1, 1, ((0, 2),)), (1, 9, 9)) == WHOLE
    assert unite(slow, Reach(2, 1, ((-4, 0),)), (1, 1, 9)) == Reach(2, 1, ((-4, 2),))
    assert unite(slow, fast, (1, 1, 1)) == Reach(None, 0, ((0, 2),))  # one index only: nothing moves
    assert unite(slow, WHOLE, (1, 1, 9)) == WHOLE


def test_a_table_of_windows_becomes_a_movement() -> None:
    assert refit(Reach(0, 0, ((0, 6), (7, 13), (14, 20))), 3) == Reach(0, 7, ((0, 6),))
    assert refit(Reach(0, 0, ((0, 6), (7, 13), (15, 20))), 3) == Reach(0, 0, ((0, 6), (7, 13), (15, 20)))


def test_slack_is_paid_unless_the_next_window_covers_it() -> None:
    mirrored = Reach(2, 1, ((-1, -1),), slack=2)
    assert read(mirrored, 2, 1, ((0, 2, 1),)) == Reach(2, 1, ((-1, 1),))
    assert read(mirrored, 2, 1, ((0, 1, 1),)) == Reach(2, 1, ((-3, 2),))
    assert settle(mirrored) == Reach(2, 1, ((-3, 1),))


def test_the_hull_takes_in_every_phase_between_its_ends() -> None:
    assert read(Reach(2, 1, ((0, 0), (0, 5))), 2, 2, ((0, 2, 1),)) == Reach(2, 1, ((0, 5),))
    assert read(Reach(2, 1, ((0, 0), (-4, 0))), 2, 2, ((0, 2, 2),)) == Reach(2, 1, ((0, 1),))  # every second cell: one phase


def test_a_pattern_longer_than_the_limit_counts_as_everything() -> None:
    odd = Reach(2, 1, ((0, 0),) * (MAX_PHASES - 1) + ((0, 1),))
    assert read(odd, 2, 1, ((0, 0, 1),)) == odd
    assert read(odd, 2, 1, ((0, 0, 1), (0, 1, 1), (0, 0, 1))) == WHOLE
    assert unite(odd, Reach(2, 3, ((0, 0),) * (3 * MAX_PHASES - 1) + ((0, 1),)), (1, 1, 9)) == WHOLE
    assert label(Run(lambda x: F.interpolate(x, 1024)), (1, 1, 3, 3)) == "global"
    assert label(Run(lambda x: F.interpolate(x, 3 * 128)), (1, 1, 3, 3)) == "1×1"


# --- whole networks ------------------------------------------------------------------------------------------------------------

each = pytest.mark.parametrize("name", ARCHITECTURES)
# What sees the whole picture or sentence; a window attention does not, a recurrent layer does.
GLOBAL = ("adaptive_avg_pool2d", "scaled_dot_product_attention", "lstm")


def is_global(result: Trace, name: str, index: int) -> bool:
    op = result.ops[index]
    if op.base_name == "mean":
        return op.attribute("dim") in ((2, 3), (-2, -1), (1, 2))
    if op.base_name == "adaptive_avg_pool2d":
        return op.attribute("output_size") in (1, (1, 1))
    if op.base_name == "softmax":
        return name != "swin_t"
    if op.base_name == "linear":
        return name == "vgg16"  # over the flattened map
    return op.base_name in GLOBAL


@each
def test_no_network_claims_a_finite_field_behind_a_global_op(name: str) -> None:
    result, analysis = measured(name)
    assert analysis.unknown == ()
    behind: set[int] = set()
    for op in result.ops:
        if is_global(result, name, op.id) or not behind.isdisjoint(op.inputs):
            behind.update(op.outputs)
    flow = Dataflow(result)
    assert behind or name == "unet"
    for value in behind:
        if flow.depends[value]:
            assert analysis.label(value) == "global", result.values[value]


@each
def test_every_value_that_depends_on_the_input_has_a_field(name: str) -> None:
    result, analysis = measured(name)
    assert [field is not None for field in analysis.fields] == Dataflow(result).depends


def test_networks_have_the_fields_worked_out_by_hand() -> None:
    def before_pooling(name: str) -> str | None:
        result, analysis = measured(name)
        labels = [analysis.label(value.id) for value in result.values if analysis.fields[value.id] is not None]
        return [text for text in labels if text != "global"][-1]

    # ConvNeXt: patches of 4, then 3, 3, 9, 3 windows of 7 at jumps 4, 8, 16, 32, and three 2/2 between them
    assert before_pooling("convnext_t") == f"{4 + 3 * 24 + 4 + 3 * 48 + 8 + 9 * 96 + 16 + 3 * 192}×1688" == "1688×1688"
    assert before_pooling("vit_b16") == "16×16"  # a patch, until the first attention
    assert before_pooling("swin_t") == "28×28"  # 7 patches of 4, until the first roll
    assert before_pooling("gpt2_small") == "1"


def test_swin_keeps_its_windows_apart() -> None:
    result, analysis = measured("swin_t")
    first_roll = next(op for op in result.ops if op.base_name == "roll")
    found = analysis.spatial_reaches(first_roll.inputs[0])
    assert found is not None
    assert [list(found[0].positions(row) or ())[::27] for row in (0, 6, 7)] == [[0, 27], [0, 27], [28, 55]]


class Deep(nn.Module):
    def __init__(self, depth: int) -> None:
        super().__init__()
        self.depth, self.conv = depth, nn.Conv2d(1, 1, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        for _ in range(self.depth):
            x = x + self.conv(x).relu_()
        return x


def test_the_time_is_linear_in_the_number_of_ops() -> None:
    def seconds(depth: int) -> float:
        with torch.device("meta"):
            result = trace(Deep(depth), torch.empty(1, 1, 8, 8))
        assert len(result.ops) == 3 * depth
        best = float("inf")
        for _ in range(3):
            before = time.process_time()
            assert output_labels(result) == (f"{2 * depth + 1}×{2 * depth + 1}",)
            best = min(best, time.process_time() - before)
        return best

    assert seconds(1600) < 4 * 1.8 * seconds(400)


# --- by gradients: programs ----------------------------------------------------------------------------------------------------

_kernel = torch.linspace(0.5, 1.4, 9, dtype=torch.float64).view(1, 1, 3, 3)
# Every step makes a value from one or two earlier ones; what torch refuses is left out of the program.
STEPS: tuple[Callable[[Tensor, Tensor], Tensor], ...] = (
    lambda x, y: x + y,
    lambda x, y: x * y.mean(-1, keepdim=True),
    lambda x, y: torch.cat([x, y], 1),
    lambda x, y: torch.cat([x, y], -2),
    lambda x, y: torch.stack([x, y], 1).flatten(0, 1),
    lambda x, _: x.permute(0, 3, 1, 2),
    lambda x, _: x.transpose(-1, -2),
    lambda x, _: x.flip(-1),
    lambda x, _: x[..., 1:, ::2],
    lambda x, _: x[:, :, -2:],
    lambda x, _: x[:, 0],
    lambda x, _: x.unsqueeze(1),
    lambda x, _: x.flatten(2),
    lambda x, _: x.flatten(1, 2),
    lambda x, _: x.unflatten(-1, (2, -1)),
    lambda x, _: x.unflatten(2, (-1, 3)),
    lambda x, _: x.reshape(x.shape[0], -1, 6),
    lambda x, _: x.reshape(-1, 4, 3),
    lambda x, y: x.view_as(y),
    lambda x, _: F.pad(x, (1, 2, -1, 1)),
    lambda x, _: F.pad(x, (2, 1, 1, 2), mode="reflect"),
    lambda x, _: F.pad(x, (1, 1), mode="replicate"),
    lambda x, _: F.conv2d(x[:, :1], _kernel.to(x.device), padding=1),
    lambda x, _: F.conv2d(x[:, :1], _kernel.to(x.device), stride=2, padding=(1, 2), dilation=(1, 2)),
    lambda x, _: F.conv_transpose2d(x[:, :1], _kernel.to(x.device), stride=(2, 1), padding=1),
    lambda x, _: F.avg_pool2d(x, 2),
    lambda x, _: F.interpolate(x, scale_factor=2),
    lambda x, _: F.pixel_unshuffle(x, 2),
    lambda x, _: F.pixel_shuffle(x, 2),
    lambda x, _: x.repeat_interleave(2, -1),
    lambda x, _: x.repeat(1, 2, *(1,) * (x.dim() - 2)),
    lambda x, y: x @ y.mT,
    lambda x, _: x.softmax(-1),
    lambda x, _: x.cumsum(1),
    lambda x, _: x.chunk(2, 2)[1],
    lambda x, _: x.unbind(-1)[-1],
    lambda x, _: x.roll(1, 1),
    lambda x, y: x.clone().add_(y),
    lambda x, _: x.mul_(1.5),
    lambda x, y: x.add_(y),
    lambda x, y: x[..., 1:].add_(y[..., :1]),
    lambda x, y: x[:, ::2].copy_(y[:, :1]),
    lambda x, y: x.transpose(1, 2)[:, 1:].mul_(0.5).add_(y[:, :1, :1]),
    lambda x, y: put(x, (Ellipsis, slice(1, None, 2)), y[..., :1]),
    lambda x, y: put(x, (slice(None), 0), y[:, -1]),
    lambda x, y: put(x, (slice(None), slice(None), slice(1, 3)), y[:, :, :2]),
)


def put(x: Tensor, index: Any, value: Tensor) -> Tensor:
    x[index] = value
    return x


class Program(nn.Module):
    """Steps over a growing list of values; ``fits`` keeps those that torch accepts and that stay small."""

    def __init__(self, steps: list[tuple[int, int, int]], shape: Shape, last: int) -> None:
        super().__init__()
        self.steps: list[tuple[int, int, int]] = []
        self.last = last
        values = [torch.zeros(shape, dtype=torch.float64)]
        for step, a, b in steps:
            try:
                made = STEPS[step](values[a % len(values)], values[b % len(values)])
            except (RuntimeError, IndexError, ValueError, NotImplementedError):
                continue
            if made.numel() and made.numel() <= 600:
                values.append(made)
                self.steps.append((step, a, b))

    def forward(self, x: Tensor) -> Tensor:
        values = [x]
        for step, a, b in self.steps:
            values.append(STEPS[step](values[a % len(values)], values[b % len(values)]))
        return values[self.last % len(values)] * 1.0


def is_sound(program: Program, shape: Shape) -> None:
    try:
        program(torch.randn(shape, dtype=torch.float64, requires_grad=True).clone()).sum().backward()
    except RuntimeError:  # a step overwrote what the gradient of another one needs
        return
    check(program, shape, exact=False)


steps = st.tuples(st.integers(0, len(STEPS) - 1), st.integers(0, 7), st.integers(0, 7))


@settings(CHAINS, max_examples=150)
@given(st.lists(steps, min_size=3, max_size=9), st.integers(0, 9), st.sampled_from(((2, 4, 6, 6), (1, 3, 5, 6))))
def test_no_program_of_views_and_writes_reads_outside_its_claim(
    rows: list[tuple[int, int, int]], last: int, shape: Shape
) -> None:
    is_sound(Program(rows, shape, -1 - last % 3), shape)
