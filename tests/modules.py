"""A corpus of small modules that tests share: the idioms of forwards, one each, and what to call them with.

Each case is a table row: how to make the module, and how to make its inputs. ``CASES`` are modules that run to their end, on real
tensors and on the meta device alike, without a branch on numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils import parametrizations

Body = Callable[..., Any]


class Block(nn.Module):
    """A module from a function of itself and its inputs, and the parts that it uses; plain tensors become buffers."""

    def __init__(self, body: Body, **parts: Any) -> None:
        super().__init__()
        self.body = body
        for name, part in parts.items():
            if isinstance(part, Tensor) and not isinstance(part, nn.Parameter):
                self.register_buffer(name, part)
            else:
                setattr(self, name, part)

    def forward(self, *x: Any, **named: Any) -> Any:
        return self.body(self, *x, **named)


class Pair(NamedTuple):
    first: Tensor
    second: Tensor


@dataclass(frozen=True)
class Case:
    make: Callable[[], nn.Module]
    inputs: Callable[[], tuple[Any, ...]]
    named: Callable[[], dict[str, Any]] = field(default=dict)

    def build(self) -> nn.Module:
        torch.manual_seed(0)
        return self.make().eval()

    def arguments(self, device: str = "cpu") -> tuple[tuple[Any, ...], dict[str, Any]]:
        torch.manual_seed(1)
        return moved(self.inputs(), device), moved(self.named(), device)


def moved(tree: Any, device: str) -> Any:
    """Nested inputs on that device."""
    if isinstance(tree, Tensor):
        return tree.to(device)
    if isinstance(tree, dict):
        return {key: moved(item, device) for key, item in tree.items()}
    if isinstance(tree, (tuple, list)):
        return type(tree)(moved(item, device) for item in tree)
    return tree


def block(body: Body, **parts: Callable[[], Any]) -> Callable[[], Block]:
    """What makes a Block; its parts are made anew each time."""
    return lambda: Block(body, **{name: part() for name, part in parts.items()})


def noise(*shapes: tuple[int, ...]) -> Callable[[], tuple[Any, ...]]:
    return lambda: tuple(torch.randn(shape) for shape in shapes)


def ids(*shape: int, below: int = 10) -> Callable[[], tuple[Any, ...]]:
    return lambda: (torch.randint(0, below, shape),)


def conv(in_channels: int = 4, out_channels: int = 4, kernel_size: int = 3, **options: Any) -> Callable[[], nn.Conv2d]:
    return lambda: nn.Conv2d(in_channels, out_channels, kernel_size, padding=kernel_size // 2, **options)


def lin(in_features: int = 8, out_features: int = 8, **options: Any) -> Callable[[], nn.Linear]:
    return lambda: nn.Linear(in_features, out_features, **options)


def weights(*shape: int) -> Callable[[], nn.Parameter]:
    return lambda: nn.Parameter(torch.randn(shape))


def of(make: Callable[..., nn.Module], *arguments: Any, **options: Any) -> Callable[[], nn.Module]:
    return lambda: make(*arguments, **options)


# Forwards that need more than one expression.


def add_in_place(m: Any, x: Tensor) -> Tensor:
    out = m.conv(x)
    out += x
    return out.relu_()


def write_through_view(m: Any, x: Tensor) -> Tensor:
    y = m.conv(x)
    y[:, 0] = 0.0
    y[:, 1:3].mul_(2)
    y.view(-1)[:5].add_(1)
    return y + x


def view_written_after_read(m: Any, x: Tensor) -> Tensor:
    y = m.conv(x)
    top = y[:, :1]
    before = top.sum()
    y.mul_(2)
    return top + before


def write_rows(m: Any, x: Tensor) -> Tensor:
    y = torch.zeros_like(x)
    y[:, ::2] = x[:, 1::2]
    y[:, 1::2] = x[:, ::2]
    return y


def write_into_out(m: Any, x: Tensor) -> Tensor:
    y = torch.empty_like(x)
    torch.add(x, 1, out=y)
    torch.mul(y, y, out=y)
    return y


def call_in_loop(m: Any, x: Tensor) -> Tensor:
    for layer in m.layers:
        x = x + layer(x)
    return x


def call_by_name(m: Any, x: Tensor) -> dict[str, Tensor]:
    return {name: layer(x) for name, layer in m.layers.items()}


def call_same_thrice(m: Any, x: Tensor) -> Tensor:
    for _ in range(3):
        x = torch.tanh(m.layer(x))
    return x


def make_layer_inside(m: Any, x: Tensor) -> Tensor:
    return nn.Flatten()(nn.MaxPool2d(2)(nn.ReLU()(m.conv(x))))


def attend_by_hand(m: Any, x: Tensor) -> Tensor:
    q, k, v = m.qkv(x).chunk(3, dim=-1)
    weight = torch.softmax(q @ k.transpose(-2, -1) / q.shape[-1] ** 0.5, dim=-1)
    return weight @ v


def unpool(m: Any, x: Tensor) -> Tensor:
    y, where = F.max_pool2d(x, 2, return_indices=True)
    return F.max_unpool2d(y, where, 2)


def mask_causally(m: Any, x: Tensor) -> Tensor:
    length = x.shape[1]
    mask = torch.triu(torch.ones(length, length, dtype=torch.bool, device=x.device), diagonal=1)
    scores = (x @ x.mT).masked_fill(mask, float("-inf"))
    return scores.softmax(-1) @ x


def count_calls(m: Any, x: Tensor) -> Tensor:
    m.calls += 1
    m.average = 0.9 * m.average + 0.1 * x.mean((0, 2, 3))
    return x - m.average[:, None, None]


def take_nested(m: Any, pair: tuple[Tensor, list[Tensor]], options: dict[str, Tensor]) -> list[Any]:
    first, (second, third) = pair
    return [first + second, {"sum": first + third}, (options["scale"] * first,)]


def norm_by_property(m: Any, x: Tensor) -> Tensor:
    y = x.data.mT
    return y.T.reshape(x.shape[0], -1) if x.ndim == 2 and x.dtype.is_floating_point else y


def gather_and_scatter(m: Any, x: Tensor) -> Tensor:
    order = x.argsort(dim=-1)
    taken = x.gather(-1, order)
    best, where = taken.topk(2, dim=-1)
    return torch.zeros_like(x).scatter(-1, where, best) + torch.where(x > 0, x, -x).cumsum(-1)


class Tied(nn.Module):
    """A language model's head with the weights of its embedding."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(10, 8)
        self.head = nn.Linear(8, 10, bias=False)
        self.head.weight = self.embedding.weight

    def forward(self, tokens: Tensor) -> Tensor:
        return self.head(self.embedding(tokens))


