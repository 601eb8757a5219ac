"""How likely a block ends before a line: a small network over the marks of judging.py and the lines around.

Every line is first read together with its neighbours: its words, the words of its comments and its traits (traits.py) go
through a few convolutions along the text. The lines that play a role at a place, and the marks that it carries, reach the same
hidden units, in which they strengthen each other ("both arms bind the same" counts more where the other arm is over as well). All
of it is fitted to public code by benchmarks/repair_weights.py.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explainer.paste.repairing.judging import ROLES
from explainer.paste.repairing.lexing import lex
from explainer.paste.repairing.lines import Line, words_of
from explainer.paste.repairing.traits import traits_of

REACH = 2  # lines to each side that a convolution takes in
_ALONE = 260_000  # multiplications that BLAS does in one thread; to wake others for so little takes longer than to do it
_Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Weights:
    """The numbers of marks, by kind, of words and of traits, and the tables; ``rows`` begin with what a mark says alone."""

    marks: Mapping[str, Mapping[str, int]]
    words: Mapping[str, int]
    traits: Mapping[str, int]
    tables: Mapping[str, _Floats]


@cache
def weights_of_file() -> Weights:
    """The weights that are shipped."""
    return unpacked(json.loads(files(__package__).joinpath("weights.json").read_text()))


def unpacked(read: Mapping[str, Any]) -> Weights:
    """The weights as they stand in a file."""
    by_kind: dict[str, dict[str, int]] = {}
    for row, name in enumerate(read["marks"]):
        kind, _, mark = name.partition(" ")
        by_kind.setdefault(kind, {})[mark] = row
    words, traits = ({name: row for row, name in enumerate(read[kind])} for kind in ("words", "traits"))
    return Weights(by_kind, words, traits, {name: _numbers(table) for name, table in read["tables"].items()})


def _numbers(table: Mapping[str, Any]) -> _Floats:
    """The numbers of a table: a byte for each, and a scale for each column."""
    values = np.frombuffer(base64.b64decode(table["data"]), np.int8).reshape(table["shape"]).astype(np.float32)
    return values * np.array(table["scale"], np.float32)


class Scorer:
    """Scores the ends of blocks in one text."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self._weights = weights = weights_of_file()
        read = self._read(lines)
        none = np.zeros((1, read.shape[1]), np.float32)
        read = np.concatenate([read, none])
        self._said = np.stack([_product(read, role) for role in weights.tables["roles"]])
        self._each = np.arange(len(ROLES))
        self._rows = np.concatenate([weights.tables["rows"], np.zeros_like(weights.tables["rows"][:1])])

    def _read(self, lines: Sequence[Line]) -> _Floats:
        """What the lines say, each together with its neighbours."""
        tables = self._weights.tables
        words = np.stack([self._mean(line.words) for line in lines])
        noted = np.stack([self._mean(comment_words(line)) for line in lines])
        traits = np.stack([self._sum(row) for row in traits_of(lines)])
        read = _product(words, tables["spoken"]) + _product(noted, tables["noted"]) + traits
        for number in range(len(tables["layers"])):
            padded = np.pad(read, ((REACH, REACH), (0, 0)))
            window = np.concatenate([padded[shift : shift + len(read)] for shift in range(2 * REACH + 1)], axis=1)
            read = read + np.maximum(_product(window, tables["layers"][number]) + tables["starts"][number], 0)
        return read

    def _mean(self, words: Sequence[str]) -> _Floats:
        known = [row for word in words if (row := self._weights.words.get(word)) is not None]
        vectors = self._weights.tables["vectors"]
        return vectors[known].mean(axis=0) if known else np.zeros(vectors.shape[1], np.float32)

    def _sum(self, traits: Sequence[str]) -> _Floats:
        known = [row for trait in traits if (row := self._weights.traits.get(trait)) is not None]
        total: _Floats = self._weights.tables["traits"][known].sum(axis=0)
        return total

    def score(self, places: Sequence[tuple[str, Sequence[str], Sequence[int]]]) -> list[float]:
        """The logit of "the block ends here" for each place, given its kind, its marks and its cast."""
        if not places:
            return []
        marks, tables = self._weights.marks, self._weights.tables
        found, starts = list[int](), list[int]()
        for kind, row, _ in places:
            known = marks.get(kind, {})
            starts.append(len(found))
            found.append(-1)
            found += [known[mark] for mark in row if mark in known]
        summed = np.add.reduceat(self._rows[found], starts)
        said = self._said[self._each, np.array([cast for _, _, cast in places])].sum(axis=1)
        hidden = np.maximum(summed[:, 1:] + said + tables["first"][0, 1:], 0)
        second = np.maximum(_product(hidden, tables["second"][1:]) + tables["second"][0], 0)
        logits: list[float] = (summed[:, 0] + tables["first"][0, 0] + second @ tables["out"][:, 0]).tolist()
        return logits


def _product(rows: _Floats, table: _Floats) -> _Floats:
    """The product of two matrices, a few rows at a time."""
    step = max(1, _ALONE // table.size)
    if len(rows) <= step:
        return rows @ table
    return np.concatenate([rows[start : start + step] @ table for start in range(0, len(rows), step)])


def comment_words(line: Line) -> tuple[str, ...]:
    """The words of the comments above the line."""
    return words_of([token for comment in line.before[-2:] for token in lex(comment.lstrip("# ")[:200])])
