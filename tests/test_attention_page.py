"""The Attention page without a browser: what it shows of a module, what a link sets, and what a hostile link cannot."""

from __future__ import annotations

import io
import json
import pickle
import re
from importlib.util import find_spec

import pytest
import torch
from PIL import Image
from streamlit.testing.v1 import AppTest

from blocks import CATALOGUE
from explainer.paste.link import to_word
from tests.test_blocks_page import RESERVED
from tests.test_pages import APP, field, opened, shown
from ui import attention_state
from ui.block_choice import fields_of

PASTE = (
    "class Gate(nn.Module):\n    def __init__(self, channels=8):\n        super().__init__()\n"
    "        self.fc = nn.Linear(channels, channels)\n    def forward(self, x):\n"
    "        return x * torch.sigmoid(self.fc(x.mean((2, 3))))[:, :, None, None]\n"
)


def linked(lang: str = "en", **query: str) -> AppTest:
    """The page as a link opens it."""
    app = AppTest.from_file(APP, default_timeout=60)
    app.query_params.update({"lang": lang})
    app.run()
    app.switch_page("pages/attention.py")
    app.query_params.update({"lang": lang} | query)
    app.run()
    assert not app.exception
    return app


def text(app: AppTest) -> str:
    return re.sub(r"\s+", " ", shown(app))


def drawn(app: AppTest, key: str) -> dict:
    """The data of a component whose key ends like this."""
    found = [json.loads(one.proto.json) for one in app.get("bidi_component") if one.proto.id.endswith(key)]
    assert len(found) == 1, [one.proto.id for one in app.get("bidi_component")]
    return found[0]


@pytest.mark.parametrize(
    ("block", "words"),
    [
        ("squeeze_excite", ("channel gate", "Untrained.", "What this gate changes", "channel 49 to 0")),
        ("cbam", ("channel gate", "spatial gate", "What is squashed is a sum of two branches: average makes")),
        ("self_attention", ("attention matrix", "cut into 16 patches", "every token keeps its own value")),
        ("external_attention", ("attention matrix", "every place counts alike")),
        ("coordinate_attention", ("gate along one side",)),
        ("lstm_cell", ("gate for every element", "goes in as 64 and 128 numbers")),
        ("basic_block", ("There is no gate in this module",)),
    ],
)
def test_a_block_shows_its_gates(block, words):
    found = text(linked(block=block))
    for word in words:
        assert word in found


def test_the_page_in_chinese():
    found = text(linked("zh", block="cbam"))
    for word in ("通道门控", "空间门控", "未经训练。", "这个门控改变了什么", "强制为 1"):
        assert word in found


def test_no_name_in_the_link_belongs_to_a_knob_as_well():
    own = set(attention_state.NAMES) | {"view", "seed", "device"}
    for spec in CATALOGUE.values():
        assert not own & fields_of(spec, "").keys()
    assert RESERVED  # the names that other pages keep for themselves, tested there


def test_a_weight_in_the_link_opens_its_gate():
    app = linked(edit="expand.bias:5:30", unit="5")
    assert drawn(app, "attention-bars-0")["units"][5] == pytest.approx(1.0)
    assert "One weight is set by hand." in text(app)
    assert "channel 5 to 0" in text(app)


def test_another_block_forgets_what_was_set_for_this_one():
    app = linked(edit="expand.bias:5:30", unit="5", picture="coffee")
    app.selectbox(key="block").set_value("eca").run()
    assert not app.exception
    assert "One weight is set by hand." not in text(app)
    assert attention_state.EDIT not in app.query_params
    assert "coffee" in app.query_params[attention_state.PICTURE]


def test_the_seed_draws_other_weights():
    app = linked()
    before = text(app)
    app.number_input(key="seed").set_value(7).run()
    assert "(seed 7)" in text(app)
    assert re.search(r"from \d\.\d+ to \d\.\d+", before).group() != re.search(r"from \d\.\d+ to \d\.\d+", text(app)).group()


@pytest.mark.parametrize(
    "query",
    [
        {"source": "<script>"},
        {"picture": "../../etc/passwd"},
        {"picture": "own"},
        {"gate": "99"},
        {"gate": "-1", "unit": "99999999999"},
        {"unit": "63x", "token": "٣", "head": "7"},
        {"look": "999-evil-fine"},
        {"look": "50-rose"},
        {"edit": "expand.bias:5:nan"},
        {"out": "4000", "block": "cbam", "gate": "2"},
        {"view": "nothing"},
        {"bars": "<b>", "range": "1e9"},
    ],
    ids=str,
)
def test_a_link_that_makes_no_sense_is_no_error(query):
    assert "What this gate changes" in text(linked(**query))


@pytest.mark.parametrize("edit", ["nothing.weight:0:1", "expand.bias:99:1", "expand.bias:0,0,0:1"])
def test_a_weight_that_is_not_there_is_said(edit):
    assert "There is no number" in text(linked(edit=edit))


def test_a_setting_that_makes_no_block_keeps_the_last_gates():
    app = linked()
    app.number_input(key="channels").set_value(3).run()
    assert "Still shown: the last settings that worked." in text(app)
    assert "What this gate changes" in text(app)


