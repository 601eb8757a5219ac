"""The records that travel between the rooms: frozen, comparable, standard library only.

Ids are positions: ``trace.values[i].id == i``, and likewise for ops and calls.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from math import prod
from typing import Any, Literal, TypeAlias, TypeVar

Shape: TypeAlias = tuple[int, ...]
Attribute: TypeAlias = "bool | int | float | str | None | tuple[Attribute, ...]"
Fill: TypeAlias = "int | float | str | Shape"
Origin: TypeAlias = Literal["input", "parameter", "buffer", "constant", "op"]
FailureKind: TypeAlias = Literal["error", "undecidable", "op_limit", "recursion"]
GateKind: TypeAlias = Literal["channel", "spatial", "channel-spatial", "elementwise", "token-to-token"]
NodeKind: TypeAlias = Literal[
    "input", "output", "conv", "linear", "norm", "activation", "pool", "shape", "merge", "gate", "attention", "module", "other",
    "failed", "unused",
]  # fmt: skip
EdgeRole: TypeAlias = Literal["main", "skip", "gate"]
GroupRole: TypeAlias = Literal["main", "gate", "unused"]

_ITEM_BYTES = {
    "bool": 1,
    "uint8": 1,
    "int8": 1,
    "int16": 2,
    "float16": 2,
    "bfloat16": 2,
    "complex64": 8,
    "int64": 8,
    "float64": 8,
}
_ITEM_BYTES |= {"complex128": 16, "uint16": 2, "uint64": 8, "complex32": 4, "qint8": 1, "quint8": 1, "float4_e2m1fn_x2": 1}
_ITEM_BYTES |= dict.fromkeys("float8_e4m3fn float8_e4m3fnuz float8_e5m2 float8_e5m2fnuz float8_e8m0fnu".split(), 1)


SAMPLES = "vmap"
"""The last attribute of an op that runs under ``torch.vmap``: how many samples it computes, each of the shapes that are noted."""

_Record = TypeVar("_Record", bound=Any)


def _made_quickly(record: type[_Record]) -> type[_Record]:
    """The same frozen dataclass with an ``__init__`` that takes half the time, since a trace makes hundreds of its records.

    The one that ``dataclass`` writes looks each field up by its name; this one calls the setters of the slots.
    """
    names = [field.name for field in fields(record)]
    made: dict[str, Any] = {f"set_{name}": vars(record)[name].__set__ for name in names}
    lines = [f"def __init__(self, {', '.join(names)}):", *(f"    set_{name}(self, {name})" for name in names)]
    exec("\n".join(lines), made)  # noqa: S102 - of field names, as in ``dataclass`` itself
    first, quick = record.__init__, made["__init__"]
    quick.__defaults__, quick.__annotations__, quick.__qualname__ = first.__defaults__, first.__annotations__, first.__qualname__
    record.__init__ = quick
    return record


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence for people: an English template and the numbers that go into it by name, translated only when shown."""

    template: str
    values: tuple[tuple[str, Fill], ...] = ()

    def __str__(self) -> str:
        return self.template.format(**dict(self.values))


def sentence(template: str, **values: Fill) -> Sentence:
    """A Sentence; the message extraction finds its templates by this name."""
    return Sentence(template, tuple(values.items()))


@_made_quickly
@dataclass(frozen=True, slots=True)
class Value:
    """One tensor at one moment. An in-place write makes a new value in the same storage.

    ``name`` is the parameter's path or the argument's name, empty for results. ``producer`` is the id of the op that made it.
    ``storage`` is the id of the first value that lives in the same memory, its own id if it is the first.
    """

    id: int
    shape: Shape
    dtype: str
    origin: Origin
    name: str = ""
    producer: int | None = None
    storage: int = -1
    trainable: bool = False

    @property
    def element_count(self) -> int:
        return prod(self.shape)

    @property
    def size_bytes(self) -> int:
        return prod(self.shape) * _ITEM_BYTES.get(self.dtype, 4)


@_made_quickly
@dataclass(frozen=True, slots=True)
class Op:
    """One torch call of the forward.

    ``name`` is torch's own (``conv2d``, ``add_``); ``scope`` the path of the module it ran in, ``call`` that module call's id;
    ``overwrites`` the input values whose memory it wrote; ``line`` the line of the user's file, None if there is none.
    """

    id: int
    name: str
    scope: str
    call: int
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    attributes: tuple[tuple[str, Attribute], ...] = ()
    line: int | None = None
    overwrites: tuple[int, ...] = ()

    @property
    def base_name(self) -> str:
        """The operation without the mark of an in-place one: ``add`` for ``add_``."""
        return self.name.rstrip("_") or self.name

    @property
    def sample_count(self) -> int:
        """How many samples it computes at once; 1 outside of ``torch.vmap``."""
        attributes = self.attributes
        return attributes[-1][1] if attributes and attributes[-1][0] == SAMPLES else 1  # type: ignore[return-value]

    def attribute(self, name: str, default: Attribute = None) -> Attribute:
        return next((value for key, value in self.attributes if key == name), default)


@_made_quickly
@dataclass(frozen=True, slots=True)
class Module:
    """A registered submodule. ``aliases``: further paths of the same instance; ``parameters``, ``buffers``: its own value ids.

    ``builtin``: a class of torch itself. ``settings``: what else an instance of another class keeps, where it is plain: numbers,
    words, truth values, None, and tuples of those; as it is before the forward.
    """

    path: str
    type_name: str
    parameters: tuple[int, ...] = ()
    buffers: tuple[int, ...] = ()
    aliases: tuple[str, ...] = ()
    training: bool = False
    call_count: int = 0
    builtin: bool = False
    settings: tuple[tuple[str, Attribute], ...] = ()


