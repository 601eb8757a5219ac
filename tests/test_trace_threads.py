"""Many sessions in one process: traces at the same time are as traces alone, and nothing outside of them notices."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.overrides import _get_current_function_mode_stack

from benchmarks.architectures import ARCHITECTURES
from explainer.trace import run, trace
from explainer.tracing.options import Options
from tests.modules import CASES, Block, conv

T = TypeVar("T")
THREADS = 8


WAIT_S = 600  # a deadlock ends too, and a busy machine is none


@pytest.fixture(autouse=True)
def _eager_switching() -> Iterator[None]:
    """Threads take turns a thousand times more often than usual; torch adds none of its own, which would spin for each other."""
    interval, workers = sys.getswitchinterval(), torch.get_num_threads()
    sys.setswitchinterval(5e-6)
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(workers)
    sys.setswitchinterval(interval)


def at_once(tasks: list[Callable[[], T]]) -> list[T]:
    """The results of tasks that start at the same moment, one thread each."""
    start = threading.Barrier(len(tasks))

    def after_start(task: Callable[[], T]) -> T:
        start.wait(timeout=WAIT_S)
        return task()

    with ThreadPoolExecutor(len(tasks)) as pool:
        return [future.result(timeout=WAIT_S) for future in [pool.submit(after_start, task) for task in tasks]]


def repeat(task: Callable[[], T], times: int) -> Callable[[], list[T]]:
    return lambda: [task() for _ in range(times)]


@pytest.mark.parametrize("device", ["cpu", "meta"])
@pytest.mark.parametrize("name", ["residual", "encoder", "loop", "write through view", "lstm", "weight norm", "nested blocks"])
def test_eight_threads_with_one_module_are_as_one(name: str, device: str) -> None:
    case = CASES[name]
    module = case.build()
    inputs, named = case.arguments(device)
    alone = trace(module, *inputs, **named)
    assert alone.failure is None
    for found in at_once([repeat(lambda: trace(module, *inputs, **named), 3)] * THREADS):
        assert found == [alone] * 3


def test_eight_threads_with_one_whole_network() -> None:
    module, inputs = ARCHITECTURES["ghostnet"].build(), ARCHITECTURES["ghostnet"].inputs()
    alone = trace(module, *inputs)
    assert at_once([lambda: trace(module, *inputs)] * THREADS) == [alone] * THREADS


@pytest.mark.parametrize("device", ["cpu", "meta"])
def test_eight_modules_at_once(device: str) -> None:
    names = ["residual", "encoder", "dictionary", "write rows", "gru", "spectral norm", "tied weights", "complex"]
    modules = [CASES[name].build() for name in names]
    arguments = [CASES[name].arguments(device)[0] for name in names]
    tasks = [lambda m=m, a=a: trace(m, *a) for m, a in zip(modules, arguments, strict=True)]
    alone = [task() for task in tasks]
    assert [found[0] for found in at_once([repeat(task, 5) for task in tasks])] == alone
    assert at_once(tasks) == alone


@pytest.mark.parametrize("device", ["cpu", "meta"])
def test_a_whole_and_its_parts_at_once(device: str) -> None:
    """Different roots that share instances: each trace has the calls of its own forward only."""
    layer = nn.Sequential(nn.Linear(8, 8), nn.BatchNorm1d(8), nn.ReLU())
    whole = Block(lambda m, x: m.layer(x) + m.layer(x), layer=layer).eval()
    other = Block(lambda m, x: m.part(x).exp(), part=layer[0])
    x = torch.zeros(2, 8, device=device)
    tasks = [lambda m=m: trace(m, x) for m in (whole, layer, layer[0], other, whole, layer, layer[0], other)]
    alone = [task() for task in tasks]
    assert [found[0] for found in at_once([repeat(task, 10) for task in tasks])] == alone
    assert not any(table for m in whole.modules() for table in (m._forward_hooks, m._forward_pre_hooks))


def test_a_forward_that_traces_a_part_of_itself() -> None:
    def body(m: Any, x: Tensor) -> Tensor:
        inside = trace(m.conv, x)
        return m.conv(x) * len(inside.ops)

    module = Block(body, conv=conv()())
    (found,) = at_once([lambda: trace(module, torch.zeros(1, 4, 8, 8))])
    assert found.failure is None
    assert [op.name for op in found.ops][-1] == "mul"
    assert not module.conv._forward_hooks


def test_traces_that_fail_and_traces_that_do_not() -> None:
    good, bad = CASES["residual"].build(), Block(lambda m, x: m.conv(x) @ torch.zeros(99, 1), conv=conv()())
    endless = Block(lambda m, x: [m.conv(x) for _ in range(10**9)], conv=conv()())
    x = torch.zeros(2, 4, 8, 8)
    options = Options(max_ops=40)
    tasks = [lambda m=m: run(m, (x,), {}, options)[0] for m in (good, bad, endless, good, bad, endless, good, bad)]
    alone = [task() for task in tasks]
    assert [found.failure and found.failure.kind for found in alone[:3]] == [None, "error", "op_limit"]
    for found in at_once([repeat(task, 5) for task in tasks]):
        assert found == [found[0]] * 5
        assert found[0] in alone


@pytest.mark.parametrize("device", ["cpu", "meta"])
def test_a_plain_forward_beside_a_trace_is_undisturbed(device: str) -> None:
    """Others run the same module while it is traced: their numbers are right, and their calls are in no trace."""
    case = CASES["residual"]
    module = case.build()
    inputs, _ = case.arguments()
    traced_inputs, _ = case.arguments(device)
    with torch.no_grad():
        expected = module(*inputs)
    alone = trace(module, *traced_inputs)
    stop = threading.Event()

    def forward() -> list[bool]:
        same = []
        with torch.no_grad():
            while not stop.wait(0.0005):  # without a pause the main thread may starve on a busy machine
                same.append(torch.equal(module(*inputs), expected))
        return same

    with ThreadPoolExecutor(2) as pool:
        forwards = [pool.submit(forward), pool.submit(forward)]
        found = [trace(module, *traced_inputs) for _ in range(40)]
        stop.set()
        results = [future.result(timeout=WAIT_S) for future in forwards]
    assert found == [alone] * 40
    assert all(results)
    assert all(all(same) for same in results)


def test_hooks_of_the_user_run_once_per_forward_beside_a_trace() -> None:
    module = nn.Sequential(nn.Linear(8, 8), nn.ReLU())
    calls: list[int] = []
    module[0].register_forward_hook(lambda *_: calls.append(threading.get_ident()))
    x = torch.zeros(2, 8)

    def forward() -> int:
        for _ in range(100):
            module(x)
        return threading.get_ident()

    results = at_once([forward, *[repeat(lambda: trace(module, x), 20)] * 3])
    assert calls.count(results[0]) == 100
    assert len(calls) == 160


def test_a_second_thread_inside_a_forward_is_not_traced() -> None:
    """A forward that starts a thread: its calls belong to no one."""

    def body(m: Any, x: Tensor) -> Tensor:
        with ThreadPoolExecutor(1) as pool:
            pool.submit(m.conv, x).result()
        return m.conv(x)

    found = trace(Block(body, conv=conv()()), torch.zeros(1, 4, 8, 8))
    assert ([op.name for op in found.ops], len(found.calls)) == (["conv2d"], 2)


def test_statistics_survive_eight_threads_in_training_mode() -> None:
    module = nn.Sequential(nn.Conv2d(4, 4, 3), nn.BatchNorm2d(4))
    x = torch.randn(4, 4, 8, 8)
    before = {name: tensor.clone() for name, tensor in module.state_dict().items()}
    found = at_once([repeat(lambda: trace(module, x), 10)] * THREADS)
    assert all(each == found[0] for each in found)
    assert all(tensor.equal(before[name]) for name, tensor in module.state_dict().items())


RANDOM_STATES = """
import gc, sys, threading, time, torch
from explainer.tracing.state import same_random_state

