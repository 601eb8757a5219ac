"""Pasted text to a table. What cannot be read becomes a line of its own words, so that nothing is lost."""

from __future__ import annotations

import re
from dataclasses import dataclass

from explainer.stack import Stack, read_source
from explainer.table.back import table_of_stack
from explainer.table.columns import columns_of
from explainer.table.grid import Form, read_grid
from explainer.table.lines import understand
from explainer.table.normal import unify
from explainer.table.record import MOST_LINES, Table
from explainer.table.running import Running
from explainer.types import Sentence, sentence

MOST_TEXT = 20_000
_CODE = re.compile(
    r"^\s*(?:import|from|class|def)\s+\w|\bnn\.\w+\s*\(|\bself\.\w|\w\s*=\s*[\w.]+\s*\(|\breturn\b|^\s*\(\w+\):|\bSequential\s*\(",
    re.M,
)
_BARE_POOL = re.compile(r"^(?!.*(?:max|ave?rage|avg|mean|global|roi|proj|最大|平均|均值|全局)).*(?:\bpool(?:ing)?\d*\b|池化)")
_SIDES = (224, 224)


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
    reader = columns_of(grid, variant) or Running(grid)
    lines = reader.lines()
    if len(lines) > MOST_LINES:
        remarks.append(sentence("A table has at most {limit} lines; the rest was left out.", limit=MOST_LINES))
    remarks += reader.remarks
    if any(_BARE_POOL.search(unify(line).lower()) for line in text[:MOST_TEXT].splitlines()):
        remarks.append(sentence("A pool that does not say of which kind it is was read as a max pool."))
    return Reading(Table(tuple(lines[:MOST_LINES])), grid.form, tuple(remarks), reader.variants, reader.variant)


def read_any(text: str, variant: int = 0) -> Reading:
    """The table of a text, or of layers in PyTorch code, which is read and never run."""
    code = read_source(text[:MOST_TEXT]) if _CODE.search(text) else None
    layers = [one for one in code.items if one.name] if code is not None else []
    if code is None or not layers:
        return read_table(text, variant)
    channels = next((one.value(name) for one in layers for name in ("in_channels", "num_features") if one.value(name)), 3)
    start = (channels, *_SIDES) if isinstance(channels, int) else (3, *_SIDES)
    remarks = [
        sentence("Line {line} is no layer that a table knows: {text}", line=remark.line, text=remark.text)
        for remark in code.remarks
    ]
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
