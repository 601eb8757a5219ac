"""torchinfo's table of a paste: torchinfo's own words, made behind the wall, and none where there can be none."""

from __future__ import annotations

import pytest
from torch import Tensor, nn

from explainer.codec import to_json
from explainer.errors import InvalidInput
from explainer.examine import summary
from explainer.paste.again import run_summary_request
from explainer.paste.explain import Behind
from explainer.paste.result import Request, settled
from explainer.paste.run import run_paste
from explainer.paste.summary import MOST_CHARACTERS, check_summary, has_summary
from explainer.sandbox.client import Sandbox
from explainer.sandbox.lockdown import can_filter
from explainer.sandbox.setup import Setup

GATE = """
class Gate(nn.Module):
    def __init__(self, channels=8):
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 1)

    def forward(self, x):
        return x * torch.sigmoid(self.conv(x))
"""
WORDS = """
class Words(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Embedding(9, 4)

    def forward(self, x):
        return self.a(x)
"""
ASKING = "class A(nn.Module):\n    def forward(self, x):\n        return x if float(x.sum()) > 0 else -x\n"


def table_of(text: str) -> str | None:
    asked = Request(text)
    found = run_summary_request(to_json(settled(asked, run_paste(asked))))
    assert found is None or isinstance(found, str)
    return found


def test_it_is_the_table_of_the_same_module() -> None:
    class Gate(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv2d(8, 8, 1)

        def forward(self, x: Tensor) -> Tensor:
            return x * self.conv(x).sigmoid()

    result = run_paste(Request(GATE))
    assert table_of(GATE) == summary(Gate, result.inputs[0].shape)


def test_whole_numbers_and_branches_on_real_ones_are_summed_up_too() -> None:
    assert "Embedding" in (table_of(WORDS) or "")
    assert "Total params: 0" in (table_of(ASKING) or "")


def test_a_failing_paste_and_loose_lines_have_none() -> None:
    assert has_summary(run_paste(Request(GATE)))
    assert not has_summary(run_paste(Request(GATE.replace("(self.conv(x))", "(self.con(x))"), want_fixes=False)))
    assert not has_summary(run_paste(Request("x = torch.ones(2)\ny = x + 1\n")))


@pytest.mark.parametrize("answer", [1, ["a"], {"a": 1}, "x" * (MOST_CHARACTERS + 1)])
def test_a_forged_table_is_refused(answer: object) -> None:
    with pytest.raises(InvalidInput, match="in the form that was agreed on"):
        check_summary(answer)


@pytest.mark.skipif(not can_filter(), reason="this kernel has no seccomp filters")
def test_behind_the_wall_it_is_the_same() -> None:
    with Behind(Sandbox(Setup(warm=(), spares=0))) as behind:
        asked = Request(GATE)
        assert behind.summary(asked, behind.run(asked)) == table_of(GATE)
