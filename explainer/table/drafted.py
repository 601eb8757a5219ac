"""Drafts of lines to cells, and what belongs together of the lines of a text."""

from __future__ import annotations

import re
from collections.abc import Sequence

from explainer.table.lines import Understood, understand, write_line
from explainer.table.normal import unify
from explainer.table.operation import Around, Draft
from explainer.table.phrases import Manner, read_phrases
from explainer.table.record import Cells


def is_operation(cell: str) -> bool:
    """Whether a cell says what to do, which ``conv1`` does not."""
    found = [
        wanted for draft in read_phrases(cell, Manner()) if (wanted := draft.wanted()) is not None and wanted.kind != "after"
    ]
    return any(wanted.kind not in ("conv", "fc") or wanted.kernel or wanted.channels or wanted.parts for wanted in found)


def cells_of(draft: Draft) -> Cells:
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


def with_inputs_moved(lines: list[Cells]) -> list[Cells]:
    """An input that stands alone, such as ``input 224×224×3``, belongs to the line below it."""
    found: list[Cells] = []
    pending = ""
    for line in lines:
        if (
            line.input
            and not line.put(input="", name="").put(operation="").operation
            and not any(line.get(column) for column in ("operation", "kernel", "channels", "output", "then"))
        ):
            if pending and line.input != pending:  # a second size in a row is no input: it is a line that was not understood
                found.append(line)
            pending = pending or line.input
            continue
        found.append(line.put(input=line.input or pending))
        pending = ""
    if pending and found and not found[-1].output:
        found[-1] = found[-1].put(output=pending)
    return found


def last_map(lines: Sequence[Cells]) -> int:
    """The last of several operations of one row that makes a map: it is what the row's output size is about."""
    flat = ("fc", "flatten", "softmax", "dropout")
    places = [place for place, line in enumerate(lines) if not line.operation.startswith(flat)]
    return places[-1] if places else 0


def tidied(line: Cells) -> Cells:
    """In one spelling where all of it is understood."""
    return write_line(understand(line)).put(name=line.name)


def spelled(text: str) -> str:
    return re.sub(r"(?<=\d)x(?=\d)", "×", unify(text)).strip()
