"""The Paste page from app.py, without a browser: links, the form, and what is said when something is wrong."""

from __future__ import annotations

import sys

import pytest
import streamlit as st

from explainer.asked import parse_input
from explainer.errors import InvalidInput
from explainer.paste.link import to_word
from explainer.sandbox.lockdown import can_filter
from tests.test_pages import field, opened, shown

PAGE = "pages/paste.py"
walled = pytest.mark.skipif(not can_filter(), reason="this kernel has no seccomp filters")
GATE = '''
class Gate(nn.Module):
    """A gate.

    Args:
        channels: width ![look](http://elsewhere.example/x.png) of the input
    """

    def __init__(self, channels=32, reduction=4, bias=True, kernel_size=(1, 1)):
        super().__init__()
        self.down = nn.Conv2d(channels, channels // reduction, kernel_size, bias=bias)
        self.up = nn.Conv2d(channels // reduction, channels, 1, bias=bias)

    def forward(self, x):
        y = x.mean((2, 3), keepdim=True)
        return x * torch.sigmoid(self.up(F.relu(self.down(y))))


class Plain(nn.Module):
    def forward(self, x):
        print("hello <b>there</b>")
        return x + 1
'''


def pasted(code: str, **query: str):
    return opened(PAGE, code=to_word(code) or "", **query)


@walled
def test_a_link_is_run_and_its_facts_are_shown():
    app = pasted(GATE, **{"class": "Gate"})
    text = shown(app)
    assert "1 × 32 × 56 × 56" in text
    assert "552" in text  # 32 * 8 + 8 + 8 * 32 + 32
    assert "line 16" in text
    assert "F = torch.nn.functional" in text
    assert field(app.number_input, "paste-argument-channels").value == 32


@walled
def test_a_number_is_set_and_the_facts_follow():
    app = pasted(GATE, **{"class": "Gate"})
    field(app.number_input, "paste-argument-channels").set_value(16).run()
    assert "1 × 16 × 56 × 56" in shown(app)
    assert "148" in shown(app)
    assert app.query_params["set"] == "channels=16"
    field(app.toggle, "paste-argument-bias").set_value(False).run()
    assert "128" in shown(app)
    assert app.query_params["set"] == ["channels=16", "bias=False"]
    app.button(key="paste-start-over").click().run()
    assert "552" in shown(app)
    assert "set" not in app.query_params


@walled
def test_another_class_has_other_fields_and_its_words_stay_text():
    app = pasted(GATE, **{"class": "Gate"})
    assert "\\!\\[look\\]\\(http" in field(app.number_input, "paste-argument-channels").help
    app.selectbox(key="paste-target").set_value("Plain").run()
    assert "keeps its shape" in shown(app)
    assert [field.key for field in app.number_input] == []
    assert app.code[0].value.strip() == "hello <b>there</b>"


@walled
def test_an_input_that_is_no_shape_keeps_the_last_result():
    app = pasted(GATE, **{"class": "Gate"})
    field(app.text_input, "paste-input-0").set_value("1x32x5x7").run()
    assert "1 × 32 × 5 × 7" in shown(app)
    field(app.text_input, "paste-input-0").set_value("wide").run()
    text = shown(app)
    assert "wide is no shape" in text
    assert "Still shown" in text
    assert "1 × 32 × 5 × 7" in text
    assert field(app.text_input, "paste-input-0").value == "wide", "it stays as typed, to be corrected"
    field(app.text_input, "paste-input-0").set_value("(1, 32, 3, 4)").run()
    assert "1 × 32 × 3 × 4" in shown(app)


@walled
def test_a_script_shows_its_variables():
    text = shown(pasted("x = torch.randn(2, 3, 9, 9)\npooled = nn.MaxPool2d(2)(x)"))
    assert "pooled 2 × 3 × 4 × 4" in " ".join(text.split())


@walled
def test_what_fails_is_told_with_its_line():
    text = shown(pasted("class A(nn.Module):\n    def forward(self, x):\n        return x.view(7, 11)\n"))
    assert "line 3" in text
    assert "stops at line 3" in text


@walled
def test_a_refusal_is_a_sentence():
    text = shown(pasted("import os\nos._exit(0)"))
    assert "No answer. The paste ended its own process" in " ".join(text.split())


def test_a_damaged_link_says_so_and_runs_nothing():
    text = shown(opened(PAGE, code="1" + "A" * 20, set="channels"))
    assert "The code in this link is damaged" in text
    assert "channels is no setting" in text


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_nothing_pasted_yet(lang):
    app = opened(PAGE, lang)
    assert len([button for button in app.button if str(button.key).startswith("paste-example-")]) >= 5
    assert {"en": "repaired, run behind a wall", "zh": "沙箱"}[lang] in shown(app)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_where_pastes_may_not_run_the_page_says_why(monkeypatch, lang):
    monkeypatch.setattr(sys, "argv", ["app.py", "--trust-pastes"])
    st.cache_resource.clear()
    try:
        app = opened(PAGE, lang, code=to_word("x = 1") or "")
        assert {"en": "Pasting is off here.", "zh": "这里不能粘贴代码。"}[lang] in shown(app)
        assert "--server.address=127.0.0.1" in shown(app)
    finally:
        st.cache_resource.clear()


@pytest.mark.parametrize("typed", ["1x32x²", "1x32x" + "9" * 40, "😀", "1x-3x5x5", "<b>1</b>", "", "1xx2"])
def test_what_is_no_shape_is_said(typed):
    with pytest.raises(InvalidInput, match="is no shape"):
        parse_input(typed)


@walled
def test_what_was_typed_for_one_class_is_never_taken_for_anothers():
    other = GATE + GATE.replace("class Gate", "class Other")
    app = pasted(other, **{"class": "Gate"})
    field(app.number_input, "paste-argument-channels").set_value(16).run()
    before = field(app.number_input, "paste-argument-channels").key
    app.selectbox(key="paste-target").set_value("Other").run()
    assert field(app.number_input, "paste-argument-channels").key != before
    assert field(app.number_input, "paste-argument-channels").value == 32
    assert "set" not in app.query_params


@walled
def test_what_makes_no_tensor_keeps_no_shape():
    text = shown(pasted("a = 1"))
    assert "made no tensor" in text
    assert "keeps its shape" not in text


@walled
def test_of_what_python_cannot_read_nothing_was_tried():
    text = shown(pasted("x = "))
    assert "Python cannot read this" in text
    assert "that was tried" not in text


@walled
def test_what_stands_in_is_said_apart_from_what_was_imported():
    text = shown(pasted(GATE.replace("return x *", "return ChannelGate(32)(x) *")))
    assert "ChannelGate → blocks.channel_attention.ChannelAttention (it returns the reweighted input)" in text
    assert "were supplied: F = torch.nn.functional, nn = torch.nn, torch." in text


@walled
def test_an_input_that_leaves_something_out_is_read_and_that_is_said():
    app = pasted(GATE, **{"class": "Gate"})
    field(app.text_input, "paste-input-0").set_value("28").run()
    assert "The input 28 is read as 1×32×28×28" in shown(app)
    assert field(app.text_input, "paste-input-0").value == "1×32×28×28"
    field(app.text_input, "paste-input-0").set_value("1，32，7，7").run()
    assert "1 × 32 × 7 × 7" in shown(app)
    assert "is read as" not in shown(app)
