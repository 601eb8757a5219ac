"""Widget groups: each returns values and owns key, default and range. A key is the query parameter as well."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import monotonic
from typing import TypeVar

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from explainer.language import translator
from ui.limits import LARGEST, LARGEST_SIDE, LONGEST_TEXT

_TOLD, _ECHO_S = "-told", 2.0

Pair = tuple[int, int]
Told = Callable[..., None] | None  # what a change of a field calls before the run, with redraws=True where another depends on it
Value = TypeVar("Value", str, float)


def number(
    name: str, default: int, help_text: str, *, least: int = 1, largest: int = LARGEST, label: str = "", tell: Told = None
) -> int:
    """One number in a card."""
    with card(name):
        return int(
            st.number_input(label or name, least, largest, default, key=name, bind="query-params", help=help_text, on_change=tell)
        )


def knob(
    key: str, name: str, default: int, help_text: str, choices: Sequence[int], *, least: int, largest: int, tell: Told = None
) -> int:
    """A number to type, and below it a slider over the values worth trying; they follow each other.

    ``tell`` hears whether the slider moves with the number: then it has to be drawn again.
    """
    slider = f"{key}-slider"

    def tell_of_slider() -> None:
        place, _left = st.session_state.get(slider + _TOLD, (None, ()))
        if tell is not None:
            tell(redraws=_nearest(choices, st.session_state[key]) != place)

    with card(key):
        value = int(
            st.number_input(name, least, largest, default, key=key, bind="query-params", help=help_text, on_change=tell_of_slider)
        )
        _tell(slider, _nearest(choices, value))
        st.select_slider(name, choices, key=slider, on_change=_follow, args=(key, slider), label_visibility="collapsed")
    return value


def _nearest(choices: Sequence[int], value: int) -> int:
    return min(choices, key=lambda choice: abs(choice - value))


def flag(key: str, name: str, default: bool, help_text: str, *, tell: Told = None) -> bool:
    with card(key):
        return bool(st.toggle(name, default, key=key, bind="query-params", help=help_text, on_change=tell))


def _tell(slider: str, value: int) -> None:
    """Moves a slider, and remembers for a moment where it was told to stand before."""
    told, left = st.session_state.get(slider + _TOLD, (value, ()))
    now = monotonic()
    if told != value:
        left = (*((place, when) for place, when in left if now - when < _ECHO_S), (told, now))
    st.session_state[slider + _TOLD] = (value, left)
    st.session_state[slider] = value


def _follow(name: str, slider: str) -> None:
    """Sets the number to its slider; but a browser that has not drawn yet where the slider went still sends where it stood."""
    value, now = st.session_state[slider], monotonic()
    _told, left = st.session_state[slider + _TOLD]
    if all(value != place or now - when >= _ECHO_S for place, when in left):
        st.session_state[name] = value
        st.session_state[slider + _TOLD] = (value, left)


def numbers(
    names: Sequence[str], label: str, defaults: Sequence[int], *, largest: int = LARGEST, second: str = "", tell: Told = None
) -> Pair:
    """Two numbers that belong together, in one card; what the ``second`` is called is read aloud."""
    with _row(names[0]):
        first = st.number_input(label, 1, largest, defaults[0], key=names[0], bind="query-params", on_change=tell)
        other = st.number_input(
            second or names[1], 1, largest, defaults[1], key=names[1], bind="query-params", label_visibility="hidden",
            on_change=tell,
        )  # fmt: skip
    return int(first), int(other)


def pair(
    name: str, default: int, lang: str, help_text: str, *, least: int = 1, disabled: bool = False, tell: Told = None
) -> Pair:
    """One number for height and width, or a second one for the width: its field is empty while it follows the first.

    A change of the first has the second drawn again, which shows what it follows.
    """
    _ = translator(lang)
    help_text += " " + _("The second field is for the width; empty, it follows the first.")
    with _row(name):
        height = st.number_input(
            name, least, LARGEST_SIDE, default, key=name, bind="query-params", help=help_text, disabled=disabled,
            on_change=tell, kwargs={"redraws": True},
        )  # fmt: skip
        width = st.number_input(
            _("{name} for the width, if it differs", name=name), least, LARGEST_SIDE, None, step=1, key=f"{name}_w",
            bind="query-params", placeholder=f"= {height}", label_visibility="hidden", disabled=disabled, on_change=tell,
        )  # fmt: skip
    return int(height), int(height if width is None else width)


def axes_numbers(
    keys: Sequence[str],
    label: str,
    defaults: Sequence[int | None],
    help_text: str,
    *,
    least: int = 1,
    largest: int = LARGEST,
    hint: str = "",
    disabled: bool = False,
) -> tuple[int | None, ...]:
    """One field per axis in one card. A default of None makes a field that may stay empty; ``hint`` says what that means."""
    values: list[int | None] = []
    with _row(keys[0]):
        for place, (key, default) in enumerate(zip(keys, defaults, strict=True)):
            value = st.number_input(
                key if place else label, least, largest, default, step=1, key=key, bind="query-params",
                help=None if place or not help_text else help_text, disabled=disabled,
                placeholder=f"= {values[0]}" if place and values[0] is not None else hint,
                label_visibility="hidden" if place else "visible",
            )  # fmt: skip
            values.append(None if value is None else int(value))
    return tuple(values)


def text(name: str, label: str, default: str, help_text: str, *, placeholder: str = "") -> str:
    """A line of text in a card, of bounded length."""
    with card(name):
        written = st.text_input(
            label, default, LONGEST_TEXT, key=name, bind="query-params", help=help_text, placeholder=placeholder
        )
    return str(written or "")


def one_of(
    key: str, label: str, options: Sequence[Value], help_text: str, default: Value | None = None, tell: Told = None
) -> Value:
    """One of several words of PyTorch's own or fractions, which are the same in every language, also in the URL."""
    index = 0 if default is None else options.index(default)
    with card(key):
        chosen = st.selectbox(label, options, index, key=key, bind="query-params", help=help_text, on_change=tell)
    return options[options.index(chosen)]


def card(name: str) -> DeltaGenerator:
    """The frame around a field, which a complaint can outline."""
    return st.container(border=True, key=f"card-{name}", gap=None, height="stretch")


def _row(name: str) -> DeltaGenerator:
    """A card with fields side by side."""
    return st.container(
        border=True, key=f"card-{name}", horizontal=True, wrap=False, gap="xxsmall", vertical_alignment="bottom", height="stretch"
    )
