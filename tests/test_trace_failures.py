"""Forwards that stop: where, with what, and in whose words; and those that only look as if they did."""

from __future__ import annotations

import inspect
import sys
from contextlib import suppress
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from explainer.trace import run, trace
from explainer.tracing.options import Options
from explainer.types import Failure, Trace
from tests.modules import Block, conv, lin

both = pytest.mark.parametrize("device", ["cpu", "meta"])


def failure_of(found: Trace) -> Failure:
    assert found.failure is not None
    assert found.outputs == ()
    return found.failure


# An op refuses


@both
def test_an_op_that_refuses_is_named_with_its_operands_and_torch_s_words(device: str) -> None:
    module = Block(lambda m, x: m.head(x.relu()), head=nn.Sequential(nn.Linear(7, 3)))
    found = trace(module, torch.zeros(2, 8, device=device))
    failure = failure_of(found)
    assert (failure.kind, failure.op, failure.scope, failure.error) == ("error", "linear", "head.0", "RuntimeError")
    assert failure.message == "mat1 and mat2 shapes cannot be multiplied (2x8 and 7x3)"
    assert [found.shape(value) for value in failure.inputs] == [(2, 8), (3, 7), (3,)]
    assert [op.name for op in found.ops] == ["relu"]


@both
def test_the_two_arms_of_a_residual(device: str) -> None:
    def body(m: Any, x: Tensor) -> Tensor:
        out = m.conv(x)
        out += x
        return out

    found = trace(Block(body, conv=conv(stride=2)()), torch.zeros(1, 4, 8, 8, device=device))
    failure = failure_of(found)
    assert (failure.op, failure.scope) == ("add_", "")
    assert [found.shape(value) for value in failure.inputs] == [(1, 4, 4, 4), (1, 4, 8, 8)]
    assert "must match" in failure.message


def test_the_attributes_of_the_op_that_refused_are_kept() -> None:
    found = trace(Block(lambda _, x: x.view(3, -1)), torch.zeros(2, 8, device="meta"))
    failure = failure_of(found)
    assert (failure.op, failure.attributes) == ("view", (("size", (3, -1)),))


@pytest.mark.parametrize(
    ("body", "shapes"),
    [
        (lambda _, x: torch.cat([x, x[:, :, 1:]]), [(2, 4, 6), (2, 4, 5)]),
        (lambda _, x: x @ x, [(2, 4, 6), (2, 4, 6)]),
        (lambda _, x: torch.einsum("bic,bcj->bij", x, x), [(2, 4, 6), (2, 4, 6)]),
        (lambda _, x: x[:, 9], [(2, 4, 6)]),
    ],
    ids=["cat", "matmul", "einsum", "index"],
)
def test_the_meta_device_refuses_what_real_tensors_refuse(body: Any, shapes: list[tuple[int, ...]]) -> None:
    module, x = Block(body), torch.zeros(2, 4, 6)
    real, on_meta = failure_of(trace(module, x)), failure_of(trace(module, x.to("meta")))
    assert on_meta == real
    assert [trace(module, x).shape(value) for value in real.inputs] == shapes


def test_a_module_on_meta_fails_at_the_same_op() -> None:
    with torch.device("meta"):
        module = nn.Conv2d(4, 8, 3)
    failure = failure_of(trace(module, torch.zeros(1, 3, 8, 8, device="meta")))
    assert (failure.kind, failure.op) == ("error", "conv2d")
    assert failure.message


# Python refuses


@both
def test_a_fault_in_python_has_no_op(device: str) -> None:
    module = Block(lambda m, x: m.inner(x.relu()) + 1, inner=Block(lambda m, x: m.missing(x)))
    failure = failure_of(trace(module, torch.zeros(2, device=device)))
    assert (failure.kind, failure.op, failure.scope) == ("error", None, "inner")
    assert (failure.error, failure.message) == ("AttributeError", "'Block' object has no attribute 'missing'")


@both
def test_an_error_that_the_forward_raises_itself(device: str) -> None:
    def body(m: Any, x: Tensor) -> Tensor:
        if x.shape[1] != 3:
            raise ValueError(f"expected 3 channels, got {x.shape[1]}")
        return x

    failure = failure_of(trace(Block(body), torch.zeros(1, 4, device=device)))
    assert (failure.op, failure.error, failure.message) == (None, "ValueError", "expected 3 channels, got 4")


@both
def test_an_assertion_without_words(device: str) -> None:
    def body(m: Any, x: Tensor) -> Tensor:
        assert not x.shape
        return x

    failure = failure_of(trace(Block(body), torch.zeros(1, device=device)))
    assert failure.error == "AssertionError"
    assert failure.message


