"""What a trace says of a forward: its ops and how they are wired, in-place writes, scopes, calls, lines, what is no op."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from explainer.trace import capture, run, trace
from explainer.tracing.options import Options
from explainer.types import Trace
from tests.modules import CASES, Block, Case, block, conv, ids, image, lin, moved, noise, rows, sequence, weights

both = pytest.mark.parametrize("device", ["cpu", "meta"])


def traced(case: Case, device: str) -> Trace:
    inputs, named = case.arguments(device)
    result = trace(case.build(), *inputs, **named)
    assert result.failure is None
    assert result.device == device
    return result


def wiring(found: Trace) -> list[str]:
    """One line per op: ``c@a = mul_(b) over b`` makes the value c, in a's memory, by writing over b.

    Results are lettered in order; parameters and inputs have their names.
    """
    names = {value.id: value.name for value in found.values if value.origin != "op"}
    lines = []
    for op in found.ops:
        results = []
        for value in op.outputs:
            names[value] = chr(ord("a") + len([v for v in names if found.values[v].origin == "op"]))
            home = found.values[value].storage
            results.append(names[value] + (f"@{names[home]}" if home != value else ""))
        over = " over " + ", ".join(names[value] for value in op.overwrites) if op.overwrites else ""
        lines.append(f"{', '.join(results)} = {op.name}({', '.join(names[value] for value in op.inputs)}){over}")
    return [*lines, "-> " + ", ".join(names[value] for value in found.outputs)]


# Writing, and reading what was written


def plus_equals(m: Any, x: Tensor) -> Tensor:
    out = x.relu()
    out += x
    return out


def write_to_view(m: Any, x: Tensor) -> Tensor:
    y = x.relu()
    y[:, 1:3].mul_(2)
    return y


def write_to_view_of_view(m: Any, x: Tensor) -> Tensor:
    y = x.relu()
    y.view(-1)[:2].zero_()
    return y


def read_view_after_write_to_base(m: Any, x: Tensor) -> Tensor:
    y = x.relu()
    top = y[:1]
    before = top.exp()
    y.mul_(2)
    return top + before


def write_to_sibling_view(m: Any, x: Tensor) -> Tensor:
    y = x.relu()
    left, right = y.chunk(2, dim=-1)
    left += 1
    return right.exp()


def set_row(m: Any, x: Tensor) -> Tensor:
    y = x.relu()
    y[0] = x[1]
    return y.exp()


def set_where(m: Any, x: Tensor) -> Tensor:
    y = x.relu()
    y[x > 0] = 1.0
    return y


def set_through_index(m: Any, x: Tensor) -> Tensor:
    y = x.relu()
    y[:, :2] += x[:, :2]
    return y


def write_into_out(m: Any, x: Tensor) -> Tensor:
    y = torch.empty_like(x)
    torch.exp(x, out=y)
    return y.relu()


def write_the_input(m: Any, x: Tensor) -> Tensor:
    x += 1
    return x.relu()


def write_a_copy(m: Any, x: Tensor) -> Tensor:
    y = x.clone()
    y.copy_(m.scale)
    return y + x


def write_twice(m: Any, x: Tensor) -> Tensor:
    y = x.relu()
    y.mul_(2).add_(x)
    return y


def write_a_dead_base(m: Any, x: Tensor) -> Tensor:
    flat = x.relu().view(-1)
    flat.mul_(2)
    return flat.view(3, 8)


WIRED = {
    "plus equals": (plus_equals, ["a = relu(x.0)", "b@a = add_(a, x.0) over a", "-> b"]),
    "two writes": (write_twice, ["a = relu(x.0)", "b@a = mul_(a) over a", "c@a = add_(b, x.0) over b", "-> c"]),
    "inplace=True": (
        lambda _, x: F.relu(x.exp(), inplace=True) + x,
        ["a = exp(x.0)", "b@a = relu(a) over a", "c = add(b, x.0)", "-> c"],
    ),
    "nn.ReLU(inplace=True) made inside": (
        lambda _, x: nn.ReLU(inplace=True)(x.exp()),
        ["a = exp(x.0)", "b@a = relu(a) over a", "-> b"],
    ),
    "write to a view": (
        write_to_view,
        ["a = relu(x.0)", "b@a = getitem(a)", "c@a, d@a = mul_(b) over b", "-> d"],
    ),
    "write to a view of a view": (
        write_to_view_of_view,
        ["a = relu(x.0)", "b@a = view(a)", "c@a = getitem(b)", "d@a, e@a = zero_(c) over c", "-> e"],
    ),
    "read a view after a write to its base": (
        read_view_after_write_to_base,
        ["a = relu(x.0)", "b@a = getitem(a)", "c = exp(b)", "d@a, e@a = mul_(a) over a", "f = add(e, c)", "-> f"],
    ),
    "read a view after a write to its sibling": (
        write_to_sibling_view,
        ["a = relu(x.0)", "b@a, c@a = chunk(a)", "d@a, e@a = add_(b) over b", "f = exp(e)", "-> f"],
    ),
    "write to a view whose base is forgotten": (
        write_a_dead_base,
        ["a = relu(x.0)", "b@a = view(a)", "c@a = mul_(b) over b", "d@a = view(c)", "-> d"],
    ),
    "set a row": (
        set_row,
        ["a = relu(x.0)", "b@x.0 = getitem(x.0)", "c@a = setitem(a, b) over a", "d = exp(c)", "-> d"],
    ),
    "set where": (
        set_where,
        ["a = relu(x.0)", "b = gt(x.0)", "c@a = setitem(a, b) over a", "-> c"],
    ),
    "out=": (
        write_into_out,
        ["a = empty_like(x.0)", "b@a = exp(x.0, a) over a", "c = relu(b)", "-> c"],
    ),
    "write the input": (write_the_input, ["a@x.0 = add_(x.0) over x.0", "b = relu(a)", "-> b"]),
    "copy a parameter": (
        write_a_copy,
        ["a = clone(x.0)", "b@a = copy_(a, scale) over a", "c = add(b, x.0)", "-> c"],
    ),
    "views share memory": (
        lambda _, x: x.view(8, 3).T.unsqueeze(0).squeeze(0).exp(),
        ["a@x.0 = view(x.0)", "b@x.0 = T(a)", "c@x.0 = unsqueeze(b)", "d@x.0 = squeeze(c)", "e = exp(d)", "-> e"],
    ),
    "a reshape that copies does not": (
        lambda _, x: x.T.reshape(-1),
        ["a@x.0 = T(x.0)", "b = reshape(a)", "-> b"],
    ),
    "a parameter by itself": (lambda m, x: x * m.scale, ["a = mul(x.0, scale)", "-> a"]),
    "a number on the left": (lambda _, x: 1 - x, ["a = rsub(x.0)", "-> a"]),
    "operands in a list": (lambda _, x: torch.cat([x, x.exp(), x]), ["a = exp(x.0)", "b = cat(x.0, a, x.0)", "-> b"]),
    "keywords": (lambda _, x: torch.add(input=x, other=x), ["a = add(x.0, x.0)", "-> a"]),
    "outputs in order": (
        lambda _, x: {"b": x.exp(), "a": (x, [x.relu()])},
        ["a = exp(x.0)", "b = relu(x.0)", "-> a, x.0, b"],
    ),
}  # fmt: skip


@both
@pytest.mark.parametrize(("body", "expected"), WIRED.values(), ids=WIRED)
def test_ops_are_wired_as_the_forward_reads(body: Callable[..., Any], expected: list[str], device: str) -> None:
    assert wiring(traced(Case(block(body, scale=weights(8)), rows), device)) == expected


@both
def test_outputs_in_a_dataclass_are_found(device: str) -> None:
    @dataclass
    class Result:
        logits: Tensor
        hidden: tuple[Tensor, ...]

    found = traced(Case(block(lambda _, x: Result(x.exp(), (x.relu(),))), rows), device)
    assert found.outputs == tuple(op.outputs[0] for op in found.ops)


@both
def test_an_assignment_to_an_index_reaches_the_base(device: str) -> None:
    """``y[:, :2] += z``: Python reads the part, adds in place, and sets it."""
    found = traced(Case(block(set_through_index), rows), device)
    assert [op.name for op in found.ops] == ["relu", "getitem", "getitem", "add_", "setitem"]
    setting = found.ops[-1]
    assert set(found.ops[3].outputs) & set(setting.inputs)
    assert setting.outputs == found.outputs
    assert found.values[found.outputs[0]].storage == found.ops[0].outputs[0]


@both
def test_results_that_die_do_not_pass_their_identity_on(device: str) -> None:
    """Python gives the id of a dead tensor to the next one."""

    def body(m: Any, x: Tensor) -> Tensor:
        for _ in range(200):
            x = x + 1
            x.exp()
        return x

    found = traced(Case(block(body), rows), device)
    sums = [op for op in found.ops if op.name == "add"]
    assert len(found.values) == 401
    assert [op.inputs for op in sums[1:]] == [op.outputs for op in sums[:-1]]


@both
def test_rebound_names_are_not_mixed_up(device: str) -> None:
    def body(m: Any, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        x, y = y, x
        x = x + 1
        return x, y

    assert wiring(traced(Case(block(body), noise((2, 2), (2, 2))), device)) == ["a = add(x.1)", "-> a, x.0"]


# Modules, calls and scopes


@both
def test_scopes_follow_the_modules(device: str) -> None:
    inner = block(lambda m, x: m.act(m.conv(x)) * x, conv=conv(), act=nn.SiLU)
    found = traced(Case(block(lambda m, x: m.block(x).relu() + m.conv(x), block=inner, conv=conv()), image), device)
    assert [(op.name, op.scope) for op in found.ops] == [
        ("conv2d", "block.conv"), ("silu", "block.act"), ("mul", "block"), ("relu", ""), ("conv2d", "conv"), ("add", ""),
    ]  # fmt: skip
    assert [(call.path, call.parent) for call in found.calls] == [
        ("", None), ("block", 0), ("block.conv", 1), ("block.act", 1), ("conv", 0),
    ]  # fmt: skip
    assert [found.calls[op.call].path for op in found.ops] == [op.scope for op in found.ops]


@both
def test_calls_know_what_went_in_and_out(device: str) -> None:
    found = traced(CASES["sequential"], device)
    assert [call.inputs for call in found.calls[1:]] == [op.inputs[:1] for op in found.ops]
    assert [call.outputs for call in found.calls[1:]] == [op.outputs for op in found.ops]
    assert (found.calls[0].inputs, found.calls[0].outputs) == (found.inputs, found.outputs)


@both
def test_a_module_called_three_times_counts_its_calls(device: str) -> None:
    found = traced(CASES["called thrice"], device)
    layer = next(module for module in found.modules if module.path == "layer")
    assert layer.call_count == 3
    assert [call.number for call in found.calls if call.path == "layer"] == [1, 2, 3]
    assert {op.inputs[1] for op in found.ops if op.name == "linear"} == {layer.parameters[0]}


@both
def test_one_instance_under_two_names_is_one_module(device: str) -> None:
    found = traced(CASES["aliased"], device)
    assert [(module.path, module.aliases, module.call_count) for module in found.modules] == [
        ("", (), 1), ("first", ("second",), 2),
    ]  # fmt: skip


@both
def test_tied_weights_are_one_value_in_two_modules(device: str) -> None:
    found = traced(CASES["tied weights"], device)
    table, head = (module.parameters for module in found.modules[1:])
    assert table == head == (0,)
    assert [value.name for value in found.values if value.origin == "parameter"] == ["embedding.weight"]


def test_a_module_used_in_two_places_keeps_its_first_path() -> None:
    shared = nn.Linear(8, 8)
    module = Block(lambda m, x: m.left(m.right(x)), left=nn.Sequential(shared), right=nn.Sequential(shared))
    found = trace(module, torch.zeros(2, 8))
    assert [op.scope for op in found.ops] == ["left.0", "left.0"]
    assert next(m for m in found.modules if m.path == "left.0").aliases == ("right.0",)


def test_layers_without_a_call_are_listed_with_none() -> None:
    found = trace(Block(lambda _, x: x.relu(), unused=nn.Linear(2, 2)), torch.zeros(2))
    assert [(module.path, module.call_count, len(module.parameters)) for module in found.modules] == [
        ("", 1, 0),
        ("unused", 0, 2),
    ]


def test_training_flags_and_builtin_classes_are_told() -> None:
    module = nn.Sequential(nn.Dropout(), Block(lambda _, x: x))
    module[0].eval()
    found = trace(module, torch.zeros(2))
    assert [(m.type_name, m.training, m.builtin) for m in found.modules] == [
        ("Sequential", True, True), ("Dropout", False, True), ("Block", True, False),
    ]  # fmt: skip


@both
def test_a_layer_that_is_no_submodule_runs_in_the_scope_of_its_caller(device: str) -> None:
    found = traced(CASES["layer made inside"], device)
    assert [(op.name, op.scope) for op in found.ops] == [
        ("conv2d", "conv"), ("relu", ""), ("max_pool2d", ""), ("flatten", ""),
    ]  # fmt: skip


def test_weights_that_nobody_registered_are_parameters_without_a_name() -> None:
    layer = nn.Linear(8, 2)
    module = Block(lambda m, x: m.layers[0](x))
    module.layers = [layer]  # a plain list hides it from torch
    found = trace(module, torch.zeros(3, 8))
    hidden = [value for value in found.values if value.origin == "parameter"]
    assert [(value.name, value.shape) for value in hidden] == [("", (2, 8)), ("", (2,))]


# Inputs, parameters, buffers, constants


@both
def test_inputs_are_named_as_forward_names_them(device: str) -> None:
    class Net(nn.Module):
        def forward(self, x: Tensor, skips: list[Tensor], scale: float = 1.0, **more: Any) -> Tensor:
            return x * scale + skips[0] + skips[1] + more["mask"]

    t = torch.zeros(2, device=device)
    found = trace(Net(), t, [t + 1, t + 2], mask=t + 3)
    assert [found.values[i].name for i in found.inputs] == ["x", "skips.0", "skips.1", "more.mask"]


def test_inputs_are_named_alike_however_forward_is_written() -> None:
    class Method(nn.Module):
        def forward(self, x: Tensor, y: Any = 0, /, z: Any = 0) -> Tensor:
            return x + y + z

    class Starred(nn.Module):
        def forward(self, *x: Tensor, z: Any = 0) -> Tensor:
            return x[0] + z

    class Static(nn.Module):
        @staticmethod
        def forward(x: Tensor, y: Tensor) -> Tensor:
            return x + y

    class Wrapped(nn.Module):
        @torch.no_grad()
        def forward(self, x: Tensor, y: Tensor) -> Tensor:
            return x + y

    class Required(nn.Module):
        def forward(self, x: Tensor, y: Tensor, *, z: Tensor) -> Tensor:
            return x + y + z

    bound = nn.Module()
    bound.forward = lambda x, y: x + y  # type: ignore[method-assign]
    t = torch.zeros(2, device="meta")
    expected = {Method: ["x", "y"], Starred: ["x.0", "x.1"], Static: ["x", "y"], Wrapped: ["x", "y"]}
    for module, names in [*((kind(), names) for kind, names in expected.items()), (bound, ["x", "y"])]:
        found = trace(module, t, t + 1)
        assert [found.values[i].name for i in found.inputs] == names, type(module)
    for kind, given in ((Required, 2), (Method, 4), (Wrapped, 1)):  # Python refuses these calls, and nobody knows the names
        found = trace(kind(), *[t + i for i in range(given)])
        assert found.failure is not None
        assert [found.values[i].name for i in found.inputs] == [f"input{i}" for i in range(given)]
    found = trace(Method(), t, z=t + 1)
    assert [found.values[i].name for i in found.inputs] == ["x", "z"]


def test_the_same_tensor_given_twice_is_told_twice() -> None:
    x = torch.zeros(2, 2)
    found = trace(Block(lambda _, a, b: a @ b), x, x)
    assert len(found.inputs) == 2
    assert all(i in found.inputs for i in found.ops[0].inputs)


@both
def test_where_values_come_from(device: str) -> None:
    constant = torch.zeros(8)
    module = Block(lambda m, x: x * m.scale + m.shift + constant, scale=weights(8)(), shift=torch.zeros(8))
    module.scale.requires_grad_(False)
    found = trace(module, torch.zeros(3, 8, device=device))
    assert [(v.name, v.origin, v.trainable) for v in found.values if v.origin != "op"] == [
        ("scale", "parameter", False), ("shift", "buffer", False), ("x.0", "input", False), ("", "constant", False),
    ]  # fmt: skip


def test_dtypes_are_told_by_torch_s_names() -> None:
    found = trace(Block(lambda _, x: (x.half(), x > 0, x.argmax(-1), torch.fft.fft(x), x.double())), torch.zeros(2, 4))
    assert [found.values[i].dtype for i in found.outputs] == ["float16", "bool", "int64", "complex64", "float64"]


# What is an op, and its attributes


def ask(_: Any, x: Tensor) -> Tensor:
    answers = (x.shape[0], x.size(0), len(x), x.dim(), x.ndim, x.numel(), x.stride(), x.element_size())
    assert answers == (3, 3, 3, 2, 2, 24, (8, 1), 4)
    assert all((x.is_contiguous(), x.is_floating_point(), torch.is_tensor(x), x.is_leaf, x is not None, hash(x) == hash(x)))
    assert not any((x.is_complex(), x.requires_grad, x.is_sparse, x.is_quantized, x.grad_fn))
    assert (x.dtype, x.layout, type(x.device)) == (torch.float32, torch.strided, torch.device)
    return x


@both
def test_questions_about_a_tensor_are_no_ops(device: str) -> None:
    assert traced(Case(block(ask), rows), device).ops == ()


@both
def test_the_mode_looks_into_composites(device: str) -> None:
    names = {op.name for op in traced(CASES["multihead"], device).ops}
    assert {"linear", "baddbmm", "softmax", "bmm"} & names >= {"linear", "softmax", "bmm"}
    assert "multi_head_attention_forward" not in names


@both
@pytest.mark.parametrize("name", ["encoder layer", "encoder"])
def test_no_fused_path_hides_the_attention(name: str, device: str) -> None:
    case = CASES[name]
    found = traced(case, device)
    layers = 2 if name == "encoder" else 1
    count = [op.name for op in found.ops].count
    assert not any("transformer_encoder_layer" in op.name for op in found.ops)
    assert (count("linear"), count("scaled_dot_product_attention"), count("layer_norm")) == (4 * layers, layers, 2 * layers)
    assert {op.scope.rpartition("layers.")[2] for op in found.ops if op.name == "linear"} >= {"0.linear1"} or layers == 1


ATTRIBUTES: dict[str, tuple[Callable[..., Any], dict[str, Any]]] = {
    "conv": (
        lambda m, x: F.conv2d(x, m.weight, None, 2, (1, 0), groups=2),
        {"stride": 2, "padding": (1, 0), "groups": 2},
    ),
    "flatten": (lambda _, x: x.flatten(1), {"start_dim": 1}),
    "view": (lambda _, x: x.view(2, -1), {"size": (2, -1)}),
    "reshape": (lambda _, x: x.reshape((2, 256)), {"shape": (2, 256)}),
    "permute": (lambda _, x: x.permute(0, 2, 3, 1), {"dims": (0, 2, 3, 1)}),
    "mean": (lambda _, x: x.mean((2, 3), keepdim=True), {"dim": (2, 3), "keepdim": True}),
    "softmax": (lambda _, x: F.softmax(x, dim=1), {"dim": 1}),
    "clamp": (lambda _, x: x.clamp(0, 1), {"min": 0, "max": 1}),
    "add": (lambda _, x: x + 3, {"other": 3}),
    "getitem": (lambda _, x: x[:, 1:-1, None, ..., ::2], {"index": (":", "1:-1", None, "...", "::2")}),
    "einsum": (lambda _, x: torch.einsum("nchw->nc", x), {"equation": "nchw->nc"}),
    "infinite": (lambda _, x: x.masked_fill(x > 0, float("-inf")), {"value": "-inf"}),
    "sizes one by one": (lambda _, x: torch.zeros(2, x.shape[1]), {"size": (2, 4)}),
    "bounds before sizes": (lambda _, x: torch.randint(0, 3, x.shape[:1]), {"low": 0, "high": 3, "size": (2,)}),
    "dtype": (lambda _, x: x.to(torch.float16), {"dtype": "torch.float16"}),
}  # fmt: skip


@pytest.mark.parametrize(("body", "expected"), ATTRIBUTES.values(), ids=ATTRIBUTES)
def test_attributes_have_torch_s_own_names(body: Callable[..., Any], expected: dict[str, Any]) -> None:
    found = traced(Case(block(body, weight=weights(4, 2, 3, 3)), image), "cpu").ops[-1]
    known = dict(found.attributes)
    assert {name: known.get(name, "missing") for name in expected} == expected


# Lines


def first_line(body: Callable[..., Any]) -> int:
    return inspect.getsourcelines(body)[1]


def three_lines(m: Any, x: Tensor) -> Tensor:
    y = m.lin(x)
    y = F.normalize(y)
    return nn.Sigmoid()(y + x)


@both
def test_an_op_has_the_line_that_asked_for_it(device: str) -> None:
    case = Case(block(three_lines, lin=lin()), rows)
    inputs, _ = case.arguments(device)
    found = run(case.build(), inputs, {}, Options(files=frozenset((__file__,))))[0]
    start = first_line(three_lines)
    assert [op.line for op in found.ops] == [start + 1, start + 2, start + 3, start + 3]
    assert [call.line for call in found.calls] == [None, start + 1]


def test_lines_are_those_of_the_module_s_own_file_by_default() -> None:
    class Net(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return F.normalize(x) + 1

    found = trace(Net(), torch.zeros(2, 2))
    assert {op.line for op in found.ops} == {first_line(Net.forward) + 1}


def test_torch_s_own_layers_have_no_lines() -> None:
    assert {op.line for op in trace(nn.TransformerEncoderLayer(8, 2), torch.zeros(3, 2, 8)).ops} == {None}


# Values on demand


def test_kept_values_are_the_numbers_of_their_moment() -> None:
    def body(m: Any, x: Tensor) -> Tensor:
        y = x + 1
        y *= 2
        return y.sum()

    x = torch.arange(4.0)
    found = trace(Block(body), x)
    made, doubled, total = (op.outputs[0] for op in found.ops)
    again, kept = capture(Block(body), (made, doubled, total, found.inputs[0]), x)
    assert again.ops == found.ops
    assert kept[found.inputs[0]].tolist() == [0, 1, 2, 3]
    assert kept[made].tolist() == [1, 2, 3, 4]
    assert kept[doubled].tolist() == [2, 4, 6, 8]
    assert kept[total].item() == 20


def test_inference_mode_hides_nothing() -> None:
    class Net(nn.Module):
        @torch.inference_mode()
        def forward(self, x: Tensor) -> Tensor:
            y = x.exp()
            y += x
            return y.relu_()

    assert wiring(trace(Net(), torch.zeros(2))) == ["a = exp(x)", "b@a = add_(a, x) over a", "c@a = relu_(b) over b", "-> c"]


def test_tensors_made_in_inference_mode_may_come_in() -> None:
    with torch.inference_mode():
        x = torch.ones(3, 8)
    assert [op.name for op in trace(nn.Linear(8, 2), x).ops] == ["linear"]


def test_tokens_and_packed_sequences_run_on_real_tensors() -> None:
    def body(m: Any, tokens: Tensor) -> Tensor:
        packed = nn.utils.rnn.pack_padded_sequence(m.table(tokens), [5, 3], batch_first=True)
        return nn.utils.rnn.pad_packed_sequence(m.lstm(packed)[0], batch_first=True)[0]

    module = Block(body, table=nn.Embedding(10, 8), lstm=nn.LSTM(8, 6, batch_first=True))
    inputs = ids(2, 5)()
    for device in ("cpu", "meta"):
        found = trace(module, *moved(inputs, device))
        assert found.failure is None
        assert found.shape(found.outputs[0]) == (2, 5, 6)
        assert [op.scope for op in found.ops if op.name == "lstm"] == ["lstm"]


def test_sequence_of_calls_in_a_comprehension() -> None:
    module = Block(
        lambda m, x: torch.stack([layer(x) for layer in m.heads]).mean(0), heads=nn.ModuleList(lin()() for _ in range(3))
    )
    found = trace(module, *sequence())
    assert [op.scope for op in found.ops if op.name == "linear"] == ["heads.0", "heads.1", "heads.2"]
