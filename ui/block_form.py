"""The knobs of a block, its input and where it runs, as a form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from explainer.errors import BlocklensError
from explainer.language import translator
from ui import cached, draw, state
from ui.inputs import LARGEST, LARGEST_SIDE, knob, number, numbers

if TYPE_CHECKING:
    from blocks import BlockSpec


class BlockChoice(NamedTuple):
    """A block of the catalogue and every number it needs, by name."""

    block: str
    settings: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class BlockForm:
    """The chosen values, and the place below the fields where a message about one of them goes."""

    choice: BlockChoice
    below: DeltaGenerator

    def complain(self, error: BlocklensError, lang: str) -> None:
        draw.complaint(self.below, error.field, error.sentence, lang)


def block_form(catalogue: Mapping[str, BlockSpec], lang: str) -> BlockForm:
    """The block's own knobs with sliders, and the input's sizes."""
    _ = translator(lang)
    spec = next(iter(catalogue.values()))
    row, below = st.grid("auto", min_column_width=170, gap="xsmall"), st.empty()
    settings: dict[str, int] = {}
    with row:
        for own in spec.knobs:
            settings[own.name] = knob(own.name, own.default, _(own.help), own.choices, least=own.least, largest=own.largest)
        settings["height"], settings["width"] = numbers(
            ("h", "w"), _("input H × W"), (spec.sizes["height"], spec.sizes["width"]), largest=LARGEST_SIDE
        )
        help_text = _("How many inputs at once: N in (N, C, H, W).")
        settings["batch"] = number("n", spec.sizes["batch"], help_text, label=_("batch"))
        defaults = {own.name: own.default for own in spec.knobs} | {"n": spec.sizes["batch"], "h": spec.sizes["height"]}
        st.button(
            _("Start over"),
            key="start-over",
            type="tertiary",
            icon=":material/restart_alt:",
            on_click=state.set_fields,
            args=(defaults | {"w": spec.sizes["width"]},),
        )
    return BlockForm(BlockChoice(spec.key, tuple(settings.items())), below)


def run_form(lang: str) -> tuple[str, int]:
    """Where the real forward runs, and the seed of its weights and input."""
    _ = translator(lang)
    left, right = st.columns(2, gap="xsmall")
    help_device = _("Where the real forward runs that these values come from. Shapes and costs need no device.")
    help_seed = _("Draws the random weights and the random input; the same seed, the same numbers.")
    device = left.selectbox(_("device"), cached.device_names(), key="device", bind="query-params", help=help_device)
    seed = right.number_input(_("seed"), 0, LARGEST, 0, key="seed", bind="query-params", help=help_seed)
    return str(device), int(seed)
