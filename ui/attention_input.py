"""What goes into the module: a picture from the strip or of one's own, and how it becomes the module's channels."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

import streamlit as st

from explainer.attention import pictures
from explainer.attention.records import Feed, Photo, Seen
from explainer.errors import InvalidInput
from explainer.language import join_sentences, say, say_shape, translator
from explainer.types import Input, Shape
from ui import attention_state, cached_attention, draw
from ui.components.gate_pictures.component import picture_strip

_TOKENS_SIDE = 112
_UPLOAD = "attention-upload"


def pick_picture(lang: str) -> str:
    """The strip of pictures and the upload; returns the name of the chosen one."""
    _ = translator(lang)
    own = attention_state.own_picture()
    names = (*pictures.NAMES, *((pictures.OWN,) if own else ()))
    chosen = attention_state.word(attention_state.PICTURE, names)
    shown = [
        {
            "name": name, "title": say(pictures.title_of(name), lang), "credit": credit(name, lang),
            "image": cached_attention.thumb_url(name, own),
        }
        for name in names
    ]  # fmt: skip
    if attention_state.get(attention_state.PICTURE) == pictures.OWN and not own:
        draw.note([_("The picture of this link is not here."), _("A link cannot carry one. This is another picture instead.")])
    picture_strip(shown, _("Picture"), chosen, key="attention-strip", on_choice=_choose)
    return chosen


def _choose(name: str) -> None:
    attention_state.put(attention_state.PICTURE, "" if name == pictures.NAMES[0] else name)


def upload(lang: str) -> None:
    """A field for a picture of one's own; what is no picture gets a sentence."""
    _ = translator(lang)
    given = st.file_uploader(_("A picture of your own"), key=_UPLOAD, on_change=_taken, max_upload_size=pictures.MAX_BYTES >> 20)
    draw.muted(
        _(
            "It stays in this session: it is turned upright and made small, and nothing but its pixels is kept."
            " A link cannot carry it."
        )
    )
    if given is not None:
        try:
            attention_state.keep_own_picture(cached_attention.checked_picture(given.getvalue()))
        except InvalidInput as error:
            draw.note([_("Not taken."), say(error.sentence, lang)], "bad")


def _taken() -> None:
    """Looks at the new file before anything is drawn, so that the strip has it."""
    given = st.session_state.get(_UPLOAD)
    if given is None:
        return
    try:
        attention_state.keep_own_picture(cached_attention.checked_picture(given.getvalue()))
    except InvalidInput:
        return  # the sentence is said below the field
    attention_state.put(attention_state.PICTURE, pictures.OWN)


def credit(name: str, lang: str) -> str:
    """Whose picture it is."""
    _ = translator(lang)
    if name in pictures.SAMPLES:
        return pictures.SAMPLES[name].credit
    return _("drawn here") if name in pictures.PATTERNS else _("yours")


def picture_shape(inputs: Sequence[Input]) -> tuple[int, int]:
    """The height and width to which a picture is cut: those of the first feature map that goes in."""
    for given in inputs:
        if len(given.shape) == 4:
            return given.shape[2], given.shape[3]
    return _TOKENS_SIDE, _TOKENS_SIDE


def photos_for(chosen: str, shape: tuple[int, int]) -> tuple[Photo, ...]:
    """The chosen picture and all others, to be compared with it."""
    others = tuple(name for name in pictures.NAMES if name != chosen)
    return cached_attention.photos((chosen, *others), *shape, attention_state.own_picture())


def how_fed(seen: Seen, lang: str) -> str:
    """How the picture became what the module takes, in words."""
    widths = tuple(dict.fromkeys(shape[1] for feed, shape in seen.feeds if feed == "vector"))
    return join_sentences(dict.fromkeys(_feed_words(feed, shape, widths, lang) for feed, shape in seen.feeds))


def _feed_words(feed: Feed, shape: Shape, widths: Shape, lang: str) -> str:
    _ = translator(lang)
    if feed == "colours":
        return _("The three channels are red, green and blue, scaled as for networks trained on ImageNet.")
    if feed == "stem":
        return _(
            "Before the module, a fixed stem turns the picture into {channels} channels: brightness, red against green, blue"
            " against yellow, then blur and spots at three widths, then edges and lines in evenly spaced directions, each behind"
            " a ReLU. Nobody trained it.",
            channels=shape[1],
        )
    if feed == "tokens":
        return _(
            "The picture is cut into {tokens} patches, row by row; each is described by the means of {width} fixed filters"
            " (colours, blur, spots, edges, lines). Nobody trained them.",
            tokens=shape[1],
            width=shape[2],
        )
    if feed == "vector":
        return _(
            "The picture goes in as {widths} numbers: the means of as many fixed filters over all of it.",
            widths=reduce(lambda before, after: _("{before} and {after}", before=before, after=after), map(str, widths)),
        )
    if feed == "numbers":
        return _("The input of shape {shape} takes whole numbers: random ones, no picture.", shape=say_shape(shape))
    return _("The input of shape {shape} is no picture: random numbers go in.", shape=say_shape(shape))
