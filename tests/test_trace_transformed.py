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
from explainer.trace import Options, run, trace
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


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("kind", ["script", "trace"])
def test_a_submodule_in_torchscript_is_one_op_of_unknown_cost(kind: str) -> None:
    part = torch.jit.script(feed_forward()) if kind == "script" else torch.jit.trace(feed_forward(), torch.zeros(2, 4))
    module, x = Scripted(part), torch.randn(2, 4)
    with torch.no_grad():
        expected = module(x)
    result = trace(module, x)
    result, kept = run(module, (x,), {}, Options(keep=frozenset(result.outputs)))
    assert result.failure is None
    assert [op.name for op in result.ops] == ["torchscript", "linear"]
    assert result.ops[0].scope == "part"
    assert result.ops[0].inputs[0] == result.inputs[0]
    assert result.ops[1].inputs[0] == result.ops[0].outputs[0]
    assert totals(result).uncounted == ("torchscript",)
    assert totals(result).macs == 2 * 4 * 4
    assert totals(result).param_count == sum(p.numel() for p in module.parameters())
    assert torch.equal(kept[result.outputs[0]], expected)
    assert not any(part._forward_hooks or part._forward_pre_hooks for part in module.modules())


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_submodule_in_torchscript_has_its_shapes_on_meta() -> None:
    result = trace(Scripted(torch.jit.script(feed_forward())), torch.zeros(2, 4, device="meta"))
    assert result.failure is None
    assert [result.shape(i) for i in result.outputs] == [(2, 4)]


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
