"""What is asked of a paste and what comes back: records that cross the wall as JSON, and are checked when they arrive."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from explainer.types import Fix, Sentence, Shape, Trace
from explainer.types import Input as Input  # most who ask for a paste need it, too

TargetKind: TypeAlias = Literal["class", "factory", "module", "script"]
ParameterKind: TypeAlias = Literal["whole", "real", "flag", "text", "several", "layer", "other"]
Stage: TypeAlias = Literal["read", "run", "build"]


@dataclass(frozen=True, slots=True)
class Request:
    """A paste as it was found, and what its reader chose; what is empty is proposed.

    ``arguments`` are Python expressions by name, ``reading`` the number of one reading of a damaged paste, -1 for the best.
    ``follow_demo``: take from the paste's own script also what has a default in its code.
    ``stand_ins``: for a class that the paste leaves out, the key of the one to use.
    """

    text: str
    target: str = ""
    arguments: tuple[tuple[str, str], ...] = ()
    inputs: tuple[Input, ...] = ()
    reading: int = -1
    device: str = "meta"
    seed: int = 0
    want_gate_values: bool = False
    want_fixes: bool = True
    stand_ins: tuple[tuple[str, str], ...] = ()
    follow_demo: bool = True


@dataclass(frozen=True, slots=True)
class Parameter:
    """A constructor's argument: ``value`` is the expression that was used, ``default`` the one in the code, if there is one.

    ``choices`` are the expressions that its annotation allows, ``help`` what the docstring says; ``proposed``: a guess of ours.
    """

    name: str
    kind: ParameterKind
    value: str
    default: str | None = None
    choices: tuple[str, ...] = ()
    help: str = ""
    proposed: bool = False


@dataclass(frozen=True, slots=True)
class Target:
    """Something in the paste that can be looked into."""

    name: str
    kind: TargetKind
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Edit:
    """One thing that was done to the text, and to which lines of the result."""

    kind: str
    count: int
    message: Sentence
    lines: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Mishap:
    """What stopped a paste before its forward: while its text was ``read``, its statements ``run`` or its module ``build``-ed."""

    stage: Stage
    error: str
    message: str
    line: int | None


@dataclass(frozen=True, slots=True)
class Supplied:
    """A name that the paste uses and does not define, and what it got: what it usually means, or what ``stands_in`` for it.

    ``origin`` is a path, or says in a few words what it is; ``note`` what to know of a stand-in.
    """

    name: str
    origin: str
    note: str = ""
    stands_in: bool = False


@dataclass(frozen=True, slots=True)
class Missing:
    """A class that the paste uses and leaves out, and the keys of what could stand in for it, the one that does first."""

    name: str
    choices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GateNumbers:
    """The values of the gate that is applied at an op: samples by channels or rows by columns, cut to 128 by 512."""

    op: int
    rows: tuple[tuple[float, ...], ...]
    least: float
    mean: float
    largest: float
    cut: bool


@dataclass(frozen=True, slots=True)
class PasteResult:
    """Everything that a paste said about itself.

    ``variables``: a script's tensors. ``notes``: what was assumed. ``alternatives``: how each reading reads a damaged paste.
    ``trace`` is None if it came to no forward, and then ``mishap`` says why; lines count from the start of ``source``. ``fixes``
    are changes that were tried out and work; ``unfinished``: one that was tried took too long, so the search was stopped.
    """

    source: str
    edits: tuple[Edit, ...] = ()
    readings: int = 1
    reading: int = 0
    targets: tuple[Target, ...] = ()
    target: str = ""
    parameters: tuple[Parameter, ...] = ()
    inputs: tuple[Input, ...] = ()
    supplied: tuple[Supplied, ...] = ()
    variables: tuple[tuple[str, Shape], ...] = ()
    trace: Trace | None = None
    mishap: Mishap | None = None
    gates: tuple[GateNumbers, ...] = ()
    fixes: tuple[Fix, ...] = ()
    notes: tuple[Sentence, ...] = ()
    stdout: str = ""
    warnings: tuple[str, ...] = ()
    missing: tuple[Missing, ...] = ()
    alternatives: tuple[Sentence, ...] = ()
    unfinished: bool = False

    @property
    def works(self) -> bool:
        """Whether the forward came to its end."""
        return self.trace is not None and self.trace.failure is None


@dataclass(frozen=True, slots=True)
class Settled:
    """A paste as it was read, with all that its run settled on: whoever asks for more of it gets the same module."""

    source: str
    target: str
    arguments: tuple[tuple[str, str], ...]
    inputs: tuple[Input, ...]
    stand_ins: tuple[tuple[str, str], ...]
    seed: int


def settled(request: Request, result: PasteResult) -> Settled:
    used = {parameter.name: parameter.value for parameter in result.parameters}
    arguments = tuple((dict(request.arguments) | used).items())
    return Settled(result.source, result.target, arguments, result.inputs, request.stand_ins, request.seed)
