"""What a person writes on the command line about arguments and inputs, as records."""

from __future__ import annotations

import re

from explainer.errors import InvalidInput
from explainer.paste.result import Input

_BETWEEN = re.compile(r"\s*[xX×✕*＊,，、\s]\s*")
_MADE = re.compile(r"(torch\.)?(Size|randn|rand|zeros|ones|empty)(?=\s*[(（])")
_ANY_BATCH = ("-1", "?", "None", "N", "n", "B", "b")  # as tables write the first size
_MOST_DIGITS = 19


def parse_settings(pairs: list[str]) -> tuple[tuple[str, str], ...]:
    """``["channels=64", "bias=False"]`` -> names and Python expressions; InvalidInput for anything else."""
    settings = []
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if not equals or not name.isidentifier():
            raise InvalidInput("{pair} is no setting: write name=value.", field="set", pair=pair)
        settings.append((name, text))
    return tuple(settings)


def parse_input(text: str) -> Input:
    """``1x64x56x56`` -> an input of shape (1, 64, 56, 56); ``1x16:int64`` one of whole numbers.

    >>> parse_input("(1, 64, 56, 56)").shape == parse_input("1＊64 × 56，56").shape == (1, 64, 56, 56)
    True
    >>> parse_input("torch.Size([3, 224])").shape, parse_input("(None, 224, 224)").shape
    ((3, 224), (1, 224, 224))
    """
    sizes, _, dtype = text.replace("：", ":").partition(":")
    first, *others = _BETWEEN.split(_MADE.sub("", sizes.strip()).strip(" ()[]（）,，"))
    parts = ["1" if first in _ANY_BATCH and others else first, *others]
    if not all(part.isdecimal() and len(part) < _MOST_DIGITS for part in parts):
        raise InvalidInput("{text} is no shape: write sizes with x between them, as in 1x64x56x56.", field="input", text=text)
    return Input(tuple(int(part) for part in parts), dtype.strip() or "float32")
