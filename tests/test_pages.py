"""Every page from app.py, without a browser: what the script draws for what a person sets."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from explainer.arithmetic import LAYERS

APP = str(Path(__file__).parent.parent / "app.py")
PAGES = ("pages/home.py", "pages/layer.py")


def opened(page: str = "pages/home.py", lang: str = "en", **query: str) -> AppTest:
    app = AppTest.from_file(APP, default_timeout=60)
    app.query_params.update({"lang": lang} | query)
    app.run()
    if page != "pages/home.py":
        app.switch_page(page).run()
    assert not app.exception
    return app


def field(fields: Sequence[Any], name: str) -> Any:
    """The field whose key is this name and, behind it, the edition of its form."""
    (found,) = (one for one in fields if re.fullmatch(rf"{re.escape(name)}-\d+", one.key or ""))
    return found


def shown(app: AppTest) -> str:
    """All the text on the page, in one line, without tags, and without the spaces that keep a shape in one line."""
    texts = (re.sub(r"<style>.*?</style>|<[^>]+>", " ", element.proto.body) for element in app.get("html"))
    return " ".join(texts).replace("\u00a0", " ")


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("page", PAGES)
def test_a_page_runs_without_an_exception(page, lang):
    assert "lens" in shown(opened(page, lang))


def test_the_language_switch_translates_the_page():
    app = opened("pages/layer.py")
    assert "Parameters" in shown(app)
    app.segmented_control(key="lang").set_value("zh").run()
    assert "参数量" in shown(app)
    assert app.number_input(key="kernel_size").value == 3


def test_layer_numbers_change_the_facts():
    app = opened("pages/layer.py")
    app.number_input(key="kernel_size").set_value(5).run()
    app.number_input(key="stride").set_value(2).run()
    text = shown(app)
    assert "1 × 8 × 5 × 5" in text
    assert "✓ torch agrees: (1, 8, 5, 5)" in text.replace("\N{NO-BREAK SPACE}", " ")
    assert "8 × 3 × 5 × 5 + 8" in text
    assert app.code[0].value == "nn.Conv2d(3, 8, kernel_size=5, stride=2, padding=1)"


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"groups": 5}, "groups=5 does not divide in_channels=3."),
        ({"kernel_size": 15}, "The kernel reaches over 15 cells, but dimension 2 has 14 with padding (12 + 1 + 1)."),
        ({"padding_as": "same"}, "PyTorch refuses padding=&#x27;same&#x27; with stride=3. Write padding=1"),
        ({"padding": 12, "padding_mode": "reflect"}, "so padding can be at most 11, not 12."),
    ],
    ids=["groups", "kernel larger than the padded input", "same with a stride", "reflect beyond the input"],
)
def test_bad_settings_get_a_sentence_and_keep_the_last_result(settings, sentence):
    app = opened("pages/layer.py")
    for key, value in settings.items():
        kind = app.selectbox if isinstance(value, str) else app.number_input
        kind(key=key).set_value(value)
    app.run()
    assert not app.exception
    text = shown(app)
    assert sentence in text
    assert "Still shown: the last settings that worked." in text
    assert "1 × 8 × 4 × 4" in text


def test_start_over_sets_the_fields_back():
    app = opened("pages/layer.py")
    app.number_input(key="kernel_size").set_value(5)
    app.number_input(key="stride_w").set_value(2)
    app.run()
    app.run()  # the first one ends with the result's fragment, and shows nothing else
    app.button(key="start-over").click().run()
    assert app.number_input(key="kernel_size").value == 3
    assert app.number_input(key="stride_w").value is None


def test_what_a_person_entered_stays_when_the_page_changes():
    app = opened("pages/layer.py")
    app.number_input(key="kernel_size").set_value(5).run()
    app.switch_page("pages/home.py").run()
    app.switch_page("pages/layer.py").run()
    assert app.number_input(key="kernel_size").value == 5


@pytest.fixture(scope="module")
def layer_page():
    return opened("pages/layer.py")


@pytest.mark.parametrize("name", LAYERS)
def test_every_layer_opens_with_an_output_that_torch_confirms(layer_page, name):
    layer_page.selectbox(key="layer").set_value(name).run()
    assert not layer_page.exception
    text = shown(layer_page)
    assert "✓ torch agrees" in text
    assert "✗" not in text
    assert layer_page.code[0].value.startswith(f"nn.{name}(")


def test_what_was_entered_for_a_layer_waits_while_another_is_shown():
    app = opened("pages/layer.py")
    app.number_input(key="kernel_size").set_value(5).run()
    app.selectbox(key="layer").set_value("MaxPool2d").run()
    assert app.code[0].value == "nn.MaxPool2d(kernel_size=3, stride=2, padding=1)"
    app.number_input(key="kernel_size").set_value(4).run()
    app.selectbox(key="layer").set_value("Conv2d").run()
    assert app.number_input(key="kernel_size").value == 5
    app.selectbox(key="layer").set_value("MaxPool2d").run()
    assert app.number_input(key="kernel_size").value == 4


def test_a_name_in_a_link_that_is_no_layer_is_said():
    app = AppTest.from_file(APP, default_timeout=60)
    app.query_params.update({"lang": "en", "layer": "Conv9d<b>"})
    app.run()
    app.switch_page("pages/layer.py")
    app.query_params.update({"lang": "en", "layer": "Conv9d<b>"})
    app.run()
    assert not app.exception
    assert "The link&#x27;s layer is unknown: Conv9d&lt;b&gt;. This is Conv2d instead." in re.sub(r"\s+", " ", shown(app))
    assert app.code[0].value.startswith("nn.Conv2d(")


@pytest.mark.parametrize(
    ("layer", "field", "value", "card", "sentence"),
    [
        ("Linear", "shape", "2 x 10 x 63", "in_features", "ends with 63, but the layer expects in_features=64"),
        ("Flatten", "shape", "2 by 3", "shape", "2 by 3 is no shape: write sizes with x between them"),
        ("MaxPool2d", "padding", 2, "padding", "padding=2 is more than half of kernel_size=3"),
        ("AdaptiveAvgPool2d", "output_size", "5, seven", "output_size", "seven is no number for output_size."),
        ("AdaptiveAvgPool2d", "output_size", "", "output_size", "output_size is empty: write a number."),
        ("ConvTranspose2d", "output_padding", 2, "output_padding", "output_padding=2 is too large"),
        ("ZeroPad2d", "padding", "1, 2, 3", "padding", "padding needs one number, or 4"),
        ("Upsample", "scale_factor", "", "size", "Give either size or scale_factor"),
        ("Unflatten", "unflattened_size", "5, -1", "unflattened_size", "does not multiply to 12"),
        ("Conv3d", "groups", 5, "groups", "groups=5 does not divide in_channels=3"),
    ],
)
def test_an_error_is_said_beside_its_field_and_the_last_result_stays(layer, field, value, card, sentence):
    app = opened("pages/layer.py")
    app.selectbox(key="layer").set_value(layer).run()
    before = app.code[0].value
    kind = app.text_input if isinstance(value, str) else app.number_input
    kind(key=field).set_value(value).run()
    assert not app.exception
    assert sentence in shown(app)
    assert f".st-key-card-{card}{{outline" in "".join(element.proto.body for element in app.get("html"))
    assert "Still shown: the last settings that worked." in shown(app)
    assert app.code[0].value == before
    assert kind(key=field).value == value


def test_a_pair_a_word_and_none_reach_the_line_to_copy():
    app = opened("pages/layer.py")
    app.selectbox(key="layer").set_value("Conv3d").run()
    app.number_input(key="stride_h").set_value(1).run()
    assert "stride=(2, 1, 2)" in app.code[0].value
    app.selectbox(key="layer").set_value("Conv1d").run()
    app.number_input(key="stride").set_value(1)
    app.selectbox(key="padding_as").set_value("same").run()
    assert app.code[0].value == "nn.Conv1d(3, 8, kernel_size=3, padding='same')"
    app.selectbox(key="layer").set_value("AdaptiveMaxPool2d").run()
    app.text_input(key="output_size").set_value("None, 7").run()
    assert app.code[0].value == "nn.AdaptiveMaxPool2d((None, 7))"
    assert "1 × 8 × 12 × 7" in shown(app)


def test_the_notation_of_the_formula_can_be_chosen():
    app = opened("pages/layer.py")
    assert "kernel_size − 1" in re.sub(r"\s+", " ", shown(app))
    app.segmented_control(key="notation").set_value("textbook").run()
    assert not app.exception
    assert "kernel_size − 1" not in re.sub(r"\s+", " ", shown(app))
    app.selectbox(key="layer").set_value("MaxPool2d").run()
    assert app.segmented_control(key="notation").value == "textbook"


def test_a_link_sets_the_whole_form_whatever_was_entered_before():
    app = opened("pages/layer.py")
    app.number_input(key="kernel_size").set_value(5)
    app.number_input(key="stride_w").set_value(2)
    app.run()
    app.switch_page("pages/home.py").run()
    app.switch_page("pages/layer.py")
    app.query_params["dilation"] = "2"
    app.run()
    assert app.code[0].value == "nn.Conv2d(3, 8, kernel_size=3, stride=3, padding=1, dilation=2)"
    app.number_input(key="kernel_size").set_value(4).run()
    assert app.number_input(key="kernel_size").value == 4
