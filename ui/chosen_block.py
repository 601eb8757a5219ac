"""A block of the catalogue with all its settings: what a form gives and what everything else is asked about."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from blocks import Setting


class BlockChoice(NamedTuple):
    """A block of the catalogue and every value it needs, by name."""

    block: str
    settings: tuple[tuple[str, Setting], ...]
