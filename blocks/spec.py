"""What a block tells about itself: its knobs, its input, and where it comes from. Standard library and torch only."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from torch import nn


def msg(text: str) -> str:
    """Marks a text for translation; whoever shows it translates it."""
    return text


class InvalidKnob(ValueError):
    """Knobs that make no block: a template with named values, and the knob that is to blame."""

    def __init__(self, template: str, *, field: str, **values: int) -> None:
        super().__init__(template.format(**values))
        self.template, self.field, self.values = template, field, values


@dataclass(frozen=True, slots=True)
class Knob:
    """One number a person can turn: any from ``least`` to ``largest``; ``choices`` are those worth trying, ascending."""

    name: str
    default: int
    help: str
    least: int = 1
    largest: int = 4096
    choices: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class BlockSpec:
    """A block of the catalogue.

    ``make(**knobs)`` builds the module. ``axes`` name the input's axes: knobs, or one of ``batch``, ``height``, ``width``,
    ``length``; ``sizes`` are the defaults of those. ``about`` says in three sentences what the block is for, ``paper`` where it
    comes from.
    """

    key: str
    title: str
    about: tuple[str, ...]
    formula: str
    paper: str
    make: Callable[..., nn.Module]
    knobs: tuple[Knob, ...]
    axes: tuple[str, ...]
    sizes: Mapping[str, int]

    def input_shape(self, settings: Mapping[str, int]) -> tuple[int, ...]:
        """The shape of the input for these knobs and sizes."""
        return tuple(settings[axis] for axis in self.axes)

    def build(self, settings: Mapping[str, int]) -> nn.Module:
        """The module for these settings; InvalidKnob if they make none."""
        return self.make(**{knob.name: settings[knob.name] for knob in self.knobs})
