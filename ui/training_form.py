"""What is to be trained: the block, its reduction ratio, on how many pictures, for how many rounds, from which seed."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import streamlit as st

from explainer.errors import InvalidInput
from explainer.language import Translator, translator
from explainer.paste.result import Request
from explainer.training.record import EPOCHS, MOST_EPOCHS, Recipe
from ui import cached, cached_training, draw, paste_state, state
from ui.panel_choice import choice

NONE, PASTE = "none", "paste"
BLOCK, RATIO, PICTURES, ROUNDS, SEED = "train", "train_r", "train_on", "train_rounds", "train_seed"
_DEFAULT = "squeeze_excite"
_RATIOS = ("1", "2", "4", "8", "16")
_PICTURES = ("all", "40", "10")
_LARGEST_SEED = 9999


class Wish(NamedTuple):
    """A training that can be started, and what its block is called."""

    recipe: Recipe
    title: str


def training_form(lang: str) -> Wish:
    """The fields, in a row that wraps."""
    _ = translator(lang)
    with st.container(key="training-form", horizontal=True, gap="small", vertical_alignment="top"):
        block = _block(_)
        ratio = (
            choice(_("Reduction ratio r"), _RATIOS, lambda word: word, key=RATIO, default=str(cached_training.FIRST_RATIO))
            if block in cached_training.with_reduction()
            else ""
        )
        pictures = choice(
            _("Training pictures per digit"), _PICTURES, lambda word: _("all") if word == "all" else word, key=PICTURES
        )
        rounds = st.number_input(
            _("Rounds"), 1, MOST_EPOCHS, EPOCHS, key=ROUNDS, bind="query-params", width=120,
            help=_("How often every training picture is seen."),
        )  # fmt: skip
        seed = st.number_input(
            _("Seed"), 0, _LARGEST_SEED, 0, key=SEED, bind="query-params", width=120,
            help=_("It decides the first weights, the order of the pictures, and which of them are kept for the test."),
        )  # fmt: skip
    recipe = Recipe(
        settings=((cached_training.REDUCTION, int(ratio)),) if ratio else (),
        seed=int(seed), epochs=int(rounds), per_class=0 if pictures == "all" else int(pictures),
    )  # fmt: skip
    return _wish(block, recipe, _)


def _block(_: Translator) -> str:
    labels = labels_of(_)
    if st.query_params.get(BLOCK) == PASTE and PASTE not in labels:
        draw.note([_("There is no paste yet."), _("Paste a block on the Paste page and come back.")])
    state.take_word(tuple(labels), BLOCK, _DEFAULT)
    return str(
        st.selectbox(
            _("Block at the end of every stage"), tuple(labels), format_func=labels.__getitem__, key=BLOCK, width=300,
            on_change=state.push_word, args=(_DEFAULT, BLOCK),
        )
    )  # fmt: skip


def labels_of(_: Translator) -> dict[str, str]:
    """What can stand in the network, by its word in the link: blocks of the catalogue, the paste, nothing."""
    catalogue = cached.catalogue()
    labels = {key: _(catalogue[key].title) for key in cached_training.trainable()}
    request = _pasted()
    if request is not None:
        found = cached.paste_memory().get(request)
        labels[PASTE] = _("Your paste: {name}", name=found.target) if found and found.target else _("Your paste")
    return labels | {NONE: _("no attention")}


def _pasted() -> Request | None:
    """The paste that was run last, or the one in the link, where pastes can be run."""
    if PASTE in (st.query_params.get(BLOCK), st.session_state.get(BLOCK)):
        paste_state.current()
    text = paste_state.ran()
    if not text.strip() or cached.paste_mode().mode == "off":
        return None
    try:
        return paste_state.request(text, cached.paste_devices())
    except InvalidInput:  # of its input, which counts for nothing here
        return Request(text)


def _wish(block: str, recipe: Recipe, _: Translator) -> Wish:
    if block == NONE:
        return Wish(replace(recipe, settings=()), _("no attention"))
    if block != PASTE:
        return Wish(replace(recipe, block=block), labels_of(_)[block])
    request = _pasted()
    assert request is not None
    found = cached.paste_memory().get(request)
    text, target = (found.source, found.target) if found else (request.text, request.target)
    pasted = replace(recipe, settings=(), paste=text, target=target, arguments=request.arguments, stand_ins=request.stand_ins)
    return Wish(pasted, labels_of(_)[PASTE])
