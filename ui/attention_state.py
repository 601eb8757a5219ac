"""Everything that is set on the Attention page and is no field of a block: in the link, and kept while another page is shown."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from explainer.attention.records import Edit, Entry
from ui.components.gate_pictures.component import TINTS, Look

SOURCE, PICTURE, GATE, UNIT, TOKEN, HEAD, LOOK, ORDER, RANGE, OUT, WEIGHTS, EDIT, NETWORK = (
    "source", "picture", "gate", "unit", "token", "head", "look", "bars", "range", "out", "weights", "edit", "network",
)  # fmt: skip
NAMES = (SOURCE, PICTURE, GATE, UNIT, TOKEN, HEAD, LOOK, ORDER, RANGE, OUT, WEIGHTS, EDIT, NETWORK)
_KEPT = "attention-kept"
_OWN, _OWN_WEIGHTS = "attention-own-picture", "attention-own-weights"
_MOST_LETTERS = 200
_LARGEST = 100.0  # of a number that was set by hand


def open_link() -> None:
    """To be called first: takes what the link says; a link that says nothing gets what was set before another page was shown."""
    asked = {name: value[:_MOST_LETTERS] for name in NAMES if (value := st.query_params.get(name))}
    kept = st.session_state.get(_KEPT, {})
    if asked or not kept:
        st.session_state[_KEPT] = asked
    else:
        for name, value in kept.items():
            st.query_params[name] = value


def get(name: str) -> str:
    """What is set, empty if nothing is."""
    return str(st.session_state.get(_KEPT, {}).get(name, ""))


def put(name: str, value: str) -> None:
    """Sets a value here and in the link; what is empty leaves the link."""
    kept = dict(st.session_state.get(_KEPT, {}))
    if value:
        kept[name] = st.query_params[name] = value
    else:
        kept.pop(name, None)
        st.query_params.pop(name, None)
    st.session_state[_KEPT] = kept


def word(name: str, options: Sequence[str]) -> str:
    """One of several words; the first is the default and stays out of the link."""
    return get(name) if get(name) in options else options[0]


def put_word(name: str, value: str, options: Sequence[str]) -> None:
    put(name, "" if value == options[0] else value)


def number(name: str) -> int:
    """A whole number, -1 if none is set."""
    text = get(name)
    return int(text) if text.isdecimal() and len(text) < 7 else -1


def forget(*names: str) -> None:
    """What belonged to another module or gate."""
    for name in names:
        put(name, "")


def look() -> Look:
    """How maps lie over pictures: ``60-rose-fine`` in the link."""
    opacity, _, rest = get(LOOK).partition("-")
    tint, _, fine = rest.partition("-")
    if not opacity.isdecimal() or int(opacity[:4]) > 100 or tint not in TINTS:
        return Look()
    return Look(int(opacity), tint, fine != "coarse")


def put_look(chosen: Look) -> None:
    text = f"{chosen.opacity}-{chosen.tint}-{'fine' if chosen.fine else 'coarse'}"
    put(LOOK, "" if chosen == Look() else text)


def edit() -> Edit | None:
    """The number that was set by hand: ``expand.weight:3,0:1.5`` in the link."""
    name, _, rest = get(EDIT).partition(":")
    places, _, value = rest.partition(":")
    try:
        index = tuple(int(place) for place in places.split(",")) if places else ()
        return Edit(name, index, float(value)) if name and value and abs(float(value)) <= _LARGEST else None
    except ValueError:
        return None


def put_edit(chosen: Edit | None) -> None:
    put(EDIT, "" if chosen is None else f"{chosen.name}:{','.join(map(str, chosen.index))}:{chosen.value:g}")


def own_picture() -> bytes:
    """The upload as ``checked_upload`` made it; only this session has it."""
    return bytes(st.session_state.get(_OWN, b""))


def keep_own_picture(data: bytes) -> None:
    st.session_state[_OWN] = data


def own_weights() -> tuple[str, tuple[Entry, ...]]:
    """The name of an uploaded state dict and its tensors, both empty if there is none; only this session has them."""
    found: tuple[str, tuple[Entry, ...]] = st.session_state.get(_OWN_WEIGHTS, ("", ()))
    return found


def keep_own_weights(name: str, entries: tuple[Entry, ...]) -> None:
    """Its field forgets the file when another view or page is shown."""
    st.session_state[_OWN_WEIGHTS] = (name, entries)
