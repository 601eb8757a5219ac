"""How likely a block ends before a line: two small networks over the marks of judging.py and the lines around.

Every line is first read together with its neighbours: its words, the words of its comments and its traits (traits.py) go
through a few convolutions along the text. The lines that play a role at a place, and the marks that it carries, reach the same
hidden units, in which they strengthen each other ("both arms bind the same" counts more where the other arm is over as well). The
networks began at different numbers and err at different places: their mean errs less often than either. All of it is fitted to
public code by benchmarks/repair_weights.py.
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
_LOOKED_UP = ("rows", "vectors", "traits")
_Floats = NDArray[np.float32]
_Numbers = Sequence[Sequence[int]]


@dataclass(frozen=True, slots=True)
class Weights:
    """The numbers of marks, by kind, of words and of traits, and the tables of all networks.

    ``beside``: tables of which single rows are looked up, those of all networks side by side, with a last row of zeros; a row of
    "rows" begins with what its mark says alone. ``behind``: tables that rows are multiplied with, one network behind the other.
    """

    marks: Mapping[str, Mapping[str, int]]
    words: Mapping[str, int]
    traits: Mapping[str, int]
    beside: Mapping[str, _Floats]
    behind: Mapping[str, _Floats]


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
    networks = networks_of(read)
    beside = {
        name: np.pad(np.concatenate([tables[name] for tables in networks], axis=1), ((0, 1), (0, 0))) for name in _LOOKED_UP
    }
    behind = {name: np.stack([tables[name] for tables in networks]) for name in networks[0] if name not in _LOOKED_UP}
    return Weights(by_kind, words, traits, beside, behind)


def networks_of(read: Mapping[str, Any]) -> list[dict[str, _Floats]]:
    """The tables of each network."""
    return [{name: _numbers(table) for name, table in tables.items()} for tables in read["networks"]]


def _numbers(table: Mapping[str, Any]) -> _Floats:
    """The numbers of a table: a byte for each, and a scale for each column."""
    values = np.frombuffer(base64.b64decode(table["data"]), np.int8).reshape(table["shape"]).astype(np.float32)
    return values * np.array(table["scale"], np.float32)


class Scorer:
    """Scores the ends of blocks in one text."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self._weights = weights = weights_of_file()
        words = [_known(line.words, weights.words) for line in lines]
        noted = [_known(comment_words(line), weights.words) for line in lines]
        traits = [_known(row, weights.traits) for row in traits_of(lines)]
        spoken, heard = (self._split(_sums(weights.beside["vectors"], bags) / _sizes(bags)) for bags in (words, noted))
        read = _product(spoken, weights.behind["spoken"]) + _product(heard, weights.behind["noted"])
        read = self._among(read + self._split(_sums(weights.beside["traits"], traits)))
        read = np.pad(read, ((0, 0), (0, 1), (0, 0)))
        self._said = np.stack([_beside(_product(read, role)) for role in np.moveaxis(weights.behind["roles"], 1, 0)])

    def _split(self, rows: _Floats) -> _Floats:
        """Rows of all networks side by side as one network behind the other."""
        return rows.reshape(len(rows), len(self._weights.behind["out"]), -1).swapaxes(0, 1)

    def _among(self, read: _Floats) -> _Floats:
        """What the lines say, each together with its neighbours."""
        behind, count = self._weights.behind, read.shape[1]
        for layer, start in zip(np.moveaxis(behind["layers"], 1, 0), np.moveaxis(behind["starts"], 1, 0), strict=True):
            padded = np.pad(read, ((0, 0), (REACH, REACH), (0, 0)))
            window = np.concatenate([padded[:, shift : shift + count] for shift in range(2 * REACH + 1)], axis=2)
            read = read + np.maximum(_product(window, layer) + start[:, None], 0)
        return read

    def score(self, places: Sequence[tuple[str, Sequence[str], Sequence[int]]]) -> list[float]:
        """The logit of "the block ends here" for each place, given its kind, its marks and its cast."""
        if not places:
            return []
        behind, known = self._weights.behind, [_known(row, self._weights.marks.get(kind, {})) for kind, row, _ in places]
        summed = self._split(_sums(self._weights.beside["rows"], known))
        said = self._said[np.arange(len(ROLES)), [cast for _, _, cast in places]].sum(axis=1)
        hidden = np.maximum(summed[..., 1:] + self._split(said) + behind["first"][..., 1:], 0)
        second = np.maximum(_product(hidden, behind["second"][:, 1:]) + behind["second"][:, :1], 0)
        logits = summed[..., 0] + behind["first"][..., 0] + (second @ behind["out"])[..., 0]
        found: list[float] = logits.mean(axis=0).tolist()
        return found


def _known(names: Sequence[str], numbers: Mapping[str, int]) -> list[int]:
    return [numbers[name] for name in names if name in numbers]


def _sums(table: _Floats, bags: _Numbers) -> _Floats:
    """The sum of the rows of each bag, of which there are some; the last row of the table is zero."""
    members, starts = list[int](), list[int]()
    for bag in bags:
        starts.append(len(members))
        members += [-1, *bag]
    return np.add.reduceat(table[members], starts)


def _sizes(bags: _Numbers) -> _Floats:
    """How much is in each bag, as a column, and one where nothing is."""
    return np.array([[max(1, len(bag))] for bag in bags], np.float32)


def _beside(behind: _Floats) -> _Floats:
    """The rows of networks one behind the other, side by side."""
    return behind.swapaxes(0, 1).reshape(behind.shape[1], -1)


def _product(rows: _Floats, table: _Floats) -> _Floats:
    """The products of matrices, a few rows at a time."""
    step = max(1, _ALONE // table[0].size)
    if rows.shape[1] <= step:
        return rows @ table
    return np.concatenate([rows[:, start : start + step] @ table for start in range(0, rows.shape[1], step)], axis=1)


def comment_words(line: Line) -> tuple[str, ...]:
    """The words of the comments above the line."""
    return words_of([token for comment in line.before[-2:] for token in lex(comment.lstrip("# ")[:200])])
