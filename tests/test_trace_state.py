"""A trace changes nothing: parameters, buffers, flags, attributes, hooks, gradients, random state, modes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from explainer.trace import run, trace
from explainer.tracing.options import Options
from tests.modules import CASES, Block, Case, block, conv, image, lin, noise, rows, weights

both = pytest.mark.parametrize("device", ["cpu", "meta"])


def state_of(module: nn.Module) -> list[Any]:
    """Everything a forward could leave behind in a module, tensors by identity and by value."""
    found: list[Any] = []
    for path, part in module.named_modules(remove_duplicate=False):
        for table in (part._parameters, part._buffers):
            for name, tensor in table.items():
                if tensor is None or nn.parameter.is_lazy(tensor):
                    found.append((path, name, type(tensor)))
                else:
                    version = (tensor.requires_grad, tensor.grad is None, tensor.device, tensor.dtype, tuple(tensor.shape))
                    numbers = None if tensor.is_meta else tensor.tolist()
                    found.append((path, name, id(tensor), version, numbers))
        hooks = (part._forward_hooks, part._forward_pre_hooks, part._backward_hooks, part._state_dict_hooks)
        flags = (part._forward_hooks_with_kwargs, part._forward_hooks_always_called, part._forward_pre_hooks_with_kwargs)
        found.append((path, part.training, [list(table) for table in (*hooks, *flags)]))
        plain = {name: value for name, value in vars(part).items() if not name.startswith("_")}
        found.append((path, sorted(plain), [id(value) for value in plain.values()]))
        found.append((path, list(part._modules)))
    return found


@contextmanager
def unchanged(module: nn.Module, *inputs: Any) -> Iterator[None]:
    before, rng = state_of(module), torch.get_rng_state()
    given = [tensor.clone() for tensor in inputs if isinstance(tensor, Tensor) and not tensor.is_meta]
    modes = torch.is_grad_enabled(), torch.get_default_dtype(), torch.is_inference_mode_enabled(), torch.get_default_device()
    yield
    assert state_of(module) == before
    assert torch.equal(torch.get_rng_state(), rng)
    assert modes == (
        torch.is_grad_enabled(), torch.get_default_dtype(), torch.is_inference_mode_enabled(), torch.get_default_device()
    )  # fmt: skip
    for tensor, kept in zip((t for t in inputs if isinstance(t, Tensor) and not t.is_meta), given, strict=True):
        assert tensor.equal(kept)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
@both
def test_the_corpus_is_as_before(case: Case, device: str) -> None:
    module = case.build()
    inputs, named = case.arguments(device)
    with unchanged(module, *inputs):
        assert trace(module, *inputs, **named).failure is None


@pytest.mark.parametrize(
    "name", ["residual", "instance norm", "spectral norm", "lazy", "encoder layer", "lstm", "rebound buffer"]
)
@both
def test_training_mode_leaves_no_trace(name: str, device: str) -> None:
    module = CASES[name].build().train()
    inputs, named = CASES[name].arguments(device)
    with unchanged(module, *inputs):
        assert trace(module, *inputs, **named).failure is None


def test_statistics_that_are_kept_stay() -> None:
    """Training once moves them; tracing does not, however often."""
    norm = nn.BatchNorm2d(4)
    x = torch.randn(8, 4, 3, 3)
    norm(x)
    kept = norm.running_mean.clone(), norm.running_var.clone(), int(norm.num_batches_tracked)
    for _ in range(3):
        trace(norm, x)
        trace(norm, x.to("meta"))
    assert norm.running_mean.equal(kept[0])
    assert norm.running_var.equal(kept[1])
    assert int(norm.num_batches_tracked) == kept[2] == 1


def write_everything(m: Any, x: Tensor) -> Tensor:
    m.scale.mul_(2)
    m.scale.data[0] = 5
    m.scale.view(-1)[1:].zero_()
    m.mean += x.mean(0)
    m.mean[0] = 1
    m.mean.copy_(x[0])
    return x * m.scale + m.mean


def write_into_out(m: Any, x: Tensor) -> Tensor:
    torch.add(m.mean, 1, out=m.mean)
    return x + m.mean


def write_by_flag(m: Any, x: Tensor) -> Tensor:
    return F.relu(m.mean, inplace=True) + F.elu_(m.scale)


def write_a_list(m: Any, x: Tensor) -> Tensor:
    torch._foreach_mul_([m.mean, m.other], 2)
    return x + m.mean + m.other


def write_by_overload(m: Any, x: Tensor) -> Tensor:
    torch.ops.aten.mul_.Tensor(m.mean, x[0] + 1)
    return x + m.mean


def renormalise(m: Any, x: Tensor) -> Tensor:
    return x + m.table(torch.zeros(3, dtype=torch.int64, device=x.device))


def swap_data(m: Any, x: Tensor) -> Tensor:
    m.scale.data = x[0] * 2
    return x * m.scale


def convert(m: Any, x: Tensor) -> Tensor:
    m.double()
    return x.double() * m.scale


def rebind(m: Any, x: Tensor) -> Tensor:
    m.mean = x.mean(0)
    m.scale = nn.Parameter(m.scale * 2)
    m.register_buffer("fresh", x.clone())
    return x * m.scale


def switch(m: Any, x: Tensor) -> Tensor:
    m.train()
    m.part.requires_grad_(False)
    m.part.weight.requires_grad_(False)
    return m.part(x)


def remember(m: Any, x: Tensor) -> Tensor:
    """The usual cache: a mask made at the first call."""
    if m.mask is None:
        m.mask = torch.ones_like(x).tril()
    m.last_output = x * m.mask
    return m.last_output


def remember_in_a_list(m: Any, x: Tensor) -> Tensor:
    m.seen.append(x)
    return x * len(m.seen)


def grow(m: Any, x: Tensor) -> Tensor:
    m.add_module("late", nn.Linear(8, 8, device=x.device))
    return m.late(x)


def draw(m: Any, x: Tensor) -> Tensor:
    torch.manual_seed(3)
    return F.dropout(x + torch.rand(8, device=x.device), 0.5, True) * torch.rand(1).to(x.device)


def set_modes(m: Any, x: Tensor) -> Tensor:
    torch.set_grad_enabled(True)
    torch.set_default_dtype(torch.float64)
    return x + 1


def write_input(m: Any, x: Tensor) -> Tensor:
    x += 1
    x[0] = 5
    return F.relu(x, inplace=True)


def differentiate(m: Any, x: Tensor) -> Tensor:
    with torch.enable_grad():
        loss = m.part(x).sum()
        loss.backward()
    return x


HABITS: dict[str, tuple[Callable[..., Any], dict[str, Callable[[], Any]]]] = {
    "writes": (write_everything, {"scale": weights(8), "mean": lambda: torch.zeros(8)}),
    "writes into out": (write_into_out, {"mean": lambda: torch.zeros(8)}),
    "writes by inplace=True": (write_by_flag, {"scale": weights(8), "mean": lambda: -torch.ones(8)}),
    "writes a list": (write_a_list, {"mean": lambda: torch.ones(8), "other": lambda: torch.ones(8)}),
    "writes by an overload": (write_by_overload, {"mean": lambda: torch.ones(8)}),
    "renormalises": (renormalise, {"table": lambda: nn.Embedding(4, 8, max_norm=0.5)}),
    "swaps data": (swap_data, {"scale": weights(8)}),
    "converts": (convert, {"scale": weights(8)}),
    "rebinds": (rebind, {"scale": weights(8), "mean": lambda: torch.zeros(8)}),
    "switches": (switch, {"part": lin()}),
    "remembers": (remember, {"mask": lambda: None}),
    "remembers in a list": (remember_in_a_list, {"seen": list}),
    "grows": (grow, {}),
    "draws": (draw, {}),
    "sets modes": (set_modes, {}),
    "writes its input": (write_input, {}),
    "differentiates": (differentiate, {"part": lin()}),
}


@pytest.mark.parametrize("name", HABITS)
@both
def test_habits_of_forwards_are_undone(name: str, device: str) -> None:
    body, parts = HABITS[name]
    module = block(body, **parts)()
    x = rows()[0].to(device)
    try:
        with unchanged(module, x):
            first = trace(module, x)
        assert trace(module, x) == first
    finally:
        torch.set_default_dtype(torch.float32)


def test_a_mask_remembered_on_meta_does_not_spoil_real_tensors() -> None:
    module = Block(remember, mask=None)
    assert trace(module, torch.zeros(3, 8, device="meta")).failure is None
    assert trace(module, torch.zeros(3, 8)).failure is None
    assert module(torch.ones(3, 8)).sum() == 6


STOPS: dict[str, Callable[..., Any]] = {
    "an op fails": lambda m, x: m.part(x) @ torch.zeros(99, 1),
    "Python fails": lambda m, x: m.part(x).missing,
    "it never ends": lambda m, x: [m.part(x) for _ in range(10**9)],
    "it calls itself": lambda m, x: m(m.part(x)),
}


@pytest.mark.parametrize("body", STOPS.values(), ids=STOPS)
@both
def test_a_forward_that_stops_leaves_nothing_behind(body: Callable[..., Any], device: str) -> None:
    module = Block(body, part=nn.BatchNorm1d(8), deep=nn.Sequential(nn.Linear(8, 8)))
    x = torch.randn(3, 8).to(device)
    with unchanged(module, x):
        assert run(module, (x,), {}, Options(max_ops=200))[0].failure is not None
    assert module.part(torch.randn(3, 8)).requires_grad


def test_hooks_of_the_user_run_and_stay() -> None:
    seen: list[str] = []
    module = nn.Sequential(nn.Linear(8, 8), nn.ReLU())
    module[0].register_forward_hook(lambda _, _a, y: seen.append("after") or y * 2)  # type: ignore[func-returns-value]
    module[0].register_forward_pre_hook(lambda _, _a: seen.append("before"))
    found = trace(module, torch.zeros(2, 8))
    assert [op.name for op in found.ops] == ["linear", "mul", "relu"]
    assert seen == ["before", "after"]
    assert len(module[0]._forward_hooks) == len(module[0]._forward_pre_hooks) == 1


def test_gradients_are_as_before() -> None:
    module = nn.Linear(8, 2)
    x = torch.randn(3, 8, requires_grad=True)
    module(x).sum().backward()
    kept = module.weight.grad.clone()
    with torch.enable_grad():
        trace(module, x)
        assert torch.is_grad_enabled()
    assert module.weight.grad.equal(kept)
    assert x.grad is not None


def test_a_trace_between_forward_and_backward() -> None:
    """Autograd counts writes to parameters and buffers: a trace in between must not add any."""
    module = nn.Sequential(nn.Conv2d(4, 4, 3), nn.BatchNorm2d(4), nn.ReLU())
    loss = module(image()[0]).sum()
    trace(module, image()[0])
    loss.backward()


def test_inputs_and_parameters_are_not_copied_to_meta_for_good() -> None:
    module = conv()()
    trace(module, torch.zeros(1, 4, 8, 8, device="meta"))
    assert module(*image()).device.type == "cpu"
    assert module(noise((1, 4, 5, 5))()[0]).isfinite().all()
