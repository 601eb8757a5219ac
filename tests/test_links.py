"""Links: what is set comes back for every page, and what is wrong is left out and said."""

from __future__ import annotations

import re
import string
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from blocks import CATALOGUE
from explainer.arithmetic import LAYERS
from explainer.language import say
from explainer.paste.link import to_word
from tests.test_pages import APP, shown
from ui.block_choice import FIRST_BLOCK, FIRST_PAIR
from ui.links.fields import Fields, Flag, Own, Text, Whole, Word, read_query, to_query
from ui.links.pages import (
    GLOSSARY,
    HOME,
    PASTE,
    PRACTICE,
    STACK,
    TABLE,
    VIEWER,
    attention_fields,
    blocks_fields,
    compare_fields,
    layer_fields,
    reduction_fields,
    training_fields,
)
from ui.paste_examples import EXAMPLES
from ui.shell import ENTRIES

NAMES, DEVICES = tuple(CATALOGUE), ("cpu", "meta")


def of_block(name: str) -> Fields:
    return blocks_fields(NAMES, FIRST_BLOCK, CATALOGUE[name], DEVICES)


def of_pair(left: str, right: str) -> Fields:
    return compare_fields(NAMES, FIRST_PAIR, (CATALOGUE[left], CATALOGUE[right]), DEVICES)


PAGES: dict[str, st.SearchStrategy[Fields]] = {
    "home": st.just(HOME),
    "layer": st.sampled_from(sorted(LAYERS)).map(layer_fields),
    "blocks": st.sampled_from(NAMES).map(of_block),
    "compare": st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)).map(lambda pair: of_pair(*pair)),
    "attention": st.sampled_from(NAMES).map(lambda name: attention_fields(NAMES, FIRST_BLOCK, CATALOGUE[name], DEVICES)),
    "training": st.just(training_fields(NAMES)),
    "reduction": st.just(reduction_fields(NAMES)),
    "paste": st.just(PASTE),
    "stack": st.just(STACK),
    "table": st.just(TABLE),
    "practice": st.just(PRACTICE),
    "glossary": st.just(GLOSSARY),
}


def values(field: object) -> st.SearchStrategy[object]:
    """Every value that a field can have, and its default."""
    if isinstance(field, Whole):
        return st.integers(field.least, field.largest) | st.just(field.default)
    if isinstance(field, Word):
        return st.sampled_from(field.options)
    if isinstance(field, Flag):
        return st.booleans()
    if isinstance(field, Own):
        return st.lists(st.text(st.characters(codec="utf-8"), max_size=20), min_size=1, max_size=min(field.most, 3)).map(tuple)
    assert isinstance(field, Text)
    free = st.text(st.characters(codec="utf-8"), max_size=field.longest)
    fitting = st.from_regex(re.compile(field.pattern, re.ASCII), fullmatch=True)
    return fitting.filter(lambda text: len(text) <= field.longest) if field.pattern else free


@st.composite
def states(draw: st.DrawFn, page: str) -> tuple[Fields, dict[str, object]]:
    """A page with anything that a person can set on it."""
    fields = draw(PAGES[page])
    chosen = draw(st.sets(st.sampled_from(sorted(fields)), max_size=6))
    return fields, {name: draw(values(fields[name])) for name in chosen}


def as_received(query: dict[str, str | list[str]]) -> dict[str, list[str]]:
    return {name: [text] if isinstance(text, str) else text for name, text in query.items()}


@pytest.mark.parametrize("page", PAGES)
def test_what_is_set_on_a_page_comes_back_from_its_link(page):
    @given(states(page))
    def law(found: tuple[Fields, dict[str, object]]) -> None:
        fields, state = found
        arrived = read_query(fields, as_received(to_query(fields, state)))
        assert arrived.dropped == ()
        assert {**{name: fields[name].default for name in state}, **arrived.state} == state

    law()


