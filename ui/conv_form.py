"""The numbers of a convolution and its input, as a form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from explainer.arithmetic.conv import PADDING_MODES
from explainer.errors import BlocklensError
from explainer.language import translator
from ui import draw, state
from ui.inputs import Pair, Told, card, number, numbers, one_of, pair
from ui.layer_choice import CONV_DEFAULTS
from ui.limits import LARGEST_SIDE


class ConvChoice(NamedTuple):
    """What a person set for a convolution and its input."""

    in_channels: int
    out_channels: int
    kernel_size: Pair
    stride: Pair
    padding: Pair | str
    dilation: Pair
    groups: int
    bias: bool
    padding_mode: str
    batch: int
    size: Pair

    def arguments(self) -> dict[str, Any]:
        """The constructor's arguments by name."""
        return {name: value for name, value in self._asdict().items() if name not in ("batch", "size")}

    @property
    def input_shape(self) -> tuple[int, ...]:
        return (self.batch, self.in_channels, *self.size)


@dataclass(frozen=True, slots=True)
class ConvForm:
    """The chosen values, and the places below the two rows of fields where a message about one of them goes."""

    choice: ConvChoice
    below_first: DeltaGenerator
    below_second: DeltaGenerator

    def complain(self, error: BlocklensError, lang: str) -> None:
        """Says what is wrong beside the field that is wrong."""
        card = {"out_channels": "in_channels", "input_shape": "height", "size": "height"}.get(error.field, error.field)
        in_second = card in ("padding_as", "padding_mode", "groups", "batch", "bias")
        draw.complaint(self.below_second if in_second else self.below_first, card, error.sentence, lang)


def conv_form(lang: str, tell: Told = None) -> ConvForm:
    """Every argument of nn.Conv2d, the input's size and the batch; ``tell`` hears of changes."""
    first, below_first = _row(), st.empty()
    second, below_second = _row(), st.empty()
    with second:
        padding_as = _second_row(lang, tell)
    with first:
        _first_row(lang, tell, by_number=padding_as == "int")
    return ConvForm(entered(), below_first, below_second)


def entered() -> ConvChoice:
    """What stands in the fields, which were drawn before."""
    found: dict[str, Any] = {key: st.session_state[key] for key in CONV_DEFAULTS}

    def both(name: str) -> Pair:
        height, width = found[name], found[f"{name}_w"]
        return int(height), int(height if width is None else width)

    padding = both("padding") if found["padding_as"] == "int" else str(found["padding_as"])
    return ConvChoice(
        int(found["in_channels"]), int(found["out_channels"]), both("kernel_size"), both("stride"), padding, both("dilation"),
        int(found["groups"]), bool(found["bias"]), str(found["padding_mode"]), int(found["batch"]),
        (int(found["height"]), int(found["width"])),
    )  # fmt: skip


def _first_row(lang: str, tell: Told, *, by_number: bool) -> None:
    _ = translator(lang)
    numbers(("in_channels", "out_channels"), _("channels in, out"), (3, 8), tell=tell)
    numbers(("height", "width"), _("input H × W"), (12, 12), largest=LARGEST_SIDE, tell=tell)
    pair("kernel_size", 3, lang, _("How many rows and columns one window covers."), tell=tell)
    pair("stride", 3, lang, _("How far the window moves from one output to the next."), tell=tell)
    pair("padding", 1, lang, _("Cells added on each side of the input."), least=0, disabled=not by_number, tell=tell)
    pair("dilation", 1, lang, _("The distance between the cells of a window; 1 means no gaps."), tell=tell)


def _second_row(lang: str, tell: Told) -> str:
    """The word or number that the padding is; with a word, its fields are closed."""
    _ = translator(lang)
    padding_as = one_of(
        "padding_as", _("padding as"), ("int", "same", "valid"), _("A number, or a word that PyTorch turns into one.")
    )
    one_of("padding_mode", "padding_mode", PADDING_MODES, _("What the added cells contain."), tell=tell)
    number("groups", 1, _("Splits the channels into groups that do not see each other."), tell=tell)
    number("batch", 1, _("How many inputs at once: N in (N, C, H, W)."), label=_("batch"), tell=tell)
    with card("bias"):
        help_text = _("One number added to each output channel.")
        st.toggle("bias", value=True, key="bias", bind="query-params", help=help_text, on_change=tell)
    st.button(
        _("Start over"), key="start-over", type="tertiary", icon=":material/restart_alt:", on_click=state.set_fields,
        args=(CONV_DEFAULTS,),
    )  # fmt: skip
    return padding_as


def _row() -> DeltaGenerator:
    return st.grid("auto", min_column_width=150, gap="xsmall")
