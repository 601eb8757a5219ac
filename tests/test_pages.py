"""Every page from app.py, without a browser: what the script draws for what a person sets."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

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


def shown(app: AppTest) -> str:
    """All the text on the page, in one line, without tags."""
    return " ".join(re.sub(r"<style>.*?</style>|<[^>]+>", " ", element.proto.body) for element in app.get("html"))


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
    assert "✓ torch agrees: (1, 8, 5, 5)" in text
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
    app.button(key="start-over").click().run()
    assert app.number_input(key="kernel_size").value == 3
    assert app.number_input(key="stride_w").value is None


def test_what_a_person_entered_stays_when_the_page_changes():
    app = opened("pages/layer.py")
    app.number_input(key="kernel_size").set_value(5).run()
    app.switch_page("pages/home.py").run()
    app.switch_page("pages/layer.py").run()
    assert app.number_input(key="kernel_size").value == 5