ARGUMENTS = {
    "one too many": ((torch.zeros(2, 8), torch.zeros(2, 8)), {}),
    "none": ((), {}),
    "an unknown keyword": ((torch.zeros(2, 8),), {"mask": torch.zeros(2)}),
}


@pytest.mark.parametrize(("inputs", "named"), ARGUMENTS.values(), ids=ARGUMENTS)
def test_wrong_arguments_fail_in_python_s_words(inputs: tuple[Any, ...], named: dict[str, Any]) -> None:
    found = trace(nn.Linear(8, 2), *inputs, **named)
    failure = failure_of(found)
    assert (failure.error, failure.op, failure.scope) == ("TypeError", None, "")
    assert "Linear.forward()" in failure.message
    assert len(found.inputs) == len(inputs) + len(named)


def test_a_module_without_a_forward() -> None:
    failure = failure_of(trace(nn.ModuleList([nn.Linear(2, 2)]), torch.zeros(2)))
    assert failure.error == "NotImplementedError"


# Where


@both
def test_the_line_is_the_innermost_of_the_user_s_files(device: str) -> None:
    def inner(m: Any, x: Tensor) -> Tensor:
        y = x.relu()
        return y @ y

    module = Block(lambda m, x: m.part(x), part=Block(inner))
    options = Options(files=frozenset((__file__,)))
    failure = failure_of(run(module, (torch.zeros(2, 3, device=device),), {}, options)[0])
    assert failure.line == inspect.getsourcelines(inner)[1] + 2


def test_a_fault_in_python_has_the_line_too() -> None:
    def body(m: Any, x: Tensor) -> Tensor:
        return {}["missing"]

    failure = failure_of(run(Block(body), (torch.zeros(2),), {}, Options(files=frozenset((__file__,))))[0])
    assert failure.line == inspect.getsourcelines(body)[1] + 1


def test_an_exception_raised_again_keeps_its_scope() -> None:
    def wrapping(m: Any, x: Tensor) -> Tensor:
        try:
            return m.part(x)
        except RuntimeError as error:
            raise ValueError("the part failed") from error

    failure = failure_of(trace(Block(wrapping, part=lin(7)()), torch.zeros(2, 8)))
    assert (failure.error, failure.message, failure.scope, failure.op) == ("ValueError", "the part failed", "", None)


# Exceptions that the forward catches are none of ours


@both
def test_a_caught_exception_is_no_failure(device: str) -> None:
    def body(m: Any, x: Tensor) -> Tensor:
        try:
            return m.wide(x)
        except RuntimeError:
            return m.narrow(x) + 1

    found = trace(Block(body, wide=lin(7)(), narrow=lin(8)()), torch.zeros(2, 8, device=device))
    assert found.failure is None
    assert [(op.name, op.scope) for op in found.ops] == [("linear", "narrow"), ("add", "")]
    assert [call.path for call in found.calls] == ["", "wide", "narrow"]
    assert {value.producer for value in found.values if value.origin == "op"} == {0, 1}


@both
def test_a_later_fault_is_not_blamed_on_one_that_was_caught(device: str) -> None:
    def body(m: Any, x: Tensor) -> Tensor:
        with suppress(RuntimeError):
            x @ x
        raise ValueError("later")

    failure = failure_of(trace(Block(body), torch.zeros(2, 3, device=device)))
    assert (failure.op, failure.message, failure.inputs) == (None, "later", ())


# Branches on numbers


def on_sum(m: Any, x: Tensor) -> Tensor:
    return x.exp() if x.sum() > 0 else x.tanh()


DECISIONS = {
    "if": on_sum,
    "item": lambda _, x: x * x.mean().item(),
    "float": lambda _, x: x * float(x.max()),
    "int": lambda _, x: x[: int(x.argmax() % 2) + 1],
    "range": lambda _, x: sum((x for _ in range(x.argmax() % 2)), x),
    "mask": lambda _, x: x[x > 0].sum(),
    "nonzero": lambda _, x: x.nonzero().float().mean(),
    "tolist": lambda _, x: x * x.sum(-1).tolist()[0],
    "unique": lambda _, x: torch.unique((x > 0).int()),
    "numpy": lambda _, x: x * float(x.detach().cpu().numpy().max()),
    "allclose": lambda _, x: x if torch.allclose(x, x) else x + 1,
    "while": lambda _, x: next(y for y in (x / 2**n for n in range(64)) if y.abs().max() < 1),
}  # fmt: skip


