"""The Blocks and the Compare page without a browser."""

from __future__ import annotations

import re

import pytest
from streamlit.testing.v1 import AppTest

from blocks import CATALOGUE
from explainer.examine import examine
from tests.test_pages import APP, opened
from tests.test_pages import shown as shown_on
from ui.block_choice import fields_of
from ui.links.pages import SIZE_KEYS


def shown(app: AppTest) -> str:
    """The text of the page; a long number may be broken behind a comma."""
    return re.sub(r",\s+(?=\d{3})", ",", shown_on(app))


RESERVED = {"block", "lang", "device", "seed", "gate", "step", "depth", "dir", "cell", "notation", "layer", "start-over", "panel"}


@pytest.fixture(scope="module")
def page() -> AppTest:
    return opened("pages/blocks.py")


@pytest.mark.parametrize("name", ["blocks", "compare"])
def test_the_first_visitor_who_waits_for_torch_gets_the_page_in_the_same_run(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ui.cached.torch_is_loaded", lambda: False)
    app = opened(f"pages/{name}.py")
    assert len(app.title) == 1
    assert "Loading PyTorch" not in shown(app)
    assert app.title[0].value == {"blocks": "Squeeze\\-and\\-excitation", "compare": "Compare"}[name]


@pytest.mark.parametrize("key", CATALOGUE)
def test_every_block_opens_with_the_figures_of_its_defaults(page: AppTest, key: str) -> None:
    page.selectbox(key="block").set_value(key).run()
    assert not page.exception
    spec = CATALOGUE[key]
    found = examine(lambda: spec.build(spec.defaults), *spec.input_shapes(spec.defaults))
    text = shown(page)
    assert f"{found.totals.param_count:,}" in text
    assert f"{found.totals.macs:,}" in text
    assert spec.paper in shown_on(page)
    assert "Still shown" not in text


def test_no_field_is_called_like_something_else_in_the_link() -> None:
    for spec in CATALOGUE.values():
        fields = fields_of(spec, "")
        assert len(fields) == len(spec.knobs) + len(spec.sizes)
        assert not fields.keys() & RESERVED
        assert not {knob.name for knob in spec.knobs} & set(SIZE_KEYS.values())


def test_words_flags_and_fractions_change_the_block() -> None:
    app = opened("pages/blocks.py")
    app.selectbox(key="block").set_value("residual_attention").run()
    app.selectbox(key="attention").set_value("none")
    app.run()
    assert "230,528" in shown(app)
    app.selectbox(key="block").set_value("squeeze_excite_linear").run()
    app.toggle(key="bias").set_value(True)
    app.run()
    assert f"{2 * 512 * 32 + 32 + 512:,}" in shown(app)
    app.selectbox(key="block").set_value("ghost_bottleneck").run()
    app.selectbox(key="se_ratio").set_value(0.0)
    app.run()
    assert "2,564" in shown(app)


def test_a_slider_follows_its_number_and_the_result_does() -> None:
    app = opened("pages/blocks.py")
    app.number_input(key="channels").set_value(512).run()
    assert app.select_slider(key="channels-slider").value == 512
    assert "512 × 56 × 56" in shown(app)
    app.number_input(key="n").set_value(3).run()
    assert "3 × 512 × 56 × 56" in shown(app)


def test_what_was_entered_for_a_block_waits_while_another_is_shown() -> None:
    app = opened("pages/blocks.py")
    app.number_input(key="channels").set_value(256).run()
    app.selectbox(key="block").set_value("convnext").run()
    assert app.number_input(key="channels").value == 96
    app.selectbox(key="block").set_value("squeeze_excite").run()
    assert app.number_input(key="channels").value == 256


def go(app: AppTest, page: str) -> None:
    """To another page as a link in the browser leads there: without the query of the page that is left."""
    for name in [name for name in app.query_params if name != "lang"]:
        del app.query_params[name]
    app.switch_page(page).run()


def test_the_fields_of_another_page_do_not_leak_into_a_block() -> None:
    app = opened("pages/layer.py")
    app.number_input(key="kernel_size").set_value(9).run()
    go(app, "pages/blocks.py")
    app.selectbox(key="block").set_value("spatial_attention").run()
    assert app.number_input(key="kernel_size").value == 7
    app.number_input(key="kernel_size").set_value(5).run()
    go(app, "pages/layer.py")
    assert app.number_input(key="kernel_size").value == 9
    go(app, "pages/blocks.py")
    assert app.number_input(key="kernel_size").value == 5


def test_a_name_in_a_link_that_is_no_block_is_said() -> None:
    app = AppTest.from_file(APP, default_timeout=60)
    app.query_params.update({"lang": "en"})
    app.run()
    app.switch_page("pages/blocks.py")
    app.query_params.update({"lang": "en", "block": "se<b>"})
    app.run()
    assert not app.exception
    assert "The link&#x27;s block is unknown: se&lt;b&gt;. This is squeeze_excite instead." in re.sub(r"\s+", " ", shown(app))


def test_an_error_is_said_beside_its_field_and_the_last_result_stays() -> None:
    app = opened("pages/blocks.py")
    app.selectbox(key="block").set_value("self_attention").run()
    app.number_input(key="heads").set_value(5).run()
    assert "64 channels do not come out even in 5 parts" in shown(app)
    assert ".st-key-card-heads{outline" in "".join(element.proto.body for element in app.get("html"))
    assert "Still shown: the last settings that worked." in shown(app)


def test_a_forward_that_fails_says_so_and_shows_what_there_is() -> None:
    app = opened("pages/blocks.py")
    app.selectbox(key="block").set_value("residual_attention").run()
    app.selectbox(key="stride_at").set_value("both")
    app.run()
    assert not app.exception
    assert "conv2 strides a second time." in shown(app)
    assert "→ ✗" in shown(app)
    assert "stops at line" in shown(app)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_two_blocks_side_by_side(lang: str) -> None:
    app = opened("pages/compare.py", lang)
    text = shown(app)
    assert "580" in text
    assert "678" in text
    app.selectbox(key="b_block").set_value("eca").run()
    app.number_input(key="b_channels").set_value(256).run()
    assert not app.exception
    assert "1 × 256 × 56 × 56" in shown(app)
    assert app.number_input(key="a_channels").value == 64


def test_a_wrong_setting_on_one_side_keeps_both_results() -> None:
    app = opened("pages/compare.py")
    app.number_input(key="a_reduction").set_value(100).run()
    text = shown(app)
    assert "64 channels divided by 100 leave no hidden channel" in text
    assert "Still shown: the last settings that worked." in text
    assert "580" in text
