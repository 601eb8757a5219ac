"""A stack as one short word for a link, the same in every language, and back: ``1~3x224x224~Conv2d_3_64_7_2_3~ReLU``.

After the version and the input come the rows: a layer with its arguments in torch's order, empty where they are the default.
A row that begins with a full stop is a text, one that begins with a minus the comment of the row before, both in base64url.
"""

from __future__ import annotations

import base64
import binascii
import math
import re
from dataclasses import dataclass, replace

from explainer.arithmetic import Argument, Parameter
from explainer.errors import BlocklensError
from explainer.stack.layers import FORMS
from explainer.stack.record import MOST_ROWS, Item, Stack, input_shape, item, text_item
from explainer.types import Sentence, sentence

VERSION = "1"
LONGEST_LINK = 6_000
_WORDS: dict[str, Argument] = {"none": None, "true": True, "false": False}
_NUMBER = re.compile(r"-?\d+(\.\d+)?(e-?\d+)?")
_WHOLE = re.compile(r"-?\d{1,19}")


@dataclass(frozen=True, slots=True)
class Opened:
    """What a link gave: ``stack`` is None if nothing could be read; ``dropped`` says what could not."""

    stack: Stack | None
    dropped: tuple[Sentence, ...] = ()


def to_link(stack: Stack) -> str:
    """The word for a link.

    >>> from explainer.stack.source import read_source
    >>> to_link(Stack((3, 224, 224), read_source("Conv2d(3, 64, (3, 5), bias=False), ReLU()").items))
    '1~3x224x224~Conv2d_3_64_3x5_____false~ReLU'
    """
    parts = [VERSION, "x".join(map(str, stack.input_shape))]
    for row in stack.items:
        parts.append("." + _packed(row.text) if row.text else _layer(row))
        if row.comment:
            parts.append("-" + _packed(row.comment))
    return "~".join(parts)


def from_link(word: str) -> Opened:
    """The stack of a link; rows that make no sense are left out and said."""
    version, _, rest = word[: LONGEST_LINK + 1].partition("~")
    if version != VERSION:
        return Opened(
            None, (sentence("The link has a stack of a version that this page does not know: {version}.", version=version[:20]),)
        )
    if len(word) > LONGEST_LINK:
        return Opened(None, (sentence("The stack in the link is longer than {limit:,} characters.", limit=LONGEST_LINK),))
    first, *parts = rest.split("~")
    try:
        shape = input_shape(int(size) for size in first.split("x") if _WHOLE.fullmatch(size) or _refuse(size))
    except (BlocklensError, ValueError):
        return Opened(None, (sentence("The input in the link is no size: {text}.", text=first[:40]),))
    return _opened(Stack(shape), parts)


def _opened(stack: Stack, parts: list[str]) -> Opened:
    items: list[Item] = []
    dropped: list[Sentence] = []
    for part in parts:
        try:
            if part.startswith("-") and items:
                items[-1] = replace(items[-1], comment=text_item("", _unpacked(part[1:])).comment)
            else:
                items.append(text_item(_unpacked(part[1:])) if part.startswith(".") else _row(part))
        except (BlocklensError, ValueError, binascii.Error):
            dropped.append(sentence("Left out of the link: {text}.", text=part[:60]))
    if len(items) > MOST_ROWS:
        dropped.append(sentence("A stack has at most {limit} rows.", limit=MOST_ROWS))
    return Opened(replace(stack, items=tuple(items[:MOST_ROWS])), tuple(dropped))


def _refuse(text: str) -> bool:
    raise ValueError(text)


def _packed(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _unpacked(text: str) -> str:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True).decode()


def _layer(row: Item) -> str:
    given = dict(row.arguments)
    words = [_word(given[known.name]) if known.name in given else "" for known in FORMS[row.name].parameters]
    return "_".join([row.name, *words]).rstrip("_")


def _word(value: Argument) -> str:
    if isinstance(value, (tuple, list)):
        return "x".join(map(_word, value)) + ("x" if len(value) == 1 else "")
    return str(value).lower() if value is None or isinstance(value, bool) else str(value)


def _row(part: str) -> Item:
    name, *words = part.split("_")
    known = FORMS[name].parameters if name in FORMS else ()
    if len(words) > len(known) or not name or name not in FORMS:
        raise ValueError(part)
    given = {parameter.name: _value(word, parameter) for parameter, word in zip(known, words, strict=False) if word}
    return item(name, given)


def _value(word: str, parameter: Parameter) -> Argument:
    if word in _WORDS:
        return _WORDS[word]
    if word in parameter.choices:
        return word
    if "x" in word:
        return tuple(_number(part) for part in word.removesuffix("x").split("x"))
    return _number(word)


def _number(word: str) -> int | float | None:
    if word == "none":
        return None
    if not _NUMBER.fullmatch(word):
        raise ValueError(word)
    value = int(word) if _WHOLE.fullmatch(word) else float(word)
    if not math.isfinite(value):
        raise ValueError(word)
    return value
