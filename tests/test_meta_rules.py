"""Every rule of explainer/tracing/meta against torch on the CPU: where a rule answers, shape, dtype and strides are those of
torch, and where torch refuses, no rule answers.

Strides are compared on axes longer than 1, where they mean something. The CPU is the truth: torch's own meta device differs from
it in the strides of, for one, ``scaled_dot_product_attention`` (row-major on meta; as the query lies in memory on the CPU),
``lstm`` with ``batch_first`` and ``layer_norm`` of a permuted tensor.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from explainer.trace import run
from explainer.tracing.meta import BUILTIN, FUNCTIONAL, answer
from explainer.tracing.operation import describe
from explainer.tracing.options import Options

Call = Callable[..., Any]
FLOATS = [torch.float32, torch.float16, torch.bfloat16, torch.float64]
OTHERS = [torch.int64, torch.int32, torch.uint8, torch.bool, torch.complex64]

quickly = settings(
    max_examples=150, deadline=None, database=None, derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)  # fmt: skip


class Declined(Exception):
    pass


class Rules(TorchFunctionMode):
    """Every operation is answered by its rule alone."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[bool, str]] = []

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        operation = describe(func)
        if not operation.is_op:
            return func(*args, **(kwargs or {}))
        result = answer(operation, args, kwargs or {})
        if result is None:
            raise Declined
        self.seen.append((operation.kind == "functional", operation.name))
        return result


def facts(tree: Any) -> Any:
    if isinstance(tree, Tensor):
        strides = (
            tuple(stride for stride, size in zip(tree.stride(), tree.shape, strict=True) if size != 1) if tree.numel() else ()
        )
        return tuple(tree.shape), tree.dtype, strides
    return type(tree), [facts(item) for item in tree]


def to_meta(tree: Any, views: dict[int, Tensor]) -> Any:
    """Meta tensors in the same layout; those of one base share one base."""
    if isinstance(tree, Tensor):
        base = tree if tree._base is None else tree._base
        if id(base) not in views:
            views[id(base)] = torch.empty_strided(base.shape, base.stride(), dtype=base.dtype, device="meta")
        twin = views[id(base)]
        return twin if base is tree else twin.as_strided(tree.shape, tree.stride(), tree.storage_offset())
    return type(tree)(to_meta(item, views) for item in tree) if isinstance(tree, (tuple, list)) else tree


def compare(call: Call, *arguments: Any) -> bool:
    """Whether a rule answered; if so, as torch does."""
    twins = to_meta(arguments, {})
    rules = Rules()
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with rules:
                found = call(*twins)
        except (Declined, TypeError, ValueError, RuntimeError, NotImplementedError, IndexError, AssertionError, ArithmeticError):
            return False
        expected = call(*arguments)  # whatever torch raises here, the rule should have left to torch
    assert facts(found) == facts(expected)
    if found is twins[0] or expected is arguments[0]:
        assert found is twins[0]
        assert expected is arguments[0]
        assert twins[0]._version > 0
    return True


# Tensors


def lay_out(draw: st.DrawFn, shape: list[int], dtype: torch.dtype) -> Tensor:
    """A tensor of that shape: row-major, permuted, sliced, expanded, channels-last, or with odd strides that do not matter."""
    layout = draw(st.sampled_from(["row-major"] * 3 + ["permuted", "sliced", "expanded", "channels-last", "odd"]))
    if layout == "permuted":
        order = draw(st.permutations(range(len(shape))))
        x = torch.zeros([shape[axis] for axis in order], dtype=dtype)
        return x.permute([order.index(axis) for axis in range(len(shape))])
    if layout == "sliced":
        return torch.zeros([n * 2 for n in shape], dtype=dtype)[tuple(slice(None, n) for n in shape)]
    if layout == "expanded" and shape:
        axis = draw(st.integers(0, len(shape) - 1))
        return torch.zeros([1 if i == axis else n for i, n in enumerate(shape)], dtype=dtype).expand(shape)
    x = torch.zeros(shape, dtype=dtype)
    if layout == "channels-last" and len(shape) == 4:
        return x.contiguous(memory_format=torch.channels_last) if draw(st.booleans()) else x.mT.contiguous().mT
    if layout == "odd":
        return x.as_strided(
            shape, [draw(st.sampled_from([1, 7, s])) if n == 1 else s for n, s in zip(shape, x.stride(), strict=True)]
        )
    return x


@st.composite
def shapes(draw: st.DrawFn, least: int = 0, most: int = 4) -> list[int]:
    return draw(st.lists(st.sampled_from([1, 2, 3, 4, 5, 1, 0]), min_size=least, max_size=most))


dtypes = st.sampled_from(FLOATS * 3 + OTHERS)
sizes = st.sampled_from([1, 2, 3, 4, 5, 7, 8, 0])
numbers = st.sampled_from([1, 2, 0.5, -1.5, 0, 3.0, 1e9, 2**70, True, None, "x", 1j, float("inf"), float("-inf"), 1e39])
tame = st.sampled_from([1, 2, 0.5, -1.5, 3.0])


