"""What a block tells about itself: its knobs, its inputs, and where it comes from. Standard library and torch only."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from torch import nn

Setting: TypeAlias = "int | float | str"


def msg(text: str) -> str:
    """Marks a text for translation; whoever shows it translates it."""
    return text


class InvalidKnob(ValueError):
    """Knobs that make no block: a template with named values, and the knob that is to blame."""

    def __init__(self, template: str, *, field: str, **values: int | str) -> None:
        super().__init__(template.format(**values))
        self.template, self.field, self.values = template, field, values


@dataclass(frozen=True, slots=True)
class Knob:
    """One argument that a person can turn. The type of its default says how.

    A whole number goes from ``least`` to ``largest``, and ``choices`` are the values worth trying, ascending. A word or a
    fraction is one of ``choices``; a flag is on or off.
    """

    name: str
    default: Setting
    help: str
    least: int = 1
    largest: int = 4096
    choices: tuple[Setting, ...] = ()

    def others(self, value: Setting) -> tuple[Setting, ...]:
        """The values worth trying besides this one."""
        if isinstance(self.default, bool):
            return (not value,)
        return tuple(choice for choice in self.choices if choice != value)


@dataclass(frozen=True, slots=True)
class BlockSpec:
    """A block of the catalogue.

    ``make(**knobs)`` builds the module. ``inputs`` name the axes of each tensor that its forward takes: a knob, one of the
    ``sizes`` (``batch``, ``channels``, ``height``, ``width``, ``length``, with their defaults), or a multiple: ``2*height``.
    ``about`` says in three sentences what the block is for, ``paper`` where it comes from. ``gates`` are the kinds of its
    attention weights at the default settings, in the order in which they are applied.
    """

    key: str
    title: str
    about: tuple[str, str, str]
    formula: str
    paper: str
    make: Callable[..., nn.Module]
    knobs: tuple[Knob, ...]
    inputs: tuple[tuple[str, ...], ...]
    sizes: Mapping[str, int]
    gates: tuple[str, ...] = ()

    @property
    def defaults(self) -> dict[str, Setting]:
        """Every knob and size by name."""
        return {knob.name: knob.default for knob in self.knobs} | dict(self.sizes)

    def at(self, width: int, side: int) -> dict[str, Setting]:
        """The defaults with ``width`` channels, or numbers per token, in and out, on one picture of ``side`` by ``side``.

        A sequence is as long as that picture has places.
        """
        sizes = {"batch": 1, "channels": width, "height": side, "width": side, "length": side * side}
        own = self.defaults
        return own | {name: width for name in _WIDTHS if name in own} | {name: sizes[name] for name in self.sizes}

    def input_shapes(self, settings: Mapping[str, Setting]) -> tuple[tuple[int, ...], ...]:
        """The shape of each input for these knobs and sizes."""
        return tuple(tuple(_size(axis, settings) for axis in axes) for axes in self.inputs)

    def build(self, settings: Mapping[str, Setting]) -> nn.Module:
        """The module for these settings; InvalidKnob if they make none."""
        arguments: dict[str, Any] = {knob.name: settings[knob.name] for knob in self.knobs}
        return self.make(**arguments)


_WIDTHS = ("channels", "in_channels", "out_channels", "dim", "in_features", "out_features", "input_size", "hidden_size")


def _size(axis: str, settings: Mapping[str, Setting]) -> int:
    factor, _, name = axis.rpartition("*")
    return int(factor or 1) * int(settings[name])


IMAGE = (("batch", "channels", "height", "width"),)
FEATURES = (("batch", "in_channels", "height", "width"),)
SEQUENCE = (("batch", "length", "dim"),)
