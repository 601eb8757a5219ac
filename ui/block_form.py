"""The knobs of a block, its input and where it runs, as a form."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from explainer.errors import BlocklensError
from explainer.language import Translator, translator
from ui import cached, draw, state
from ui.block_choice import fields_of
from ui.chosen_block import BlockChoice
from ui.inputs import Told, flag, knob, number, numbers, one_of
from ui.limits import LARGEST, LARGEST_SIDE
from ui.links.pages import SIZE_KEYS

if TYPE_CHECKING:
    from blocks import BlockSpec, Knob, Setting


@dataclass(frozen=True, slots=True)
class BlockForm:
    """The chosen values, and the place below the fields where a message about one of them goes."""

    choice: BlockChoice
    below: DeltaGenerator
    prefix: str = ""

    def complain(self, error: BlocklensError, lang: str) -> None:
        draw.complaint(self.below, self.prefix + error.field, error.sentence, lang)


def block_form(
    spec: BlockSpec,
    lang: str,
    *,
    prefix: str = "",
    one_input: bool = False,
    tell: Callable[[BlockChoice, bool], None] | None = None,
) -> BlockForm:
    """The block's own knobs, and the sizes of its input; without the batch, where ``one_input`` at a time is looked at.

    ``tell`` hears of changes, and whether they change the form.
    """
    _ = translator(lang)
    fixed = frozenset(("batch",) if one_input else ())
    told: Told = None if tell is None else lambda *, redraws=False: tell(entered(spec, prefix, fixed), redraws)
    row, below = st.grid("auto", min_column_width=150, gap="xsmall"), st.empty()
    with row:
        for own in spec.knobs:
            _field(own, prefix, _, told)
        _sizes(spec, prefix, _, fixed, told)
        st.button(
            _("Start over"),
            key=f"{prefix}start-over",
            type="tertiary",
            icon=":material/restart_alt:",
            on_click=state.set_fields,
            args=(fields_of(spec, prefix),),
        )
    return BlockForm(entered(spec, prefix, fixed), below, prefix)


def entered(spec: BlockSpec, prefix: str, fixed: frozenset[str] = frozenset()) -> BlockChoice:
    """What stands in the fields, which were drawn before; the ``fixed`` sizes are 1 and have none."""
    knobs = {own.name: _as(own, st.session_state[prefix + own.name]) for own in spec.knobs}
    sizes = {
        name: 1 if name in fixed else int(st.session_state[prefix + SIZE_KEYS[name]]) for name in SIZE_KEYS if name in spec.sizes
    }
    return BlockChoice(spec.key, tuple({**knobs, **sizes}.items()))


def _as(own: Knob, value: Any) -> Setting:
    """What a field holds as the type of its knob."""
    kind: type[Setting] = type(own.default)
    return kind(value)


def _field(own: Knob, prefix: str, _: Translator, tell: Told) -> None:
    """The widget of a knob, by the type of its default."""
    key, help_text = prefix + own.name, _(own.help)
    if isinstance(own.default, bool):
        flag(key, own.name, own.default, help_text, tell=tell)
    elif isinstance(own.default, int):
        choices = [int(choice) for choice in own.choices]
        knob(key, own.name, own.default, help_text, choices, least=own.least, largest=own.largest, tell=tell)
    elif isinstance(own.default, float):
        one_of(key, own.name, [float(choice) for choice in own.choices], help_text, own.default, tell)
    else:
        one_of(key, own.name, [str(choice) for choice in own.choices], help_text, own.default, tell)


def _sizes(spec: BlockSpec, prefix: str, _: Translator, fixed: frozenset[str], tell: Told) -> None:
    """The fields of those axes of the input that no knob names, less the ``fixed`` ones."""
    keys = {name: prefix + key for name, key in SIZE_KEYS.items()}
    words = {
        "channels": (_("input channels"), _("How many feature maps go in; this block keeps them.")),
        "length": (_("length"), _("How many tokens the sequence has: L in (N, L, D).")),
        "batch": (_("batch"), _("How many inputs at once: N, the first axis.")),
    }
    if "height" in spec.sizes:
        pair = (spec.sizes["height"], spec.sizes["width"])
        numbers((keys["height"], keys["width"]), _("input H × W"), pair, largest=LARGEST_SIDE, second=_("input width"), tell=tell)
    for name, (label, help_text) in words.items():
        if name in spec.sizes and name not in fixed:
            number(keys[name], spec.sizes[name], help_text, label=label, tell=tell)


def run_form(lang: str) -> tuple[str, int]:
    """Where the real forward runs, and the seed of its weights and input."""
    _ = translator(lang)
    left, right = st.columns(2, gap="xsmall")
    help_device = _("Where the real forward runs that these values come from. Shapes and costs need no device.")
    help_seed = _("Draws the random weights and the random input; the same seed, the same numbers.")
    device = left.selectbox(_("device"), cached.device_names(), key="device", bind="query-params", help=help_device)
    seed = right.number_input(_("seed"), 0, LARGEST, 0, key="seed", bind="query-params", help=help_seed)
    return str(device), int(seed)
