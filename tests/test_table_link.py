"""Tables in links, as text to take along, and as a picture of their sizes."""

from __future__ import annotations

import base64
import json
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explainer.render.size_figure import size_figure
from explainer.table import COLUMNS, PRESETS, Cells, Table, from_link, look_into, read_table, solve, to_link, to_tabs, to_text
from explainer.table.link import LONGEST_LINK


def table(preset: str) -> Table:
    return read_table(*PRESETS[preset]).table


def word_of(data: object) -> str:
    return "1" + base64.urlsafe_b64encode(zlib.compress(json.dumps(data).encode())).decode().rstrip("=")


TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc", "Z")), max_size=8)
TABLES = st.builds(
    Table,
    st.lists(st.builds(Cells, **dict.fromkeys(COLUMNS, TEXTS)).filter(lambda line: not line.is_empty), max_size=4).map(tuple),
    st.sampled_from(("auto", "bn_relu", "relu", "nothing")),
)


@given(TABLES)
def test_a_link_gives_the_same_table(given_table):
    opened = from_link(to_link(given_table))
    assert (opened.table, opened.dropped) == (given_table, ())


@pytest.mark.parametrize("preset", PRESETS)
def test_tables_of_papers_fit_into_short_links(preset):
    assert len(to_link(table(preset))) < 400


@pytest.mark.parametrize(
    ("word", "lines", "said"),
    [
        ("", None, "a version that this page does not know"),
        ("9abc", None, "a version that this page does not know"),
        ("1%%%", None, "is damaged"),
        ("1" + "A" * 9000, None, "longer than 8,000 characters"),
        (to_link(table("VGG-16"))[:-4], None, "is damaged"),
        (word_of([1, 2]), None, "is damaged"),
        (word_of({"lines": "conv"}), None, "is damaged"),
        (word_of({"after": "evil", "lines": [["", "", "conv"], 7, [1], ["x" * 300], [""] * 11, ["", ""]]}), 1, "5 lines of"),
        (word_of({"lines": [["", "", "conv"]] * 200}), 120, "80 lines of the table"),
    ],
    ids=["empty", "version", "base64", "long", "cut", "list", "text", "lines", "many"],
)  # fmt: skip
def test_a_broken_link_says_what_was_dropped(word, lines, said):
    opened = from_link(word)
    assert (None if opened.table is None else len(opened.table.lines)) == lines
    assert said in " ".join(map(str, opened.dropped))
    assert opened.table is None or opened.table.after == "auto"


def test_a_bomb_in_a_link_is_not_blown_up():
    bomb = "1" + base64.urlsafe_b64encode(zlib.compress(b" " * 5_000_000, 9)).decode().rstrip("=")
    assert len(bomb) < LONGEST_LINK
    assert from_link(bomb).table is None


@given(st.text(max_size=60))
def test_any_link_is_answered(word):
    for hostile in (word, "1" + word):
        opened = from_link(hostile)
        assert opened.table is not None or opened.dropped


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("preset", PRESETS)
def test_a_table_as_text_to_edit_is_read_back(preset, lang):
    assert read_table(to_tabs(table(preset), lang)).table == table(preset)


def test_what_is_written_is_harmless_where_it_is_opened():
    solution = solve(Table((Cells(name="=1+1", input="8×8×3", operation="conv 3×3×4"), Cells(operation="a|b & c_d %"))))
    assert "'=1+1,8×8×3" in to_text(solution, "csv", "en")
    assert "| a\\|b & c_d % |" in to_text(solution, "markdown", "en")
    assert r"a|b \& c\_d \%" in to_text(solution, "latex", "en")


def test_the_picture_has_every_size_and_marks_what_is_declared_wrongly():
    solution = solve(table("Wrong"))
    figure = size_figure(solution, look_into(solution).fields, "en")
    height, channels, wrong = figure.data
    assert list(height.y) == [227, 55, 27, 25, 12, 12, 12, 5, None]
    assert list(channels.y) == [3, 96, 96, 256, 256, 384, 256, 256, 4096]
    assert (list(wrong.x), list(wrong.y)) == ([3, 4, 5, 6, 7], [27, 13, 13, 13, 6])
    assert "each value sees 51×51" in height.hovertext[3]


def test_the_pictures_texts_are_escaped():
    solution = solve(Table((Cells(input="8×8×3", operation="<b onmouseover=x>"),)))
    assert "&lt;b" in size_figure(solution, (), "en").data[0].hovertext[1]
