"""Every sentence has its Chinese: complete, with the same numbers in it, and nothing that no longer exists."""

from __future__ import annotations

import ast
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.catalog import Catalog

from explainer.language import LANGUAGES, pick_language, say, translator
from explainer.locale.update import extract, read, templates_in
from explainer.types import sentence


def fields(template: str) -> set[str]:
    """The named values of a template, with their conversion; formats may differ between languages."""
    return {f"{name}!{conversion}" for _, name, _, conversion in Formatter().parse(template) if name is not None}


def faults(source: Catalog, translated: Catalog) -> list[str]:
    """What is wrong with a translated catalogue."""
    wanted = {message.id for message in source if message.id}
    found = {message.id: message for message in translated if message.id}
    problems = [f"missing: {template}" for template in wanted - found.keys()]
    problems += [f"stale: {template}" for template in found.keys() - wanted]
    problems += [f"stale: {template}" for template in translated.obsolete]
    for template in wanted & found.keys():
        message = found[template]
        if not message.string:
            problems.append(f"untranslated: {template}")
        elif message.fuzzy:
            problems.append(f"fuzzy: {template}")
        elif fields(template) != fields(message.string):
            problems.append(f"other names: {template} -> {message.string}")
    return sorted(problems)


@pytest.fixture(scope="module")
def source() -> Catalog:
    return extract()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_template_of_the_source_is_translated(source, lang):
    assert faults(source, read(lang)) == []


def test_the_source_has_templates_of_every_room(source):
    rooms = {path.split("/")[0] for message in source for path, _ in message.locations}
    assert {"explainer", "pages", "ui"} <= rooms


@pytest.mark.parametrize(
    ("translation", "flags", "fault"),
    [
        ("", (), "untranslated: {n} rows"),
        ("{n} 行", ("fuzzy",), "fuzzy: {n} rows"),
        ("行", (), "other names: {n} rows -> 行"),
        ("{n} 行 {m} 列", (), "other names: {n} rows -> {n} 行 {m} 列"),
    ],
    ids=["empty", "fuzzy", "a number lost", "a number added"],
)
def test_a_bad_translation_is_found(translation, flags, fault):
    source, translated = Catalog(), Catalog()
    source.add("{n} rows")
    translated.add("{n} rows", translation, flags=flags)
    assert faults(source, translated) == [fault]


def test_a_missing_and_a_stale_translation_are_found():
    source, translated = Catalog(), Catalog()
    source.add("new")
    translated.add("old", "旧")
    assert faults(source, translated) == ["missing: new", "stale: old"]


def test_numbers_are_filled_in_by_name_in_the_order_of_the_language():
    text = sentence("Grouped: each output channel sees {seen} of the {channels} input channels.", seen=2, channels=8)
    assert say(text, "en") == "Grouped: each output channel sees 2 of the 8 input channels."
    assert say(text, "zh") == "分组卷积：每个输出通道只读取 8 个输入通道中的 2 个。"


def test_sizes_have_multiplication_signs_but_quoted_python_does_not():
    text = sentence(
        "{shape} with stride={stride}, mode={mode!r}, {n:,}", shape=(1, 64, 56, 56), stride=(1, 2), mode="zeros", n=2184
    )
    assert say(text, "en") == "1 × 64 × 56 × 56 with stride=(1, 2), mode='zeros', 2,184"


def test_a_chinese_list_has_its_own_mark():
    said = translator("zh")("Missing in the file: {names}.", names="a, b, (c)")
    assert said == "文件中缺少：a、b、(c)。"


@pytest.mark.parametrize("hostile", ["", "xx", "../../etc/passwd", "zh\0", "<script>", "ZH_hant" * 1000])
def test_a_hostile_language_is_answered(hostile):
    assert translator(hostile)("Layer") in ("Layer", "网络层")


def test_an_unknown_template_is_shown_in_english():
    assert translator("zh")("Not in any catalogue: {n}", n=3) == "Not in any catalogue: 3"


@pytest.mark.parametrize(
    ("wishes", "lang"),
    [((), "en"), ((None, "zh-CN"), "zh"), (("en", "zh"), "en"), (("fr-FR",), "en"), (("fr", "zh-Hans-SG"), "zh")],
)
def test_the_first_language_we_speak_is_picked(wishes, lang):
    assert pick_language(*wishes) == lang


def test_a_template_is_found_wherever_it_stands():
    """Inside an f-string too, where Babel's own reader does not look."""
    source = "x = f'<h3>{escape(_(\"What was put right\"))}</h3>'\nraise InvalidInput('a {b}' ' c', b=1)\n_(name)\nother('no')\n"
    assert templates_in(source) == [(1, "What was put right"), (2, "a {b} c")]


def unmarked(source: str) -> list[str]:
    """Sentences that are handed straight to ``translator(lang)``, where the catalogues' update does not find them."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call) and isinstance(node.func, ast.Call)]
    said = [call for call in calls if call.args and isinstance(call.args[0], ast.Constant)]
    return [ast.unparse(call) for call in said if ast.unparse(call.func.func) == "translator"]


@pytest.mark.parametrize("room", ["explainer", "pages", "ui"])
def test_no_sentence_passes_the_catalogues_by(room):
    files = (Path(__file__).parents[1] / room).rglob("*.py")
    assert {path.name: found for path in files if (found := unmarked(path.read_text(encoding="utf-8")))} == {}


def test_the_rule_fails_on_a_sentence_that_passes_by():
    assert unmarked("label = translator(lang)('Turn these numbers')") == ["translator(lang)('Turn these numbers')"]
