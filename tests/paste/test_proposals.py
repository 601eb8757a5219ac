"""The input that is proposed for a paste without one: the one that its author would give."""

from __future__ import annotations

import pytest

from explainer.diagnosis import diagnose
from explainer.paste.result import Request
from explainer.paste.run import run_paste
from tests.diagnosis.cases import module

HEAD = "import torch\nfrom torch import nn\n"


def cell(forward: str, arguments: str, body: str, *parts: str) -> str:
    text = module(body, *parts)
    return HEAD + text.replace("__init__(self)", f"__init__(self, {arguments})").replace("(self, x)", f"(self, {forward})")


PROPOSED = {
    "the channels of a gate whose convolution runs along them": (
        cell("x", "channels=64",
             "y = self.conv(self.pool(x).squeeze(-1).transpose(-1, -2))\nreturn x * y.transpose(-1, -2).unsqueeze(-1)",
             "self.pool = nn.AdaptiveAvgPool2d(1)", "self.conv = nn.Conv1d(1, 1, 3, padding=1)"),
        ((1, 64, 56, 56),),
    ),
    "the state of a cell": (
        cell("x, h", "input_size=10, hidden_size=20", "return self.a(x) + self.b(h)",
             "self.a = nn.Linear(input_size, hidden_size)", "self.b = nn.Linear(hidden_size, hidden_size)"),
        ((1, 10), (1, 20)),
    ),
    "a state in two parts": (
        cell("x, state", "input_dim=3, hidden_dim=16", "h, c = state\nreturn self.a(torch.cat([x, h], 1)) + c",
             "self.a = nn.Conv2d(input_dim + hidden_dim, hidden_dim, 3, padding=1)"),
        ((1, 3, 224, 224), (2, 1, 16, 224, 224)),
    ),
    "sequences of queries, keys and values": (
        cell("q, k, v", "d_model=64", "return torch.softmax(self.a(q) @ k.transpose(-2, -1), -1) @ v",
             "self.a = nn.Linear(d_model, d_model)"),
        ((1, 16, 64),) * 3,
    ),
    "a signal with its channels first": (
        cell("x", "width=8", "return self.a(x)", "self.a = nn.Conv1d(3, width, 7, stride=2)"), ((1, 3, 128),),
    ),
    "pictures of the size that the module is built for": (
        cell("x", "img_size=32", "b, c, h, w = x.shape\nassert h == self.size\nreturn self.a(x)",
             "self.size = img_size", "self.a = nn.Conv2d(3, 8, 4, 4)"),
        ((1, 3, 32, 32),),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", PROPOSED)
def test_what_is_proposed(name: str) -> None:
    source, shapes = PROPOSED[name]
    result = run_paste(Request(source, want_fixes=False))
    assert result.works, diagnose(result)
    assert tuple(given.shape for given in result.inputs) == shapes


def test_a_tuple_of_states_in_the_pastes_own_script_is_followed() -> None:
    made = "torch.zeros(2, 16, 8, 8)"
    script = f"m = M()\nh = {made}\nc = {made}\nm(torch.randn(2, 3, 8, 8), (h, c))\n"
    result = run_paste(Request(PROPOSED["a state in two parts"][0] + script, want_fixes=False))
    assert result.works
    assert [given.shape for given in result.inputs] == [(2, 3, 8, 8), (2, 2, 16, 8, 8)]


def test_the_authors_own_input_is_not_replaced_by_one_that_works() -> None:
    layers = ("self.conv = nn.Conv2d(1, 2, 3)", "self.fc = nn.Linear(2 * 26 * 26, 4)")
    source = HEAD + module("return self.fc(self.conv(x).flatten(1))", *layers)
    result = run_paste(Request(f"{source}\nm = M()\nm(torch.randn(1, 1, 32, 32))\n", want_fixes=False))
    assert not result.works
    assert result.inputs[0].shape == (1, 1, 32, 32)
