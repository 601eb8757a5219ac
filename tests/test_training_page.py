"""The training and the reduction view from app.py, without a browser: what stands there before anything was trained."""

from __future__ import annotations

import re

import pytest

from explainer.paste.link import to_word
from explainer.sandbox.lockdown import can_filter
from tests.test_pages import opened, shown

PAGE = "pages/attention.py"
walled = pytest.mark.skipif(not can_filter(), reason="this kernel has no seccomp filters")
GATE = "class Gate(nn.Module):\n    def forward(self, x):\n        return x * torch.sigmoid(x.mean((2, 3), keepdim=True))\n"


def test_nothing_is_trained_before_somebody_asks():
    app = opened(PAGE, view="training")
    assert "Nothing was trained yet" in shown(app)
    assert not app.button(key="training-start").disabled
    assert app.button(key="training-stop").disabled


def test_the_link_says_what_to_train():
    app = opened(PAGE, view="training", train="cbam", train_r="8", train_on="10", train_rounds="3", train_seed="5")
    assert app.selectbox(key="train").value == "cbam"
    assert app.number_input(key="train_rounds").value == 3
    assert app.number_input(key="train_seed").value == 5
    assert app.session_state["train_r"] == "8"
    assert app.session_state["train_on"] == "10"


def test_a_block_without_a_ratio_shows_none():
    app = opened(PAGE, view="training", train="eca")
    assert "train_r" not in [group.key for group in app.button_group]
    assert opened(PAGE, view="training", train="nonsense").selectbox(key="train").value == "squeeze_excite"


def test_a_link_to_a_paste_that_is_not_there_says_so():
    assert "There is no paste yet." in shown(opened(PAGE, view="training", train="paste"))


@walled
def test_the_paste_of_a_link_can_be_chosen():
    app = opened(PAGE, view="training", train="paste", code=to_word(GATE) or "")
    assert app.selectbox(key="train").value == "paste"
    assert "There is no paste yet." not in shown(app)


def rows(app) -> list[str]:
    """The table's rows, their cells with a space between them."""
    body = next(element.proto.body for element in app.get("html") if "<table class='bl-figures'" in element.proto.body)
    return [" ".join(re.findall(r"<td>(.*?)</td>", row)) for row in body.split("<tr>")[2:]]


def test_what_each_ratio_costs_is_there_at_once():
    app = opened(PAGE, view="reduction", ratio_c="64")
    assert "16 4 580 512" in rows(app)  # 2 * 64 * 4 + 4 + 64
    assert len(rows(app)) == 7
    app.number_input(key="ratio_c").set_value(16).run()
    assert rows(app)[-1] == "16 1 49 32"


@pytest.mark.parametrize(("view", "words"), [("training", "还没有训练"), ("reduction", "隐藏宽度")])
def test_in_chinese(view, words):
    assert words in shown(opened(PAGE, view=view, lang="zh"))


def test_what_a_link_asks_for_and_cannot_have_is_said():
    text = shown(opened(PAGE, view="training", train="nonsense", train_rounds="400"))
    assert "train is unknown: nonsense" in text
    assert "train_rounds=400 of the link is left out" in text
    assert "ratio_c=0 of the link is left out" in shown(opened(PAGE, view="reduction", ratio_c="0"))


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ({"train": "cbam", "train_gate": "2"}, ""),
        ({"train": "cbam", "train_gate": "3"}, "train_gate=3 of the link is left out: it would have to be one of 1, 2."),
        ({"train": "eca", "train_gate": "2"}, "train_gate=2 of the link is left out: it can only be 1 here."),
        (
            {"train": "none", "train_gate": "2"},
            "train_gate=2 of the link is left out: there is nothing here that it could choose.",
        ),
    ],
    ids=["one of two", "the third of two", "the second of one", "no block"],
)
def test_a_gate_that_the_block_does_not_have_is_said_on_arrival(query, told):
    app = opened(PAGE, view="training", **query)
    assert told in shown(app)
    assert ("left out" in shown(app)) == bool(told)
    assert ("train_gate" in app.query_params) != bool(told)
