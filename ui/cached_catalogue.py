"""More of cached.py: blocks of the catalogue against each other, and against their own other settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import streamlit as st

from explainer.align import Pair, align
from explainer.changes import Change, Measured, measure, measure_trace, what_changes
from explainer.errors import InvalidInput
from explainer.language import translator
from explainer.render.graph_pair import graph_pair
from explainer.stopwatch import Timing, time_forwards
from ui.cached import block_of, built, catalogue, examination, families

if TYPE_CHECKING:
    from ui.chosen_block import BlockChoice


@st.cache_data(max_entries=300, show_spinner=False)
def changes_of(choice: BlockChoice) -> tuple[Measured, tuple[Change, ...]]:
    """The figures of a block, and what every other value of every knob does to them; raises InvalidInput."""
    settings = dict(choice.settings)
    make, shapes = block_of(choice)
    variants = [
        (own.name, value, *built(choice.block, settings | {own.name: value}))
        for own in catalogue()[choice.block].knobs
        for value in own.others(settings[own.name])
    ]
    return measure_trace(examination(choice).trace), what_changes(make, shapes, variants)


@st.cache_data(max_entries=200, show_spinner=False)
def graph_pair_of(left: BlockChoice, right: BlockChoice, lang: str) -> tuple[str, str]:
    """Both graphs in one picture, for a wide and for a narrow place."""
    _ = translator(lang)
    sides = [
        (f"{letter} · {_(catalogue()[choice.block].title)}", examination(choice).trace)
        for letter, choice in zip("AB", (left, right), strict=True)
    ]
    return graph_pair(sides[0], sides[1], lang)


@st.cache_data(max_entries=200, show_spinner=False)
def aligned(left: BlockChoice, right: BlockChoice) -> tuple[Pair, ...]:
    """The steps of both blocks, those of one kind beside each other."""
    return align(examination(left).trace, examination(right).trace)


def time_both(left: BlockChoice, right: BlockChoice, device: str) -> tuple[Timing, ...]:
    """The time of a forward of each; never cached, because it is of its moment. Raises TooLarge."""
    return time_forwards([block_of(left), block_of(right)], device)


class CatalogueCosts(NamedTuple):
    """(title, family, parameters, multiply-adds) of every block that a width allows, and the titles of the others."""

    costs: tuple[tuple[str, str, int, int], ...]
    refused: tuple[str, ...]


@st.cache_data(max_entries=50, show_spinner=False)
def catalogue_at(width: int, side: int) -> CatalogueCosts:
    """What every block of the catalogue costs with ``width`` channels in and out, on a picture of side by side."""
    costs, refused = [], []
    for family, names in families().items():
        for name in names:
            spec = catalogue()[name]
            make, shapes = built(name, spec.at(width, side))
            try:
                found = measure(make, *shapes)
            except InvalidInput:
                refused.append(spec.title)
                continue
            costs.append((spec.title, family, found.param_count, found.macs))
    return CatalogueCosts(tuple(costs), tuple(refused))
