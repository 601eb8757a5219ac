"""Forwards that are not run as they are written: torch.vmap, torch.func, TorchScript, torch.compile."""

from __future__ import annotations

from collections.abc import Callable
from threading import Barrier, Thread
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from explainer.cost import macs_of, module_macs, totals
from explainer.trace import run, trace
from explainer.tracing.options import Options
from explainer.types import Trace
from tests.modules import Block, block, lin

both = pytest.mark.parametrize("device", ["cpu", "meta"])


class Layers(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.linear, self.conv = nn.Linear(4, 6), nn.Conv2d(3, 5, 3)
        self.images, self.rows = torch.zeros(7, 2, 3, 8, 8), torch.zeros(5, 3, 2, 4)


def in_turn(layers: Layers, rows: Tensor, images: Tensor) -> Any:
    return torch.vmap(layers.linear)(rows), torch.vmap(layers.conv)(images)


def one_inside_the_other(layers: Layers, rows: Tensor, images: Tensor) -> Any:
    return torch.vmap(torch.vmap(layers.linear))(rows), torch.vmap(torch.vmap(torch.dot))(rows[0], rows[0])


def weights_as_well(layers: Layers, rows: Tensor, images: Tensor) -> Any:
    return torch.vmap(F.linear)(rows, rows[..., 0, :].flip(-1).unsqueeze(2).expand(5, 3, 6, 4)[:, 0])


def along_another_axis(layers: Layers, rows: Tensor, images: Tensor) -> Any:
    return torch.vmap(layers.linear, in_dims=2, out_dims=1)(rows)


def what_is_the_same_for_all(layers: Layers, rows: Tensor, images: Tensor) -> Any:
    return torch.vmap(lambda row: row @ (layers.linear.weight @ layers.linear.weight.T)[:4, :4])(rows)


def attention(layers: Layers, rows: Tensor, images: Tensor) -> Any:
    return torch.vmap(lambda x: torch.softmax(x @ x.transpose(-1, -2), -1) @ x)(rows), torch.vmap(
        lambda x: torch.einsum("nqd,nkd->nqk", x, x)
    )(rows)


def of_functions_of_weights(layers: Layers, rows: Tensor, images: Tensor) -> Any:
    def call(scale: Tensor, row: Tensor) -> Any:
        state = {name: tensor * scale for name, tensor in layers.linear.named_parameters()}
        return torch.func.functional_call(layers.linear, state, (row,))

    return torch.vmap(call)(torch.ones(5, device=rows.device), rows)


def traced(body: Callable[..., Any], device: str) -> tuple[Trace, Layers]:
    layers = Layers()
    block = Block(lambda _, rows, images: body(layers, rows, images))
    block.layers = layers  # so that its weights are registered
    result = trace(block, layers.rows.to(device), layers.images.to(device))
    assert result.failure is None
    assert result.device == device
    return result, layers


@pytest.mark.parametrize(
    "body",
    [
        in_turn,
        one_inside_the_other,
        weights_as_well,
        along_another_axis,
        what_is_the_same_for_all,
        attention,
        of_functions_of_weights,
    ],
)
@both
def test_multiply_adds_under_vmap_are_those_of_all_samples(body: Callable[..., Any], device: str) -> None:
    result, layers = traced(body, device)
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        expected = body(layers, layers.rows, layers.images)
    assert totals(result).macs == counter.get_total_flops() // 2
    assert totals(result).uncounted == ()
    expected = expected if isinstance(expected, tuple) else (expected,)
    assert [result.shape(i) for i in result.outputs] == [tuple(tensor.shape) for tensor in expected]
    assert module_macs(result)[""] == totals(result).macs == sum(macs_of(op, result) or 0 for op in result.ops)


@both
def test_elementwise_work_and_memory_under_vmap_are_those_of_all_samples(device: str) -> None:
    result = trace(Block(lambda _, x: torch.vmap(lambda row: torch.tanh(row) * 2)(x)), torch.zeros(5, 4, device=device))
    cost = totals(result)
    assert cost.elementwise == 2 * 5 * 4
    assert cost.activation_bytes == 2 * 5 * 4 * 4
    assert [(op.name, op.sample_count) for op in result.ops] == [("vmap", 1), ("tanh", 5), ("mul", 5), ("vmap", 1)]


@both
def test_outside_of_vmap_an_op_runs_once(device: str) -> None:
    result = trace(Block(lambda _, x: torch.vmap(torch.exp)(x) + torch.exp(x)), torch.zeros(5, 4, device=device))
    assert [(op.name, op.sample_count) for op in result.ops if op.name != "vmap"] == [("exp", 5), ("exp", 1), ("add", 1)]


@both
def test_what_goes_into_a_transform_and_comes_out_of_it_keeps_its_origin(device: str) -> None:
    def body(self: Any, x: Tensor) -> Any:
        def loss(row: Tensor) -> Tensor:
            return self.layer(row).tanh().sum()

        mapped = torch.vmap(self.layer, in_dims=1, out_dims=1)(x.expand(3, 5, 4))
        return mapped * 2, torch.func.grad(loss)(x), torch.vmap(torch.vmap(torch.sin))(x)

    result = trace(block(body, layer=lin(4, 4))(), torch.zeros(5, 4, device=device))
    assert not [value for value in result.values if value.origin == "constant"]
    producers = [None if value.producer is None else result.ops[value.producer] for value in result.values]
    for output, expected in zip(result.outputs, (["mul", "vmap", "linear", "vmap", "expand"], ["func", "grad"], []), strict=True):
        names, value = [], output
        while (op := producers[value]) is not None:
            names.append(op.name)
            value = op.inputs[0]
        assert value == result.inputs[0]
        assert names[: len(expected)] == expected


@both
def test_gradients_inside_of_a_forward_are_listed_as_unknown(device: str) -> None:
    layer = nn.Linear(4, 1)
    block = Block(lambda self, x: torch.vmap(torch.func.grad(lambda row: self.layer(row).sum()))(x))
    block.layer = layer
    result = trace(block, torch.zeros(5, 4, device=device))
    assert result.failure is None
    assert [result.shape(i) for i in result.outputs] == [(5, 4)]
    assert totals(result).macs == 5 * 4
    assert "grad" in totals(result).uncounted


class Scripted(nn.Module):
    def __init__(self, part: nn.Module) -> None:
        super().__init__()
        self.part, self.after = part, nn.Linear(4, 4)

    def forward(self, x: Tensor) -> Any:
        return self.after(self.part(x))


def feed_forward() -> nn.Module:
    return nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 4))


