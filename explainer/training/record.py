"""What a training is asked for, and the messages that answer it: one Start, many Steps, one Finish; or a Refusal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from explainer.types import GateKind, Sentence, Shape

Net: TypeAlias = Literal["with", "without"]
NETS: tuple[Net, ...] = ("with", "without")
CLASSES = 10
WIDTHS = (16, 16, 32, 64)
STRIDES = (1, 1, 2, 1)
SIDES = (8, 8, 4, 4)
"""Channels, strides and picture sides of the network's stages; a block stands at the end of each."""
EPOCHS, MOST_EPOCHS = 20, 40
LARGEST_BATCH, LEAST_BATCH, BATCHES_A_ROUND = 64, 8, 18
MOST_UNITS = 128


def batch_size(count: int) -> int:
    """How many pictures make a batch: of few pictures smaller ones, so that a round is about as many steps.

    >>> batch_size(1198), batch_size(400), batch_size(100)
    (64, 22, 8)
    """
    return min(LARGEST_BATCH, max(LEAST_BATCH, count // BATCHES_A_ROUND))


@dataclass(frozen=True, slots=True)
class Recipe:
    """One training. ``block`` is a key of the catalogue, with ``settings`` besides the channels; or ``paste`` is a text, of
    which ``target`` is built with ``arguments`` besides the channels. Neither: the network without attention alone.

    The same recipe gives the same numbers. ``compare``: train the same network without the block beside it.
    ``per_class``: train on so many pictures of each class, on all that are not kept for the test if 0.
    """

    block: str = ""
    settings: tuple[tuple[str, int | float | str], ...] = ()
    paste: str = ""
    target: str = ""
    arguments: tuple[tuple[str, str], ...] = ()
    stand_ins: tuple[tuple[str, str], ...] = ()
    seed: int = 0
    epochs: int = EPOCHS
    per_class: int = 0
    compare: bool = True

    @property
    def nets(self) -> tuple[Net, ...]:
        if not self.block and not self.paste:
            return ("without",)
        return NETS if self.compare else ("with",)


@dataclass(frozen=True, slots=True)
class Cost:
    """What one of the networks takes: exact counts from its trace on one picture."""

    net: Net
    param_count: int
    macs: int


@dataclass(frozen=True, slots=True)
class Start:
    """What will be trained: how many batches in all, on how many pictures, and the block as it was built, of a paste."""

    steps: int
    train_count: int
    test_count: int
    costs: tuple[Cost, ...]
    name: str = ""


@dataclass(frozen=True, slots=True)
class GateMeans:
    """One gate of one stage on the test pictures: the mean of each of its units for each class, and how they differ.

    ``between`` is the variance of the class means, averaged over the units; ``within`` the mean variance inside a class.
    ``shuffled`` is the share of ``between`` when the classes are dealt at random, None before the end.
    ``shape`` is the shape of the gate for one picture, of which each unit may be a mean: see ``measures.units``.
    """

    stage: int
    gate: int
    kind: GateKind
    shape: Shape
    means: tuple[tuple[float, ...], ...]
    between: float
    within: float
    mean: float
    least: float
    largest: float
    shuffled: float | None = None

    @property
    def share(self) -> float | None:
        """How much of the variance between pictures lies between classes; None where the gate is the same for all."""
        total = self.between + self.within
        return self.between / total if total > 1e-16 else None


@dataclass(frozen=True, slots=True)
class Step:
    """How it stands after so many batches: the losses since the last Step, and after each round the accuracy and the gates."""

    net: Net
    step: int
    losses: tuple[float, ...]
    correct: int | None = None
    train_correct: int | None = None
    gates: tuple[GateMeans, ...] = ()


@dataclass(frozen=True, slots=True)
class Weight:
    """A tensor of the trained network: little-endian numbers in base64."""

    name: str
    shape: Shape
    dtype: Literal["float32", "int64"]
    data: str


@dataclass(frozen=True, slots=True)
class Score:
    """How many test pictures a network names rightly at the end, in all and of each class."""

    net: Net
    correct: int
    by_class: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Finish:
    """The end: scores, the gates with their shuffled shares, the weights of the network with the block if they are few."""

    scores: tuple[Score, ...]
    gates: tuple[GateMeans, ...]
    class_counts: tuple[int, ...]
    cpu_ms: int
    weights: tuple[Weight, ...] = ()


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why the block cannot stand in the network."""

    reason: Sentence


@dataclass(frozen=True, slots=True)
class Message:
    """What a child says."""

    content: Start | Step | Finish | Refusal
