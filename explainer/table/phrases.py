"""Phrases such as ``3×3 max pool, stride 2`` or ``Conv 5×5×64 2 2 BN,ReLU 56×56×64 …`` to drafts of lines.

One machine reads them all: it goes through the tokens and fills the draft at hand; a token that no longer fits begins the next.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from explainer.table.operation import POOLS, WINDOWED, Draft, Pair
from explainer.table.tokens import Token, tokens_of
from explainer.table.words import FILLERS, PLAIN_BIAS, Key

_LEAST_MAP = 14  # what is smaller than 14×14 is a window, where it might be either
_SLIDING = ("conv", "depthwise conv", "transposed conv", "pointwise conv", "separable conv")


@dataclass(frozen=True, slots=True)
class Manner:
    """How to read. ``order``: what numbers without a name mean, one after the other. ``sizes``: whether sizes of maps stand
    between the operations: ``before`` or ``after`` them, or nowhere. ``shortcuts``: a second operation of a line is one.
    ``bare``: a window may be a single number, as in ``conv 3 64`` and ``max pool 2``.
    """

    order: tuple[Key, ...] = ("channels", "stride", "padding")
    sizes: str = ""
    shortcuts: bool = False
    bare: bool = True


def read_phrases(text: str, manner: Manner) -> list[Draft]:
    """The drafts of a unified text, in order."""
    machine = _Machine(manner)
    machine.read(tokens_of(text))
    drafts = [one for draft in machine.drafts for one in _in_known_kinds(draft)]
    return [draft for draft in drafts if not draft.is_blank or draft.input or draft.output or draft.unread or draft.parts]


def _in_known_kinds(draft: Draft) -> list[Draft]:
    """A pointwise convolution is one of 1×1; a separable one is two: a depthwise one, and a 1×1 that mixes its channels."""
    draft.parts = [one for part in draft.parts for one in _in_known_kinds(part)]
    if draft.kind == "pointwise conv":
        draft.kind, draft.kernel = "conv", draft.kernel or (1, 1)
    if draft.kind != "separable conv":
        return [draft]
    first = replace(draft, kind="depthwise conv", channels=None, output=(), shortcut=None, then=list(draft.then), unread=[])
    second = Draft("conv", (1, 1), draft.channels, (1, 1), (0, 0), bias=draft.bias, then=draft.then, output=draft.output,
                   shortcut=draft.shortcut, source=draft.source, unread=draft.unread)  # fmt: skip
    return [first, second]


def _is_map_before_window(numbers: tuple[int, ...], following: Token) -> bool:
    """Whether two sizes behind a word are a map and its window: ``max pool 56×56 3×3``."""
    return following.kind == "size" and len(numbers) == 2 and min(numbers) >= _LEAST_MAP > max(following.numbers[:2])


class _Machine:
    def __init__(self, manner: Manner) -> None:
        self.manner = manner
        self.drafts: list[Draft] = []
        self.line: Draft | None = None  # the line at hand
        self.target: Draft | None = None  # what numbers go to: the line or its shortcut
        self.key: str = ""
        self.waiting: list[Key] = []
        self.readers: dict[str, Callable[[Token], None]] = {
            "operation": self._operation, "after": self._after, "bias": self._bias, "ceil": self._ceil, "key": self._begin_key,
            "number": self._number, "dims": self._number, "fraction": self._fraction, "times": self._repeat,
            "rep": self._repeat, "row": self._row, "word": self._word,
        }  # fmt: skip
        self.following = Token("end", "")
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
        if token.kind in ("size", "at"):
            self._size(token, following)
        elif token.kind in self.readers:
            self.following = following
            self.readers[token.kind](token)
        elif token.text in ";,|" and self.key not in ("input", "output"):
            self.key = ""

    def _bias(self, token: Token) -> None:
        self._current().bias = PLAIN_BIAS[token.text]

    def _ceil(self, token: Token) -> None:
        draft = self._current()
        if draft.kind in POOLS:
            draft.ceil = True
        else:
            draft.unread.append(token.text)

    def _fraction(self, token: Token) -> None:
        self._current().amount = float(token.text)

    def _row(self, token: Token) -> None:
        self._current().source = token.numbers[0]

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
        self.key, self.fresh = "", kind in (*WINDOWED, *_SLIDING, "identity")

    @staticmethod
    def _fits(line: Draft, kind: str) -> bool:
        """Whether the word names the line at hand, whose numbers came first: ``3×3 max pool``, ``1000-d fc``, ``64 3×3 conv``."""
        if line.kind is not None or line.then:
            return False
        whole = line.kernel is not None and line.channels is not None
        return kind in _SLIDING or not (whole or (kind == "fc" and line.kernel))

    def _is_around(self, line: Draft, kind: str) -> bool:
        complete = line.kind in ("conv", "depthwise conv", "block") or (line.kernel and line.channels and line.stride)
        return bool(self.manner.shortcuts and line.shortcut is None and kind in ("conv", "identity") and complete)

    def _around(self, line: Draft, kind: str) -> None:
        line.shortcut = self.target = Draft(kind=kind)  # type: ignore[arg-type]
        self.waiting = ["channels", "stride"]

    def _after(self, token: Token) -> None:
        self._line_for_after().then.append(token.name)
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
            if self.fresh or following.kind == "operation":  # ``conv 6@5×5``, ``6@5×5 conv``: filters at their size
                self._window((numbers[1], numbers[2], numbers[0]))
                return
            self._map((numbers[1], numbers[2], numbers[0]))
        elif self.key in ("input", "output"):
            self._declare(self.key, numbers)
            self.key = ""
        elif self.key:
            self._put(self.key, token)
            self.key = ""
        elif self.fresh and self.line is not None and _is_map_before_window(numbers, following):
            self.line.output = numbers
            return
        elif self._is_map(numbers, following):
            self._map(numbers)
        else:
            self._window(numbers)
        self.fresh = False

    def _is_map(self, numbers: Pair | tuple[int, ...], following: Token) -> bool:
        if not self.manner.sizes or self.fresh:
            return False
        if len(numbers) == 2 and max(numbers) < _LEAST_MAP:
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
        name = "kernel" if self._is_bare_window(draft) else self._next_name(draft)
        if name is None:
            draft.unread.append(token.text)
        else:
            self._put(name, token)
        self.fresh = False

    def _is_bare_window(self, draft: Draft) -> bool:
        if not self.manner.bare or draft.kernel is not None or draft.channels is not None:
            return False
        return draft.kind in POOLS or (draft.kind in (*WINDOWED, "separable conv") and self.following.kind == "number")

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
            self.waiting.remove(name)
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
        line = self.line if self.line is not None and token.kind == "times" else self._new()
        line.repeat = max(1, token.numbers[0])

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
