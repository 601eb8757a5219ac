"""Pasted text to a table. What cannot be read becomes a line of its own words, so that nothing is lost."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from explainer.stack import Stack, read_source
from explainer.table.back import table_of_stack
from explainer.table.grid import Form, Grid, read_grid, role_of
from explainer.table.lines import Understood, understand, write_line
from explainer.table.normal import unify
from explainer.table.operation import Around, Draft
from explainer.table.phrases import Manner, read_phrases
from explainer.table.record import LONGEST_CELL, MOST_LINES, Cells, Table
from explainer.table.words import Key
from explainer.types import Sentence, sentence

MOST_TEXT = 20_000
_LABEL = re.compile(r"\s*((?:[A-Za-z]{1,8}\d{1,2}(?:_\w{1,4})?|\d{1,3}))\s*[:.)]\s+(?=\S)")
_CODE = re.compile(
    r"^\s*(?:import|from|class|def)\s+\w|\bnn\.\w+\s*\(|\bself\.\w|\w\s*=\s*[\w.]+\s*\(|\breturn\b|^\s*\(\w+\):|\bSequential\s*\(",
    re.M,
)
_SIDES = (224, 224)
_HEAD_WORDS = (
    r"(?:layer name|input size|input shape|input|output size|output shape|output|operations?|operators?|layers?|type|kernel size"
    r"|kernel|filters?|channels|strides?|paddings?|shortcuts?|skip|activation|norm(?:ali[sz]ation)?"
    r"|输入尺寸|输入大小|输入|输出尺寸|输出大小|输出|操作|运算|算子|层|卷积核|核大小|通道数|通道|步幅|步长|填充|捷径连接|捷径"
    r"|残差连接|残差|归一化|激活函数|激活)"
)
_NUMBERED: tuple[Key, ...] = ("kernel", "channels", "stride", "padding")


@dataclass(frozen=True, slots=True)
class Reading:
    """A table, what there is to say about the text, and the names of its columns with networks, of which one was read."""

    table: Table
    form: Form
    remarks: tuple[Sentence, ...] = ()
    variants: tuple[str, ...] = ()
    variant: int = 0


def read_table(text: str, variant: int = 0) -> Reading:
    """The table of a text in any of the forms that people paste.

    >>> [line.operation for line in read_table("conv3-64, maxpool").table.lines]
    ['conv', 'max pool']
    """
    remarks: list[Sentence] = []
    if len(text) > MOST_TEXT:
        remarks.append(sentence("Only the first {limit:,} characters were read.", limit=MOST_TEXT))
    grid = read_grid(text[:MOST_TEXT])
    reader = _headed(grid, variant) or _Running(grid)
    lines = reader.lines()
    if len(lines) > MOST_LINES:
        remarks.append(sentence("A table has at most {limit} lines; the rest was left out.", limit=MOST_LINES))
    remarks += reader.remarks
    return Reading(Table(tuple(lines[:MOST_LINES])), grid.form, tuple(remarks), reader.variants, reader.variant)


class _Reader:
    """A way to read a grid."""

    def __init__(self, grid: Grid) -> None:
        self.grid = grid
        self.remarks: list[Sentence] = []
        self.variants: tuple[str, ...] = ()
        self.variant = 0

    def lines(self) -> list[Cells]:
        raise NotImplementedError


def _headed(grid: Grid, variant: int) -> _Columns | None:
    """A reader by columns, if the text has columns whose heads are known."""
    if grid.form == "lines":
        return None
    for place, row in enumerate(grid.rows[:3]):
        roles = [role_of(cell) for cell in row]
        numbers = sum(bool(re.search(r"\d+x\d+", cell)) for cell in row)
        if sum(role is not None for role in roles) >= 2 and not numbers:
            return _Columns(grid, place, roles, variant)
    head = grid.rows[0] if grid.rows else ()
    side_by_side = sum(len([cell for cell in row if _is_operation(cell)]) > 1 for row in grid.rows[1:])
    if len(head) > 1 and side_by_side > 1 and not any(map(_is_operation, head)):
        return _Columns(grid, 0, [None] * len(head), variant)
    return None


class _Columns(_Reader):
    """A table whose head names its columns. Columns without a known name that hold operations are networks to choose from."""

    def __init__(self, grid: Grid, head: int, roles: Sequence[str | None], variant: int) -> None:
        super().__init__(grid)
        self.head = head
        self.roles = list(roles)
        if "operation" not in self.roles and "name" in self.roles and not self._networks():
            self.roles[self.roles.index("name")] = "operation"
        networks = [] if "operation" in self.roles and self._says(self.roles.index("operation")) else self._networks()
        if networks:
            self.roles = [
                "name" if role == "operation" and place not in networks else role for place, role in enumerate(self.roles)
            ]
        names = [grid.rows[head][place] for place in networks]
        self.variants = tuple(names) if len(names) > 1 else ()
        self.variant = min(max(variant, 0), len(names) - 1) if names else 0
        self.networks = networks

    def _rows(self) -> Sequence[tuple[str, ...]]:
        return self.grid.rows[self.head + 1 :]

    def _says(self, column: int) -> bool:
        """Whether a column holds operations, in at least half of the lines where it holds anything."""
        cells = [row[column] for row in self._rows() if column < len(row) and row[column]]
        return 2 * sum(_is_operation(cell) for cell in cells) >= max(len(cells), 1)

    def _networks(self) -> list[int]:
        known = [place for place, role in enumerate(self.roles) if role is None]
        return [place for place in known if self._says(place) and any(place < len(row) and row[place] for row in self._rows())]

    def lines(self) -> list[Cells]:
        found: list[Cells] = []
        above: dict[str, str] = {}
        for number, row in enumerate(self._rows()):
            cells = self._by_role(row)
            if "name" in self.roles and cells.get("operation") and not cells.get("name") and not cells.get("output"):
                cells |= above  # the name and the size beside several lines are printed once
            above = {key: cells[key] for key in ("name", "output") if cells.get(key)}
            found += self._line(cells, self.grid.sources[self.head + 1 + number])
        return _with_inputs_moved(found)

    def _line(self, cells: dict[str, str], source: str) -> list[Cells]:
        if not any(cells.values()):
            return []
        numbers = {key: cells[key] for key in ("kernel", "channels", "stride", "padding") if cells.get(key)}
        drafts = read_phrases(cells.get("operation", ""), Manner())
        drafts = [draft for draft in drafts if draft.wanted() is not None]
        if not drafts and not (numbers.get("kernel") or numbers.get("channels")):
            return self._without(cells, source)
        made = [_cells_of(draft) for draft in drafts] or [Cells(operation="conv" if numbers.get("kernel") else "fc")]
        extra = " ".join(f"{key} {cells[key]}" for key in ("dilation", "groups") if cells.get(key) not in (None, "", "1", "-"))
        repeat = re.fullmatch(r"x?\s*(\d{1,2})", cells.get("repeat", ""))
        first = made[0].put(**{key: _plain(text) for key, text in numbers.items()})
        if extra or (repeat and int(repeat[1]) > 1):
            first = first.put(
                operation=f"{first.operation} {extra}" + (f" x {repeat[1]}" if repeat and int(repeat[1]) > 1 else "")
            )
        made[0] = first
        made[0] = made[0].put(input=_plain(cells.get("input", "")) or made[0].input)
        target = _mapped(made)
        made[target] = made[target].put(output=_plain(cells.get("output", "")) or made[target].output)
        made[-1] = made[-1].put(**{key: _plain(cells[key]) for key in ("then", "shortcut") if cells.get(key)})
        return [_tidied(one.put(name=cells.get("name", "")[:40])) for one in made]

    def _without(self, cells: dict[str, str], source: str) -> list[Cells]:
        """A row without an operation: the input alone, or words that are kept."""
        size = re.search(r"\d+(?:x\d+)+", " ".join(cells.values()))
        words = " ".join(cells.values()).lower()
        if re.search(r"input|输入", words) and size:
            return [Cells(input=size[0].replace("x", "×"))]
        if cells.get("input") and len([text for text in cells.values() if text]) == 1:
            return [Cells(input=_plain(cells["input"]))]
        if re.search(r"param|flop|参数|weight layers|计算量", words):
            self.remarks.append(sentence("Left out, as it is no layer: {text}", text=source[:80]))
            return []
        return [Cells(name=cells.get("name", ""), input=_plain(cells.get("input", "")),
                      operation=(cells.get("operation") or cells.get("name") or source)[:LONGEST_CELL],
                      output=_plain(cells.get("output", "")))]  # fmt: skip

    def _by_role(self, row: Sequence[str]) -> dict[str, str]:
        found: dict[str, str] = {}
        for place, text in enumerate(row[: len(self.roles)]):
            role = self.roles[place]
            if role is not None and role != "ignored" and text:
                found[role] = f"{found[role]} {text}" if role in found else text
        if self.networks:
            own = [row[place] for place in self.networks if place < len(row) and row[place]]
            chosen = self.networks[self.variant]
            text = row[chosen] if chosen < len(row) else ""
            # A cell that spans all networks stands in one column; an empty one beside several others is empty.
            found["operation"] = text or (own[0] if len(own) == 1 else "")
            if not text and len(own) != 1:
                found = {}
        return found


class _Running(_Reader):
    """Text without heads for its columns, or all of it run together; lines part rows, and otherwise sizes and operations do."""

    def lines(self) -> list[Cells]:
        texts = [" , ".join(cell for cell in row if cell) for row in self.grid.rows]
        if not texts:
            return []
        heads, texts[0] = _heads(texts[0])
        manner = _manner(heads, " ".join(texts))
        found: list[Cells] = []
        together = len(texts) == 1
        for text, source in zip(texts, self.grid.sources, strict=True):
            name = None if together else _LABEL.match(text)
            rest = text[name.end() :] if name else text
            drafts = read_phrases(rest, manner)
            if not rest.strip():
                continue
            if not any(draft.wanted() is not None or draft.input or draft.output for draft in drafts):
                found.append(Cells(operation=source[:LONGEST_CELL]))
                continue
            found += [_tidied(_cells_of(draft).put(name=name[1] if name else "")) for draft in drafts]
        return _with_inputs_moved(found)


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
    return Manner(order, sizes, "shortcut" in heads)


def _is_operation(cell: str) -> bool:
    """Whether a cell says what to do, which ``conv1`` does not."""
    found = [
        wanted for draft in read_phrases(cell, Manner()) if (wanted := draft.wanted()) is not None and wanted.kind != "after"
    ]
    return any(wanted.kind not in ("conv", "fc") or wanted.kernel or wanted.channels or wanted.parts for wanted in found)


def _cells_of(draft: Draft) -> Cells:
    """A draft in cells; words that were not understood stay in its operation."""
    wanted = draft.wanted()
    around: Around | bool | None = None
    if draft.shortcut is not None:
        conv = draft.shortcut.wanted()
        around = Around(None if conv is None or conv.kind == "identity" else conv, draft.shortcut.source, fit=conv is None)
    line = write_line(Understood(Cells(), wanted, draft.input, draft.output, around)) if wanted else Cells()
    if wanted is None:
        line = Cells(input="×".join(map(str, draft.input)), output="×".join(map(str, draft.output)))
    odd = [word for word in draft.unread if word]
    if wanted is not None and wanted.repeat > 1 and wanted.kind != "block":
        line = line.put(operation=f"{line.operation} × {wanted.repeat}")
    return line.put(operation=" ".join([line.operation, *odd]).strip()) if odd and wanted is not None else line


def _with_inputs_moved(lines: list[Cells]) -> list[Cells]:
    """An input that stands alone, such as ``input 224×224×3``, belongs to the line below it."""
    found: list[Cells] = []
    pending = ""
    for line in lines:
        if (
            line.input
            and not line.put(input="", name="").put(operation="").operation
            and not any(line.get(column) for column in ("operation", "kernel", "channels", "output", "then"))
        ):
            pending = pending or line.input
            continue
        found.append(line.put(input=line.input or pending))
        pending = ""
    if pending and found and not found[-1].output:
        found[-1] = found[-1].put(output=pending)
    return found


def _mapped(lines: Sequence[Cells]) -> int:
    """The last of several operations of one row that makes a map: it is what the row's output size is about."""
    flat = ("fc", "flatten", "softmax", "dropout")
    places = [place for place, line in enumerate(lines) if not line.operation.startswith(flat)]
    return places[-1] if places else 0


