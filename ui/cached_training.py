"""Trainings that the server remembers, what runs them, and which blocks of the catalogue they can be asked for."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import streamlit as st

from explainer.errors import InvalidInput
from explainer.paste.explain import Behind
from explainer.sandbox.trusted import TrustedProcess
from explainer.training.fits import fits, gate_numbers
from explainer.training.progress import Progress
from explainer.training.record import SIDES, Recipe
from explainer.training.reduction import RATIOS, Ratio, ratios
from ui import cached

if TYPE_CHECKING:
    from blocks import BlockSpec

_MOST_REMEMBERED = 300
REDUCTION, FIRST_RATIO = "reduction", 4


@st.cache_resource(show_spinner=False)
def runner() -> Behind:
    """What trains networks: where pastes run; a process of its own where those are off, for the catalogue's blocks are ours."""
    if cached.paste_mode().mode == "off":
        return Behind(TrustedProcess(catalogue=cached.CATALOGUE))
    return cached.paste_runner()


class Remembered:
    """Trainings of catalogue blocks that came to their end, by their recipe; the oldest are forgotten. Safe on any thread."""

    def __init__(self) -> None:
        self._found: OrderedDict[Recipe, Progress] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, recipe: Recipe) -> Progress | None:
        with self._lock:
            return self._found.get(recipe)

    def put(self, progress: Progress) -> None:
        """What a paste said about itself is its author's alone and is not kept."""
        if progress.recipe.paste:
            return
        with self._lock:
            self._found[progress.recipe] = progress
            while len(self._found) > _MOST_REMEMBERED:
                self._found.popitem(last=False)


@st.cache_resource(show_spinner=False)
def remembered() -> Remembered:
    return Remembered()


@st.cache_resource(show_spinner=False)
def trainable() -> tuple[str, ...]:
    """The keys of the blocks that keep a picture's shape and have a gate, in the catalogue's order."""
    return tuple(key for key, spec in cached.catalogue().items() if fits(_builder(spec, {REDUCTION: FIRST_RATIO})))


@st.cache_resource(show_spinner=False)
def with_reduction() -> tuple[str, ...]:
    """Those of them whose reduction ratio can be set."""
    return tuple(key for key in trainable() if REDUCTION in cached.catalogue()[key].defaults)


def _builder(spec: BlockSpec, settings: dict[str, int]) -> Callable[[int], Any]:
    def build(width: int) -> Any:
        return _built(spec, spec.at(width, SIDES[0]) | {key: value for key, value in settings.items() if key in spec.defaults})

    return build


def _built(spec: BlockSpec, settings: dict[str, Any]) -> Any:
    from blocks import InvalidKnob

    try:
        return spec.build(settings)
    except InvalidKnob as error:
        raise InvalidInput(error.template, field=error.field, **error.values) from None


@st.cache_resource(show_spinner=False)
def gate_choices(block: str) -> tuple[str, ...]:
    """The gates of a block between which a training's pictures can be switched, as the link numbers them."""
    found = gate_numbers(_builder(cached.catalogue()[block], {REDUCTION: FIRST_RATIO}))
    return tuple(str(number + 1) for number in found)


@st.cache_resource(show_spinner=False)
def trainable_ratios(block: str) -> tuple[int, ...]:
    """The ratios that a block can have at every stage of the network."""
    spec = cached.catalogue()[block]
    return tuple(reduction for reduction in RATIOS if fits(_builder(spec, {REDUCTION: reduction})))


@st.cache_data(max_entries=200, show_spinner=False)
def ratios_of(block: str, channels: int, side: int) -> tuple[Ratio, ...]:
    """What the block costs at every reduction ratio that it can have with so many channels."""
    spec = cached.catalogue()[block]
    settings = spec.at(channels, side)
    (shape,) = spec.input_shapes(settings)
    return ratios(lambda reduction: _built(spec, settings | {REDUCTION: reduction}), shape)
