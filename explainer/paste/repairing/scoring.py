"""How likely a block ends before a line: a small network over the marks of judging.py and the words of the lines around.

The marks add up to what they say alone, and to the hidden units in which they strengthen each other ("both arms bind the same"
counts more where the other arm is over as well). The words of each line that plays a role reach the same units. All of it is
fitted to public model code by benchmarks/repair_weights.py.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from explainer.paste.repairing.judging import ROLES
from explainer.paste.repairing.lexing import lex
from explainer.paste.repairing.lines import Line, words_of

SCALE = 100
_Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class _Weights:
    """``marks``: the row of each, by kind; ``rows``: what each mark says alone in front, and an empty one at the end;
    ``roles``: from a word's numbers to the hidden units.
    """

    marks: dict[str, dict[str, int]]
    rows: _Floats
    words: dict[str, int]
    vectors: _Floats
    roles: _Floats
    first: _Floats
    second: _Floats
    out: _Floats


@cache
def _weights() -> _Weights:
    read = json.loads(files(__package__).joinpath("weights.json").read_text())
    marks, words = read["marks"], read["words"]
    first, second, out, roles, rows, vectors = (
        (np.array(read[name]) / SCALE).astype(np.float32) for name in ("first", "second", "out", "roles", "rows", "vectors")
    )
    rows = np.concatenate([rows, np.zeros_like(rows[:1])])
    by_kind: dict[str, dict[str, int]] = {}
    for row, name in enumerate(marks):
        kind, _, mark = name.partition(" ")
        by_kind.setdefault(kind, {})[mark] = row
    return _Weights(
        by_kind, rows, {word: row for row, word in enumerate(words)}, vectors,
        roles, first, second, out,
    )  # fmt: skip


class Scorer:
    """Scores the ends of blocks in one text."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self._weights = weights = _weights()
        none = np.zeros((1, weights.vectors.shape[1]), np.float32)
        spoken = np.concatenate([*(self._mean(line.words) for line in lines), none])
        noted = np.concatenate([*(self._mean(comment_words(line)) for line in lines), none])
        self._said = np.einsum("nd,rdh->rnh", spoken, weights.roles[: len(ROLES)])
        self._said[0] += noted @ weights.roles[len(ROLES)]
        self._each = np.arange(len(ROLES))

    def _mean(self, words: Sequence[str]) -> _Floats:
        known = [row for word in words if (row := self._weights.words.get(word)) is not None]
        vectors = self._weights.vectors
        return vectors[known].mean(axis=0, keepdims=True) if known else np.zeros((1, vectors.shape[1]), np.float32)

    def score(self, places: Sequence[tuple[str, Sequence[str], Sequence[int]]]) -> list[float]:
        """The logit of "the block ends here" for each place, given its kind, its marks and its cast."""
        if not places:
            return []
        weights = self._weights
        found, starts = list[int](), list[int]()
        for kind, row, _ in places:
            known = weights.marks.get(kind, {})
            starts.append(len(found))
            found.append(-1)
            found += [known[mark] for mark in row if mark in known]
        summed = np.add.reduceat(weights.rows[found], starts)
        hidden = np.maximum(
            summed[:, 1:] + self._said[self._each, np.array([cast for _, _, cast in places])].sum(axis=1) + weights.first[1:], 0
        )
        second = np.maximum(hidden @ weights.second[1:] + weights.second[0], 0)
        logits: list[float] = (summed[:, 0] + weights.first[0] + second @ weights.out).tolist()
        return logits


def comment_words(line: Line) -> tuple[str, ...]:
    """The words of the comments above the line."""
    return words_of([token for comment in line.before[-2:] for token in lex(comment.lstrip("# ")[:200])])