@pytest.mark.parametrize("body", DECISIONS.values(), ids=DECISIONS)
def test_a_branch_on_numbers_runs_again_on_real_tensors_and_says_so(body: Any) -> None:
    found = trace(Block(body), torch.empty(3, 8, device="meta"))
    assert (found.failure, found.device) == (None, "cpu")
    assert [str(note) for note in found.notes] == [
        "A branch depends on the numbers in a tensor, so this ran on real tensors with random input."
    ]


@pytest.mark.parametrize("body", DECISIONS.values(), ids=DECISIONS)
def test_a_module_on_meta_cannot_decide(body: Any) -> None:
    module = Block(body, unused=nn.Linear(2, 2, device="meta"))
    found = trace(module, torch.empty(3, 8, device="meta"))
    assert (failure_of(found).kind, found.device, found.notes) == ("undecidable", "meta", ())


def test_real_tensors_decide_without_a_note() -> None:
    found = trace(Block(on_sum), torch.ones(2))
    assert ([op.name for op in found.ops], found.notes) == (["sum", "gt", "exp"], ())


def test_the_second_run_is_the_same_each_time() -> None:
    module, x = Block(on_sum), torch.empty(3, 8, device="meta")
    state = torch.get_rng_state()
    assert trace(module, x) == trace(module, x)
    assert torch.equal(torch.get_rng_state(), state)


def test_a_forward_too_big_for_real_tensors_stays_undecided() -> None:
    huge = torch.empty(1 << 16, 1 << 16, device="meta")
    found = trace(Block(on_sum), huge)
    assert (failure_of(found).kind, found.device) == ("undecidable", "meta")
    small = Options(max_real_bytes=16)
    assert failure_of(run(Block(on_sum), (torch.empty(8, device="meta"),), {}, small)[0]).kind == "undecidable"


def test_tokens_stay_valid_in_the_second_run() -> None:
    module = Block(lambda m, tokens: on_sum(m, m.table(tokens)), table=nn.Embedding(3, 4))
    assert trace(module, torch.zeros(2, 5, dtype=torch.int64, device="meta")).failure is None


def test_the_arithmetic_of_a_forward_itself_is_decided() -> None:
    """An ``arange`` and masks made of it are real, even where the inputs are not."""

    def body(m: Any, x: Tensor) -> Tensor:
        steps = torch.arange(4).cumsum(0)
        return x * int(steps[-1]) if steps.max() > 5 else x.tanh()

    found = trace(Block(body), torch.empty(4, device="meta"))
    assert (found.device, [op.name for op in found.ops][-1]) == ("meta", "mul")


# Forwards without an end


@both
def test_the_op_limit(device: str) -> None:
    def body(m: Any, x: Tensor) -> Tensor:
        while True:
            try:
                x = m.lin(x)
            except Exception:  # noqa: BLE001 - what a user might write
                continue

    found = run(Block(body, lin=lin()()), (torch.zeros(2, 8, device=device),), {}, Options(max_ops=50))[0]
    failure = failure_of(found)
    assert (failure.kind, len(found.ops), failure.message) == ("op_limit", 50, "more than 50 operations")
    assert failure.attributes == (("max_ops", 50),)


@both
def test_exactly_as_many_ops_as_allowed(device: str) -> None:
    def body(m: Any, x: Tensor) -> Tensor:
        for _ in range(50):
            x = x + 1
        return x

    found = run(Block(body), (torch.zeros(2, device=device),), {}, Options(max_ops=50))[0]
    assert (found.failure, len(found.ops)) == (None, 50)


@both
def test_a_forward_that_calls_itself(device: str) -> None:
    module = Block(lambda m, x: m(x + 1))
    found = trace(module, torch.zeros(2, device=device))
    failure = failure_of(found)
    assert (failure.kind, failure.op, failure.error) == ("recursion", None, "RecursionError")
    assert found.ops
    assert trace(Block(lambda _, x: x + 1), torch.zeros(2, device=device)).failure is None
    assert sys.getrecursionlimit() >= 1000


def test_quitting_is_a_failure_and_not_the_end_of_us() -> None:
    failure = failure_of(trace(Block(lambda _, _x: sys.exit("bye")), torch.zeros(2)))
    assert (failure.error, failure.message) == ("SystemExit", "bye")


def test_an_interrupt_is_not_ours() -> None:
    def body(m: Any, x: Tensor) -> Tensor:
        raise KeyboardInterrupt

    module = Block(body)
    with pytest.raises(KeyboardInterrupt):
        trace(module, torch.zeros(2))
    assert not module._forward_hooks