@pytest.mark.parametrize("page", PAGES)
def test_any_link_is_read_and_everything_in_it_is_either_set_or_said(page):
    @given(PAGES[page], st.data())
    def law(fields: Fields, data: st.DataObject) -> None:
        names = st.sampled_from([*sorted(fields), "v", "lang", "stirde", "x"])
        texts = st.text(string.printable, max_size=12) | st.sampled_from(["0", "-1", "1e9", "true", "None", "<b>", "9" * 99])
        query = data.draw(st.dictionaries(names, st.lists(texts, min_size=1, max_size=2), max_size=5))
        arrived = read_query(fields, query)
        several = {name for name, field in fields.items() if isinstance(field, Own) and field.most > 1}
        twice = [name for name in arrived.state if len(set(query[name])) > 1 and name not in several]
        assert len(arrived.state) + len(arrived.dropped) == len(query) + len(twice)
        for sentence in arrived.dropped:
            assert say(sentence, "en")

    law()


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ({"stride": ["0"]}, "stride=0 of the link is left out: it would have to be a whole number from 1 to 16,384."),
        ({"padding_mode": ["mirror"]}, "it would have to be one of zeros, reflect, replicate, circular."),
        ({"bias": ["yes"]}, "bias=yes of the link is left out: it would have to be true or false."),
        ({"layer": ["Conv9d"]}, "The link's layer is unknown: Conv9d. This is Conv2d instead."),
        ({"stirde": ["2"]}, "This page knows no parameter stirde: the link's is left out."),
        ({"v": ["2"]}, "This link is of version 2, which this Blocklens does not know"),
        ({"stride": ["2", "3"]}, "The link says stride more than once: 3 counts, its last."),
        ({"cell": ["a" * 99]}, "cell=" + "a" * 39 + "… of the link is left out: it says nothing here."),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_what_is_left_out_is_named(query, told):
    (sentence,) = read_query(layer_fields("Conv2d"), query).dropped
    assert told in say(sentence, "en")
    assert next(iter(query)) in say(sentence, "zh") or "v" in query


def test_an_unknown_word_that_has_no_other_instead_is_named_alone():
    (sentence,) = read_query(GLOSSARY, {"term": ["nope"]}).dropped
    assert say(sentence, "en") == "The link's term is unknown: nope."


def test_the_version_may_be_missing_and_what_chats_append_is_ignored():
    query = {"v": ["1"], "lang": ["zh-CN"], "utm_source": ["mail"], "from": ["singlemessage"], "isappinstalled": ["0"]}
    assert read_query(layer_fields("Conv2d"), query).dropped == ()


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.url_path)
def test_the_examples_of_the_home_page_are_understood(entry):
    for _title, query in entry.examples:
        given_, known = dict(query), {"paste": PASTE, "table": TABLE, "stack": STACK, "practice": PRACTICE}
        if entry.url_path == "layer":
            fields = layer_fields(given_.get("layer", "Conv2d"))
        elif entry.url_path == "blocks":
            fields = of_block(given_.get("block", FIRST_BLOCK))
        elif entry.url_path == "compare":
            fields = of_pair(*(given_.get(f"{side}_block", first) for side, first in zip("ab", FIRST_PAIR, strict=True)))
        elif entry.url_path in known:
            fields = known[entry.url_path]
        else:
            continue
        assert read_query(fields, {name: [text] for name, text in query}).dropped == ()


@cache
def drawn(page: str) -> AppTest:
    app = AppTest.from_file(APP, default_timeout=60)
    app.query_params.update({"lang": "en"})
    app.run()
    app.switch_page(page).run()
    return app