class Aliased(nn.Module):
    """One instance under two names."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(8, 8)
        self.second = self.first

    def forward(self, x: Tensor) -> Tensor:
        return self.second(self.first(x).relu())


class Residual(nn.Module):
    """A basic block with a projection, in the usual words."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(4, 8, 3, stride=2, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(8)
        self.conv2 = nn.Conv2d(8, 8, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(8)
        self.shortcut = nn.Sequential(nn.Conv2d(4, 8, 1, stride=2, bias=False), nn.BatchNorm2d(8))

    def forward(self, x: Tensor) -> Tensor:
        out = F.relu(self.bn1(self.conv1(x)), inplace=True)
        out = self.bn2(self.conv2(out))
        out += self.shortcut(x)
        return F.relu(out)


IMAGE = (2, 4, 8, 8)
SEQUENCE = (2, 5, 8)
image, sequence, rows = noise(IMAGE), noise(SEQUENCE), noise((3, 8))


def encoder_layer(**options: Any) -> nn.TransformerEncoderLayer:
    return nn.TransformerEncoderLayer(8, 2, 16, batch_first=True, **options)


CASES: dict[str, Case] = {
    # writes
    "add in place": Case(block(add_in_place, conv=conv()), image),
    "relu in place": Case(block(lambda m, x: F.relu(m.conv(x), inplace=True) + 1, conv=conv()), image),
    "write through view": Case(block(write_through_view, conv=conv()), image),
    "view written after read": Case(block(view_written_after_read, conv=conv()), image),
    "write rows": Case(block(write_rows), image),
    "write into out": Case(block(write_into_out), image),
    # modules and their names
    "residual": Case(Residual, image),
    "called thrice": Case(block(call_same_thrice, layer=lin()), rows),
    "tied weights": Case(Tied, ids(2, 5)),
    "aliased": Case(Aliased, rows),
    "loop": Case(block(call_in_loop, layers=lambda: nn.ModuleList(nn.Linear(8, 8) for _ in range(3))), rows),
    "dictionary": Case(block(call_by_name, layers=lambda: nn.ModuleDict({"a": nn.Linear(8, 2), "b": nn.Linear(8, 3)})), rows),
    "layer made inside": Case(block(make_layer_inside, conv=conv()), image),
    "nested blocks": Case(
        block(lambda m, x: m.inner(x) + x, inner=block(lambda m, x: m.conv(x).sigmoid() * x, conv=conv())), image
    ),
    "sequential": Case(lambda: nn.Sequential(nn.Linear(8, 4), nn.ReLU(), nn.Linear(4, 2)), rows),
    "parameter list": Case(
        block(lambda m, x: sum(x * w for w in m.scales), scales=lambda: nn.ParameterList(torch.ones(8) for _ in range(3))), rows
    ),
    # inputs and outputs
    "tuple out": Case(block(lambda _, x: (x + 1, x * 2)), rows),
    "named tuple out": Case(block(lambda _, x: Pair(x + 1, x * 2)), rows),
    "nested in and out": Case(
        block(take_nested), lambda: ((torch.randn(3), [torch.randn(3), torch.randn(3)]), {"scale": torch.randn(3)})
    ),
    "two inputs": Case(block(lambda m, x, y: m.conv(x) + y, conv=conv()), noise(IMAGE, IMAGE)),
    "keyword": Case(block(lambda _, x, skip: x + skip), rows, lambda: {"skip": torch.randn(3, 8)}),
    "same input twice": Case(block(lambda _, x, y: x @ y.mT), lambda: (torch.randn(3, 8),) * 2),
    "input handed back": Case(block(lambda _, x: x), rows),
    "none out": Case(block(lambda _, _x: None), rows),
    "number out": Case(block(lambda _, x: (x.relu(), 3, "three")), rows),
    "no rows": Case(block(lambda m, x: m.lin(x).relu(), lin=lin()), noise((0, 8))),
    "parameter out": Case(block(lambda m, x: (x, m.scale), scale=weights(8)), rows),
    # parameters, buffers, properties
    "raw parameter": Case(block(lambda m, x: x @ m.weight + m.bias, weight=weights(8, 4), bias=weights(4)), rows),
    "buffer": Case(block(lambda m, x: x - m.mean, mean=lambda: torch.zeros(8)), rows),
    "rebound buffer": Case(block(count_calls, calls=lambda: torch.tensor(0), average=lambda: torch.zeros(4)), image),
    "properties": Case(block(norm_by_property), rows),
    "matrix views": Case(block(lambda _, x: x.mT @ x + x.transpose(1, 2).contiguous() @ x), sequence),
    # attention
    "multihead": Case(
        block(lambda m, x: m.attention(x, x, x), attention=of(nn.MultiheadAttention, 8, 2, batch_first=True)), sequence
    ),
    "multihead without weights": Case(
        block(lambda m, x: m.attention(x, x, x, need_weights=False)[0], attention=of(nn.MultiheadAttention, 8, 2)), sequence
    ),
    "cross attention": Case(
        block(
            lambda m, x, y: m.attention(x, y, y)[0], attention=of(nn.MultiheadAttention, 8, 2, kdim=6, vdim=6, batch_first=True)
        ),
        noise(SEQUENCE, (2, 7, 6)),
    ),
    "encoder layer": Case(encoder_layer, sequence),
    "encoder": Case(lambda: nn.TransformerEncoder(encoder_layer(), 2), sequence),
    "decoder layer": Case(of(nn.TransformerDecoderLayer, 8, 2, 16, batch_first=True), noise(SEQUENCE, (2, 7, 8))),
    "fused attention": Case(
        block(lambda _, q, k, v: F.scaled_dot_product_attention(q, k, v)), noise((2, 2, 5, 4), (2, 2, 7, 4), (2, 2, 7, 3))
    ),
    "causal attention": Case(block(lambda _, x: F.scaled_dot_product_attention(x, x, x, is_causal=True)), noise((2, 2, 5, 4))),
    "attention by hand": Case(block(attend_by_hand, qkv=lin(8, 24)), sequence),
    "masked attention": Case(block(mask_causally), sequence),
    "einsum": Case(block(lambda _, x, y: torch.einsum("bic,bjc->bij", x, y)), noise(SEQUENCE, (2, 7, 8))),
    # recurrence
    "lstm": Case(of(nn.LSTM, 8, 6, num_layers=2, bidirectional=True, batch_first=True), sequence),
    "gru": Case(of(nn.GRU, 8, 6), sequence),
    "rnn": Case(of(nn.RNN, 8, 6, nonlinearity="relu"), sequence),
    "lstm cell": Case(of(nn.LSTMCell, 8, 6), rows),
    "gru cell": Case(of(nn.GRUCell, 8, 6), rows),
    "rnn cell": Case(of(nn.RNNCell, 8, 6), rows),
    # layers and functions
    "depthwise": Case(conv(groups=4), image),
    "circular padding": Case(conv(padding_mode="circular"), image),
    "same padding": Case(of(nn.Conv2d, 4, 6, 5, padding="same", dilation=2), image),
    "transposed": Case(of(nn.ConvTranspose2d, 4, 6, 3, stride=2, output_padding=1), image),
    "one dimension": Case(of(nn.Conv1d, 8, 4, 3), noise((2, 8, 9))),
    "three dimensions": Case(of(nn.Conv3d, 2, 4, 3), noise((1, 2, 4, 5, 6))),
    "unbatched": Case(conv(), noise((4, 8, 8))),
    "bilinear": Case(of(nn.Bilinear, 8, 8, 3), noise((3, 8), (3, 8))),
    "group norm": Case(of(nn.GroupNorm, 2, 4), image),
    "instance norm": Case(of(nn.InstanceNorm2d, 4, affine=True), image),
    "layer norm": Case(of(nn.LayerNorm, 8), sequence),
    "rms norm": Case(of(nn.RMSNorm, 8), sequence),
    "split and join": Case(
        block(lambda _, x: torch.cat([*x.split((1, 3), 1), *x.chunk(2, 1), torch.stack(x.unbind(1), 1)], 1)), image
    ),
    "pixel shuffle": Case(block(lambda _, x: F.pixel_unshuffle(F.pixel_shuffle(x, 2), 2)), image),
    "grid sample": Case(
        block(
            lambda m, x: F.grid_sample(
                x, F.affine_grid(m.theta.expand(2, 2, 3), [2, 4, 6, 6], align_corners=False), align_corners=False
            ),
            theta=lambda: torch.eye(2, 3),
        ),
        image,
    ),
    "interpolate": Case(block(lambda _, x: F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)), image),
    "fourier": Case(
        block(lambda m, x: torch.fft.irfft2(torch.fft.rfft2(x) * m.filter, s=(8, 8)), filter=lambda: torch.ones(8, 5)), image
    ),
    "complex": Case(block(lambda _, x: torch.view_as_real(torch.complex(x, x).conj() * 1j).abs().sum(-1)), rows),
    "unfold and fold": Case(block(lambda _, x: F.fold(F.unfold(x, 2, stride=2), 8, 2, stride=2)), image),
    "unpool": Case(block(unpool), image),
    "gather and scatter": Case(block(gather_and_scatter), rows),
    "embedding": Case(of(nn.Embedding, 10, 8), ids(2, 5)),
    "embedding bag": Case(of(nn.EmbeddingBag, 10, 8), ids(2, 5)),
    "one hot": Case(block(lambda m, i: F.one_hot(i, 10).float() @ m.table, table=weights(10, 3)), ids(2, 5)),
    "positions": Case(
        block(lambda m, x: x + m.table(torch.arange(x.shape[1], device=x.device)), table=of(nn.Embedding, 5, 8)), sequence
    ),
    "half": Case(block(lambda _, x: (x.half() + 1).float() * x.to(torch.bfloat16)), rows),
    "double": Case(lambda: nn.Linear(8, 4).double(), lambda: (torch.randn(3, 8, dtype=torch.float64),)),
    "number on the left": Case(block(lambda _, x: 1 - 2 / (3 + x.abs()) - (2**x) * 0.5), rows),
    "normalise": Case(block(lambda m, x: F.normalize(x, dim=-1) @ F.normalize(m.table, dim=-1).mT, table=weights(4, 8)), rows),
    # parametrised and shared weights
    "weight norm": Case(lambda: parametrizations.weight_norm(nn.Linear(8, 4)), rows),
    "spectral norm": Case(lambda: parametrizations.spectral_norm(nn.Linear(8, 4)), rows),
    "frozen": Case(lambda: nn.Sequential(nn.Linear(8, 8).requires_grad_(False), nn.Linear(8, 2)), rows),
    "lazy": Case(lambda: nn.Sequential(nn.LazyConv2d(6, 3), nn.LazyBatchNorm2d(), nn.Flatten(), nn.LazyLinear(3)), image),
}
