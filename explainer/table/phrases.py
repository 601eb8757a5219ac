"""Phrases such as ``3×3 max pool, stride 2`` or ``Conv 5×5×64 2 2 BN,ReLU 56×56×64 …`` to drafts of lines.

One machine reads them all: it goes through the tokens and fills the draft at hand; a token that no longer fits begins the next.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from explainer.table.operation import Draft, Pair
from explainer.table.words import FILLERS, PLAIN_BIAS, Key, word_at

_LONGEST_NUMBER = 6
_TOKENS = re.compile(
    r"(?P<space>\s+)|(?P<rep>rep(\d+)(?= ))|(?P<open>[\[{])|(?P<close>[\]}])|(?P<times>x\s*(\d{1,3})(?!\d)(?!x))"
    r"|(?P<at>(\d{1,6})@(\d{1,6})x(\d{1,6}))|(?P<vgg>conv[<(]?(\d{1,2})[>)]?-(\d{1,6})(?!\d))"
    r"|(?P<label>(?:conv|pool)\d{1,2}(?:_\w{1,4})?(?![\w@-])|fc\d(?![\w@-]))"
    r"|(?P<size>\d{1,6}(?:x\d{1,6}){1,3}(?!\d))"
    r"|(?P<dims>(\d{1,6})-?(?:d|way)\b)|(?P<fraction>\d{0,3}\.\d{1,4})|(?P<number>\d{1,6}(?!\d))"
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


@dataclass(frozen=True, slots=True)
class Manner:
    """How to read. ``order``: what numbers without a name mean, one after the other. ``sizes``: whether sizes of maps stand
    between the operations: ``before`` or ``after`` them, or nowhere. ``shortcuts``: a second operation of a line is one.
    """

    order: tuple[Key, ...] = ("channels", "stride", "padding")
    sizes: str = ""
    shortcuts: bool = False


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
        if bias is not None:
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
        return [Token("operation", text, {"conv": "conv", "pool": "max pool"}.get(text[:4], "fc"))]
    if kind == "at":
        return [Token("at", text, numbers=numbers)]
    if kind == "letter":
        return [Token("key", text, _LETTERS[text[0]])]
    if kind == "slash":
        return [Token("key", text, "stride"), Token("number", text, numbers=numbers)]
    return [Token(kind, text, numbers=numbers)]


def read_phrases(text: str, manner: Manner) -> list[Draft]:
    """The drafts of a unified text, in order."""
    machine = _Machine(manner)
    machine.read(tokens_of(text))
    return [draft for draft in machine.drafts if not draft.is_blank or draft.input or draft.output or draft.unread or draft.parts]


class _Machine:
    def __init__(self, manner: Manner) -> None:
        self.manner = manner
        self.drafts: list[Draft] = []
        self.line: Draft | None = None  # the line at hand
        self.target: Draft | None = None  # what numbers go to: the line or its shortcut
        self.key: str = ""
        self.waiting: list[Key] = []
        self.fresh = False  # whether the last token named an operation, whose window may follow

    def read(self, tokens: Sequence[Token]) -> None:
        place = 0
        while place < len(tokens):
            token, following = tokens[place], tokens[place + 1] if place + 1 < len(tokens) else Token("end", "")
            place += 1
            if token.kind == "open":
                place = self._block(tokens, place)
                continue
            if (
                token.kind in ("number", "size")
                and following.kind == "key"
                and following.name in ("channels", "kernel", "groups")
                and not (self._number_follows(tokens, place + 1) and self.key)
            ):
                if self.key and self.key not in ("input", "output", "shortcut"):
                    self._put(self.key, token)
                    self.key = ""
                else:
                    self._named(token, following.name)
                    place += 1
                self.fresh = False
                continue
            self._one(token, following)

    @staticmethod
    def _number_follows(tokens: Sequence[Token], place: int) -> bool:
        return place < len(tokens) and tokens[place].kind in ("number", "size")

    def _one(self, token: Token, following: Token) -> None:
        if token.kind == "operation":
            self._operation(token)
        elif token.kind == "after":
            self._after(token.name)
        elif token.kind == "bias":
            self._current().bias = PLAIN_BIAS[token.text]
        elif token.kind == "key":
            self._begin_key(token)
        elif token.kind in ("size", "at"):
            self._size(token, following)
        elif token.kind in ("number", "dims"):
            self._number(token)
        elif token.kind == "fraction":
            self._current().amount = float(token.text)
        elif token.kind in ("times", "rep"):
            self._repeat(token)
        elif token.kind == "row":
            self._current().source = token.numbers[0]
        elif token.kind == "word":
            self._word(token)
        elif token.text in ";,|" and self.key not in ("input", "output"):
            self.key = ""

    # Which draft a token belongs to.

    def _current(self) -> Draft:
        return self.target or self._new()

    def _new(self) -> Draft:
        self.line = self.target = Draft()
        self.drafts.append(self.line)
        self.waiting = list(self.manner.order)
        return self.line

    def _operation(self, token: Token) -> None:
        line, kind = self.line, token.name
        if self.key == "shortcut" and line is not None:
            self._around(line, kind)
        elif line is not None and self._is_around(line, kind):
            line.kind = line.kind or "conv"
            self._around(line, kind)
        elif line is None or not self._fits(line, kind):
            self._new().kind = kind  # type: ignore[assignment]
        else:
            line.kind = kind  # type: ignore[assignment]
        self.key, self.fresh = "", True

    @staticmethod
    def _fits(line: Draft, kind: str) -> bool:
        """Whether the word names the line at hand, whose numbers came first: ``3×3 max pool``, ``1000-d fc``, ``64 3×3 conv``."""
        if line.kind is not None or line.then:
            return False
        whole = line.kernel is not None and line.channels is not None
        return kind in ("conv", "depthwise conv", "transposed conv") or not (whole or (kind == "fc" and line.kernel))

    def _is_around(self, line: Draft, kind: str) -> bool:
        complete = line.kind in ("conv", "depthwise conv", "block") or (line.kernel and line.channels and line.stride)
        return bool(self.manner.shortcuts and line.shortcut is None and kind in ("conv", "identity") and complete)

    def _around(self, line: Draft, kind: str) -> None:
        line.shortcut = self.target = Draft(kind=kind)  # type: ignore[arg-type]
        self.waiting = ["channels", "stride"]

    def _after(self, name: str) -> None:
        self._line_for_after().then.append(name)
        self.target = self.line
        self.key, self.fresh = "", False

    def _line_for_after(self) -> Draft:
        return self.line or self._new()

    def _begin_key(self, token: Token) -> None:
        if token.name == "shortcut" and self.line is not None:
            self.line.shortcut = self.line.shortcut or Draft()
        self.key, self.fresh = token.name, False

    # Numbers.

    def _size(self, token: Token, following: Token) -> None:
        numbers = token.numbers
        if token.kind == "at":
            if self.fresh:
                self._window((numbers[1], numbers[2], numbers[0]))
                return
            self._map((numbers[1], numbers[2], numbers[0]))
        elif self.key in ("input", "output"):
            self._declare(self.key, numbers)
            self.key = ""
        elif self.key:
            self._put(self.key, token)
            self.key = ""
        elif self._is_map(numbers, following):
            self._map(numbers)
        else:
            self._window(numbers)
        self.fresh = False

    def _is_map(self, numbers: Pair | tuple[int, ...], following: Token) -> bool:
        if not self.manner.sizes or self.fresh:
            return False
        if len(numbers) == 2 and max(numbers) < 14:
            return False
        line = self.line
        waits = line is not None and bool(line.input) and line.kind is None and line.kernel is None
        return not (waits and len(numbers) == 3 and following.kind not in ("operation",))

    def _map(self, numbers: tuple[int, ...]) -> None:
        line = self.line
        has_operation = line is not None and not (line.kind is None and line.kernel is None and not line.then)
        if self.manner.sizes == "after" or (
            self.manner.sizes == "both" and line is not None and has_operation and not line.output
        ):
            self._declare("output", numbers)
        else:
            if line is None or has_operation or line.input:
                self._new()
            self._declare("input", numbers)

    def _declare(self, key: str, numbers: tuple[int, ...]) -> None:
        line = self.line or self._new()
        if key == "output":
            line.output = numbers
            self.target = self.line = None if self.manner.sizes == "after" else line
        else:
            line.input = numbers

    def _window(self, numbers: tuple[int, ...]) -> None:
        draft = self._current()
        if (
            draft.kernel is not None
            or (draft.kind is not None and draft.kind in ("fc", "flatten", "softmax", "dropout", "block"))
            or (draft.then and draft is self.line and not self.fresh)
        ):
            draft = self._new()
        if len(numbers) == 2:
            draft.kernel = (numbers[0], numbers[1])
        elif len(numbers) == 3 and numbers[0] != numbers[1] == numbers[2]:
            draft.kernel, draft.channels = (numbers[1], numbers[2]), numbers[0]
        else:
            draft.kernel, draft.channels = (numbers[0], numbers[1]), numbers[-1]
        if draft.channels is not None and "channels" in self.waiting:
            self.waiting.remove("channels")
        if "kernel" in self.waiting:
            self.waiting.remove("kernel")

    def _number(self, token: Token) -> None:
        if self.key and self.key not in ("shortcut",):
            if self.key in ("input", "output"):
                return
            self._put(self.key, token)
            self.key = ""
            self.fresh = False
            return
        draft = self._current()
        if token.kind == "dims" and draft.kind is not None:
            draft = self._new()
        if draft.kind in ("dropout", "upsample"):
            draft.amount = float(token.numbers[0])
            return
        if draft.kind == "block" and draft.repeat == 1 and not draft.parts:
            return
        name = self._next_name(draft)
        if name is None:
            draft.unread.append(token.text)
        else:
            self._put(name, token)
        self.fresh = False

    def _next_name(self, draft: Draft) -> str | None:
        """What the next number without a name means."""
        if draft.kind == "fc":
            return "channels" if draft.channels is None else None
        while self.waiting:
            name = self.waiting.pop(0)
            if name == "channels" and (draft.channels is not None or draft.kind in ("max pool", "avg pool")):
                continue
            if name == "kernel" and draft.kernel is not None:
                continue
            return name
        return None

    def _named(self, token: Token, name: str) -> None:
        draft = self._current()
        if name == "channels" and draft.channels is not None:
            draft = self._new()
        self._put(name, token)

    def _put(self, name: str, token: Token) -> None:
        draft, numbers = self._current(), token.numbers
        pair = (numbers[0], numbers[1] if len(numbers) > 1 else numbers[0])
        if name in self.waiting:
            self.waiting.remove(name)  # type: ignore[arg-type]
        if name == "kernel":
            if len(numbers) == 3:
                self._window(numbers)
            else:
                draft.kernel = pair
        elif name in ("stride", "padding"):
            setattr(draft, name, pair)
        elif name == "channels" and draft.channels is not None and token.kind == "number" and self.key == "channels":
            draft.groups = numbers[0]  # ``3×3, 128, C=32``: the cardinality of ResNeXt
        elif name in ("channels", "dilation", "groups", "repeat"):
            setattr(draft, name, numbers[0])

    def _repeat(self, token: Token) -> None:
        if self.line is not None:
            self.line.repeat = max(1, token.numbers[0])

    def _word(self, token: Token) -> None:
        if self.key == "padding" and token.text in ("same", "valid"):
            draft = self._current()
            draft.same, draft.padding, self.key = token.text == "same", None if token.text == "same" else (0, 0), ""
        elif token.text in ("same", "valid"):
            draft = self._current()
            draft.same, draft.padding = token.text == "same", None if token.text == "same" else (0, 0)
        elif token.text == "lrn" or token.text not in FILLERS:
            (self.line or self._new()).unread.append(token.text)

    # Blocks in brackets.

    def _block(self, tokens: Sequence[Token], place: int) -> int:
        """Reads up to the closing bracket; ``(3, 3)`` behind a key is no block, and has round brackets anyway."""
        depth, end = 1, place
        while end < len(tokens) and depth:
            depth += {"open": 1, "close": -1}.get(tokens[end].kind, 0)
            end += 1
        inside = _Machine(Manner())
        inside.read(tokens[place : end - 1 if not depth else end])
        repeat = self.line.repeat if self.line is not None and self.line.is_blank and not self.line.unread else 1
        draft = (
            self.line
            if self.line is not None and self.line.is_blank and self.line.kind is None and not self.line.parts
            else self._new()
        )
        draft.kind, draft.parts, draft.repeat = "block", inside.drafts, repeat
        self.line = self.target = draft
        self.waiting = []
        return end
