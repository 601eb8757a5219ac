"""The selectbox that chooses a block of the catalogue."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from explainer.language import translator
from ui import cached, draw, state
from ui.links.fields import Fields
from ui.links.pages import SIZE_KEYS, attention_fields, blocks_fields, compare_fields

if TYPE_CHECKING:
    from blocks import BlockSpec


# What the two sides of a comparison begin with, and the page of one block.
FIRST_BLOCK, FIRST_PAIR = "squeeze_excite", ("squeeze_excite", "cbam")


def place_of_heading(title: str, lang: str) -> DeltaGenerator:
    """Where the page's heading goes, in a ``container()``; until PyTorch is there, on which all else waits, it says so.

    Both headings have to be built alike: within one run Streamlit replaces element by element, and keeps what is left over.
    """
    _ = translator(lang)
    place = st.empty()
    if not cached.torch_is_loaded():
        with place.container():
            draw.heading(title, _("Loading PyTorch …"), key="heading-early")
    cached.catalogue()
    return place


def pick_block(lang: str, *, prefix: str = "", default: str = FIRST_BLOCK, letter: str = "") -> BlockSpec:
    """The block of a selectbox in which the families follow each other.

    ``prefix`` tells the two blocks of one page apart, in the keys and in the link, ``letter`` for the reader.
    """
    _ = translator(lang)
    catalogue, key = cached.catalogue(), prefix + "block"
    labels = {name: f"{_(family)} · {_(catalogue[name].title)}" for family, names in cached.families().items() for name in names}
    state.take_word(tuple(labels), key, default)
    block = st.selectbox(
        _("Block {letter}", letter=letter) if letter else _("Block"),
        tuple(labels),
        format_func=labels.__getitem__,
        key=key,
        on_change=_switch,
        args=(prefix, default),
        label_visibility="visible" if letter else "collapsed",
        width="stretch" if letter else 360,
    )
    spec = catalogue[block]
    state.enter_form(f"{prefix}block", block, fields_of(spec, prefix), prefix)
    return spec


def fields_of(spec: BlockSpec, prefix: str) -> dict[str, object]:
    """The fields of a block's form by their keys, with their defaults."""
    knobs: dict[str, object] = {prefix + knob.name: knob.default for knob in spec.knobs}
    return knobs | {prefix + SIZE_KEYS[name]: size for name, size in spec.sizes.items()}


def blocks_link(spec: BlockSpec) -> Fields:
    """What a link to one block can carry."""
    return blocks_fields(tuple(cached.catalogue()), FIRST_BLOCK, spec, cached.device_names())


def attention_link(own: Fields) -> Fields:
    """What a link to the Attention page can carry, with what its view that is shown knows better."""
    catalogue = cached.catalogue()
    spec = catalogue.get(st.query_params.get("block", ""), catalogue[FIRST_BLOCK])
    return {**attention_fields(tuple(catalogue), FIRST_BLOCK, spec, cached.device_names()), **own}


def compare_link(specs: tuple[BlockSpec, BlockSpec]) -> Fields:
    """What a link to two blocks can carry."""
    return compare_fields(tuple(cached.catalogue()), FIRST_PAIR, specs, cached.device_names())


def _switch(prefix: str, default: str) -> None:
    """Keeps what was entered for the block that is left, and brings back what was entered for the one that is chosen."""
    state.push_word(default, prefix + "block")
    block = st.session_state[prefix + "block"]
    state.switch_form(f"{prefix}block", block, fields_of(cached.catalogue()[block], prefix), prefix)
