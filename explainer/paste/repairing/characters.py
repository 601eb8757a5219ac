"""Characters that a website has exchanged: entities, tags, odd spaces, full-width punctuation, curly quotes."""

from __future__ import annotations

import html
import re
import unicodedata

from explainer.paste.repairing.done import Done, said
from explainer.paste.repairing.lexing import lex

_INVISIBLE = re.compile("[\ufeff\u200b-\u200f\u202a-\u202e\u2060-\u2064\u00ad\x00-\x08\x0e-\x1f\x7f]")
_SPACES = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
_BREAKS = re.compile("\r\n?|[\u2028\u2029\x0b\x0c\x85]")
_ENTITY = re.compile(r"&(?:lt|gt|amp|quot|apos|nbsp|#\d{1,6}|#[xX][0-9a-fA-F]{1,5});")
_TAG = re.compile(
    r"</?(?:span|div|pre|code|br|p|b|i|u|em|strong|font|a|table|tbody|thead|tr|td|th|ol|ul|li|h[1-6]|img|sup|sub|mark|small)"
    r"(?:\s[^<>]*)?/?>",
    re.IGNORECASE,
)
_BREAKING = re.compile(r"<(?:br\s*/?|/p|/div|/li|/tr|/h[1-6]|/pre)\s*>", re.IGNORECASE)
_EMPHASIS = re.compile(r"(?<=\bdef )\*\*([a-z]+)\*\*(?=\s*\()|(?<=\.)\*\*([a-z]+)\*\*(?=\s*\()")
_ESCAPED = tuple("_*[]#`<>")
_DOUBLE, _SINGLE = "“”„‟″＂", "‘’‚‛′＇｀"
_PAIRS = {"“": "”", "‘": "’"}
_PLAIN = {
    "，": ",", "、": ",", "：": ":", "；": ";", "（": "(", "）": ")", "【": "[", "】": "]", "。": ".", "！": "!", "…": "...",
    "–": "-", "—": "-", "−": "-", "‐": "-", "‑": "-", "→": "->", "≤": "<=", "≥": ">=", "≠": "!=", "《": "<", "》": ">",
    "｛": "{", "｝": "}", "＿": "_", "￥": "$", "∗": "*", "⁎": "*",
}  # fmt: skip
_QUOTES = {**dict.fromkeys(_DOUBLE, '"'), **dict.fromkeys(_SINGLE, "'"), '"': '"', "'": "'"}
_LONG = 150


def straighten(text: str) -> tuple[str, list[Done]]:
    """The text with ordinary line breaks and spaces, without what nobody sees."""
    edits = list[Done]()
    text = _BREAKS.sub("\n", text)
    text, count = _INVISIBLE.subn("", text)
    edits += [said("invisible", count)] if count else []
    text, count = _SPACES.subn(" ", text)
    edits += [said("spaces", count)] if count else []
    return text, edits


def unmark(text: str) -> tuple[str, list[Done]]:
    """The text without HTML tags, with the characters that entities stand for."""
    edits = list[Done]()
    if _stands_in_code(_TAG, text):
        text, breaking = _BREAKING.subn("\n", text)
        text, count = _TAG.subn("", text)
        edits.append(said("tags", count + breaking))
    total = 0
    for _ in range(2):  # &amp;lt; has been through it twice
        if not _stands_in_code(_ENTITY, text):
            break
        text, count = _ENTITY.subn(lambda found: html.unescape(found[0]), text)
        total += count
        text = text.replace("\u00a0", " ")
    return text, edits + ([said("entities", total)] if total else [])


def _stands_in_code(mark: re.Pattern[str], text: str) -> bool:
    """Whether one of the marks stands outside strings and comments."""
    places = {found.start() for found in mark.finditer(text)}
    return bool(places) and any(token.start in places for token in lex(text))


