"""What a constructor says about its arguments."""

from __future__ import annotations

import pytest

from explainer.paste.result import Request
from explainer.paste.run import run_paste

CODE = '''
from typing import Literal, Optional

class A(nn.Module):
    """A block.

    Args:
        channels (int): how many feature maps
        mode: what is done: one of two
    """

    def __init__(self, channels, mode: Literal["add", "mul"] = "add", kernel_size=(3, 3), act=nn.ReLU, scale=0.5, bias=True,
                 norm: Optional[Literal["batch", "group"]] = None):
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, kernel_size, padding=1, bias=bias)
        self.act = act()

    def forward(self, x):
        return self.act(self.conv(x))
'''


@pytest.fixture(scope="module")
def parameters():
    result = run_paste(Request(CODE))
    assert result.works
    return {p.name: p for p in result.parameters}


def test_kinds_follow_the_values(parameters):
    assert {name: p.kind for name, p in parameters.items()} == {
        "channels": "whole", "mode": "text", "kernel_size": "several", "act": "layer", "scale": "real", "bias": "flag",
        "norm": "other",
    }  # fmt: skip


def test_a_literal_gives_choices(parameters):
    assert parameters["mode"].choices == ("'add'", "'mul'")
    assert parameters["norm"].choices == ("'batch'", "'group'", "None")
    assert parameters["act"].choices == ()


def test_the_docstring_gives_help(parameters):
    assert parameters["channels"].help == "how many feature maps"
    assert parameters["mode"].help == "what is done: one of two"
    assert parameters["bias"].help == ""


def test_only_what_nobody_gave_is_a_proposal(parameters):
    assert [name for name, p in parameters.items() if p.proposed] == ["channels"]
    given = run_paste(Request(CODE, arguments=(("channels", "12"),)))
    assert not given.parameters[0].proposed
    assert given.inputs[0].shape[1] == 12