scripting = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@scripting
@both
@pytest.mark.parametrize("kind", ["script", "trace"])
def test_what_a_submodule_in_torchscript_computes_is_seen(kind: str, device: str) -> None:
    part = torch.jit.script(feed_forward()) if kind == "script" else torch.jit.trace(feed_forward(), torch.zeros(2, 4))
    module, x = Scripted(part), torch.randn(2, 4)
    with torch.no_grad():
        expected = module(x)
    result = trace(module, x.to(device))
    assert result.failure is None
    assert [op.name for op in result.ops] == ["t", "addmm", "relu", "t", "addmm", "linear"]
    assert [op.scope for op in result.ops] == 5 * ["part"] + ["after"]
    assert result.ops[1].inputs[1] == result.inputs[0]
    assert result.ops[5].inputs[0] == result.ops[4].outputs[0]
    assert totals(result).uncounted == ()
    assert totals(result).macs == 2 * (4 * 8 + 8 * 4 + 4 * 4)
    assert totals(result).param_count == sum(p.numel() for p in module.parameters())
    found = [(module.path, module.type_name, module.call_count) for module in result.modules]
    assert found[1:3] == [("part", "Sequential", 1), ("part.0", "Linear", 1)]
    assert [result.shape(i) for i in result.outputs] == [(2, 4)]
    assert not any(part._forward_hooks or part._forward_pre_hooks for part in module.modules())
    if device == "cpu":
        kept = run(module, (x,), {}, Options(keep=frozenset(result.outputs)))[1]
        assert torch.equal(kept[result.outputs[0]], expected)


@scripting
@both
def test_a_function_in_torchscript_hides_nothing(device: str) -> None:
    def gated(x: Tensor, w: Tensor) -> Tensor:
        y = F.batch_norm(F.conv2d(x, w, stride=2), torch.zeros(5), torch.ones(5))
        y = F.conv_transpose2d(y, w, stride=2, output_padding=1)
        return x * torch.sigmoid(y)

    scripted = torch.jit.script(gated)
    block = Block(lambda self, x: self.after(scripted(x, self.weight)), weight=torch.randn(5, 3, 2, 2), after=nn.Conv2d(3, 3, 1))
    result = trace(block, torch.zeros(1, 3, 9, 9, device=device))
    assert result.failure is None
    names = [op.name for op in result.ops if op.name not in ("zeros", "ones", "to")]
    assert names == ["conv2d", "batch_norm", "conv_transpose2d", "sigmoid", "mul", "conv2d"]
    assert [value.name for value in result.values if value.origin == "constant"] == []
    assert totals(result).macs == 5 * 16 * 3 * 4 * 2 + 3 * 81 * 3
    assert totals(result).uncounted == ()