def _tidied(line: Cells) -> Cells:
    """In one spelling where all of it is understood."""
    return write_line(understand(line)).put(name=line.name)


def _plain(text: str) -> str:
    return re.sub(r"(?<=\d)x(?=\d)", "×", unify(text)).strip()


def read_any(text: str, variant: int = 0) -> Reading:
    """The table of a text, or of layers in PyTorch code, which is read and never run."""
    code = read_source(text[:MOST_TEXT]) if _CODE.search(text) else None
    layers = [one for one in code.items if one.name] if code is not None else []
    if code is None or not layers:
        return read_table(text, variant)
    channels = next((one.value(name) for one in layers for name in ("in_channels", "num_features") if one.value(name)), 3)
    start = (channels, *_SIDES) if isinstance(channels, int) else (3, *_SIDES)
    remarks = [sentence("Line {line} is no layer that a table knows: {text}", line=remark.line, text=remark.text) for remark in code.remarks]
    return Reading(table_of_stack(Stack(start, code.items)), "code", tuple(remarks))


def looks_like_table(text: str) -> bool:
    """Whether a text is an architecture table rather than code: at least two operations with numbers, and no Python."""
    if len(text) > MOST_TEXT or _CODE.search(text):
        return False
    found = [understand(line) for line in read_table(text).table.lines]
    good = [line for line in found if line.wanted is not None and not line.faults]
    told = [
        line for line in good if line.wanted is not None and (line.wanted.kernel or line.wanted.channels or line.wanted.parts)
    ]
    return len(told) >= 2 and 2 * len(good) >= len(found)