def unemphasise(text: str) -> tuple[str, list[Done]]:
    """``**init**(`` was ``__init__(``, and ``\\_`` was ``_``, before Markdown read it; strings keep their backslashes."""
    if "**" not in text and "\\" not in text:
        return text, []
    text, count = _EMPHASIS.subn(lambda found: f"__{found[1] or found[2]}__", text)
    escapes = [t.start for t in lex(text) if t.kind == "bad" and t.text == "\\" and text[t.end : t.end + 1] in _ESCAPED]
    for place in reversed(escapes):
        text = text[:place] + text[place + 1 :]
    return text, [said("emphasis", count + len(escapes))] if count or escapes else []


def narrow(text: str) -> tuple[str, list[Done]]:
    """The text with ASCII punctuation, letters and quotes in its code; strings and comments keep theirs."""
    if text.isascii():
        return text, []
    paired = _paired(text)
    parts, place, count = list[str](), 0, 0
    while place < len(text):
        char = text[place]
        if char == "#":
            end = _line_end(text, place)
            part, changed = _comment(text[place:end])
        elif char in _QUOTES:
            end, part, changed = _string(text, place, paired)
        else:
            end, part = place + 1, char if char.isascii() else _narrow_char(char)
            changed = part != char
        parts.append(part)
        count += changed
        place = end
    return "".join(parts), [said("full-width", count)] if count else []


def _line_end(text: str, place: int) -> int:
    end = text.find("\n", place)
    return len(text) if end < 0 else end


def _narrow_char(char: str) -> str:
    if char in _PLAIN:
        return _PLAIN[char]
    return unicodedata.normalize("NFKC", char) if "\uff01" <= char <= "\uff5e" else char


def _comment(comment: str) -> tuple[str, int]:
    """A comment keeps its punctuation, unless it is so long that code has run into it: there, what touches a name is code."""
    if len(comment) < _LONG:
        return comment, 0
    chars, changed = list(comment), 0
    for place in range(1, len(chars)):
        char = comment[place]
        plain = _QUOTES.get(char) or _narrow_char(char)
        ascii_beside = comment[place - 1].isascii() or (place + 1 < len(comment) and comment[place + 1].isascii())
        if plain != char and ascii_beside and char not in "。、":
            chars[place] = plain
            changed += 1
    return "".join(chars), changed


def _string(text: str, place: int, paired: dict[int, int]) -> tuple[int, str, int]:
    """The end of the string that begins here, the string in straight quotes, how many quotes were curly."""
    quote = _QUOTES[text[place]]
    alike = [char for char, plain in _QUOTES.items() if plain == quote]
    width = 3 if all(char in alike for char in text[place : place + 3]) and len(text[place : place + 3]) == 3 else 1
    closers = alike if text[place] != quote else [quote]
    end = paired.get(place) if width == 1 else None
    if end is None:
        end = _closing(text, place + width, closers, width)
    if end is None and closers == [quote]:
        end = _closing(text, place + width, alike, width)
    if end is None:
        return place + 1, quote, text[place] != quote
    body = text[place + width : end]
    if width == 1 and quote in body:
        quote = "'" if quote == '"' and "'" not in body else quote
    old = text[place : place + width] + text[end : end + width]
    return end + width, quote * width + body + quote * width, sum(not char.isascii() for char in old)


def _paired(text: str) -> dict[int, int]:
    """Where the curly quote closes that opens at a place, where both stand on one line; there may be pairs between them."""
    closing, open_ = dict[int, int](), {closer: list[int]() for closer in _PAIRS.values()}
    for place, char in enumerate(text):
        if char in _PAIRS:
            open_[_PAIRS[char]].append(place)
        elif open_.get(char):
            closing[open_[char].pop()] = place
        elif char == "\n":
            for places in open_.values():
                places.clear()
    return closing


def _closing(text: str, place: int, closers: list[str], width: int) -> int | None:
    """Where the closing quotes begin; None if the line, or for long strings the text, ends before."""
    end = _line_end(text, place) if width == 1 else len(text)
    while place + width <= end:
        if text[place] == "\\":
            place += 2
            continue
        if all(char in closers for char in text[place : place + width]):
            return place
        place += 1
    return None