@st.composite
def tensors(draw: st.DrawFn, least: int = 0, most: int = 4) -> Tensor:
    return lay_out(draw, draw(shapes(least, most)), draw(dtypes))


def beside(draw: st.DrawFn, x: Tensor) -> Tensor:
    """A second operand: mostly of the same dtype, and of a shape that broadcasts."""
    shape = [n if draw(st.integers(0, 3)) else draw(st.sampled_from([1, n, 2])) for n in x.shape[draw(st.integers(0, x.dim())) :]]
    if draw(st.integers(0, 3)) == 0:
        shape = [draw(sizes), *shape][:4]
    return lay_out(draw, shape, draw(st.sampled_from([x.dtype] * 6 + FLOATS + OTHERS)))


def some(draw: st.DrawFn, *options: Any) -> Any:
    """Mostly the first."""
    return draw(st.sampled_from([*[options[0]] * (2 * len(options)), *options]))


# Elementwise

UNARY = sorted(name for name in BUILTIN if not name.endswith("_") and hasattr(torch, name) and BUILTIN[name] is BUILTIN["exp"])


@quickly
@given(data=st.data())
def test_unary(data: st.DataObject) -> None:
    name, x = data.draw(st.sampled_from(UNARY)), data.draw(tensors())
    extra = [data.draw(numbers)] if data.draw(st.integers(0, 7)) == 0 else []
    compare(lambda x: getattr(torch, name)(x, *extra), x)


IN_PLACE = sorted(name for name in BUILTIN if name.endswith("_") and BUILTIN[name] is BUILTIN["exp_"])


@quickly
@given(data=st.data())
def test_unary_in_place(data: st.DataObject) -> None:
    name, x = data.draw(st.sampled_from(IN_PLACE)), data.draw(tensors())
    compare(lambda x: getattr(x, name)(), x)


ACTIVATIONS: dict[str, tuple[str, ...]] = {
    "relu": (), "relu6": (), "silu": (), "mish": (), "hardswish": (), "hardsigmoid": (), "selu": (), "softsign": (),
    "tanhshrink": (),
    "elu": ("alpha",), "celu": ("alpha",), "leaky_relu": ("negative_slope",), "hardtanh": ("min_val", "max_val"),
    "softplus": ("beta", "threshold"), "hardshrink": ("lambd",), "softshrink": ("lambd",), "gelu": ("approximate",),
    "logsigmoid": (), "threshold": ("threshold", "value"),
}  # fmt: skip


@quickly
@given(data=st.data())
def test_activations(data: st.DataObject) -> None:
    name, x = data.draw(st.sampled_from(sorted(ACTIVATIONS))), data.draw(tensors())
    options = {key: data.draw(tame | numbers) for key in ACTIVATIONS[name] if data.draw(st.booleans())}
    if name == "gelu":
        options = {"approximate": some(data.draw, "none", "tanh", "other", 1)}
    if data.draw(st.integers(0, 3)) == 0:
        options["inplace"] = data.draw(st.sampled_from([True, False, 1]))
    compare(lambda x: getattr(F, name)(x, **options), x)


PAIRS: dict[str, Call] = {
    name: getattr(torch, name)
    for name in "add sub mul div pow maximum minimum gt ge lt le eq ne logical_and logical_or".split()
} | {
    "alpha": lambda a, b: torch.add(a, b, alpha=2), "wrong alpha": lambda a, b: torch.sub(a, b, alpha=True),
    "rsub": lambda a, b: b - a, "rdiv": lambda a, b: b / a, "rpow": lambda a, b: b**a, "and": lambda a, b: a & b,
    "floor": lambda a, b: torch.div(a, b, rounding_mode="floor"), "or": lambda a, b: a | b, "xor": lambda a, b: a ^ b,
    "clamp": torch.clamp, "clamp max": lambda a, b: a.clamp(max=b), "clamp both": lambda a, b: a.clamp(b, 2),
    "clamp_min": lambda a, b: a.clamp_min(b), "clamp_max": torch.clamp_max, "prelu": F.prelu, "invert": lambda a, _: ~a,
    "not": lambda a, _: torch.logical_not(a),
}  # fmt: skip


@settings(quickly, max_examples=400)
@given(data=st.data())
def test_pairs(data: st.DataObject) -> None:
    name, x = data.draw(st.sampled_from(sorted(PAIRS))), data.draw(tensors())
    if name in ("and", "or", "xor", "invert", "not") and data.draw(st.booleans()):
        x = x.bool()
    other = data.draw(numbers | tame) if data.draw(st.integers(0, 3)) == 0 else beside(data.draw, x)
    compare(PAIRS[name], x, other)


