"""A table by its columns: what their heads say, and which of them are networks to choose from."""

from __future__ import annotations

import re
from collections.abc import Sequence

from explainer.table.drafted import cells_of, is_operation, last_map, spelled, tidied, with_inputs_moved
from explainer.table.grid import Grid, role_of
from explainer.table.inverted import NORMED, WRITTEN_OUT, written_out
from explainer.table.phrases import Manner, read_phrases
from explainer.table.record import LONGEST_CELL, Cells
from explainer.types import Sentence, sentence

_IMAGE = r"\b(?:image|input)\b|输入|图像"
_FILTER = re.compile(r"\d+x\d+x\d+x\d+|\d+x\d+x\d+ dw|pool \d+x\d+", re.I)


def as_columns(cells: dict[str, str]) -> dict[str, str]:
    """What papers write into one column, in columns of its own.

    ``3x3x32x64`` and ``3x3x32 dw`` in *filter shape* (window, channels in and out), ``7x7/2`` in *patch size/stride*, and
    ``#3x3 reduce``, the 1×1 convolution in front of another.
    """
    found = dict(cells)
    found |= {"then": {"re": "ReLU", "hs": "Hardswish"}.get(found.pop("nl", "").lower(), "")} if "nl" in found else {}
    if found.pop("se", "-").strip("-") and found.get("operation"):  # a gate is no operation of a table: kept as a word
        found["operation"] += " SE"
    shape = found.pop("filter", "")
    if window := re.fullmatch(r"(\d+x\d+)x(\d+)(?:x(\d+)| dw)", shape):
        found |= {"kernel": window[1], "channels": window[3] or window[2]}
    elif window := re.fullmatch(r"(?i:pool )?(\d+x\d+)", shape):
        found["kernel" if "pool" in shape.lower() or "pool" in found.get("operation", "").lower() else "filter"] = window[1]
    if dense := re.fullmatch(r"\d+x(\d+)", found.pop("filter", "")):
        found["channels"] = dense[1]
    if both := re.fullmatch(r"(\d+x\d+)\s*/\s*(\d+)", found.get("kernel", "")):
        found |= {"kernel": both[1], "stride": found.get("stride") or both[2]}
    reduced = re.fullmatch(r"#\s*3x3 reduce (\d+) #\s*3x3 (\d+)", found.get("branch", ""))
    if reduced and found.get("kernel") == "3x3":
        stride = f", stride {found.pop('stride')}" if found.get("stride") else ""
        found |= {
            "operation": f"conv 1x1, {reduced[1]} ; conv 3x3, {reduced[2]}{stride}",
            "kernel": "",
            "channels": "",
            "branch": "",
        }
    return found


def columns_of(grid: Grid, variant: int) -> Columns | None:
    """A reader by columns, if the text has columns whose heads are known."""
    if grid.form == "lines":
        return None
    for place, row in enumerate(grid.rows[:3]):
        roles = [role_of(cell) for cell in row]
        numbers = any(re.search(r"\d+x\d+", cell) for cell, role in zip(row, roles, strict=True) if role != "branch")
        if sum(role is not None for role in roles) >= 2 and not numbers:
            return Columns(grid, place, roles, variant)
    shapes = sum(len(row) == 3 and bool(_FILTER.fullmatch(row[1])) for row in grid.rows)
    if 2 * shapes > len(grid.rows) and {len(row) for row in grid.rows} == {3}:  # the rows of such a table without its head
        return Columns(grid, -1, ["operation", "filter", "input"], variant)
    head = grid.rows[0] if grid.rows else ()
    side_by_side = sum(len([cell for cell in row if is_operation(cell)]) > 1 for row in grid.rows[1:])
    if len(head) > 1 and side_by_side and not any(map(is_operation, head)):
        return Columns(grid, 0, [None] * len(head), variant)
    return None


