"""Costs: parameters and multiply-adds against torch's own counters over families of modules, the rest worked out by hand."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.architectures import ARCHITECTURES, Architecture
from explainer.cost import elementwise_of, macs_of, module_macs, module_params, totals
from explainer.formulas import ELEMENTWISE, FORMULAS, MOVING, REDUCING, formula
from explainer.trace import trace
from explainer.types import Trace, Value
from tests.modules import CASES, Block, Case, block, conv, image, lin, noise, rows, weights

family = settings(max_examples=40, deadline=None, derandomize=True)


def counted_by_torch(module: nn.Module, *inputs: Any, **named: Any) -> int:
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        module(*inputs, **named)
    return int(counter.get_total_flops()) // 2


def on_meta(*shapes: tuple[int, ...]) -> tuple[Tensor, ...]:
    return tuple(torch.empty(shape, device="meta") for shape in shapes)


def trace_case(case: Case, device: str = "meta") -> Trace:
    inputs, named = case.arguments(device)
    found = trace(case.build(), *inputs, **named)
    assert found.failure is None
    return found


def agrees(module: nn.Module, *inputs: Tensor) -> None:
    found = trace(module, *inputs)
    assert found.failure is None
    assert totals(found).macs == counted_by_torch(module, *inputs)


# Multiply-adds against torch's counter

small = st.integers(1, 4)


@st.composite
def convolutions(draw: st.DrawFn) -> tuple[nn.Module, Tensor]:
    rank = draw(st.integers(1, 3))
    transposed = draw(st.booleans())
    groups = draw(st.integers(1, 3))
    kernel_size = tuple(draw(small) for _ in range(rank))
    dilation = draw(st.integers(1, 2))
    stride = tuple(draw(st.integers(1, 3)) for _ in range(rank))
    padding = tuple(draw(st.integers(0, k - 1)) for k in kernel_size)
    sizes = tuple(draw(st.integers(3, 9)) for _ in range(rank))
    name = f"Conv{'Transpose' if transposed else ''}{rank}d"
    with torch.device("meta"):
        module = getattr(nn, name)(
            groups * draw(small), groups * draw(small), kernel_size, stride, padding,
            groups=groups, dilation=dilation, bias=draw(st.booleans()),
        )  # fmt: skip
    batch = (draw(small),) if draw(st.booleans()) else ()
    x = torch.empty((*batch, module.in_channels, *sizes), device="meta")
    try:
        with torch.no_grad():
            module(x)
    except RuntimeError:  # the window is larger than the input
        assume(False)
    return module, x


@family
@given(convolutions())
def test_convolutions(case: tuple[nn.Module, Tensor]) -> None:
    agrees(*case)


@family
@given(st.lists(small, max_size=3), small, small, st.booleans())
def test_linear_layers_on_any_rank(batch: list[int], in_features: int, out_features: int, bias: bool) -> None:
    with torch.device("meta"):
        module = nn.Linear(in_features, out_features, bias)
    agrees(module, *on_meta((*batch, in_features)))


@family
@given(st.lists(small, max_size=2), small, small, small, st.sampled_from(["left", "right", "both"]))
def test_matrix_products_of_any_rank(batch: list[int], rows: int, inner: int, columns: int, batched: str) -> None:
    left = (*batch, rows, inner) if batched != "right" else (rows, inner)
    right = (*batch, inner, columns) if batched != "left" else (inner, columns)
    agrees(Block(lambda _, x, y: x @ y), *on_meta(left, right))


PRODUCTS: dict[str, tuple[Callable[..., Any], list[tuple[int, ...]]]] = {
    "mm": (lambda _, x, y: torch.mm(x, y), [(3, 4), (4, 5)]),
    "bmm": (lambda _, x, y: torch.bmm(x, y), [(2, 3, 4), (2, 4, 5)]),
    "addmm": (lambda _, b, x, y: torch.addmm(b, x, y), [(5,), (3, 4), (4, 5)]),
    "baddbmm": (lambda _, b, x, y: torch.baddbmm(b, x, y), [(2, 3, 5), (2, 3, 4), (2, 4, 5)]),
    "out=": (lambda _, x, y: torch.mm(x, y, out=x.new_empty(3, 5)), [(3, 4), (4, 5)]),
    "tensordot": (lambda _, x, y: torch.tensordot(x, y, dims=2), [(2, 3, 4), (3, 4, 5)]),
    "tensordot over named axes": (lambda _, x, y: torch.tensordot(x, y, dims=([0, 2], [1, 0])), [(2, 3, 4), (4, 2, 5)]),
    "inner": (lambda _, x, y: torch.inner(x, y), [(3, 4), (5, 4)]),
    "matmul with a broadcast batch": (lambda _, x, y: x @ y, [(2, 1, 3, 4), (1, 6, 4, 5)]),
    "a parameter": (lambda m, x: x @ m.weight, [(2, 3, 8)]),
    "conv with a parameter": (lambda m, x: F.conv1d(x, m.kernel, padding=1), [(2, 4, 9)]),
    "bilinear form": (lambda _, x, y: ((x @ y) @ x.mT).diagonal(), [(3, 4), (4, 4)]),
}


@pytest.mark.parametrize(("body", "shapes"), PRODUCTS.values(), ids=PRODUCTS)
def test_matrix_products_by_name(body: Callable[..., Any], shapes: list[tuple[int, ...]]) -> None:
    agrees(block(body, weight=weights(8, 3), kernel=weights(6, 4, 3))(), *on_meta(*shapes))


UNCOUNTED_BY_TORCH: dict[str, tuple[Callable[..., Any], list[tuple[int, ...]], int]] = {
    "addbmm": (lambda _, b, x, y: torch.addbmm(b, x, y), [(3, 5), (2, 3, 4), (2, 4, 5)], 2 * 3 * 4 * 5),
    "addmm in place": (lambda _, b, x, y: b.clone().addmm_(x, y), [(3, 5), (3, 4), (4, 5)], 3 * 4 * 5),
    "mv": (lambda _, x, y: torch.mv(x, y), [(3, 4), (4,)], 12),
    "dot": (lambda _, x, y: torch.dot(x, y), [(4,), (4,)], 4),
    "a vector times a matrix": (lambda _, x, y: x @ y, [(4,), (4, 5)], 20),
    "a product from the right": (lambda _, x, y: y.__rmatmul__(x), [(3, 4), (4, 5)], 60),
}


@pytest.mark.parametrize(("body", "shapes", "macs"), UNCOUNTED_BY_TORCH.values(), ids=UNCOUNTED_BY_TORCH)
def test_matrix_products_that_torch_s_counter_misses(body: Callable[..., Any], shapes: list[tuple[int, ...]], macs: int) -> None:
    assert totals(trace(Block(body), *on_meta(*shapes))).macs == macs


@st.composite
def einsums(draw: st.DrawFn) -> tuple[str, list[tuple[int, ...]]]:
    """Products of two or three operands over letters of different sizes."""
    sizes = dict(zip("abcdef", (2, 3, 5, 7, 4, 6), strict=True))
    count = draw(st.integers(2, 3))
    terms = [draw(st.lists(st.sampled_from("abcdef"), min_size=1, max_size=3, unique=True)) for _ in range(count)]
    letters = sorted({letter for term in terms for letter in term})
    result = draw(st.lists(st.sampled_from(letters), max_size=4, unique=True))
    equation = ",".join("".join(term) for term in terms) + "->" + "".join(result)
    return equation, [tuple(sizes[letter] for letter in term) for term in terms]


@family
@given(einsums())
def test_einsum(case: tuple[str, list[tuple[int, ...]]]) -> None:
    equation, shapes = case
    agrees(Block(lambda _, *operands: torch.einsum(equation, *operands)), *on_meta(*shapes))


EINSUMS: dict[str, tuple[str, list[tuple[int, ...]], int]] = {
    "attention scores": ("bhic,bhjc->bhij", [(2, 3, 5, 4), (2, 3, 7, 4)], 2 * 3 * 5 * 7 * 4),
    "attention result": ("bhij,bhjd->bhid", [(2, 3, 5, 7), (2, 3, 7, 4)], 2 * 3 * 5 * 7 * 4),
    "implicit result": ("ij,jk", [(3, 4), (4, 5)], 60),
    "dots": ("...ij,...jk->...ik", [(2, 6, 3, 4), (2, 6, 4, 5)], 12 * 60),
    "dots of unlike rank": ("...i,ij->...j", [(2, 6, 3), (3, 4)], 144),
    "dots without arrow": ("...ij,...jk", [(2, 3, 4), (2, 4, 5)], 120),
    "elementwise": ("ij,ij->ij", [(3, 4), (3, 4)], 0),
    "outer": ("i,j->ij", [(3,), (4,)], 0),
    "one operand": ("nchw->nc", [(2, 3, 4, 5)], 0),
    "inner": ("i,i->", [(5,), (5,)], 5),
    "diagonal": ("ii,ij->j", [(3, 3), (3, 4)], 12),
    "spaces": (" i j , j k -> i k ", [(3, 4), (4, 5)], 60),
    "an axis of one that is broadcast": ("ij,jk->ik", [(3, 4), (1, 5)], 0),
    "nothing to sum up": ("nchw,cd->ndhw", [(2, 1, 3, 3), (1, 5)], 0),
    "nothing to sum up in one of two": ("ij,jk,kl->il", [(2, 1), (1, 4), (4, 5)], 2 * 4 * 5),
    "three operands": ("ij,jk,kl->il", [(2, 3), (3, 4), (4, 5)], 2 * 3 * 4 + 2 * 4 * 5),
}  # fmt: skip


@pytest.mark.parametrize(("equation", "shapes", "macs"), EINSUMS.values(), ids=EINSUMS)
def test_einsum_by_hand(equation: str, shapes: list[tuple[int, ...]], macs: int) -> None:
    assert totals(trace(Block(lambda _, *x: torch.einsum(equation, *x)), *on_meta(*shapes))).macs == macs
    assert totals(trace(Block(lambda _, *x: torch.einsum(equation, list(x))), *on_meta(*shapes))).macs == macs


def test_einsum_by_numbered_axes() -> None:
    module = Block(lambda _, x, y: torch.einsum(x, [0, 1], y, [1, 2], [0, 2]))
    assert totals(trace(module, *on_meta((3, 4), (4, 5)))).macs == 60


MISSED = "lstm gru rnn encoder decoder multihead attention bilinear spectral".split()  # by torch's counter, on the CPU


@pytest.mark.parametrize("name", [name for name in CASES if not any(word in name for word in MISSED)])
def test_the_corpus(name: str) -> None:
    case = CASES[name]
    inputs, named = case.arguments()
    assert totals(trace_case(case)).macs == counted_by_torch(case.build(), *inputs, **named)


@pytest.mark.parametrize("architecture", ARCHITECTURES.values(), ids=ARCHITECTURES)
def test_whole_networks(architecture: Architecture) -> None:
    module, inputs = architecture.build(), architecture.inputs()
    found = totals(trace(module, *inputs))
    assert found.uncounted == ()
    assert found.param_count == sum(p.numel() for p in module.parameters())
    assert found.buffer_count == sum(b.numel() for b in module.buffers())
    assert found.macs == counted_by_torch(module, *inputs)


# Multiply-adds by hand, where torch's counter has none


def attended(queries: int, keys: int, width: int, batch: int = 2) -> int:
    """Scores and their product with the values, over all heads together."""
    return batch * queries * keys * width * 2


MULTIHEAD = 4 * 2 * 5 * 8 * 8 + attended(5, 5, 8)  # q, k, v and the way out, each 8x8 over 2 sequences of 5
ENCODER = MULTIHEAD + 2 * (2 * 5 * 8 * 16)
BY_HAND = {
    "fused attention": 2 * 2 * 5 * 7 * (4 + 3),
    "causal attention": 2 * 2 * 5 * 5 * (4 + 4),
    "multihead": MULTIHEAD,
    "multihead without weights": 4 * 2 * 5 * 8 * 8 + attended(2, 2, 8, batch=5),
    "cross attention": 2 * (5 * 8 * 8 * 2 + 7 * 6 * 8 * 2) + attended(5, 7, 8),
    "encoder layer": ENCODER,
    "encoder": 2 * ENCODER,
    "lstm": 10 * 2 * (24 * (8 + 6) + 24 * (12 + 6)),  # 10 steps, 2 directions; the second layer reads both directions
    "gru": 10 * 18 * (8 + 6),
    "rnn": 10 * 6 * (8 + 6),
    "lstm cell": 3 * 24 * (8 + 6),
    "gru cell": 3 * 18 * (8 + 6),
    "rnn cell": 3 * 6 * (8 + 6),
    "bilinear": 3 * 3 * 8 * 8,
    "spectral norm": 3 * 8 * 4 + 4 * 8 + 4,  # the layer, weight times v, that times u
    "attention by hand": 2 * 5 * 8 * 24 + attended(5, 5, 8),
    "masked attention": attended(5, 5, 8),
    "tied weights": 2 * 5 * 8 * 10,
    "transposed": 2 * 4 * 64 * 6 * 9,
    "depthwise": 2 * 4 * 64 * 9,
    "called thrice": 3 * 3 * 64,
}


@pytest.mark.parametrize("device", ["cpu", "meta"])
@pytest.mark.parametrize(("name", "macs"), BY_HAND.items(), ids=BY_HAND)
def test_multiply_adds_by_hand(name: str, macs: int, device: str) -> None:
    found = totals(trace_case(CASES[name], device))
    assert (found.macs, found.flops, found.uncounted) == (macs, 2 * macs, ())


def test_attention_with_fewer_key_heads() -> None:
    module = Block(lambda _, q, k: F.scaled_dot_product_attention(q, k, k, enable_gqa=True))
    assert totals(trace(module, torch.zeros(1, 8, 5, 4), torch.zeros(1, 2, 7, 4))).macs == 8 * 5 * 7 * 8


def test_attention_whose_queries_are_broadcast() -> None:
    module = Block(lambda _, q, k: F.scaled_dot_product_attention(q, k, k))
    assert totals(trace(module, torch.zeros(5, 4), torch.zeros(3, 2, 7, 4))).macs == 3 * 2 * 5 * 7 * 8


def test_lstm_with_a_projection() -> None:
    """24 gates from input 8 and the projected state 3, then 6 -> 3."""
    found = totals(trace(nn.LSTM(8, 6, proj_size=3), *on_meta((5, 2, 8))))
    assert found.macs == 10 * (24 * 8 + 24 * 3 + 3 * 6)


def test_packed_sequences_count_their_steps_only() -> None:
    def body(m: Any, x: Tensor) -> Tensor:
        return m.lstm(nn.utils.rnn.pack_padded_sequence(x, [5, 3], batch_first=True))[1][0]

    found = totals(trace(Block(body, lstm=nn.LSTM(8, 6, batch_first=True)), torch.zeros(2, 5, 8)))
    assert found.macs == 8 * 24 * (8 + 6)


# What is unknown


def test_an_op_without_a_formula_is_none_and_listed() -> None:
    module = Block(lambda m, x: torch.fft.fft(m.lin(x)).real.cumsum(-1) + torch.fft.ifft(x).real, lin=lin()())
    found = trace(module, *on_meta((3, 8)))
    costs = {op.name: macs_of(op, found) for op in found.ops}
    assert (costs["linear"], costs["fft"], costs["add"]) == (192, None, 0)
    assert (totals(found).uncounted, totals(found).macs) == (("fft", "ifft"), 192)
    assert module_macs(found) == {"": None, "lin": 192}


def test_a_custom_function_of_torch_s_kind_is_unknown() -> None:
    assert totals(trace(Block(lambda _, x: torch.cdist(x, x)), *on_meta((3, 8)))).uncounted == ("cdist",)


def test_every_operator_is_in_one_table() -> None:
    tables = [frozenset(FORMULAS), ELEMENTWISE, REDUCING, MOVING]
    assert sum(map(len, tables)) == len(frozenset().union(*tables))


def test_a_second_formula_for_an_operator_is_refused() -> None:
    with pytest.raises(ValueError, match="conv2d has a formula already"):
        formula("conv2d")(lambda *_: 0)


# Elementwise work


ELEMENTS = {
    "result of elementwise work": (lambda _, x: x + x[:1], 24),
    "operand of a reduction": (lambda _, x: x.mean(0), 24),
    "in place": (lambda _, x: F.relu(x.clone(), inplace=True).mul_(2), 48),
    "softmax": (lambda _, x: x.softmax(-1), 24),
    "moving": (lambda _, x: torch.cat([x.T.reshape(3, 8), x]).flatten(), 0),
    "linear": (lambda m, x: m.lin(x), 0),
    "pool": (lambda _, x: F.max_pool1d(x[None], 2), 24),
    "norm": (lambda _, x: F.layer_norm(x, (8,)), 24),
    "by Python's operators": (lambda _, x: x.t() // 2 % 3, 48),
    "of zero sizes": (lambda _, x: x[:0] + 1, 0),
}


@pytest.mark.parametrize(("body", "elements"), ELEMENTS.values(), ids=ELEMENTS)
def test_elementwise_work_is_counted_apart(body: Callable[..., Any], elements: int) -> None:
    found = trace(block(body, lin=lin())(), *on_meta((3, 8)))
    assert totals(found).elementwise == elements == sum(elementwise_of(op, found) for op in found.ops)


# Parameters


@pytest.mark.parametrize("name", [name for name in CASES if name != "lazy"])
def test_parameters_are_those_of_the_module(name: str) -> None:
    module = CASES[name].build()
    found = totals(trace_case(CASES[name]))
    parameters, buffers = list(module.parameters()), list(module.buffers())
    assert found.param_count == sum(p.numel() for p in parameters)
    assert found.trainable_count == sum(p.numel() for p in parameters if p.requires_grad)
    assert found.frozen_count == found.param_count - found.trainable_count
    assert found.param_bytes == sum(p.nbytes for p in parameters)
    assert (found.buffer_count, found.buffer_bytes) == (sum(b.numel() for b in buffers), sum(b.nbytes for b in buffers))


def test_a_lazy_layer_counts_what_it_becomes() -> None:
    """6 filters of 4x3x3 on 8x8, batch norm of 6, 216 -> 3, all with biases."""
    assert totals(trace_case(CASES["lazy"])).param_count == 6 * 36 + 6 + 12 + 216 * 3 + 3


def test_shared_parameters_count_once_and_frozen_ones_apart() -> None:
    tied = totals(trace_case(CASES["tied weights"]))
    assert (tied.param_count, tied.trainable_count) == (80, 80)
    frozen = totals(trace_case(CASES["frozen"]))
    assert (frozen.param_count, frozen.trainable_count, frozen.frozen_count) == (90, 18, 72)


def test_parameters_on_meta_cost_the_same() -> None:
    with torch.device("meta"):
        module = nn.Linear(40_000, 25_000)
    found = totals(trace(module, *on_meta((1, 40_000))))
    assert (found.param_count, found.macs) == (1_000_025_000, 1_000_000_000)


# By module


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_modules_sum_to_the_totals(case: Case) -> None:
    found = trace_case(case)
    check_module_sums(found)


@pytest.mark.parametrize("name", ["resnet50", "swin_t", "gpt2_small"])
def test_modules_of_whole_networks_sum_to_the_totals(name: str) -> None:
    check_module_sums(trace(ARCHITECTURES[name].build(), *ARCHITECTURES[name].inputs()))


def check_module_sums(found: Trace) -> None:
    sums, cost = module_macs(found), totals(found)
    assert module_params(found)[""] == cost.param_count
    if cost.uncounted:
        return
    assert sums.get("", 0) == cost.macs
    for path in (module.path for module in found.modules):
        own = sum(macs_of(op, found) or 0 for op in found.ops if op.scope == path)
        children = [m.path for m in found.modules if m.path and m.path.rpartition(".")[0] == path]
        assert (sums.get(path) or 0) == own + sum(sums.get(child) or 0 for child in children)


def test_a_weight_shared_by_two_children_counts_once_in_their_parent() -> None:
    params = module_params(trace_case(CASES["tied weights"]))
    assert params == {"": 80, "embedding": 80, "head": 80}


def test_a_module_costs_what_runs_in_it() -> None:
    found = trace_case(CASES["residual"])
    sums = module_macs(found)
    assert sums["conv1"] == 2 * 8 * 16 * 4 * 9
    assert sums["shortcut"] == sums["shortcut.0"] == 2 * 8 * 16 * 4
    assert module_params(found)["shortcut"] == 8 * 4 + 16


# Memory: float32, so 4 bytes an element; x is (3, 8), 96 bytes


def keep_two(_: Any, x: Tensor) -> Tensor:
    a = x.exp()
    b = x.tanh()
    return a + b


def skip(_: Any, x: Tensor) -> Tensor:
    return x.exp().tanh().sin() + x


def drop_early(_: Any, x: Tensor) -> Tensor:
    x = torch.cat([x] * 10)
    x = x.sum(0)
    return x.exp().tanh()


MEMORY: dict[str, tuple[Callable[..., Any], int, int]] = {
    "nothing": (lambda _, x: x, 0, 96),
    "one op: operand and result": (lambda _, x: x.exp(), 96, 192),
    "a chain holds two at a time": (lambda _, x: x.exp().tanh().sin(), 288, 192),
    "a fork holds three": (keep_two, 288, 288),
    "a skip holds three": (skip, 384, 288),
    "in place holds one less": (lambda _, x: x.exp().tanh_().sin_(), 96, 192),
    "views cost nothing": (lambda _, x: x.exp().view(-1)[:4].unsqueeze(0), 96, 192),
    "a view keeps its base": (lambda _, x: (x.exp()[0], x.tanh()), 192, 288),
    "a copy does not": (lambda _, x: x.exp()[:1].clone(), 96 + 32, 192),
    "the widest moment": (drop_early, 960 + 3 * 32, 96 + 960),
    "outputs live to the end": (lambda _, x: (x.exp(), x.tanh(), x.sin()), 288, 384),
    "half as many bytes": (lambda _, x: x.half().exp(), 96, 96 + 48),
    "a mask of one byte": (lambda _, x: x > 0, 24, 120),
}


@pytest.mark.parametrize("device", ["cpu", "meta"])
@pytest.mark.parametrize(("body", "activations", "peak"), MEMORY.values(), ids=MEMORY)
def test_memory_by_hand(body: Callable[..., Any], activations: int, peak: int, device: str) -> None:
    found = totals(trace(Block(body), torch.zeros(3, 8, device=device)))
    assert (found.activation_bytes, found.peak_bytes) == (activations, peak)


def test_parameters_are_no_activations() -> None:
    module = block(lambda m, x: m.lin(x) + m.weight[0].view(-1), lin=lin(), weight=weights(3, 8))()
    assert totals(trace(module, *rows())).peak_bytes == 2 * 96


def test_a_second_input_lives_until_it_is_used() -> None:
    found = totals(trace(Block(lambda _, x, y: x.exp().tanh() + y), *on_meta((3, 8), (3, 8))))
    assert found.peak_bytes == 3 * 96


def test_each_dtype_has_torch_s_own_size() -> None:
    parts_of_a_byte = re.compile(r"bits|x[24]$|^u?int[1-7]$")
    dtypes = {str(dtype)[6:]: dtype for dtype in vars(torch).values() if isinstance(dtype, torch.dtype)}
    for name, dtype in dtypes.items():
        if not parts_of_a_byte.search(name):
            assert Value(0, (2, 3), name, "op").size_bytes == 6 * dtype.itemsize, name


def test_peak_is_at_least_each_op_s_operands_and_at_most_everything() -> None:
    for name in CASES:
        found = trace_case(CASES[name])
        cost = totals(found)
        inputs = sum(found.values[i].size_bytes for i in set(found.inputs))
        assert cost.peak_bytes <= cost.activation_bytes + inputs, name


# Time


def test_time_is_linear_in_the_ops() -> None:
    """Values looked at per op stay the same, however long the chain."""

    class Counted(tuple):  # type: ignore[type-arg]
        looks = 0

        def __getitem__(self, index: Any) -> Any:
            Counted.looks += 1
            return super().__getitem__(index)

    def looks_per_op(length: int) -> float:
        def body(m: Any, x: Tensor) -> Tensor:
            kept = x
            for _ in range(length):
                x = m.lin(x).relu() + kept
            return x

        found = trace(Block(body, lin=lin()()), *on_meta((2, 8)))
        object.__setattr__(found, "values", Counted(found.values))
        Counted.looks = 0
        totals(found)
        module_macs(found)
        return Counted.looks / len(found.ops)

    assert looks_per_op(2000) == pytest.approx(looks_per_op(20), rel=0.1)


def test_costs_of_a_failed_forward_are_those_until_it_failed() -> None:
    module = Block(lambda m, x: m.conv(x) @ torch.zeros(99, 1), conv=conv()())
    found = trace(module, *image())
    assert found.failure is not None
    assert totals(found).macs == 2 * 4 * 64 * 4 * 9


def test_noise_is_no_cost() -> None:
    assert totals(trace(nn.Dropout(), *noise((3, 8))())).macs == 0
