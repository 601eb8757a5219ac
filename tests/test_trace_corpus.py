"""Laws over whole corpora: a trace agrees with a real forward, meta with real tensors, the second time with the first."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from benchmarks.architectures import ARCHITECTURES, Architecture
from explainer.trace import trace
from explainer.types import Trace
from tests.modules import CASES, Case

each = pytest.mark.parametrize("case", CASES.values(), ids=CASES)


def story(found: Trace) -> list[tuple[Any, ...]]:
    """All that two runs of one forward have in common: the device, and a number of the input, may differ."""
    return [
        (
            op.name,
            op.scope,
            op.line,
            tuple((found.shape(value), found.values[value].dtype) for value in op.inputs),
            tuple((found.shape(value), found.values[value].dtype) for value in op.outputs),
            op.overwrites,
            tuple(pair for pair in op.attributes if pair[0] != "device"),
        )
        for op in found.ops
    ]


def tensors_of(tree: Any) -> list[Tensor]:
    if isinstance(tree, Tensor):
        return [tree]
    children = tree.values() if isinstance(tree, dict) else tree if isinstance(tree, (tuple, list)) else ()
    return [tensor for child in children for tensor in tensors_of(child)]


def trace_case(case: Case, device: str, module: nn.Module | None = None) -> Trace:
    inputs, named = case.arguments(device)
    return trace(module or case.build(), *inputs, **named)


@each
@pytest.mark.parametrize("device", ["cpu", "meta"])
def test_outputs_are_those_of_a_real_forward(case: Case, device: str) -> None:
    inputs, named = case.arguments()
    with torch.no_grad():
        result = case.build()(*inputs, **named)
    found = trace_case(case, device)
    assert (found.failure, found.device, found.notes) == (None, device, ())
    outputs = [found.values[value] for value in found.outputs]
    expected = [(tuple(tensor.shape), str(tensor.dtype)) for tensor in tensors_of(result)]
    assert [(value.shape, "torch." + value.dtype) for value in outputs] == expected


@each
def test_the_meta_device_tells_the_same_story(case: Case) -> None:
    module = case.build()
    assert story(trace_case(case, "meta", module)) == story(trace_case(case, "cpu", module))


@each
@pytest.mark.parametrize("device", ["cpu", "meta"])
def test_the_second_time_is_as_the_first(case: Case, device: str) -> None:
    module = case.build()
    first = trace_case(case, device, module)
    assert trace_case(case, device, module) == first
    assert trace_case(case, device) == first


@each
def test_ids_are_positions_and_references_hold(case: Case) -> None:
    check_references(trace_case(case, "cpu"))


def check_references(found: Trace) -> None:
    assert [value.id for value in found.values] == list(range(len(found.values)))
    assert [op.id for op in found.ops] == list(range(len(found.ops)))
    assert [call.id for call in found.calls] == list(range(len(found.calls)))
    paths = {module.path for module in found.modules}
    for op in found.ops:
        assert op.scope in paths
        assert all(found.values[value].producer == op.id for value in op.outputs)
        assert set(op.overwrites) <= set(op.inputs)
        made_before = [found.values[value].producer for value in op.inputs]
        assert all(producer is None or producer < op.id for producer in made_before)
    for value in found.values:
        assert (value.origin == "op") == (value.producer is not None)
        assert found.values[value.storage].storage == value.storage <= value.id
    for call in found.calls:
        assert call.path in paths
        assert call.parent is None or call.parent < call.id


def real(architecture: Architecture) -> tuple[nn.Module, tuple[Tensor, ...]]:
    """The network on real tensors, all zeros, so that no time goes into random weights; small inputs where any size will do."""
    module = architecture.build().to_empty(device="cpu")
    with torch.no_grad():
        for tensor in (*module.parameters(), *module.buffers()):
            tensor.zero_()
    side = 224 if architecture.name in ("vit_b16", "swin_t", "vgg16") else 64
    return module, tuple(x[..., :side, :side] if x.dim() == 4 else x[:1, :16] for x in architecture.inputs("cpu"))


@pytest.mark.slow
@pytest.mark.parametrize("architecture", ARCHITECTURES.values(), ids=ARCHITECTURES)
def test_whole_networks_tell_the_same_story_on_meta(architecture: Architecture) -> None:
    module, inputs = real(architecture)
    on_meta = trace(module, *[tensor.to("meta") for tensor in inputs])
    found = trace(module, *inputs)
    assert (found.failure, on_meta.failure, on_meta.device) == (None, None, "meta")
    assert story(on_meta) == story(found)
    assert story(trace(architecture.build(), *[tensor.to("meta") for tensor in inputs])) == story(found)
    check_references(found)