class Columns:
    """A table whose head names its columns. Columns without a known name that hold operations are networks to choose from."""

    def __init__(self, grid: Grid, head: int, roles: Sequence[str | None], variant: int) -> None:
        self.grid, self.head = grid, head
        self.remarks: list[Sentence] = []
        self.roles = list(roles)
        if "operation" not in self.roles and "name" in self.roles and not self._networks():
            self.roles[self.roles.index("name")] = "operation"
        self._part_names()
        self._turn_sizes()
        networks = self._networks()
        if "operation" in self.roles and self._says(place := self.roles.index("operation")):
            networks = [one for one in networks if self._windows(one) and not self._windows(place)]
        if networks:
            self.roles = [
                "name" if role == "operation" and place not in networks else role for place, role in enumerate(self.roles)
            ]
        names = [grid.rows[head][place] for place in networks]
        self.variants = tuple(names) if len(names) > 1 else ()
        self.variant = min(max(variant, 0), len(names) - 1) if names else 0
        self.networks = networks

    def _part_names(self) -> None:
        """Of several columns with operations, those that hold none, as ``conv1``, are names."""
        places = [place for place, role in enumerate(self.roles) if role == "operation"]
        if len(places) > 1:
            told = sorted((place for place in places if self._says(place)), key=self._windows, reverse=True)
            told = told or sorted(places, key=self._words, reverse=True)
            self.roles = [role if place not in places or place == told[0] else "name" for place, role in enumerate(self.roles)]

    def _turn_sizes(self) -> None:
        """A column of resolutions is one of inputs where a classifier stands beside a whole map, as in EfficientNet's table."""
        heads = self.grid.rows[self.head] if self.head >= 0 else ()
        for place, (head, role) in enumerate(zip(heads, self.roles, strict=False)):
            if role != "output" or re.search(r"out|输出", head, re.I) or "input" in self.roles:
                continue
            last = next((row for row in reversed(self._rows()) if place < len(row) and row[place]), ())
            map_beside = last and re.match(r"(\d+)x\d+", last[place])
            if map_beside and int(map_beside[1]) > 1 and re.search(r"\bfc\b|fully|classif|全连接", " ".join(last), re.I):
                self.roles[place] = "input"

    def _rows(self) -> Sequence[tuple[str, ...]]:
        return self.grid.rows[self.head + 1 :]

    def _says(self, column: int) -> bool:
        """Whether a column holds operations, in at least half of the lines where it holds anything."""
        cells = [row[column] for row in self._rows() if column < len(row) and row[column]]
        return 2 * sum(is_operation(cell) for cell in cells) >= max(len(cells), 1)

    def _words(self, column: int) -> int:
        """How many of a column's cells name an operation by a word, which ``C1`` does not."""
        cells = [row[column] for row in self._rows() if column < len(row)]
        return sum(any(draft.kind is not None for draft in read_phrases(cell, Manner())) for cell in cells)

    def _windows(self, column: int) -> int:
        return sum(re.search(r"\dx\d", row[column]) is not None for row in self._rows() if column < len(row))

    def _networks(self) -> list[int]:
        known = [place for place, role in enumerate(self.roles) if role is None]
        return [place for place in known if self._says(place) and any(place < len(row) and row[place] for row in self._rows())]

    def lines(self) -> list[Cells]:
        found: list[Cells] = []
        above: dict[str, str] = {}
        self._written = False
        for number, row in enumerate(self._rows()):
            cells = self._by_role(row)
            if "name" in self.roles and cells.get("operation") and not cells.get("name") and not cells.get("output"):
                cells |= above if "name" in above else {}  # a name and a size beside several lines are printed once
            above = {key: cells[key] for key in ("name", "output") if cells.get(key)}
            found += self._line(cells, self.grid.sources[self.head + 1 + number], found)
        if self._written:
            self.remarks.append(WRITTEN_OUT)
            found = _normed(found)
        return with_inputs_moved(found)

    def _line(self, cells: dict[str, str], source: str, before: Sequence[Cells]) -> list[Cells]:
        if not any(cells.values()):
            return []
        cells = as_columns(cells)
        blocks = written_out(cells, channels_into(cells.get("input", ""), before))
        if blocks:
            self._written = True
            blocks[0] = blocks[0].put(input=spelled(cells.get("input", "")))
            blocks[-1] = blocks[-1].put(output=spelled(cells.get("output", "")))
            return [tidied(one.put(name=cells.get("name", "")[:40])) for one in blocks]
        drafts = read_phrases(cells.get("operation", ""), Manner())
        known = [draft for draft in drafts if draft.wanted() is not None]
        words = f"{cells.get('operation', '')} {cells.get('name', '')}"
        if not known and not cells.get("kernel") and cells.get("output") and re.search(_IMAGE, words, re.I):
            depth = re.match(r"\d+", cells.get("channels", ""))
            return [Cells(input=spelled("x".join(filter(None, (cells["output"], depth[0] if depth else "")))))]
        if cells.get("branch") and not known:  # a cell of several branches, such as Inception's: not a line of layers
            words = f"{cells.get('operation') or cells.get('name', '')}: {cells['branch']}"
            return [Cells(operation=words[:LONGEST_CELL], output=spelled(cells.get("output", "")))]
        if not known and not (cells.get("kernel") or cells.get("channels")):
            return self._without(cells, source)
        made = [cells_of(draft) for draft in known] or [Cells(operation="conv" if cells.get("kernel") else "fc")]
        if any(draft.unread for draft in drafts):  # as it stands: what is left of it would look like something else
            made = [Cells(operation=cells["operation"][:LONGEST_CELL])]
        made = _with_numbers(made, cells)
        made[0] = made[0].put(input=spelled(cells.get("input", "")) or made[0].input)
        target = last_map(made)
        made[target] = made[target].put(output=spelled(cells.get("output", "")) or made[target].output)
        if "fc" in made[target].operation and not made[target].channels and made[target].output.isdigit():
            made[target] = made[target].put(channels=made[target].output)
        if cells.get("then", "").lower() == "softmax":
            made.append(Cells(operation=cells.pop("then").lower()))
        made[-1] = made[-1].put(**{key: spelled(cells[key]) for key in ("then", "shortcut") if cells.get(key)})
        return [tidied(one.put(name=cells.get("name", "")[:40])) for one in made]

    def _without(self, cells: dict[str, str], source: str) -> list[Cells]:
        """A row without an operation: the input alone, or words that are kept."""
        size = re.search(r"\d+(?:x\d+)+", " ".join(cells.values()))
        words = " ".join(cells.values()).lower()
        if re.search(r"input|输入", words) and size:
            return [Cells(input=size[0].replace("x", "×"))]
        if cells.get("input") and len([text for text in cells.values() if text]) == 1:
            return [Cells(input=spelled(cells["input"]))]
        if re.search(r"param|flop|参数|weight layers|计算量", words):
            self.remarks.append(sentence("Left out, as it is no layer: {text}", text=source[:80]))
            return []
        return [Cells(name=cells.get("name", ""), input=spelled(cells.get("input", "")),
                      operation=(cells.get("operation") or cells.get("name") or source)[:LONGEST_CELL],
                      output=spelled(cells.get("output", "")))]  # fmt: skip

    def _by_role(self, row: Sequence[str]) -> dict[str, str]:
        found: dict[str, str] = {}
        for place, text in enumerate(row[: len(self.roles)]):
            role = self.roles[place]
            if role in ("kernel", "channels", "stride", "input", "output") and text in ("-", "/"):
                continue
            if role is not None and role != "ignored" and text:
                said = f"{self.grid.rows[self.head][place]} {text}" if role == "branch" else text
                found[role] = f"{found[role]} {said}" if role in found else said
        if self.networks:
            own = [row[place] for place in self.networks if place < len(row) and row[place]]
            chosen = self.networks[self.variant]
            text = row[chosen] if chosen < len(row) else ""
            # A cell that spans all networks stands in one column; an empty one beside several others is empty.
            found["operation"] = text or (own[0] if len(own) == 1 else "")
            if not text and len(own) != 1:
                found = {}
        return found


