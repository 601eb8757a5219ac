"""What one line asks for, read from its cells: the operation with its numbers, None where the line does not say."""

from __future__ import annotations

from dataclasses import dataclass, field

from explainer.table.words import Kind

Pair = tuple[int, int]
Size = tuple[int, ...]

POOLS = ("max pool", "avg pool")
WINDOWED = ("conv", "depthwise conv", "transposed conv", *POOLS)
CONVOLUTIONS = ("conv", "depthwise conv", "transposed conv")


@dataclass(frozen=True, slots=True)
class Wanted:
    """An operation. ``then`` are the norms and activations behind it; ``parts`` and ``repeat`` belong to a block, ``ceil`` to a
    pool that rounds its size up.
    """

    kind: Kind
    kernel: Pair | None = None
    channels: int | None = None
    stride: Pair | None = None
    padding: Pair | None = None
    dilation: int = 1
    groups: int = 1
    bias: bool | None = None
    same: bool = False
    amount: float | None = None
    then: tuple[str, ...] | None = None
    parts: tuple[Wanted, ...] = ()
    repeat: int = 1
    ceil: bool = False

    @property
    def reach(self) -> Pair | None:
        if self.kernel is None:
            return None
        return self.dilation * (self.kernel[0] - 1) + 1, self.dilation * (self.kernel[1] - 1) + 1


@dataclass(frozen=True, slots=True)
class Around:
    """A shortcut. ``source`` is the number of the line whose input goes around, None for the line itself.

    ``conv`` is None for the identity. ``fit``: an identity where sizes agree, else a 1×1 convolution that makes them agree.
    """

    conv: Wanted | None = None
    source: int | None = None
    fit: bool = False


@dataclass(slots=True)
class Draft:
    """A line while it is being read."""

    kind: Kind | None = None
    kernel: Pair | None = None
    channels: int | None = None
    stride: Pair | None = None
    padding: Pair | None = None
    dilation: int = 1
    groups: int = 1
    bias: bool | None = None
    same: bool = False
    amount: float | None = None
    then: list[str] = field(default_factory=list)
    parts: list[Draft] = field(default_factory=list)
    repeat: int = 1
    input: Size = ()
    output: Size = ()
    shortcut: Draft | None = None
    source: int | None = None
    unread: list[str] = field(default_factory=list)
    ceil: bool = False

    @property
    def is_blank(self) -> bool:
        return self.kind is None and self.kernel is None and self.channels is None and not self.then

    def wanted(self) -> Wanted | None:
        """The operation, None if there is none; a window with channels and no word is a convolution."""
        kind: Kind | None = self.kind
        if kind is None and self.kernel is not None:
            kind = "conv"
        if kind is None and self.then:
            kind = "after"
        if kind is None:
            return None
        parts = tuple(part for draft in self.parts if (part := draft.wanted()) is not None)
        return Wanted(
            kind, self.kernel, self.channels, self.stride, self.padding, self.dilation, self.groups, self.bias, self.same,
            self.amount, tuple(self.then) or None, parts, self.repeat, self.ceil,
        )  # fmt: skip
