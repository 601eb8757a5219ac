"""One line of cells to what it asks for, and back to cells in one spelling."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from explainer.table.normal import unify
from explainer.table.operation import CONVOLUTIONS, Around, Draft, Pair, Wanted
from explainer.table.phrases import Manner, read_phrases
from explainer.table.record import Cells
from explainer.table.words import BLOCKS
from explainer.types import Sentence, sentence

NOTHING = frozenset(("none", "no", "-", "/", "without", "false", "n/a", "无", "否", "不", "没有", "✗", "×", "x"))
FIT = "identity or 1×1"
_YES = frozenset(("yes", "true", "identity or 1x1", "恒等或1x1", "✓", "是", "有", "residual", "projection"))
_NUMBERS = re.compile(r"\(?\s*(\d{1,6})(?:\s*[x, ]\s*(\d{1,6}))?\s*\)?\s*(?:/\s*(\d{1,3}))?")
_SIZE = re.compile(r"\(?\s*\d{1,6}(?:\s*[x, ]\s*\d{1,6}){0,3}\s*\)?")
_AT = re.compile(r"(\d{1,6})\s*@\s*(\d{1,6})\s*x\s*(\d{1,6})")
_ROW = re.compile(r"(?:from )?(?:row|line|第)\s*(\d{1,3})\s*行?\s*[:,]?\s*(.*)")


@dataclass(frozen=True, slots=True)
class Understood:
    """What a line says. ``around`` is None where it says nothing about a shortcut, False where it says there is none.

    ``input`` and ``output`` are numbers as declared, in their order. ``faults`` are the cells that could not be read.
    """

    cells: Cells
    wanted: Wanted | None = None
    input: tuple[int, ...] = ()
    output: tuple[int, ...] = ()
    around: Around | bool | None = None
    faults: tuple[tuple[str, Sentence], ...] = ()


def understand(cells: Cells) -> Understood:
    """What the cells of a line say."""
    reader = _Reader(cells)
    return reader.read()


class _Reader:
    def __init__(self, cells: Cells) -> None:
        self.cells = cells
        self.faults: list[tuple[str, Sentence]] = []

    def read(self) -> Understood:
        wanted = self._operation()
        given, taken = self._size("input"), self._size("output")
        around = self._around()
        return Understood(self.cells, wanted, given, taken, around, tuple(self.faults))

    def _fault(self, column: str, template: Sentence) -> None:
        self.faults.append((column, template))

    def _operation(self) -> Wanted | None:
        text = self.cells.operation
        drafts = read_phrases(unify(text), Manner())
        channels, kernel = self._count("channels"), self._pair("kernel")
        if self._is_named_block(drafts):
            return None
        if not drafts and not text and (kernel or channels):
            drafts = [Draft(kind="conv" if kernel else None, channels=channels)]
        wanted = drafts[0].wanted() if drafts else None
        if wanted is None:
            self._fault("operation", sentence("{text} is no operation that is known here.", text=text or "–"))
            return None
        if len(drafts) > 1 and "#" in text:  # as the head of a paper's column names a branch
            words = sentence("{text} is several branches side by side, and a table holds one operation in a line.", text=text)
            self._fault("operation", words)
            return None
        if len(drafts) > 1:
            self._fault(
                "operation", sentence("There are {count} operations in one cell; give each a line of its own.", count=len(drafts))
            )
        unread = [word for draft in drafts for word in draft.unread]
        if unread:
            self._fault("operation", sentence("Not understood: {words}.", words=", ".join(unread)))
        found = _as_block(self._completed(wanted, kernel, channels))
        if any(map(_has_zero, (found, *found.parts))):
            self._fault("operation", sentence("A kernel, a stride, a number of channels or of groups is at least 1, not 0."))
        return found

    def _is_named_block(self, drafts: list[Draft]) -> bool:
        """Whether the line is a block by its name alone; and a dense block joins, where a block in brackets here adds."""
        name = BLOCKS.search(self.cells.operation) or BLOCKS.search(self.cells.name)
        is_written = len(drafts) == 1 and bool(drafts[0].parts) and not drafts[0].unread
        is_dense = name is not None and re.match("dense|稠密|密集", name[0], re.I) is not None
        if (
            name is None
            or "#" in self.cells.operation
            or (drafts and not is_dense and (is_written or not BLOCKS.search(self.cells.operation)))
        ):
            return False
        if is_dense:
            words = sentence("{name} is a dense block: it joins what each layer makes to what came in, and a table can only add."
                             " Paste its code to look into it.", name=name[0])  # fmt: skip
        else:
            words = sentence(
                "{name} is a block, and its name alone does not say what is in it: write its layers in brackets, as"
                " [1×1, 64; 3×3, 64] × 2, or paste its code.",
                name=name[0],
            )
        self._fault("operation", words)
        return True

    def _completed(self, wanted: Wanted, kernel: Pair | None, channels: int | None) -> Wanted:
        if wanted.kind == "block" and (kernel or channels is not None or self.cells.padding):
            self._fault(
                "operation", sentence("A block has its kernels, channels and paddings inside its brackets; empty those cells.")
            )
        stride = self._pair("stride")
        slash = re.search(r"/\s*(\d{1,3})\s*$", unify(self.cells.kernel))
        if slash and stride is None:
            stride = (int(slash[1]),) * 2
        padding, word = None, unify(self.cells.padding).strip().lower()
        if word in ("valid", "none", "no", "-"):
            padding = (0, 0)
        elif word != "same":
            padding = self._pair("padding")
        return replace(
            wanted,
            kernel=kernel or wanted.kernel,
            channels=wanted.channels if channels is None else channels,
            stride=stride or wanted.stride,
            padding=wanted.padding if padding is None else padding,
            same=word == "same" or (wanted.same and padding is None),
            then=self._then(wanted),
        )

    def _then(self, wanted: Wanted) -> tuple[str, ...] | None:
        text = unify(self.cells.then).strip()
        if not text:
            return wanted.then
        if text.lower() in NOTHING:
            return wanted.then or ()
        drafts = read_phrases(text, Manner())
        names = [name for draft in drafts for name in draft.then]
        odd = [word for draft in drafts for word in draft.unread]
        odd += [draft.kind for draft in drafts if draft.kind]
        if odd or not names:
            self._fault("then", sentence("{text} is no norm or activation that is known here.", text=", ".join(odd) or text))
        return (*(wanted.then or ()), *names)

    def _pair(self, column: str) -> Pair | None:
        text = unify(self.cells.get(column)).strip()
        if not text or text in ("-", "–"):
            return None
        match = _NUMBERS.fullmatch(text)
        if match is None:
            self._fault(column, sentence("{text} is no number for {column}.", text=self.cells.get(column), column=column))
            return None
        return int(match[1]), int(match[2] or match[1])

    def _count(self, column: str) -> int | None:
        text = unify(self.cells.get(column)).strip()
        if not text or text in ("-", "–"):
            return None
        if re.fullmatch(r"\d{1,6}", text) is None:
            self._fault(column, sentence("{text} is no number for {column}.", text=self.cells.get(column), column=column))
            return None
        return int(text)

    def _size(self, column: str) -> tuple[int, ...]:
        text = unify(self.cells.get(column)).strip()
        if not text or text in ("-", "–"):
            return ()
        at = _AT.fullmatch(text)
        if at is not None:
            return int(at[2]), int(at[3]), int(at[1])
        if _SIZE.fullmatch(text) is None:
            self._fault(column, sentence("{text} is no size: write it as 56×56×64.", text=self.cells.get(column)))
            return ()
        return tuple(int(number) for number in re.findall(r"\d+", text))

    def _around(self) -> Around | bool | None:
        text = unify(self.cells.shortcut).strip().lower()
        if not text:
            return None
        if text in NOTHING:
            return False
        source, row = None, _ROW.fullmatch(text)
        if row is not None:
            source, text = int(row[1]), row[2].strip()
        if text in _YES:
            return Around(source=source, fit=True)
        drafts = read_phrases(text, Manner(("channels", "stride"))) if text else []
        first = drafts[0].wanted() if drafts else None
        if not text or (first is not None and first.kind == "identity"):
            return Around(source=source)
        if first is None or first.kind != "conv" or len(drafts) > 1 or drafts[0].unread:
            told = sentence(
                "{text} is no shortcut that is known here: write identity, or conv 1×1×128, stride 2.", text=self.cells.shortcut
            )
            self._fault("shortcut", told)
            return None
        return Around(first, source)


def _write_then(wanted: Wanted) -> str:
    """What follows; ``none`` only where a convention would put something there."""
    if wanted.then is None or wanted.kind == "after":
        return ""
    return ", ".join(wanted.then) or ("none" if wanted.kind in (*CONVOLUTIONS, "fc", "block") else "")


def _has_zero(wanted: Wanted) -> bool:
    numbers = (*(wanted.kernel or ()), *(wanted.stride or ()), wanted.dilation, wanted.groups)
    return 0 in numbers or wanted.channels == 0


def _as_block(wanted: Wanted) -> Wanted:
    """A repeated operation as a block of one part."""
    if wanted.kind == "block" or wanted.repeat == 1:
        return wanted
    return Wanted("block", stride=wanted.stride, then=wanted.then, repeat=wanted.repeat,
                  parts=(replace(wanted, stride=None, then=None, repeat=1),))  # fmt: skip


# Back to text, in one spelling.


def write_pair(pair: Pair | None, *, square: bool = False) -> str:
    """``2`` where both sides agree, unless it is to be written ``3×3``."""
    if pair is None:
        return ""
    return str(pair[0]) if pair[0] == pair[1] and not square else f"{pair[0]}×{pair[1]}"


def write_operation(wanted: Wanted) -> str:
    """What stands in the operation cell: all that has no cell of its own."""
    if wanted.kind == "block":
        inside = "; ".join(map(_part, wanted.parts))
        return f"[{inside}]" + (f" × {wanted.repeat}" if wanted.repeat > 1 else "")
    if wanted.kind == "after":
        return ", ".join(wanted.then or ())
    words: list[str] = [wanted.kind]
    if wanted.amount is not None:
        words[0] += f" {wanted.amount:g}"
    return ", ".join(words + _extras(wanted))


def _extras(wanted: Wanted) -> list[str]:
    words = [f"dilation {wanted.dilation}"] if wanted.dilation > 1 else []
    words += [f"groups {wanted.groups}"] if wanted.groups > 1 else []
    words += ["ceil"] if wanted.ceil else []
    return words + ([] if wanted.bias is None else ["bias" if wanted.bias else "no bias"])


def _part(wanted: Wanted) -> str:
    """A line of a block on its own: ``3×3, 64, stride 2``."""
    words = (
        [write_pair(wanted.kernel, square=True)]
        if wanted.kind == "conv"
        else [f"{write_pair(wanted.kernel, square=True)} {wanted.kind}".strip()]
    )
    words += [str(wanted.channels)] if wanted.channels is not None else []
    words += [f"stride {write_pair(wanted.stride)}"] if wanted.stride not in (None, (1, 1)) else []
    words += [f"padding {write_pair(wanted.padding)}"] if wanted.padding is not None else []
    words += _extras(wanted)
    return ", ".join([*words, *(wanted.then or ())])


def write_around(around: Around | bool | None) -> str:
    if around is None:
        return ""
    if isinstance(around, bool):
        return "none"
    words = []
    if around.conv is not None:
        conv = around.conv
        words = ["×".join(map(str, (*(conv.kernel or (1, 1)), *(() if conv.channels is None else (conv.channels,)))))]
        words += [f"stride {write_pair(conv.stride)}"] if conv.stride is not None else []
        words += [f"padding {write_pair(conv.padding)}"] if conv.padding not in (None, (0, 0)) else []
    text = "conv " + ", ".join(words) if words else FIT if around.fit else "identity"
    return text if around.source is None else f"row {around.source}" + ("" if text == "identity" else f": {text}")


def write_line(understood: Understood) -> Cells:
    """The line in one spelling; a line with a cell that cannot be read stays as it was typed."""
    wanted = understood.wanted
    if wanted is None or understood.faults:
        return understood.cells
    is_block = wanted.kind == "block"
    return Cells(
        understood.cells.name,
        "×".join(map(str, understood.input)),
        write_operation(wanted),
        "" if is_block else write_pair(wanted.kernel, square=True),
        "" if is_block or wanted.channels is None else str(wanted.channels),
        write_pair(wanted.stride),
        "same" if wanted.same else write_pair(wanted.padding),
        _write_then(wanted),
        write_around(understood.around),
        "×".join(map(str, understood.output)),
    )