def check_widgets(app: AppTest, fields: Fields) -> None:
    """What a field takes is what its link may bring, and every field with a key of the page is in its link."""
    assert not app.exception
    for widget in app.number_input:
        if widget.key in fields:
            field = fields[widget.key]
            assert isinstance(field, Whole), widget.key
            assert (field.least, field.largest) == (widget.min, widget.max), widget.key
    for widget in app.selectbox:
        if widget.key in fields and isinstance(fields[widget.key], Word) and not widget.key.endswith(("block", "device")):
            assert [str(option) for option in fields[widget.key].options] == list(widget.options), widget.key
    bound = {widget.key for kind in ("number_input", "toggle", "text_input") for widget in app.get(kind) if widget.key}
    assert {key for key in bound - set(fields) if "-" not in key} == set()


@pytest.mark.parametrize("name", LAYERS)
def test_a_layers_fields_and_its_link_have_the_same_bounds(name):
    app = drawn("pages/layer.py")
    app.selectbox(key="layer").set_value(name).run()
    check_widgets(app, layer_fields(name))


@pytest.mark.parametrize("name", ["squeeze_excite", "mbconv", "transformer_encoder", "residual_attention", "linear_last_axis"])
def test_a_blocks_fields_and_its_link_have_the_same_bounds(name):
    app = drawn("pages/blocks.py")
    app.selectbox(key="block").set_value(name).run()
    check_widgets(app, {**of_block(name), "device": Own()})


def test_a_block_has_no_knob_that_is_called_as_something_else_in_its_link():
    for name in NAMES:
        own = {knob.name for knob in CATALOGUE[name].knobs}
        assert not own & {
            "step",
            "nest",
            "dir",
            "open",
            "fold",
            "device",
            "seed",
            "gate",
            "block",
            "v",
            "lang",
            "embed",
            *VIEWER,
            "changes",
            "words",
            "torchinfo",
        }


def test_a_wrong_number_in_a_link_is_said_on_the_page_until_it_is_closed():
    app = AppTest.from_file(APP, default_timeout=60)
    app.query_params.update({"lang": "en"})
    app.run()
    app.switch_page("pages/layer.py")
    app.query_params.update({"lang": "en", "stride": "0<b>", "kernel_size": "5"})
    app.run()
    assert "stride=0&lt;b&gt; of the link is left out" in shown(app)
    assert app.number_input(key="kernel_size").value == 5
    app.number_input(key="kernel_size").set_value(4).run()
    assert "of the link is left out" in shown(app)
    app.button(key="link-note-close").click().run()
    assert not app.exception
    assert "of the link is left out" not in shown(app)


def arrived(page: str, **query: str | list[str]) -> AppTest:
    """A page as a link opens it, in a session of its own."""
    app = AppTest.from_file(APP, default_timeout=60)
    app.query_params.update({"lang": "en"})
    app.run()
    app.switch_page(f"pages/{page}.py")
    for name, value in {"lang": "en", **query}.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


def in_address(app: AppTest, name: str) -> list[str]:
    return as_received({name: app.query_params.get(name, [])})[name]


SE = to_word(EXAMPLES[0][2]) or ""