@scripting
def test_a_network_that_is_all_torchscript_is_traced() -> None:
    result = trace(torch.jit.script(feed_forward()), torch.zeros(2, 4, device="meta"))
    assert result.failure is None
    assert (result.name, totals(result).macs) == ("Sequential", 2 * 2 * 4 * 8)


AUTOCAST: dict[str, Callable[[Tensor], Tensor]] = {
    "conv2d": lambda x: F.conv2d(x, x.new_ones(3, 4, 3, 3)),
    "conv_transpose2d": lambda x: F.conv_transpose2d(x, x.new_ones(4, 3, 3, 3)),
    "linear": lambda x: F.linear(x[0], x[0].new_ones(3, 8)),
    "matmul": lambda x: x[0] @ x[0],
    "baddbmm": lambda x: torch.baddbmm(x[0], x[0], x[0]),
    "einsum": lambda x: torch.einsum("bij,bjk->bik", x[0], x[0]),
    "attention": lambda x: F.scaled_dot_product_attention(x[0], x[0], x[0]),
    "lstm": lambda x: nn.LSTM(8, 3, batch_first=True, device=x[0].device)(x[0])[0],
    "gru": lambda x: nn.GRU(8, 3, batch_first=True, device=x[0].device)(x[0])[0],
    "mv": lambda x: torch.mv(x[0, 0], x[0, 0, 0]),
    "softmax of few bits": lambda x: (x[0] @ x[0]).softmax(-1),
    "norm of few bits": lambda x: F.layer_norm(x[0] @ x[0], (8,)),
    "grid_sample": lambda x: F.grid_sample(x.bfloat16(), x.new_zeros(2, 3, 3, 2), align_corners=False),
    "prod": lambda x: (x[0] @ x[0]).prod(1),
    "reflected": lambda x: F.pad(x.bfloat16(), (1, 1, 1, 1), "reflect"),
    "padded": lambda x: F.pad(x.bfloat16(), (1, 1, 1, 1)),
    "loss": lambda x: F.mse_loss(x[0] @ x[0], x[0]),
    "both kinds": lambda x: torch.cat([x[0], x[0] @ x[0]]) + x[0, :1],
}


@pytest.mark.parametrize("name", AUTOCAST)
def test_autocast_gives_the_data_types_of_a_real_forward_on_meta_too(name: str) -> None:
    def forward(self: Any, x: Tensor) -> Any:
        with torch.autocast("cpu"):
            return AUTOCAST[name](x)

    found = []
    for device in ("cpu", "meta"):
        result = trace(Block(forward), torch.ones(2, 4, 8, 8, device=device))
        assert result.device == device
        found.append([(value.shape, value.dtype) for value in map(result.values.__getitem__, result.outputs)])
    assert found[0] == found[1]


@both
def test_what_torch_compiled_runs_as_it_is_written(device: str) -> None:
    compiled_function = torch.compile(lambda x: x * 2 + 1, backend="eager")
    block = Block(lambda self, x: compiled_function(self.layer(x)))
    block.layer = torch.compile(nn.Linear(4, 4), backend="eager")
    result = trace(block, torch.zeros(2, 4, device=device))
    assert result.failure is None
    assert [op.name for op in result.ops] == ["linear", "mul", "add"]
    assert [module.path for module in result.modules] == ["", "layer", "layer._orig_mod"]
    assert totals(result).macs == 2 * 4 * 4
    assert totals(result).uncounted == ()


def test_the_compiler_is_kept_away_from_the_thread_that_traces_alone() -> None:
    graphs: list[Any] = []
    barrier = Barrier(2)

    def backend(graph: Any, example: Any) -> Any:
        graphs.append(graph)
        return graph.forward

    compiled = torch.compile(lambda x: x * 2 + 1, backend=backend)

    def forward(self: nn.Module, x: Tensor) -> Any:
        barrier.wait()  # the other thread calls while this one is inside
        result = compiled(x)
        barrier.wait()
        return result

    def elsewhere() -> None:
        barrier.wait()
        compiled(torch.zeros(3))
        barrier.wait()

    other = Thread(target=elsewhere)
    other.start()
    result = trace(Block(forward), torch.zeros(2, 4))
    other.join()
    assert result.failure is None
    assert [op.name for op in result.ops] == ["mul", "add"]
    assert len(graphs) == 1
    compiled(torch.zeros(2, 4))
    assert len(graphs) == 2  # it compiles again
