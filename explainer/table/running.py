"""Text without heads for its columns, or all of it run together: lines part rows, and otherwise sizes and operations do."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from explainer.table.drafted import cells_of, last_map, tidied, with_inputs_moved
from explainer.table.grid import Grid, role_of
from explainer.table.operation import Draft
from explainer.table.phrases import Manner, read_phrases
from explainer.table.record import LONGEST_CELL, Cells
from explainer.table.words import Key
from explainer.types import Sentence

_LABEL = re.compile(r"\s*((?:[A-Za-z]{1,8}\d{1,2}(?:_\w{1,4})?|\d{1,3}))\s*[:.)]\s+(?=\S)")
_SIZED = re.compile(
    r"\s*(?P<name>[A-Za-z]+[_ -]?\d[\w.]*|[A-Za-z]*(?:stage|block|阶段|卷积|池化)\s*\d*\w*)\s*[:,]?\s+"
    r"(?P<size>\d{1,4}x\d{1,4}(?:x\d{1,5})?)[\s,:]+(?=\d{1,3}x\d|\[|rep\d)",
    re.I,
)
_LAST_SIZE = re.compile(r"\s*1x1[\s,]+(?=(?:global[\s-]*)?(?:average|avg)[\s-]*pool)", re.I)
_LENET = re.compile(
    r"\s*(?P<name>(?P<kind>[CSPF])[CN]?\d{1,2}|OUTPUT|输出)\s*[:.)]\s*(?P<rest>(?:\d{1,5}@)?\d{1,4}(?:x\d{1,4}){0,2})\s*", re.I
)
_LENET_KINDS = {"c": "conv", "s": "avg pool", "p": "max pool", "f": "fc"}
_HEAD_WORDS = (
    r"(?:layer name|input size|input shape|input|output size|output shape|output|operations?|operators?|layers?|type|kernel size"
    r"|kernel|filters?|channels|strides?|paddings?|shortcuts?|skip|activation|norm(?:ali[sz]ation)?"
    r"|输入尺寸|输入大小|输入|输出尺寸|输出大小|输出|操作|运算|算子|层|卷积核|核大小|通道数|通道|步幅|步长|填充|捷径连接|捷径"
    r"|残差连接|残差|归一化|激活函数|激活)"
)
_NUMBERED: tuple[Key, ...] = ("kernel", "channels", "stride", "padding")


class Running:
    """Text without heads for its columns, or all of it run together; lines part rows, and otherwise sizes and operations do."""

    variants: tuple[str, ...] = ()
    variant = 0

    def __init__(self, grid: Grid) -> None:
        self.grid = grid
        self.remarks: list[Sentence] = []

    def lines(self) -> list[Cells]:
        texts = [" , ".join(cell for cell in row if cell) for row in self.grid.rows]
        if not texts:
            return []
        heads, texts[0] = _heads(texts[0])
        manner = _manner(heads, " ".join(texts))
        found: list[Cells] = []
        together = len(texts) == 1
        for text, source in zip(texts, self.grid.sources, strict=True):
            sized = _as_in_lenet(text) or (None if heads else _sized(text, manner))
            if sized:
                found += sized
                continue
            name = None if together else _LABEL.match(text)
            drafts = read_phrases(text[name.end() :] if name else text, manner)
            label = name[1] if name else ""
            if not any(_says_something(draft) for draft in drafts) or (not together and any(draft.unread for draft in drafts)):
                found.append(Cells(name=label, operation=(text[name.end() :] if name else source).strip()[:LONGEST_CELL]))
            else:
                found += [tidied(cells_of(draft).put(name=label)) for draft in drafts]
        return with_inputs_moved([line for line in found if not line.put(name="").is_empty])


def _sized(text: str, manner: Manner) -> list[Cells]:
    """``conv1 112x112 7x7, 64``: a name, the size that comes out, and what is done; empty if the line is not of that kind."""
    named, last = _SIZED.match(text), _LAST_SIZE.match(text)
    match = named or last
    drafts = read_phrases(text[match.end() :], replace(manner, sizes="")) if match else []
    if match is None or not drafts or any(draft.unread or draft.wanted() is None for draft in drafts):
        return []
    made = [tidied(cells_of(draft)) for draft in drafts]
    target = last_map(made)
    made[target] = made[target].put(output=(named["size"] if named else "1x1").replace("x", "×"))
    return [line.put(name=named["name"] if named else "") for line in made]


def _as_in_lenet(text: str) -> list[Cells]:
    """``C1: 6@28x28``, ``F6: 84``: the letter says what makes it; empty if the line is not of that kind."""
    match = _LENET.fullmatch(text)
    if match is None:
        return []
    kind = _LENET_KINDS[(match["kind"] or "f").lower()]
    maps = re.fullmatch(r"(\d+)@(\d+)x(\d+)", match["rest"])
    if maps and kind != "fc":
        return [Cells(name=match["name"], operation=kind, output=f"{maps[2]}×{maps[3]}×{maps[1]}")]
    return [Cells(name=match["name"], operation=kind, channels=match["rest"])] if match["rest"].isdigit() and kind == "fc" else []


def _says_something(draft: Draft) -> bool:
    return draft.wanted() is not None or bool(draft.input or draft.output)


def _heads(text: str) -> tuple[list[str], str]:
    """The names of columns at the beginning of a text that runs on, and the rest."""
    match = re.match(rf"(?:\s*{_HEAD_WORDS}[\s,/&|]*){{2,}}", text, re.I)
    if match is None:
        return [], text
    names = re.findall(_HEAD_WORDS, match[0], re.I)
    rest = text[match.end() :]
    return [role for name in names if (role := role_of(name)) is not None], rest


def _manner(heads: Sequence[str], text: str) -> Manner:
    order = tuple(key for key in heads if key in _NUMBERED)
    if "kernel" not in order and "channels" not in order:
        order = ("channels", *(order or ("stride", "padding")))
    if heads:
        both = "input" in heads and "output" in heads
        sizes = "both" if both else "after" if "output" in heads and heads.index("output") > 0 else "before"
    else:
        sizes = "before" if re.match(r"\W*(?:\d+x\d+|\d+@|in|输入)", text, re.I) else "after"
    return Manner(order, sizes, "shortcut" in heads, bare=not heads)
