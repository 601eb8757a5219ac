"""Sentences in the reader's language: gettext catalogues read at run time, numbers filled in by name."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from string import Formatter
from typing import Any, TypeAlias

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from explainer.types import Fill, Sentence

LANGUAGES: Mapping[str, str] = {"en": "English", "zh": "中文"}
LOCALE_DIR = Path(__file__).with_name("locale")

Translator: TypeAlias = Callable[..., str]
_CHINESE_MARK = "、"


def pick_language(*wishes: str | None) -> str:
    """The first wish we speak, from language codes such as ``zh-CN`` in order of preference; English if there is none.

    >>> pick_language(None, "zh-Hans-CN", "en")
    'zh'
    >>> pick_language("../../etc/passwd")
    'en'
    """
    codes = (wish.replace("_", "-").split("-")[0].lower() for wish in wishes if wish)
    return next((code for code in codes if code in LANGUAGES), "en")


def translator(lang: str) -> Translator:
    """A function from an English template and its named values to a filled sentence in ``lang``.

    >>> translator("en")("{n:,} parameters", n=2184)
    '2,184 parameters'
    """
    translate = _catalogue(pick_language(lang)).gettext

    def fill(template: str, **values: Fill) -> str:
        return _SentenceFormatter().vformat(translate(template), (), values)

    return fill


def say(sentence: Sentence, lang: str) -> str:
    """The sentence in ``lang``, filled; in English where the catalogue has no translation.

    >>> say(Sentence("Input {shape} with kernel_size={kernel}.", (("shape", (1, 3, 8, 8)), ("kernel", (3, 5)))), "en")
    'Input 1 × 3 × 8 × 8 with kernel_size=(3, 5).'
    """
    return translator(lang)(sentence.template, **dict(sentence.values))


def join_sentences(sentences: Iterable[str]) -> str:
    """One paragraph: a space between sentences, none where a full-width mark already keeps them apart.

    >>> join_sentences(["One.", "Two."]), join_sentences(["第一句。", "第二句。"])
    ('One. Two.', '第一句。第二句。')
    """
    return re.sub("(?<=[。！？；：]) |(?<=[。！？；]</b>) ", "", " ".join(sentences))


def is_known(template: str) -> bool:
    """Whether a template is one of the product's own sentences."""
    return bool(template) and template in _templates()


def say_shape(shape: tuple[int, ...]) -> str:
    """Sizes as people write them.

    >>> say_shape((1, 64, 56, 56))
    '1 × 64 × 56 × 56'
    """
    return " × ".join(str(size) for size in shape)


@lru_cache(maxsize=1)
def _templates() -> frozenset[str]:
    return frozenset(str(message.id) for message in _messages("en"))


@lru_cache(maxsize=len(LANGUAGES))
def _messages(lang: str) -> Catalog:
    with (LOCALE_DIR / lang / "LC_MESSAGES" / "blocklens.po").open("rb") as source:
        return read_po(source, locale=lang)


@lru_cache(maxsize=len(LANGUAGES))
def _catalogue(lang: str) -> NullTranslations:
    compiled = BytesIO()
    write_mo(compiled, _messages(lang))
    compiled.seek(0)
    return GNUTranslations(compiled)


class _SentenceFormatter(Formatter):
    """Writes tuples of sizes with multiplication signs, except after ``name=``, where the sentence quotes Python.

    A translation may ask for its own mark between the items of a list: ``{names:、}``.
    """

    def vformat(self, format_string: str, args: Any, kwargs: Mapping[str, Any]) -> str:
        written = []
        for text, name, spec, conversion in self.parse(format_string):
            written.append(text)
            if name is not None:
                value = self.get_field(name, args, kwargs)[0]
                if isinstance(value, tuple) and not conversion and not text.endswith("="):
                    value = say_shape(value)
                is_list = spec == _CHINESE_MARK
                value = str(value).replace(", ", _CHINESE_MARK) if is_list else self.convert_field(value, conversion)
                written.append(self.format_field(value, "" if is_list else spec or ""))
        return "".join(written)
