"""More of cached.py: pictures, and the gates of modules on them."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from typing import TYPE_CHECKING

import streamlit as st

from explainer.attention import pictures
from explainer.attention.question import Question, ask
from explainer.attention.records import Effects, Entry, Photo, Seen, Wanted, Weights
from explainer.types import Input
from ui import cached, state

if TYPE_CHECKING:
    from ui.chosen_block import BlockChoice

_THUMB, _SHOWN = 96, 560


@st.cache_data(max_entries=200, show_spinner=False)
def photos(names: tuple[str, ...], height: int, width: int, own: bytes) -> tuple[Photo, ...]:
    """Pictures of one shape for a module; ``own`` is that of the name ``own``."""
    return tuple(pictures.photo(name, height, width, own if name == pictures.OWN else b"") for name in names)


@st.cache_data(max_entries=200, show_spinner=False)
def picture_url(name: str, height: int, width: int, own: bytes, side: int = _SHOWN) -> str:
    """The same cut of a picture for people, as a data URL."""
    data = pictures.shown(name, height, width, side, own if name == pictures.OWN else b"")
    return "data:image/jpeg;base64," + b64encode(data).decode()


def thumb_url(name: str, own: bytes) -> str:
    return picture_url(name, 1, 1, own, _THUMB)


@st.cache_data(max_entries=50, show_spinner=False)
def checked_picture(data: bytes) -> bytes:
    """An upload as a plain picture; raises InvalidInput."""
    return pictures.checked_upload(data)


@st.cache_data(max_entries=20, show_spinner=False)
def checked_weights(data: bytes) -> tuple[Entry, ...]:
    """The tensors of an uploaded state dict; raises InvalidInput."""
    from explainer.attention.uploads import read_state_dict

    return read_state_dict(data)


@st.cache_data(max_entries=200, show_spinner=False)
def block_gates(choice: BlockChoice, device: str, shown: tuple[Photo, ...], weights: Weights, wanted: Wanted) -> Seen:
    """The gates of a block of the catalogue; raises TooLarge and InvalidInput."""
    from explainer.attention.observe import Subject, see

    make, shapes = cached.block_of(choice)
    return see(Subject(make, _one_each(shapes), device=device), shown, weights, wanted)


@st.cache_data(max_entries=200, show_spinner=False)
def block_effects(
    choice: BlockChoice, device: str, shown: Photo, weights: Weights, gate: int, unit: int, channel: int
) -> Effects:
    """What the gates of a block change; raises TooLarge and InvalidInput."""
    from explainer.attention.effects import effects
    from explainer.attention.observe import Subject

    make, shapes = cached.block_of(choice)
    return effects(Subject(make, _one_each(shapes), device=device), shown, weights, gate, unit, channel)


@st.cache_data(max_entries=50, show_spinner=False)
def network_gates(name: str, shown: tuple[Photo, ...], weights: Weights, wanted: Wanted) -> Seen:
    """The gates of a network that others trained; raises InvalidInput where it is not there."""
    from explainer.attention.networks import INPUTS, maker
    from explainer.attention.observe import Subject, see

    return see(Subject(maker(name), INPUTS), shown, weights, wanted)


@st.cache_data(max_entries=50, show_spinner=False)
def network_effects(name: str, shown: Photo, weights: Weights, gate: int, unit: int, channel: int) -> Effects:
    """What the gates of a trained network change; raises InvalidInput and TooLarge."""
    from explainer.attention.effects import effects
    from explainer.attention.networks import INPUTS, maker
    from explainer.attention.observe import Subject

    return effects(Subject(maker(name), INPUTS), shown, weights, gate, unit, channel)


def _one_each(shapes: tuple[tuple[int, ...], ...]) -> tuple[Input, ...]:
    """The inputs for one picture: how many go in together is decided by how many are shown."""
    return tuple(Input((1, *shape[1:])) for shape in shapes)


def paste_answer(question: Question) -> tuple[Seen | None, Effects | None]:
    """What the sandbox says about the gates of a paste; known answers come at once. Raises SandboxRefused."""
    return _paste_answer(sha256(repr(question).encode(errors="surrogatepass")).hexdigest(), question)


@st.cache_data(max_entries=100, show_spinner=False)
def _paste_answer(key: str, _question: Question) -> tuple[Seen | None, Effects | None]:  # noqa: ARG001 - the cache's key
    return ask(cached.paste_runner(), _question, address=state.visitor())
