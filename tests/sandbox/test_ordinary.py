"""A wall that refuses honest code is no use."""

from __future__ import annotations

import pytest

from explainer.paste.explain import Behind
from explainer.paste.result import Request
from explainer.sandbox.client import Sandbox
from explainer.sandbox.lockdown import can_filter
from tests.sandbox.ordinary import ALL

pytestmark = pytest.mark.skipif(not can_filter(), reason="this kernel has no seccomp filters")


@pytest.fixture(scope="module")
def behind():
    with Behind(Sandbox()) as found:
        yield found


@pytest.mark.parametrize("name", ALL)
def test_it_runs(behind, name):
    result = behind.run(Request(ALL[name]))
    stopped = result.mishap or (result.trace and result.trace.failure)
    assert result.works, stopped
    assert stopped is None


def test_what_is_printed_and_warned_of_is_told(behind):
    result = behind.run(Request("import warnings\nprint('hello', 1)\nwarnings.warn('this is old')\nx = torch.zeros(1)"))
    assert result.stdout.startswith("hello 1\n")
    assert any("this is old" in said for said in result.warnings)


def test_damaged_code_is_repaired_behind_the_wall(behind):
    result = behind.run(Request(" ".join(ALL["a main guard"].split("if __name__")[0].split())))
    assert result.works
    assert result.edits


def test_a_failure_is_told_behind_the_wall(behind):
    result = behind.run(Request("class A(nn.Module):\n    def forward(self, x):\n        return x + x[..., 1:]\n"))
    assert result.trace.failure.line == 3
    assert "must match" in result.trace.failure.message


def test_a_demo_gives_the_arguments_and_the_input_and_is_not_run(behind):
    result = behind.run(Request(ALL["a main guard"]))
    assert [(p.name, p.value) for p in result.parameters] == [("c", "24")]
    assert [given.shape for given in result.inputs] == [(2, 24, 9, 9)]
    assert result.stdout == ""


def test_numbers_of_two_kinds_meet_where_little_of_torch_was_loaded():
    """On meta tensors, where fixes are tried, they meet in Python functions of torch that would first load its compiler."""
    code = (
        "class A(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.conv = nn.Conv2d(3, 3, 1)\n"
        "    def forward(self, x):\n        return self.conv(x.half() * torch.ones(1, 3, 1, 1, dtype=torch.float64))\n"
    )
    with Behind.for_texts([code], "") as behind:
        assert behind.run(Request(code)).fixes