@pytest.mark.parametrize(
    ("page", "query", "told"),
    [
        (
            "blocks",
            {"block": "cbam", "gate": "7", "nest": "99", "open": ["nope", "channel"], "fold": ["<b>"]},
            {
                "gate=7": "from 1 to 2",
                "nest=99": "from 1 to 3",
                "open=nope": "one of channel",
                "fold=&lt;b&gt;": "one of channel",
            },
        ),
        ("blocks", {"block": "bottleneck", "gate": "2"}, {"gate=2": "there is nothing here that it could choose"}),
        ("attention", {"gate": "9", "unit": "64", "out": "64"}, {"gate=9": "only be 1", "unit=64": "to 63", "out=64": "to 63"}),
        ("attention", {"head": "1", "token": "3"}, {"head=1": "only be 0", "token=3": "nothing here that it could choose"}),
        ("attention", {"edit": "nope:1:1"}, {"nope[1]": "no number nope[1] in this module"}),
        ("attention", {"look": "60-pink-fine", "n": "4"}, {"look=60-pink-fine": "says nothing here", "parameter n": "left out"}),
        (
            "paste",
            {"code": SE, "reading": "9", "device": "tpu", "standin": ["Foo=SELayer"], "paste-gate": "4", "nest": "9"},
            {"reading=9": "", "device=tpu": "", "standin=Foo=SELayer": "Foo is not missing", "paste-gate=4": "", "nest=9": ""},
        ),
        ("paste", {"code": SE, "class": ["A", "SE"]}, {"class more than once": "SE counts, its last"}),
        ("stack", {"row": "99"}, {"row=99": "from 1 to 4"}),
        ("layer", {"cell": "9-9", "pixels": "12-0-1_0-0-3"}, {"cell=9-9": "", "pixels=12-0-1 ": "says nothing here"}),
        ("layer", {"layer": "MaxPool2d", "weights": "0-0-1", "filter": "blur"}, {"weights=0-0-1": "", "filter=blur": ""}),
        ("layer", {"layer": "Linear", "picture": "ones"}, {"picture=ones": "nothing here that it could choose"}),
        ("table", {"nest": "9", "open": "nope"}, {"nest=9": "", "open is unknown: nope": ""}),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else value,
)
def test_what_only_the_result_can_tell_of_a_link_is_said_and_leaves_the_address(page, query, told):
    app = arrived(page, **query)
    (note,) = (element.proto.body for element in app.get("html") if "Not all of this link" in element.proto.body)
    items = re.findall("<li>(.*?)</li>", note)
    assert len(items) == len(told), items
    for named, why in told.items():
        assert [why in item for item in items if named in item] == [True], named
    good = {"block", "layer", "code", "lang", "class", "open", "standin", "pixels", "n"}  # "n": of no page, and not ours to take
    assert set(app.query_params) <= good


def test_what_is_right_of_a_link_that_is_wrong_in_part_is_used():
    assert in_address(arrived("blocks", block="cbam", open=["nope", "channel"]), "open") == ["channel"]
    assert in_address(arrived("layer", pixels="12-0-1_0-0-3"), "pixels") == ["0-0-3"]


@pytest.mark.parametrize(
    ("page", "query"),
    [
        ("blocks", {"block": "cbam", "gate": "2", "open": ["channel"], "heat": "macs", "tab": "steps", "torchinfo": "true"}),
        ("blocks", {"changes": "true", "words": "true"}),
        ("attention", {"view": "training", "block": "cbam", "channels": "32", "unit": "3", "train_rounds": "3", "ratio_c": "8"}),
        ("attention", {"view": "reduction", "picture": "coffee", "train": "eca", "ratio_c": "8"}),
        ("attention", {"block": "cbam", "gate": "2", "train": "none", "ratio_block": "cbam"}),
        ("paste", {"code": SE, "words": "true", "torchinfo": "true", "heat": "params"}),
        ("layer", {"picture": "ones", "pixels": "3-4-0.5", "filter": "blur", "weights": "0-0--1_2-2-1e-7", "offset": "2"}),
        ("layer", {"layer": "ConvTranspose2d", "filter": "edge", "pixels": "5-5-9", "sweep-table": "true", "back": "sweep"}),
        ("compare", {"pairs": "true"}),
        ("stack", {"stack-pairs": "true", "row": "2"}),
        ("table", {"table-paste": "true", "tab": "details"}),
        ("practice", {"practice-teacher": "true", "seed": "3"}),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else value,
)
def test_what_a_page_puts_into_its_address_stays_there_in_a_new_session(page, query):
    app = arrived(page, **query)
    assert "of the link is left out" not in shown(app)
    assert {name: in_address(app, name) for name in query} == as_received(query)
    unfolded = sum(value == "true" and name != "stack-pairs" for name, value in query.items())
    assert sum(panel.proto.expanded for panel in app.expander) >= unfolded
