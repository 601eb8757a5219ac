"""A unified text to tokens: sizes, numbers, known words, brackets."""

from __future__ import annotations

import re
from dataclasses import dataclass

from explainer.table.words import CEIL, PLAIN_BIAS, Key, word_at

_TOKENS = re.compile(
    r"(?P<space>\s+)|(?P<rep>rep(\d+)(?= ))|(?P<open>[\[{])|(?P<close>[\]}])|(?P<times>x\s*(\d{1,3})(?!\d)(?!x))"
    r"|(?P<at>(\d{1,6})@(\d{1,6})x(\d{1,6}))|(?P<vgg>conv[<(]?(\d{1,2})[>)]?-(\d{1,6})(?!\d))"
    r"|(?P<label>(?:conv|pool)\d{1,2}(?:_\w{1,4})?(?![\w@-])|fc\d(?![\w@-])|(?:卷积|池化|全连接)层?\d(?![\w@.-]))"
    r"|(?P<size>\d{1,6}(?:x\d{1,6}){1,3}(?!\d))"
    r"|(?P<percent>\d{1,2}\s*%)|(?P<dims>(\d{1,6})-?(?:d|way)\b)|(?P<fraction>\d{0,3}\.\d{1,4})|(?P<number>\d{1,6}(?!\d))"
    r"|(?P<slash>/\s*(\d{1,3})(?!\d))|(?P<letter>\b([spkcdgn])\s*[=:]?\s*(?=[(\d]))|(?P<row>(?:from\s+)?(?:row|line|第)\s*#?(\d{1,3})\s*行?)"
    r"|(?P<word>[^\W\d_]+(?:-[^\W\d_]+)*)|(?P<mark>.)"
)
_LETTERS: dict[str, Key] = {
    "s": "stride", "p": "padding", "k": "kernel", "c": "channels", "d": "dilation", "g": "groups", "n": "repeat",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Token:
    """``kind``: size, number, fraction, operation, after, key, open, close, times, row, word or mark; ``text`` as it stood."""

    kind: str
    text: str
    name: str = ""
    numbers: tuple[int, ...] = ()


def tokens_of(text: str) -> list[Token]:
    """The tokens of a unified text."""
    text = text.lower()
    found: list[Token] = []
    place = 0
    while place < len(text):
        bias = next((word for word in PLAIN_BIAS if text.startswith(word, place)), None)
        known = word_at(text, place)
        match = _TOKENS.match(text, place)
        assert match is not None
        ceil = next((word for word in CEIL if text.startswith(word, place)), None)
        if ceil is not None:
            found.append(Token("ceil", ceil))
            place += len(ceil)
        elif bias is not None:
            found.append(Token("bias", bias))
            place += len(bias)
        elif match.lastgroup not in ("vgg", "label") and known is not None:
            kind, name, end = known
            found.append(Token({"o": "operation", "a": "after", "k": "key"}[kind], text[place:end], name))
            place = end
        else:
            found += _token(match)
            place = match.end()
    return found


def _token(match: re.Match[str]) -> list[Token]:
    kind, text = str(match.lastgroup), match.group(0)
    numbers = tuple(int(number) for number in re.findall(r"\d+", text)) if kind != "fraction" else ()
    if kind == "space":
        return []
    if kind == "vgg":
        return [
            Token("operation", text, "conv"),
            Token("size", text, numbers=(numbers[0],) * 2),
            Token("number", text, numbers=numbers[1:]),
        ]
    if kind == "label":  # ``conv1``, ``fc6``: an operation with the number of its place, not of anything in it
        kinds = {"conv": "conv", "卷积": "conv", "pool": "max pool", "池化": "max pool"}
        return [Token("operation", text, next((kind for start, kind in kinds.items() if text.startswith(start)), "fc"))]
    if kind == "percent":
        return [Token("fraction", f"{numbers[0] / 100:g}")]
    if kind == "at":
        return [Token("at", text, numbers=numbers)]
    if kind == "letter":
        return [Token("key", text, _LETTERS[text[0]])]
    if kind == "slash":
        return [Token("key", text, "stride"), Token("number", text, numbers=numbers)]
    return [Token(kind, text, numbers=numbers)]
