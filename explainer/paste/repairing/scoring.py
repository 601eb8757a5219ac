"""How likely a block ends before a line, from the marks of judging.py: a small network, fitted to public model code.

One hidden layer lets marks strengthen each other ("both arms bind the same" counts more where the other arm is over as well).
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

_SCALE = 100


@dataclass(frozen=True, slots=True)
class _Weights:
    marks: dict[str, tuple[int, ...]]
    out: tuple[int, ...]
    bias: int


@cache
def _weights() -> _Weights:
    read = json.loads(files(__package__).joinpath("weights.json").read_text())
    return _Weights({mark: tuple(row) for mark, row in read["marks"].items()}, tuple(read["out"]), read["bias"])


def score(marks: Iterable[str]) -> float:
    """The logit of "the block ends here"."""
    weights = _weights()
    rows = [row for mark in marks if (row := weights.marks.get(mark)) is not None]
    sums: list[int] = [sum(column) for column in zip(*rows, strict=True)]
    if not sums:
        return 0.0
    hidden: int = sum(out * total for out, total in zip(weights.out, sums[1:], strict=True) if total > 0)
    return (sums[0] + weights.bias) / _SCALE + hidden / _SCALE**2