@quickly
@given(data=st.data())
def test_pairs_in_place(data: st.DataObject) -> None:
    """Also with a part of itself: torch refuses where that overlaps."""
    name, x = data.draw(st.sampled_from(["add_", "sub_", "mul_", "div_"])), data.draw(tensors())
    other: Any = data.draw(numbers | tame) if data.draw(st.integers(0, 3)) == 0 else beside(data.draw, x)
    if x.dim() and x.shape[0] > 1 and data.draw(st.integers(0, 3)) == 0:
        x, other = data.draw(st.sampled_from([(x[1:], x[:-1]), (x, x[:1]), (x[:1], x[1:2]), (x, x), (x[1:], x[1:])]))
    compare(lambda a, b: getattr(a, name)(b), x, other)


@quickly
@given(data=st.data())
def test_masks(data: st.DataObject) -> None:
    x = data.draw(tensors())
    mask = beside(data.draw, x)
    mask = mask.bool() if data.draw(st.integers(0, 3)) else mask
    value = data.draw(st.sampled_from([0.0, float("-inf"), 1, -1e9, 1e39, 1e5, True, None, 2**70]))
    other = beside(data.draw, x) if data.draw(st.booleans()) else value
    compare(lambda x, m: x.masked_fill(m, value), x, mask)
    compare(torch.where, mask, x, other)


# Windows


def some_sizes(draw: st.DrawFn, rank: int, *options: Any) -> Any:
    """A number, a tuple of the right or of a wrong length, or no number at all."""
    one = some(draw, *options)
    form = draw(st.sampled_from(["number"] * 4 + ["tuple"] * 3 + ["each", "one", "more", "list", "wrong"]))
    if form == "each":
        return tuple(some(draw, *options) for _ in range(rank))
    wrong = draw(st.sampled_from([1.5, "2", None, (), True]))
    return {"number": one, "tuple": (one,) * rank, "one": (one,), "more": (one,) * 4, "list": [one] * rank, "wrong": wrong}[form]


def a_map(draw: st.DrawFn, rank: int, dtype: torch.dtype, channels: int | None = None) -> Tensor:
    shape = [some(draw, 2, 1, 0), some(draw, 4, 3, 1, 0) if channels is None else channels]
    shape += [some(draw, 7, 5, 4, 1, 2, 0) for _ in range(rank)]
    return lay_out(draw, shape[1:] if draw(st.integers(0, 9)) == 0 else shape, dtype)


