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
from ui.inputs import Pair, card, number, numbers, one_of, pair
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


def conv_form(lang: str) -> ConvForm:
    """Every argument of nn.Conv2d, the input's size and the batch."""
    first, below_first = _row(), st.empty()
    second, below_second = _row(), st.empty()
    with second:
        padding_as, padding_mode, groups, batch, bias = _second_row(lang)
    with first:
        channels, size, kernel_size, stride, cells, dilation = _first_row(lang, by_number=padding_as == "int")
    padding = cells if padding_as == "int" else padding_as
    choice = ConvChoice(*channels, kernel_size, stride, padding, dilation, groups, bias, padding_mode, batch, size)
    return ConvForm(choice, below_first, below_second)


def _first_row(lang: str, *, by_number: bool) -> tuple[Pair, Pair, Pair, Pair, Pair, Pair]:
    _ = translator(lang)
    return (
        numbers(("in_channels", "out_channels"), _("channels in, out"), (3, 8)),
        numbers(("height", "width"), _("input H × W"), (12, 12), largest=LARGEST_SIDE),
        pair("kernel_size", 3, lang, _("How many rows and columns one window covers.")),
        pair("stride", 3, lang, _("How far the window moves from one output to the next.")),
        pair("padding", 1, lang, _("Cells added on each side of the input."), least=0, disabled=not by_number),
        pair("dilation", 1, lang, _("The distance between the cells of a window; 1 means no gaps.")),
    )


def _second_row(lang: str) -> tuple[str, str, int, int, bool]:
    _ = translator(lang)
    padding_as = one_of(
        "padding_as", _("padding as"), ("int", "same", "valid"), _("A number, or a word that PyTorch turns into one.")
    )
    padding_mode = one_of("padding_mode", "padding_mode", PADDING_MODES, _("What the added cells contain."))
    groups = number("groups", 1, _("Splits the channels into groups that do not see each other."))
    batch = number("batch", 1, _("How many inputs at once: N in (N, C, H, W)."))
    with card("bias"):
        bias = st.toggle("bias", value=True, key="bias", bind="query-params", help=_("One number added to each output channel."))
    st.button(
        _("Start over"),
        key="start-over",
        type="tertiary",
        icon=":material/restart_alt:",
        on_click=state.set_fields,
        args=(CONV_DEFAULTS,),
    )
    return padding_as, padding_mode, groups, batch, bias


def _row() -> DeltaGenerator:
    return st.grid("auto", min_column_width=150, gap="xsmall")
