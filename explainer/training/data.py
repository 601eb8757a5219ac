"""The handwritten digits that come with scikit-learn: 1797 grey pictures of 8 x 8, read from the wheel's own file.

Source: Alpaydin and Kaynak 1998, Optical Recognition of Handwritten Digits, UCI; the test part, as scikit-learn ships it.
"""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from explainer.errors import InvalidInput

if TYPE_CHECKING:
    from torch import Tensor

SIDE, WHITE = 8, 16.0
TEST_SHARE = 1 / 3


@dataclass(frozen=True, slots=True)
class Digits:
    """Pictures (N, 1, 8, 8) between 0 and 1, and their classes."""

    pictures: Tensor
    classes: Tensor


@dataclass(frozen=True, slots=True)
class Split:
    train: Digits
    test: Digits


@cache
def digits() -> Digits:
    """All pictures; InvalidInput where scikit-learn is not installed. The package itself is not imported."""
    import numpy as np
    import torch

    spec = find_spec("sklearn")
    if spec is None or spec.origin is None:
        raise InvalidInput("The digits come with scikit-learn, which is not installed here.")
    with gzip.open(Path(spec.origin).parent / "datasets" / "data" / "digits.csv.gz", "rt") as file:
        table = np.loadtxt(file, delimiter=",", dtype=np.uint8)
    numbers = torch.from_numpy(table)
    return Digits(numbers[:, :-1].reshape(-1, 1, SIDE, SIDE).float() / WHITE, numbers[:, -1].long())


def split(seed: int, per_class: int = 0) -> Split:
    """The same for the same seed; a third of every class is kept for the test, and ``per_class`` of the rest are for training."""
    import torch

    whole, generator = digits(), torch.Generator().manual_seed(seed)
    train, test = [], []
    for number in range(int(whole.classes.max()) + 1):
        places = (whole.classes == number).nonzero()[:, 0]
        places = places[torch.randperm(len(places), generator=generator)]
        kept = round(len(places) * TEST_SHARE)
        test.append(places[:kept])
        train.append(places[kept:][: per_class or None])
    return Split(_part(whole, torch.cat(train)), _part(whole, torch.cat(test)))


def _part(whole: Digits, places: Tensor) -> Digits:
    return Digits(whole.pictures[places], whole.classes[places])