@settings(quickly, max_examples=500)
@given(data=st.data())
def test_convolutions(data: st.DataObject) -> None:
    draw = data.draw
    rank, dtype, is_transposed = (
        draw(st.sampled_from([1, 2, 2, 3])),
        draw(st.sampled_from(FLOATS[:3] * 2 + FLOATS + OTHERS)),
        draw(st.booleans()),
    )
    groups = some(draw, 1, 2, 4, 0, -1)
    x = a_map(draw, rank, dtype)
    channels = x.shape[1] if x.dim() > 1 else 1
    inner, outer = max(channels // max(groups, 1), 0), some(draw, 4, 2, 1, 3, 0)
    kernel = [some(draw, 3, 1, 2, 5, 0) for _ in range(rank)]
    leading = [channels, outer] if is_transposed else [outer, some(draw, inner, inner + 1)]
    weight = lay_out(draw, [*leading, *kernel], some(draw, dtype, torch.float32))
    count = outer * groups if is_transposed else outer
    bias = draw(st.sampled_from([None, None, torch.zeros(max(count, 0), dtype=dtype), torch.zeros(7, dtype=dtype)]))
    stride, dilation = some_sizes(draw, rank, 1, 2, 3, 0), some_sizes(draw, rank, 1, 2, 0)
    padding = some_sizes(draw, rank, 0, 1, 2, -1)
    if is_transposed:
        extra = some_sizes(draw, rank, 0, 1, 2)
        function = getattr(F, f"conv_transpose{rank}d")
        compare(lambda x, w, b: function(x, w, b, stride, padding, extra, groups, dilation), x, weight, bias)
    else:
        padding = draw(st.sampled_from(["same", "valid", "other"])) if draw(st.integers(0, 4)) == 0 else padding
        function = getattr(F, f"conv{rank}d")
        compare(lambda x, w, b: function(x, w, b, stride, padding, dilation, groups), x, weight, bias)


@settings(quickly, max_examples=400)
@given(data=st.data())
def test_pools(data: st.DataObject) -> None:
    draw = data.draw
    rank, kind = draw(st.sampled_from([1, 2, 2, 3])), draw(st.sampled_from(["max_pool", "avg_pool"]))
    x = a_map(draw, rank, draw(dtypes))
    options: dict[str, Any] = {"ceil_mode": some(draw, False, True, 1, None)}
    options["padding"] = some_sizes(draw, rank, 0, 1, 2, -1)
    if draw(st.booleans()):
        options["stride"] = some_sizes(draw, rank, 2, 1, 3, 0)
    if kind == "max_pool":
        options |= {"dilation": some_sizes(draw, rank, 1, 2, 0), "return_indices": some(draw, False, True)}
    elif draw(st.integers(0, 3)) == 0:
        options["count_include_pad"] = draw(st.sampled_from([True, False, None, 1]))
        options |= {"divisor_override": draw(st.sampled_from([None, 2, 0]))} if rank > 1 else {}
    kernel = some_sizes(draw, rank, 2, 3, 1, 5, 0)
    function = getattr(F, f"{kind}{rank}d")
    if kind == "avg_pool":  # as the layers call it
        order = ["stride", "padding", "ceil_mode", "count_include_pad", "divisor_override"]
        given_ones = [options.get(key, default) for key, default in zip(order, [kernel, 0, False, True, None], strict=True)]
        compare(lambda x: function(x, kernel, *given_ones[: 5 if rank > 1 else 4]), x)
    compare(lambda x: function(x, kernel, **options), x)


@quickly
@given(data=st.data())
def test_adaptive_pools(data: st.DataObject) -> None:
    draw = data.draw
    rank, kind = draw(st.sampled_from([1, 2, 2, 3])), draw(st.sampled_from(["max", "avg"]))
    x = a_map(draw, rank, draw(dtypes))
    size = some_sizes(draw, rank, 1, 3, 8, 0, None)
    compare(lambda x: getattr(F, f"adaptive_{kind}_pool{rank}d")(x, size), x)


def test_ceil_mode_by_hand() -> None:
    """Windows of 2 at a stride of 3: the second starts at column 3, which is the last of four, and outside of three."""
    for width, count in ((5, 2), (4, 2), (3, 1)):
        x = torch.empty(1, 1, width, width, device="meta")
        with torch.no_grad(), Rules():
            assert F.max_pool2d(x, 2, 3, ceil_mode=True).shape[-1] == count


# Layers


def vector(draw: st.DrawFn, length: int, dtype: torch.dtype) -> Tensor | None:
    if draw(st.integers(0, 2)) == 0:
        return None
    return lay_out(draw, [length + (draw(st.integers(0, 15)) == 0)], some(draw, dtype, dtype, torch.float32))


@settings(quickly, max_examples=300)
@given(data=st.data())
def test_norms(data: st.DataObject) -> None:
    draw = data.draw
    x = lay_out(draw, draw(shapes(1, 5)), draw(dtypes))
    channels = x.shape[1] if x.dim() > 1 else 1
    mean, var, weight, bias = (vector(draw, channels, x.dtype) for _ in range(4))
    var = var if draw(st.integers(0, 5)) == 0 else None if mean is None else torch.zeros_like(mean)
    train, eps, momentum = some(draw, True, False, None), some(draw, 1e-5, "x", None), some(draw, 0.1, None)
    which = draw(st.sampled_from(["batch", "instance", "group", "response", "normalize"]))
    if which == "batch":
        compare(lambda x, *p: F.batch_norm(x, *p, train, momentum, eps), x, mean, var, weight, bias)
    elif which == "instance":
        compare(lambda x, *p: F.instance_norm(x, *p, train, 0.1, eps), x, mean, var, weight, bias)
    elif which == "group":
        groups = some(draw, 1, 2, channels, 0, -1, 1.0)
        compare(lambda x, *p: F.group_norm(x, groups, *p, eps), x, weight, bias)
    elif which == "response":
        size, alpha = some(draw, 2, 5, 1, 0, -1, 2.5), some(draw, 1e-4, 1, "x")
        compare(lambda x: F.local_response_norm(x, size, alpha), x)
    else:
        p, dim = some(draw, 2.0, 1, 0, float("inf"), "x"), some(draw, 1, -1, 4, 0, None, (0, 1))
        compare(lambda x: F.normalize(x, p, dim), x)


@settings(quickly, max_examples=300)
@given(data=st.data())
def test_norms_of_the_last_axes(data: st.DataObject) -> None:
    """Layer norm lays its result out row by row, whatever came in."""
    draw = data.draw
    x = data.draw(tensors(1, 4))
    count = draw(st.integers(0, x.dim()))
    tail = tuple(x.shape[x.dim() - count :])
    shape = some(draw, tail, list(tail), torch.Size(tail), (3,), 3, tuple(float(n) for n in tail), None)
    weight, bias = (some(draw, None, lay_out(draw, list(tail), some(draw, x.dtype, torch.float32)), torch.zeros(3)) for _ in "wb")
    eps = some(draw, 1e-5, 1, "x", None)
    compare(lambda x, w, b: F.layer_norm(x, shape, w, b, eps), x, weight, bias)
    compare(lambda x, w: F.rms_norm(x, shape, w, eps), x, weight)


@quickly
@given(data=st.data())
def test_dropout_and_gated_units(data: st.DataObject) -> None:
    draw = data.draw
    x = data.draw(tensors())
    p, train, inplace = some(draw, 0.5, 0, 1, 1.0, -0.1, 2, None, True), some(draw, True, False, 1), some(draw, False, True)
    compare(lambda x: F.dropout(x, p, train, inplace), x.clone())
    compare(lambda x: F.dropout2d(x, p, train, inplace), x.clone())
    dim = some(draw, -1, 0, 1, 5, None)
    compare(lambda x: F.glu(x, dim), x)


@settings(quickly, max_examples=300)
@given(data=st.data())
def test_products(data: st.DataObject) -> None:
    draw = data.draw
    dtype, inner = draw(st.sampled_from(FLOATS * 2 + OTHERS)), draw(sizes)
    a = lay_out(draw, [*draw(shapes(0, 3)), inner], dtype)
    width = draw(sizes)
    weight = lay_out(draw, [width, some(draw, inner, 3)], some(draw, dtype, torch.float32))
    bias = some(draw, None, lay_out(draw, [width], dtype), torch.zeros(3, dtype=dtype), torch.zeros((), dtype=dtype))
    compare(F.linear, a, weight, bias)
    leading = [n if draw(st.integers(0, 2)) else 1 for n in a.shape[:-2]]
    b = lay_out(
        draw, [*leading[draw(st.integers(0, len(leading))) :], some(draw, inner, 2), width], some(draw, dtype, torch.float32)
    )
    for function in (torch.matmul, torch.mm, torch.bmm):
        compare(function, a, b)
        compare(function, b, a)
    compare(torch.addmm, some(draw, torch.zeros(width, dtype=dtype), torch.zeros(3), b, torch.zeros(2, 2)), a, b)


@quickly
@given(data=st.data())
def test_attention(data: st.DataObject) -> None:
    draw = data.draw
    dtype, batch, heads, size = (
        draw(st.sampled_from(FLOATS * 2 + OTHERS)),
        draw(sizes),
        some(draw, 2, 1, 0),
        some(draw, 8, 4, 1, 0),
    )
    length, memory = some(draw, 5, 1, 3, 0), some(draw, 5, 1, 7, 0)
    query = lay_out(draw, [batch, heads, length, size][draw(st.sampled_from([0] * 5 + [1])) :], dtype)
    key = lay_out(draw, [some(draw, batch, 1), some(draw, heads, 1), memory, size], some(draw, dtype, torch.float32))
    value = lay_out(draw, [*key.shape[:3], some(draw, size, 3)], dtype)
    mask = None
    if draw(st.integers(0, 2)) == 0:
        shape = draw(
            st.sampled_from(
                [[length, memory], [1, 1, length, memory], [batch, heads, length, memory], [heads, length, memory], [2, 9]]
            )
        )
        mask = lay_out(draw, shape, draw(st.sampled_from([dtype, torch.bool, torch.float64])))
    dropout, causal = some(draw, 0.0, 0, 0.5, 2.0, None), some(draw, False, True, None)
    compare(lambda q, k, v, m: F.scaled_dot_product_attention(q, k, v, m, dropout, causal), query, key, value, mask)
    compare(lambda q, k, v: F.scaled_dot_product_attention(q, k, v, scale=2.0), query, key, value)


@quickly
@given(data=st.data())
def test_embeddings_and_rows(data: st.DataObject) -> None:
    draw = data.draw
    table = data.draw(tensors(1, 3))
    index = lay_out(draw, draw(shapes(0, 3)), some(draw, torch.int64, torch.int32, torch.uint8, torch.bool, torch.float32))
    options = {"padding_idx": some(draw, None, 0, -1, 9), "max_norm": some(draw, None, 1.0)}
    options |= {"sparse": some(draw, False, 1), "norm_type": some(draw, 2.0, "x")}
    compare(lambda i, t: F.embedding(i, t, **options), index, table)
    if index.dtype is not torch.bool:
        compare(lambda t, i: t[i], table, index)


RECURRENT = {"LSTM": nn.LSTM, "GRU": nn.GRU, "tanh": nn.RNN, "relu": lambda *a, **k: nn.RNN(*a, nonlinearity="relu", **k)}


@quickly
@given(data=st.data())
def test_recurrent_layers(data: st.DataObject) -> None:
    """As the layers call them, and with one weight or state too long, too short or of another dtype."""
    draw = data.draw
    kind, dtype = draw(st.sampled_from(sorted(RECURRENT))), draw(st.sampled_from(FLOATS[:3]))
    features, hidden = draw(st.integers(1, 4)), draw(st.integers(2, 4))
    options = {name: draw(st.booleans()) for name in ("bias", "batch_first", "bidirectional")}
    projection = {"proj_size": draw(st.integers(1, hidden - 1))} if kind == "LSTM" and draw(st.booleans()) else {}
    layer: Any = RECURRENT[kind](features, hidden, draw(st.integers(1, 3)), **options, **projection).to(dtype)
    x = lay_out(draw, [draw(st.integers(0, 3)), draw(st.integers(0, 3)), features], some(draw, dtype, torch.float64))
    size = projection.get("proj_size", hidden)
    batch = x.shape[0] if options["batch_first"] else x.shape[1]
    count = layer.num_layers * (2 if options["bidirectional"] else 1)
    states = [torch.zeros(count, some(draw, batch, 2), n, dtype=dtype) for n in ((size, hidden) if kind == "LSTM" else (size,))]
    weights = [w.detach() for w in layer._flat_weights]
    fault = draw(st.sampled_from([None] * 6 + ["shape", "fewer", "dtype", "layout"]))
    if fault:
        place = draw(st.integers(0, len(weights) - 1))
        broken = {
            "shape": weights[place][1:],
            "fewer": None,
            "dtype": weights[place].double(),
            "layout": weights[place].mT if weights[place].dim() == 2 else None,
        }[fault]
        weights = [*weights[:place], *([] if broken is None else [broken]), *weights[place + 1 :]]
    name = {"LSTM": "lstm", "GRU": "gru", "tanh": "rnn_tanh", "relu": "rnn_relu"}[kind]
    dropout, train = some(draw, 0.0, 0.5, 2.0, "x"), draw(st.booleans())
    count_of_layers = some(draw, layer.num_layers, 1, 0)

    def call(x: Tensor, states: Any, weights: Any) -> Any:
        flags = (options["bias"], count_of_layers, dropout, train, options["bidirectional"], options["batch_first"])
        return getattr(torch, name)(x, states if kind == "LSTM" else states[0], weights, *flags)

    compare(call, x, tuple(states), weights)


CELLS = {"lstm_cell": (4, True), "gru_cell": (3, False), "rnn_tanh_cell": (1, False), "rnn_relu_cell": (1, False)}


@quickly
@given(data=st.data())
def test_recurrent_cells(data: st.DataObject) -> None:
    draw = data.draw
    name, dtype = draw(st.sampled_from(sorted(CELLS))), draw(st.sampled_from(FLOATS[:3]))
    gates, has_cell = CELLS[name]
    batch, features, hidden = draw(st.integers(0, 3)), draw(st.integers(0, 3)), draw(st.integers(1, 3))
    x = lay_out(draw, [batch, features][draw(st.sampled_from([0, 0, 0, 1])) :], dtype)
    state = lay_out(draw, [some(draw, batch, 1), some(draw, hidden, 2)], some(draw, dtype, torch.float64))
    w_ih, w_hh = lay_out(draw, [gates * hidden, features], dtype), lay_out(draw, [some(draw, gates, 2) * hidden, hidden], dtype)
    biases = [some(draw, torch.zeros(gates * hidden, dtype=dtype), None, torch.zeros(2, dtype=dtype)) for _ in range(2)]
    compare(lambda *t: getattr(torch, name)(t[0], (t[1], t[1]) if has_cell else t[1], *t[2:]), x, state, w_ih, w_hh, *biases)


# Joining, reducing, resampling


@settings(quickly, max_examples=300)
@given(data=st.data())
def test_joining(data: st.DataObject) -> None:
    draw = data.draw
    first = data.draw(tensors())
    axis = draw(st.integers(-first.dim() - 1, first.dim()))
    others = []
    for _ in range(draw(st.integers(0, 2))):
        shape = list(first.shape)
        if shape and draw(st.booleans()):
            shape[some(draw, axis % len(shape), 0)] = draw(sizes)
        others.append(lay_out(draw, shape, some(draw, first.dtype, torch.float32)))
    joined = draw(st.sampled_from([tuple, list]))([first, *others])
    where = some(draw, axis, 9, None, 1.0)
    compare(lambda *t: torch.cat(joined_as(joined, t), where), *joined)
    compare(lambda *t: torch.stack(joined_as(joined, t), where), *joined)
    shifts, dims = some(draw, 1, (1, 2), [0], -3, 1.5), some(draw, axis, (0, 1), (0, 0), [0], None, 9)
    compare(lambda x: torch.roll(x, shifts, dims), first)
    compare(lambda x: x.contiguous(), first)
    diagonal = some(draw, 0, 1, -2, 2**40, None)
    compare(lambda x: x.tril(diagonal), first)


def joined_as(example: Any, tensors_given: Any) -> Any:
    return type(example)(tensors_given)


@settings(quickly, max_examples=300)
@given(data=st.data())
def test_reductions(data: st.DataObject) -> None:
    draw = data.draw
    x = data.draw(tensors())
    name = draw(st.sampled_from(["mean", "sum", "amax", "amin", "logsumexp"]))
    dims = draw(st.sampled_from([0, 1, -1, (0, 1), [-1, -2], (0, 0), (), 9, None, 1.0, "x", (0, -4), True]))
    arguments = draw(st.sampled_from([(), (dims,), (dims, True), (dims, False), (dims, 2), (dims, None)]))
    compare(lambda x: getattr(torch, name)(x, *arguments), x)
    keepdim = some(draw, True, False, 1)
    compare(lambda x: getattr(x, name)(dim=dims, keepdim=keepdim), x)
    along, kind = some(draw, -1, 0, 1, 5, None, 1.0), some(draw, None, torch.float64)
    for function in (F.softmax, F.log_softmax, torch.softmax, torch.log_softmax, F.softmin):
        compare(lambda x, f=function: f(x, along, dtype=kind), x)
    for function in (torch.cumsum, torch.cumprod):
        compare(lambda x, f=function: f(x, along), x)


@settings(quickly, max_examples=300)
@given(data=st.data())
def test_interpolation(data: st.DataObject) -> None:
    draw = data.draw
    rank = draw(st.sampled_from([1, 2, 2, 3]))
    x = a_map(draw, rank, draw(dtypes))
    fitting = {1: "linear", 2: draw(st.sampled_from(["bilinear", "bicubic"])), 3: "trilinear"}[rank]
    mode = some(draw, fitting, "nearest", "nearest-exact", "area", "bilinear", "other")
    options: dict[str, Any] = {"mode": mode}
    if draw(st.booleans()):
        options["size"] = some_sizes(draw, rank, 4, 7, 1, 0, -1)
    if not options.get("size") or draw(st.integers(0, 9)) == 0:
        options["scale_factor"] = some(draw, 2.0, 0.5, 1.7, 2, 0.1, (2.0,) * rank, (1.5,), 0.0, -1.0)
    if draw(st.integers(0, 2)) == 0:
        options["align_corners"] = some(draw, False, True, 1)
    if draw(st.integers(0, 5)) == 0:
        options |= draw(st.sampled_from([{"antialias": True}, {"recompute_scale_factor": True}]))
    compare(lambda x: F.interpolate(x, **options), x)


@quickly
@given(data=st.data())
def test_windows_and_grids(data: st.DataObject) -> None:
    draw = data.draw
    x = a_map(draw, 2, draw(dtypes))
    lists = [some_sizes(draw, 2, *options) for options in ((3, 1, 2, 0), (1, 2, 0), (0, 1, -1), (1, 2, 0))]
    compare(lambda x: F.unfold(x, *lists), x)
    grid = lay_out(
        draw, [some(draw, x.shape[0], 2), draw(sizes), draw(sizes), some(draw, 2, 3)], some(draw, x.dtype, torch.float32)
    )
    mode, padding = some(draw, "bilinear", "nearest", "bicubic", "other"), some(draw, "zeros", "border", "reflection", "other")
    corners = some(draw, False, True, None, 1)
    compare(lambda x, g: F.grid_sample(x, g, mode, padding, corners), x, grid)


# Every rule answers in the plain case


def plain_calls() -> Iterator[tuple[Call, tuple[Any, ...]]]:  # noqa: C901 - one table
    x, rows, cube = torch.zeros(2, 4, 8, 8), torch.zeros(2, 4, 8), torch.zeros(2, 4, 4, 4, 4)
    v, mask, ids = torch.zeros(4), torch.zeros(2, 4, 8, dtype=torch.bool), torch.zeros(3, dtype=torch.int64)
    for name in [*UNARY, *IN_PLACE]:
        yield lambda t, n=name: getattr(t, n)() if hasattr(t, n) else getattr(torch, n)(t), (rows.clone(),)
    for name in ACTIVATIONS:
        if name != "threshold":
            yield getattr(F, name), (rows,)
    for name in ("add", "sub", "mul", "div", "pow", "maximum", "minimum", "gt", "ge", "lt", "le", "eq", "ne"):
        yield getattr(torch, name), (rows, rows)
        yield getattr(torch, name), (x, torch.zeros(4, 1, 1))
        yield getattr(torch, name), (x.permute(0, 2, 3, 1), v)
    for name in ("add_", "sub_", "mul_", "div_"):
        yield lambda a, b, n=name: getattr(a, n)(b), (rows.clone(), rows)
    for name in ("and", "or", "xor"):
        yield lambda a, b, n=name: getattr(a, f"__{n}__")(b), (mask, mask)
    for call in (lambda t: 2 - t, lambda t: 1 / t, lambda t: 2**t, lambda t: t.clamp(0, 1), lambda t: t.clip(0, 1), lambda t: -t):
        yield call, (rows,)
    yield from ((torch.clamp_min, (rows, 0)), (torch.clamp_max, (rows, 0)), (torch.logical_not, (mask,)), (lambda m: ~m, (mask,)))
    yield from ((torch.logical_and, (mask, mask)), (torch.logical_or, (mask, mask)), (torch.where, (mask, rows, 0.0)))
    yield lambda t, m: t.masked_fill(m, float("-inf")), (rows, mask)
    for rank, t in ((1, rows), (2, x), (3, cube)):
        w = torch.zeros(4, 4, *[3] * rank)
        yield getattr(F, f"conv{rank}d"), (t, w, v)
        yield lambda t, w, r=rank: getattr(F, f"conv{r}d")(t, w, padding="same"), (t, w)
        yield getattr(F, f"conv_transpose{rank}d"), (t, w, v)
        for name in ("max_pool", "avg_pool", "adaptive_max_pool", "adaptive_avg_pool"):
            yield lambda t, n=f"{name}{rank}d": getattr(F, n)(t, 2), (t,)
    yield lambda t: F.avg_pool1d(t, 2, 2), (rows,)
    yield lambda t, p: F.batch_norm(t, p, p, p, p), (x, v)
    yield lambda t: F.batch_norm(t, None, None, training=True), (x,)
    for call in (F.instance_norm, F.normalize, F.glu, F.dropout, F.dropout2d, lambda t: F.group_norm(t, 2)):
        yield call, (x,)
    yield lambda t: F.local_response_norm(t, 2), (x,)
    yield lambda t, p: F.layer_norm(t, (4,), p, p), (x.permute(0, 2, 3, 1), v)
    yield lambda t, p: F.rms_norm(t, (8,), p), (x, torch.zeros(8))
    yield from (
        (F.prelu, (x, v)),
        (F.linear, (x, torch.zeros(3, 8), torch.zeros(3))),
        (torch.matmul, (x, x.mT)),
        (torch.mm, (x[0, 0], x[0, 0])),
    )
    yield from (
        (F.linear, (x.permute(0, 2, 3, 1), torch.zeros(3, 4))),
        (torch.bmm, (rows, rows.mT)),
        (torch.addmm, (v, x[0, 0], x[0, 0, :, :4])),
    )
    yield F.scaled_dot_product_attention, (x.transpose(1, 2),) * 3
    yield from ((F.embedding, (ids, x[0, 0])), (lambda t, i: t[i], (rows, ids)))
    for make in RECURRENT.values():
        layer: Any = make(8, 3, 2, bidirectional=True, batch_first=True)
        state = torch.zeros(4, 2, 3)
        name = layer.mode.lower()
        yield (
            lambda t, s, w, n=name: getattr(torch, n)(t, (s, s) if n == "lstm" else s, w, True, 2, 0.0, False, True, True),
            (rows, state, [w.detach() for w in layer._flat_weights]),
        )
    for name, (gates, has_cell) in CELLS.items():
        ih, hh = torch.zeros(gates * 3, 8), torch.zeros(gates * 3, 3)
        yield (
            lambda t, s, *w, n=name, c=has_cell: getattr(torch, n)(t, (s, s) if c else s, *w),
            (rows[0], torch.zeros(4, 3), ih, hh),
        )
    yield from (
        (lambda a, b: torch.cat([a, b], 1), (x, x)),
        (lambda a, b: torch.stack([a, b]), (x, x)),
        (lambda t: t.roll(1, 1), (x,)),
    )
    yield from ((lambda t: t.mT.contiguous(), (x,)), (torch.tril, (x,)), (torch.triu, (x,)))
    for name in ("mean", "sum", "amax", "amin", "logsumexp", "softmax", "log_softmax", "cumsum", "cumprod"):
        yield lambda t, n=name: getattr(torch, n)(t, 1), (x,)
    for call in (F.softmax, F.log_softmax, F.softmin):
        yield lambda t, f=call: f(t, 1), (x,)
    yield from ((lambda t: F.interpolate(t, scale_factor=2.0, mode="bilinear"), (x,)), (lambda t: F.unfold(t, 3), (x,)))
    yield lambda t, g: F.grid_sample(t, g, align_corners=False), (x, torch.zeros(2, 5, 5, 2))


class Noting(Rules):
    """Asks the rules, and goes on with torch where they decline."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        try:
            return super().__torch_function__(func, types, args, kwargs)
        except Declined:
            return func(*args, **(kwargs or {}))


def test_every_rule_answers_in_the_plain_case() -> None:
    seen: set[tuple[bool, str]] = set()
    for call, arguments in plain_calls():
        rules = Noting()
        with torch.no_grad():
            expected = call(*arguments)
            with rules:
                found = call(*to_meta(arguments, {}))
        assert facts(found) == facts(expected)
        seen.update(rules.seen)
    assert seen == {(True, name) for name in FUNCTIONAL} | {(False, name) for name in BUILTIN}


def test_no_rule_answers_where_gradients_are_recorded() -> None:
    x = torch.zeros(2, 3, device="meta", requires_grad=True)
    with torch.enable_grad(), pytest.raises(Declined), Rules():
        torch.exp(x)


_ASKED = (torch.exp, lambda t: t + 1, lambda t: F.linear(t, t), lambda t: torch.cat([t, t]), lambda t: t.mean(0))


def test_no_rule_answers_for_subclasses() -> None:
    class Odd(Tensor):
        pass

    for function in _ASKED:
        with torch.no_grad(), pytest.raises(Declined), Rules():
            function(torch.zeros(2, 3, device="meta").as_subclass(Odd))


def test_no_rule_answers_for_the_real_tensors_of_a_forward_on_meta() -> None:
    class Made(nn.Module):
        def forward(self, x: Tensor) -> list[Tensor]:
            made = torch.ones(3, 3)
            return [x, *(function(made) for function in _ASKED)]

    result, kept = run(Made(), (torch.zeros(2, 3, device="meta"),), {}, Options(keep=frozenset(range(20))))
    assert result.device == "meta"
    assert result.failure is None
    made = [kept[i] for i in result.outputs[1:]]
    assert len(made) == len(_ASKED)
    for answered, function in zip(made, _ASKED, strict=True):
        assert not answered.is_meta
        assert torch.equal(answered, function(torch.ones(3, 3)))
