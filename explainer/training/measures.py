"""How much a gate differs between classes, from its values on many pictures.

A gate of one picture becomes a row of *units*: its channels; the places of a spatial gate; of token-to-token attention what each
token receives on average. With m[c, k] the mean of unit k over the pictures of class c,

    between = mean over k of the variance of m[c, k] over the classes c
    within  = mean over k and c of the variance of unit k over the pictures of class c
    share   = between / (between + within)

where every class counts the same and variances divide by the count. The share does not depend on the gate's scale. A share comes
about by chance as well: it is measured again with the classes dealt to the pictures at random, as often as ``SHUFFLES`` says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from explainer.training.record import CLASSES, MOST_UNITS, GateMeans
from explainer.types import GateKind

if TYPE_CHECKING:
    from torch import Tensor

SHUFFLES = 20


def units(values: Tensor, kind: GateKind, count: int) -> Tensor | None:
    """(pictures, units) from a gate's values; None where they have no row for each picture."""
    if values.dim() < 2 or values.shape[0] % count or not values.is_floating_point():
        return None
    rows = values.reshape(count, -1, *values.shape[1:]) if values.shape[0] != count else values
    if kind == "token-to-token":  # (N, ..., queries, keys): what each key receives
        rows = rows.mean(dim=tuple(range(1, rows.dim() - 1)))
    elif kind == "spatial":
        rows = rows.mean(dim=1).flatten(1) if rows.dim() == 4 else rows.flatten(1)
    else:
        rows = rows.flatten(2).mean(dim=2) if rows.dim() > 2 else rows
    return rows if rows.dim() == 2 and rows.shape[1] > 0 else None


def compare(rows: Tensor, classes: Tensor) -> tuple[Tensor, float, float]:
    """The means by class (classes, units), the variance between the classes, the one within them."""
    import torch

    parts = [rows[classes == number] for number in range(CLASSES)]
    means = torch.stack([part.mean(dim=0) for part in parts])
    within = torch.stack([part.var(dim=0, correction=0) for part in parts])
    return means, float(means.var(dim=0, correction=0).mean()), float(within.mean())


def shuffled_share(rows: Tensor, classes: Tensor, seed: int) -> float | None:
    """The share when classes are dealt at random, the mean of ``SHUFFLES`` deals; None where all rows are the same."""
    import torch

    generator, shares = torch.Generator().manual_seed(seed), []
    for _ in range(SHUFFLES):
        dealt = classes[torch.randperm(len(classes), generator=generator)]
        _means, between, within = compare(rows, dealt)
        if between + within <= 1e-16:
            return None
        shares.append(between / (between + within))
    return sum(shares) / len(shares)


def gate_means(
    place: tuple[int, int, GateKind], shape: tuple[int, ...], rows: Tensor, classes: Tensor, seed: int | None
) -> GateMeans:
    """The record of one gate, with the means of its first ``MOST_UNITS`` units; with a ``seed``, also its shuffled share."""
    rows = rows.double()
    means, between, within = compare(rows, classes)
    shuffled = None if seed is None else shuffled_share(rows, classes, seed)
    stage, number, kind = place
    return GateMeans(
        stage, number, kind, shape, tuple(tuple(round(x, 6) for x in row) for row in means[:, :MOST_UNITS].tolist()),
        between, within, float(rows.mean()), float(rows.min()), float(rows.max()), shuffled,
    )  # fmt: skip