@_made_quickly
@dataclass(frozen=True, slots=True)
class Call:
    """One run of a module: ``number`` counts the calls of this instance from 1; ``line`` is where the user's file made it."""

    id: int
    path: str
    parent: int | None
    number: int = 1
    inputs: tuple[int, ...] = ()
    outputs: tuple[int, ...] = ()
    line: int | None = None


@dataclass(frozen=True, slots=True)
class SizeRead:
    """A line of the user's file that asked for the sizes of ``values`` in a call, in the order of asking."""

    line: int
    call: int
    values: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Failure:
    """Where a forward stopped: the op that refused (None if it was plain Python), its operands, and torch's own words."""

    kind: FailureKind
    op: str | None
    scope: str
    inputs: tuple[int, ...]
    attributes: tuple[tuple[str, Attribute], ...]
    error: str
    message: str
    line: int | None


@dataclass(frozen=True, slots=True)
class Trace:
    """Everything that one forward did, or did until it failed. ``device`` is where it ran: ``meta`` computes shapes only."""

    name: str
    device: str
    values: tuple[Value, ...]
    ops: tuple[Op, ...]
    modules: tuple[Module, ...]
    calls: tuple[Call, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    failure: Failure | None = None
    notes: tuple[Sentence, ...] = ()
    sizes: tuple[SizeRead, ...] = ()

    def shape(self, value: int) -> Shape:
        return self.values[value].shape


@dataclass(frozen=True, slots=True)
class Gate:
    """Attention weights found in the dataflow: ``values`` (a value id) multiply ``target`` at ``op``; ``source`` squashed them.

    ``values`` is None where a fused op keeps the weights to itself (``scaled_dot_product_attention``): they are recomputed.
    """

    op: int
    source: int
    values: int | None
    target: int
    kind: GateKind
    shape: Shape
    line: int | None


@dataclass(frozen=True, slots=True)
class Skip:
    """A way around: ``source`` is the value where it leaves the main path, ``value`` the one that rejoins it at ``op``."""

    source: int
    value: int
    op: int


@dataclass(frozen=True, slots=True)
class Node:
    """A box of the drawing. ``label`` is its name in the code, ``detail`` what it is, ``ops`` the op ids it stands for.

    ``path`` is the module whose insides it hides, empty if there is nothing more to see. A ``failed`` box is the call that torch
    refused, an ``unused`` one a module that no output needs.
    """

    id: str
    kind: NodeKind
    label: str
    detail: str = ""
    ops: tuple[int, ...] = ()
    group: str = ""
    line: int | None = None
    param_count: int = 0
    macs: int | None = 0
    shared: tuple[int, int] | None = None
    repeat: int = 1
    path: str = ""


@dataclass(frozen=True, slots=True)
class Edge:
    """A tensor on its way from node to node."""

    source: str
    target: str
    value: int
    shape: Shape
    role: EdgeRole = "main"
    broadcast_to: Shape | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """A frame around nodes: an unfolded module with its ``path``, the way of a gate, or what is unused."""

    id: str
    label: str
    detail: str = ""
    parent: str = ""
    role: GroupRole = "main"
    path: str = ""


@dataclass(frozen=True, slots=True)
class Graph:
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    groups: tuple[Group, ...] = ()


@dataclass(frozen=True, slots=True)
class Input:
    """One input of the forward: its sizes and torch's name of its numbers."""

    shape: Shape
    dtype: str = "float32"
    name: str = ""


@dataclass(frozen=True, slots=True)
class Operand:
    """A tensor that an op was given: ``name`` is what the code or the field calls it, ``axes`` those that do not fit."""

    name: Sentence
    shape: Shape
    dtype: str = "float32"
    axes: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Fix:
    """A change with which the forward was run again and passed. Exactly one of ``source``, ``arguments``, ``inputs`` is given.

    ``source`` is the whole new text, ``arguments`` the constructor arguments that change, ``inputs`` all inputs. What it takes
    beside the change of the ``message`` is told by ``also``.
    """

    message: Sentence
    diff: str
    source: str | None = None
    arguments: tuple[tuple[str, str], ...] = ()
    inputs: tuple[Input, ...] = ()
    passes: bool = True
    also: tuple[Sentence, ...] = ()


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Why a forward stopped, in sentences: where and ``what``, what was ``got``, by which rule (``reason``), how it came to that.

    ``torch`` is torch's or Python's own message. ``operands`` are those of the op that refused, the two that disagree first.
    ``unfinished``: the search for fixes was stopped, since one of them took too long.
    """

    rule: str
    line: int | None
    scope: str
    op: str | None
    operands: tuple[Operand, ...]
    where: Sentence
    what: Sentence
    got: tuple[Sentence, ...] = ()
    reason: tuple[Sentence, ...] = ()
    story: tuple[Sentence, ...] = ()
    torch: str = ""
    fixes: tuple[Fix, ...] = ()
    unfinished: bool = False


@dataclass(frozen=True, slots=True)
class Hazard:
    """A surprise in code that runs: ``message`` says what is there, ``why`` it matters, ``advice`` what to do."""

    rule: str
    line: int | None
    message: Sentence
    why: Sentence
    advice: Sentence


@dataclass(frozen=True, slots=True)
class LineNote:
    """What one line of the source does."""

    line: int
    text: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """A module in plain words: three sentences on the whole, and one note for each line that says something about this run."""

    title: str
    summary: tuple[Sentence, ...]
    lines: tuple[LineNote, ...]
