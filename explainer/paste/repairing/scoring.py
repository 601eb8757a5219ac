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
_Floats = NDArray[np.float32]
_Numbers = Sequence[Sequence[int]]


@dataclass(frozen=True, slots=True)
class Weights:
    """The numbers of marks, by kind, of words and of traits, and the tables of each network; a row of ``rows`` begins with what
    its mark says alone.
    """

    marks: Mapping[str, Mapping[str, int]]
    words: Mapping[str, int]
    traits: Mapping[str, int]
    networks: Sequence[Mapping[str, _Floats]]


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
    networks = [{name: _numbers(table) for name, table in tables.items()} for tables in read["networks"]]
    return Weights(by_kind, words, traits, networks)


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
        self._networks = [_Network(tables, words, noted, traits) for tables in weights.networks]

    def score(self, places: Sequence[tuple[str, Sequence[str], Sequence[int]]]) -> list[float]:
        """The logit of "the block ends here" for each place, given its kind, its marks and its cast."""
        if not places:
            return []
        found, starts = list[int](), list[int]()
        for kind, row, _ in places:
            starts.append(len(found))
            found += [-1, *_known(row, self._weights.marks.get(kind, {}))]
        casts = np.array([cast for _, _, cast in places])
        logits = np.mean([network.score(found, starts, casts) for network in self._networks], axis=0)
        return [float(logit) for logit in logits]


def _known(names: Sequence[str], numbers: Mapping[str, int]) -> list[int]:
    return [numbers[name] for name in names if name in numbers]


class _Network:
    """One network over one text, whose lines come as the numbers of what is known of them."""

    def __init__(self, tables: Mapping[str, _Floats], words: _Numbers, noted: _Numbers, traits: _Numbers) -> None:
        self._tables = tables
        read = _product(self._means(words), tables["spoken"]) + _product(self._means(noted), tables["noted"])
        read = self._among(read + np.stack([tables["traits"][row].sum(axis=0) for row in traits]))
        read = np.concatenate([read, np.zeros((1, read.shape[1]), np.float32)])
        self._said = np.stack([_product(read, role) for role in tables["roles"]])
        self._rows = np.concatenate([tables["rows"], np.zeros_like(tables["rows"][:1])])

    def _means(self, words: _Numbers) -> _Floats:
        vectors = self._tables["vectors"]
        none = np.zeros(vectors.shape[1], np.float32)
        return np.stack([vectors[known].mean(axis=0) if known else none for known in words])

    def _among(self, read: _Floats) -> _Floats:
        """What the lines say, each together with its neighbours."""
        for layer, start in zip(self._tables["layers"], self._tables["starts"], strict=True):
            padded = np.pad(read, ((REACH, REACH), (0, 0)))
            window = np.concatenate([padded[shift : shift + len(read)] for shift in range(2 * REACH + 1)], axis=1)
            read = read + np.maximum(_product(window, layer) + start, 0)
        return read

    def score(self, marks: Sequence[int], starts: Sequence[int], casts: NDArray[np.int64]) -> _Floats:
        """The logits of places, whose marks stand one behind the other; ``starts``: where those of each begin."""
        tables = self._tables
        summed = np.add.reduceat(self._rows[marks], starts)
        said = self._said[np.arange(len(ROLES)), casts].sum(axis=1)
        hidden = np.maximum(summed[:, 1:] + said + tables["first"][0, 1:], 0)
        second = np.maximum(_product(hidden, tables["second"][1:]) + tables["second"][0], 0)
        logits: _Floats = summed[:, 0] + tables["first"][0, 0] + second @ tables["out"][:, 0]
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