def channels_into(size: str, before: Sequence[Cells]) -> int:
    """How many channels come into a line: as its input says, else as the line before makes; 0 if neither tells."""
    if whole := re.fullmatch(r"\d+x\d+x(\d+)", size):
        return int(whole[1])
    told = re.search(r"(\d+)(?:, BN)?\](?: × \d+)?$", before[-1].operation) if before else None
    said = before[-1].channels if before else ""
    return int(told[1]) if told else int(said) if said.isdigit() else 0


def _normed(lines: list[Cells]) -> list[Cells]:
    """BN behind every convolution that does not classify: those in front of the pool, where there is one."""
    pool = next((place for place, line in enumerate(lines) if "pool" in line.operation), len(lines))
    return [
        line.put(then=NORMED if not line.then else f"BN, {line.then}")
        if place < pool and line.operation.startswith("conv") and "BN" not in line.then
        else line
        for place, line in enumerate(lines)
    ]


def _with_numbers(made: list[Cells], cells: dict[str, str]) -> list[Cells]:
    """The lines of a row, the first with what the columns of numbers say."""
    numbers = {key: spelled(cells[key]) for key in ("kernel", "channels", "stride", "padding") if cells.get(key)}
    words = [f"{key} {cells[key]}" for key in ("dilation", "groups") if cells.get(key, "1") not in ("", "1", "-")]
    repeat = re.fullmatch(r"x?\s*(\d{1,2})", cells.get("repeat", ""))
    words += [f"x {repeat[1]}"] if repeat and int(repeat[1]) > 1 else []
    return [made[0].put(operation=" ".join([made[0].operation, *words]), **numbers), *made[1:]]
