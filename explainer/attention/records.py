"""What is asked and what is seen, as records that also cross the wall as JSON."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from explainer.types import GateKind, Sentence, Shape

if TYPE_CHECKING:
    from torch import Tensor

Feed: TypeAlias = Literal["stem", "colours", "tokens", "vector", "noise", "numbers"]
ChangeKind: TypeAlias = Literal["off", "ones", "even", "zero", "held"]
Form: TypeAlias = Literal["units", "places", "both", "matrix", "memory"]

LEVELS = 65_535
MAX_SIDE = 256


@dataclass(frozen=True, slots=True)
class Photo:
    """A picture: rows of red, green and blue bytes in base64."""

    name: str
    height: int
    width: int
    pixels: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A tensor of a state dict: little-endian float32 in base64, whatever it was in the file."""

    name: str
    shape: Shape
    data: str


@dataclass(frozen=True, slots=True)
class Edit:
    """One number of one parameter, set by hand."""

    name: str
    index: tuple[int, ...]
    value: float


@dataclass(frozen=True, slots=True)
class Weights:
    """Random from a seed, then a state dict over it, then one number set by hand."""

    seed: int = 0
    entries: tuple[Entry, ...] = ()
    edits: tuple[Edit, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """What a state dict did: names that were loaded, that the module has and the file lacks, the reverse, and (name, shape in
    the module, shape in the file) where they differ."""

    loaded: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    unexpected: tuple[str, ...] = ()
    mismatched: tuple[tuple[str, Shape, Shape], ...] = ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be looked at: the unit (channel or memory slot), the token and the head of gate number ``gate``.

    ``knob`` and ``index`` name one number of one parameter, whose value is told; empty for the first one near the gate.

    -1 leaves the unit to the gate (its largest and its smallest), the token to the middle of the picture.
    """

    gate: int = 0
    unit: int = -1
    token: int = -1
    head: int = 0
    knob: str = ""
    index: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Grid:
    """A map of numbers as 16-bit levels between its bounds, rows in base64; averaged down where a side is over 256.

    ``height`` and ``width`` are those of the data, ``rows`` and ``columns`` those of what it shows.
    """

    height: int
    width: int
    data: str
    least: float
    largest: float
    rows: int
    columns: int


@dataclass(frozen=True, slots=True)
class Triple:
    """One channel before its gate, the gate itself (its mean, and its map where it has one), and after it."""

    unit: int
    value: float
    before: Grid
    gate: Grid | None
    after: Grid


@dataclass(frozen=True, slots=True)
class Part:
    """One summand of what a gate squashes: the op it condenses with (``mean``, ``amax``), its numbers by unit, or its map."""

    name: str
    units: tuple[float, ...]
    grid: Grid | None


@dataclass(frozen=True, slots=True)
class GateSeen:
    """One gate on one picture.

    ``units``: a number for each channel and each picture, the chosen one first. ``grid``: a number for each place of the chosen
    picture, ``others`` the same for each of the others. A ``matrix`` (of one head) has ``row``: what the chosen ``token`` looks
    at, as a map; the tokens lie on the picture in ``places``, rows and columns, perhaps behind a class token. A ``memory`` has
    ``row``: the places that look at the chosen slot, which is ``token``. ``branches``: in how many parts the units are.
    ``parts``: what is added before the squashing, where it is a sum.
    """

    op: int
    kind: GateKind
    form: Form
    shape: Shape
    line: int | None
    scope: str
    squash: str
    least: float
    mean: float
    largest: float
    deviation: float
    units: tuple[tuple[float, ...], ...] = ()
    branches: int = 1
    grid: Grid | None = None
    triples: tuple[Triple, ...] = ()
    parts: tuple[Part, ...] = ()
    matrix: Grid | None = None
    row: Grid | None = None
    heads: int = 1
    head: int = 0
    token: int = 0
    places: tuple[int, int] = (1, 1)
    has_class_token: bool = False
    others: tuple[Grid, ...] = ()


@dataclass(frozen=True, slots=True)
class Knob:
    """A parameter on the way to the wanted gate, the nearest first."""

    name: str
    shape: Shape


@dataclass(frozen=True, slots=True)
class Seen:
    """All gates of a module on pictures; ``feeds`` say what each input was made of, ``samples`` the pictures that went in.

    ``knobs`` are those of the wanted gate, ``place`` is where in the first of them a change is seen at once; ``number`` is the
    one that was wanted, before any edit.
    """

    gates: tuple[GateSeen, ...]
    samples: tuple[str, ...]
    feeds: tuple[tuple[Feed, Shape], ...]
    outputs: tuple[Shape, ...]
    knobs: tuple[Knob, ...] = ()
    place: tuple[int, ...] = ()
    number: float = 0.0
    report: Report | None = None
    notes: tuple[Sentence, ...] = ()


@dataclass(frozen=True, slots=True)
class Effect:
    """What one change of a gate did: the relative change (L2) of the output and of each of its channels, and the gradient.

    ``change`` is None, and so are ``channels``, where everything was 0 before or nothing is a number. ``gradient`` is the norm of
    the gradient of half the squared output with respect to the input, ``gradient_change`` its relative change, both None where
    torch cannot tell. ``output`` is the output's channel that is shown, ``sensitivity`` the gradient's size at each place.
    """

    kind: ChangeKind | Literal["on"]
    change: float | None
    channels: tuple[float | None, ...]
    gradient: float | None
    gradient_change: float | None
    output: Grid | None
    sensitivity: Grid | None


@dataclass(frozen=True, slots=True)
class Effects:
    """The unchanged module first, then each change that makes sense for the gate. ``channel`` is the one that is shown."""

    gate: int
    unit: int
    channel: int
    rows: tuple[Effect, ...]
    notes: tuple[Sentence, ...] = ()


def grid_of(numbers: Tensor) -> Grid:
    """A Grid of a matrix; averaged down to 256 rows or columns."""
    import torch

    rows, columns = numbers.shape
    numbers = torch.nan_to_num(numbers.detach().double().cpu(), 0.0, 0.0, 0.0)
    if max(rows, columns) > MAX_SIDE:
        size = min(rows, MAX_SIDE), min(columns, MAX_SIDE)
        numbers = torch.nn.functional.adaptive_avg_pool2d(numbers[None], size)[0]
    least, largest = float(numbers.min()), float(numbers.max())
    scale = LEVELS / (largest - least) if largest > least else 0.0
    levels = ((numbers - least) * scale).round().to(torch.int32).to(torch.uint16).contiguous()
    data = bytes(levels.view(torch.uint8).flatten().tolist())  # little-endian wherever torch runs
    return Grid(numbers.shape[0], numbers.shape[1], b64encode(data).decode(), least, largest, rows, columns)
