"""The Table page without a browser: what it says of tables, links and edits."""

from __future__ import annotations

import re
from hashlib import sha512

import pytest
from streamlit.testing.v1 import AppTest

from explainer.table import Cells, Table, to_link
from tests.test_pages import APP, opened, shown
from ui.table_state import _edited, preset

PAGE = "pages/table.py"


def page(**query: str) -> AppTest:
    return opened(PAGE, **query)


def text_of(app: AppTest) -> str:
    assert not app.exception
    return re.sub(r"(?<=\d,) (?=\d)", "", re.sub(r"\s+", " ", shown(app)))


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_page_opens_with_a_table_whose_sizes_are_right(lang):
    text = text_of(page(lang=lang))
    assert "220,512" in text
    assert ("4 of 4 right" if lang == "en" else "4 个中 4 个正确") in text


def test_a_table_to_start_from_shows_its_network():
    app = page()
    app.button(key="table-preset-ResNet-18").click().run()
    assert "11,689,512" in text_of(app)
    assert "as in ResNet, BN and ReLU follow every convolution" in text_of(app)
    assert "class Network(nn.Module):" in app.code[0].value


def test_a_wrong_size_is_explained_and_its_button_makes_it_right():
    app = page()
    app.button(key="table-preset-Wrong").click().run()
    assert "2 of 7 right" in text_of(app)
    assert "⌊(27 + 2·1 − 5) / 1⌋ + 1 = 25, but the table says 27." in text_of(app)
    app.button(key="table-fix-2").click().run()
    assert "7 of 7 right" in text_of(app)


def test_pasted_text_becomes_the_table_and_what_is_left_out_is_said():
    app = page()
    app.text_area(key="table-text").set_value(
        "layer | output | A | B\nc | 8×8 | 3×3, 4 | 5×5, 4\nd | 4×4 | maxpool |\nFLOPs | | 1 | 2"
    ).run()
    app.button(key="table-read-it").click().run()
    text = text_of(app)
    assert "3 lines read" in text or "2 lines read" in text
    assert "Left out, as it is no layer" in text
    app.pills(key="table-variant").set_value("B").run()
    assert "5×5" in text_of(app)


def test_unreadable_text_is_kept_and_said():
    app = page()
    app.text_area(key="table-text").set_value("32x32x3\nconv 3x3 8\nwibble <b>wobble</b>\nmax pool 2x2").run()
    app.button(key="table-read-it").click().run()
    text = text_of(app)
    assert "wibble" in text
    assert "<b>wobble" not in "".join(element.proto.body for element in app.get("html"))
    assert "1 lines not understood" in text or "lines not understood" in text
    assert app.text_area(key="table-text").value.startswith("32x32x3")


def test_what_follows_a_convolution_can_be_chosen():
    app = page()
    app.button(key="table-preset-VGG-16").click().run()
    app.pills(key="table-after").set_value("bn_relu").run()
    assert "138,361,768" in text_of(app)  # two numbers for each of the 4,224 channels, less their biases


def test_a_link_opens_its_table_and_a_broken_one_says_so():
    table = Table((Cells(input="9×9×2", operation="conv 3×3×5"),))
    app = AppTest.from_file(APP, default_timeout=60)
    for word, expected in (
        (to_link(table), "9×9×2 → 9×9×5"),
        ("1???", "The table in the link is damaged."),
        ("VGG-16", "138,357,544"),
    ):
        app.query_params.update({"lang": "en", "table": word})
        app.run()
        app.switch_page(PAGE)
        app.query_params.update({"lang": "en", "table": word})
        app.run()
        assert expected in text_of(app)


def test_a_table_too_long_for_a_link_is_kept_and_said():
    words = [sha512(str(number).encode()).hexdigest() for number in range(110)]
    text = "operation\tkernel\n" + "\n".join(f"conv {word}\t3×3" for word in words)
    app = page()
    app.text_area(key="table-text").set_value(text).run()
    app.button(key="table-read-it").click().run()
    assert "This table is too long for a link" in text_of(app)
    assert len(app.session_state["table-now"].lines) == 110
    app.run()
    assert len(app.session_state["table-now"].lines) == 110


def test_edits_of_the_grid_change_add_and_remove_lines():
    before = preset("Together").lines
    edits = {
        "edited_rows": {0: {"kernel": "5×5"}, 1: {"operation": None, "kernel": None}},
        "added_rows": [{"operation": "fc", "channels": "10"}, {}],
        "deleted_rows": [4],
    }
    after = _edited(before, edits)
    assert [line.operation for line in after] == ["conv", "", "conv", "conv", "fc"]
    assert (after[0].kernel, after[0].channels, after[4].channels) == ("5×5", "32", "10")