def keep() -> None:
    for _ in range(3000):
        with same_random_state(torch.device("cpu")):
            pass

gc.callbacks.append(lambda phase, info: time.sleep(0.0005))
gc.set_threshold(int(sys.argv[1]))
threads = [threading.Thread(target=keep) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
"""


@pytest.mark.parametrize("threshold", ["3", "5"])
def test_random_states_are_kept_beside_a_collection_of_garbage(threshold: str) -> None:
    """In a process of its own: where it stands still, no thread of it gets to say so."""
    subprocess.run([sys.executable, "-c", RANDOM_STATES, threshold], check=True, timeout=120)


def test_nothing_of_torch_is_replaced_while_a_trace_runs() -> None:
    from torch.nn.modules import module as internals

    def snapshot() -> dict[str, Any]:
        watched = {
            "torch": torch,
            "F": F,
            "Tensor": Tensor,
            "Module": nn.Module,
            "Linear": nn.Linear,
            "VF": type(torch._C._VariableFunctions),
        }
        found: dict[str, Any] = {}
        for name, owner in watched.items():
            found |= {f"{name}.{key}": id(value) for key, value in vars(owner).items() if callable(value)}
        found |= {
            key: len(value) for key, value in vars(internals).items() if key.startswith("_global") and hasattr(value, "__len__")
        }
        found["default dtype"], found["grad"] = torch.get_default_dtype(), torch.is_grad_enabled()
        found["modes"] = len(_get_current_function_mode_stack())
        return found

    before, inside = snapshot(), []
    seen = threading.Event()

    def body(m: Any, x: Tensor) -> Tensor:
        watcher = ThreadPoolExecutor(1)
        inside.append(watcher.submit(snapshot).result())
        watcher.shutdown()
        seen.set()
        return m.conv(x)

    trace(Block(body, conv=conv()()), torch.zeros(1, 4, 8, 8, device="meta"))
    assert seen.is_set()
    assert inside == [before]
    assert snapshot() == before
