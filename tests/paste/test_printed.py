"""A paste is built and run several times; its reader hears each of its prints once."""

from __future__ import annotations

import pytest

from explainer.paste.result import Request
from explainer.paste.run import run_paste

LOUD = """
import warnings
print("defined")

class Loud(nn.Module):
    def __init__(self, channels):
        super().__init__()
        print("built", channels)
        self.conv = nn.Conv2d(channels, 4, 3)

    def forward(self, x):
        print("ran", tuple(x.shape))
        warnings.warn("careful")
        return torch.sigmoid(self.conv(x)) * x[:, :4, 1:-1, 1:-1]
"""


@pytest.mark.parametrize("want_gate_values", [False, True])
@pytest.mark.parametrize("device", ["meta", "cpu"])
def test_each_print_is_told_once(device, want_gate_values):
    result = run_paste(Request(LOUD, device=device, want_gate_values=want_gate_values))
    assert result.works
    assert result.stdout == "defined\nbuilt 64\nran (1, 64, 56, 56)\n"
    assert result.warnings == ("UserWarning: careful",)


def test_a_script_too():
    assert run_paste(Request("x = torch.zeros(2)\nprint(x.shape)")).stdout == "torch.Size([2])\n"


def test_a_flood_is_cut():
    assert len(run_paste(Request("print('a' * 100_000)\nx = torch.zeros(1)")).stdout) == 8192