def test_without_a_paste_there_are_some_to_take():
    app = linked(source="paste")
    assert "There is no paste yet." in text(app)
    app.button(key="paste-example-attention").click().run()
    assert "attention matrix" in text(app)


def test_a_paste_in_the_link_shows_its_gate_with_its_line():
    app = linked(source="paste", code=to_word(PASTE) or "")
    found = text(app)
    assert "line 6 · return x * torch.sigmoid(self.fc(x.mean((2, 3))))[:, :, None, None]" in found
    assert "What this gate changes" in found
    field(app.number_input, "paste-argument-channels").set_value(16).run()
    assert not app.exception
    assert len(drawn(app, "attention-bars-0")["units"]) == 16


def test_what_was_set_waits_while_another_page_is_shown():
    app = linked(picture="coffee", unit="3")
    for name in [name for name in app.query_params if name != "lang"]:
        del app.query_params[name]
    app.switch_page("pages/home.py").run()
    app.switch_page("pages/attention.py").run()
    assert drawn(app, "attention-strip")["chosen"] == "coffee"
    assert "3" in app.query_params["unit"]


def test_the_blocks_page_leads_to_the_same_block_on_a_picture():
    app = opened("pages/blocks.py")
    app.number_input(key="channels").set_value(128).run()
    (link,) = [one for one in app.get("page_link") if one.proto.label == "See it on a picture"]
    assert "channels=128" in link.proto.query_string
    assert "block=squeeze_excite" in link.proto.query_string


@pytest.mark.skipif(find_spec("timm") is not None, reason="timm is installed here")
def test_a_trained_network_that_is_not_here_says_what_is_missing():
    app = linked(source="network", network="seresnet50")
    assert "seresnet50.ra2_in1k comes with timm, which is not installed here: pip install timm." in text(app)


def saved(**tensors: torch.Tensor) -> bytes:
    file = io.BytesIO()
    torch.save({name.replace("__", "."): tensor for name, tensor in tensors.items()}, file)
    return file.getvalue()


def test_weights_from_a_file_open_the_gates_and_are_reported():
    app = linked(channels="16", reduction="4")
    expand = torch.zeros(16, 4, 1, 1)
    data = saved(expand__weight=expand, expand__bias=torch.full((16,), 2.0), reduce__weight=torch.zeros(3), other=torch.zeros(1))
    app.file_uploader(key="attention-weights-file").upload("w.pt", data).run()
    assert not app.exception
    found = text(app)
    assert "2 of 4 tensors come from your file." in found
    assert "Missing in the file: reduce.bias." in found
    assert "In the file only: other." in found
    assert "reduce.weight is 4 × 16 × 1 × 1 here and 3 in the file." in found
    assert "Untrained." not in found
    assert drawn(app, "attention-bars-0")["units"] == pytest.approx([0.880797] * 16, abs=1e-5)
    app.switch_page("pages/glossary.py").run()  # where the field forgets its file
    app.switch_page("pages/attention.py").run()
    assert "2 of 4 tensors come from your file." in text(app)
    assert "In use: w.pt" in text(app)
    app.button(key="attention-weights-forget").click().run()
    assert "Untrained." in text(app)


@pytest.mark.parametrize("data", [b"", b"PK nonsense", pickle.dumps({"a": 1})], ids=["empty", "nonsense", "an old pickle"])
def test_a_file_that_is_no_state_dict_is_said_and_the_random_weights_stay(data):
    app = linked()
    app.file_uploader(key="attention-weights-file").upload("w.pt", data).run()
    assert not app.exception
    assert "This file is no state dict that can be read." in text(app)
    assert "Untrained." in text(app)


def test_a_picture_of_ones_own_joins_the_strip_and_a_link_to_it_says_what_it_lacks():
    app = linked()
    file = io.BytesIO()
    Image.new("RGB", (30, 20), "orange").save(file, "PNG")
    app.file_uploader(key="attention-upload").upload("mine.png", file.getvalue()).run()
    assert not app.exception
    strip = drawn(app, "attention-strip")
    assert strip["chosen"] == "own"
    assert [picture["name"] for picture in strip["pictures"]][-1] == "own"
    app.file_uploader(key="attention-upload").upload("mine.png", b"<svg/>").run()
    assert "This file is no picture that can be read" in text(app)
    other = linked(picture="own")
    assert "The picture of this link is not here." in text(other)
    assert drawn(other, "attention-strip")["chosen"] == "cat"


def test_the_paste_page_leads_to_the_same_paste_on_a_picture():
    app = AppTest.from_file(APP, default_timeout=60)
    app.query_params.update({"lang": "en"})
    app.run()
    app.switch_page("pages/paste.py")
    app.query_params.update({"lang": "en", "code": to_word(PASTE) or "", "set": "channels=16"})
    app.run()
    assert not app.exception
    (link,) = [one for one in app.get("page_link") if one.proto.label == "See it on a picture"]
    for part in ("source=paste", "code=1", "set=channels%3D16"):
        assert part in link.proto.query_string


def test_what_a_link_gets_wrong_is_said():
    found = text(linked(picture="moon", unit="many", reduction="4"))
    assert "Not all of this link could be used." in found
    assert "picture is unknown: moon. This is cat instead." in found
    assert "unit=many of the link is left out" in found
