"""Gates as people see them: pictures to choose from, bars, a map over a picture, a matrix, feature maps."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from explainer.attention.records import Grid

_HERE = Path(__file__).parent
_CSS = (_HERE / "gate_pictures.css").read_text(encoding="utf-8")
_SLIDER = "role='slider' tabindex='0' aria-valuemin='0' aria-valuemax='0' aria-valuenow='0'"
TINTS = ("rose", "fire", "sea", "grey", "light")


def _component(name: str, html: str) -> Any:
    script = "\n".join((_HERE / f"{part}.js").read_text(encoding="utf-8") for part in ("paint", name))
    return st.components.v2.component(f"gate_{name}", html=html, css=_CSS, js=script)


_strip = _component("strip", "<div class='strip' role='radiogroup'></div>")
_bars = _component(
    "bars",
    f"<div class='bars'><div class='charts' {_SLIDER}></div><p class='told'></p><ul class='key'></ul></div>",
)
_overlay = _component("overlay", "<div class='overlay'></div>")
_heat = _component(
    "heat",
    "<div class='heat'><div class='frame'><ul class='names'></ul><div class='cells' role='img'><canvas aria-hidden='true'>"
    "</canvas><div class='marks'></div></div></div><div class='foot'><p class='axis'></p><span class='scale'></span></div>"
    "<p class='told'></p></div>",
)
_maps = _component("maps", "<div class='maps'></div>")


@dataclass(frozen=True, slots=True)
class Look:
    """How a map lies over its picture: opacity in percent, colours, and whether it is smoothed to the picture's resolution."""

    opacity: int = 55
    tint: str = "fire"
    fine: bool = True


@dataclass(frozen=True, slots=True)
class Map:
    """A tile: a grid on a scale, or a number in its place; ``label`` says it to those who cannot see it."""

    title: str
    label: str
    grid: Grid | None
    low: float = 0.0
    high: float = 1.0
    signed: bool = False
    tint: str = "sea"
    number: str = ""


@dataclass(frozen=True, slots=True)
class MapRow:
    """Tiles below a title, with ``signs`` between them; ``small`` ones are thumbnails."""

    title: str
    maps: tuple[Map, ...]
    signs: tuple[str, ...] = ()
    small: bool = False


def picture_strip(
    pictures: Sequence[Mapping[str, str]], label: str, chosen: str, *, key: str, on_choice: Callable[[str], None]
) -> None:
    """Shows pictures (name, title, credit, image as data URL), one of them chosen."""
    names = [picture["name"] for picture in pictures]

    def choose() -> None:
        said = _said(key, "chosen")
        if said in names:
            on_choice(str(said))

    _strip(key=key, data={"pictures": list(pictures), "label": label, "chosen": chosen}, on_chosen_change=choose)


def gate_bars(
    units: Sequence[float],
    parts: Sequence[tuple[str, Sequence[float]]],
    words: Mapping[str, str],
    *,
    key: str,
    label: str,
    chosen: int,
    is_sorted: bool,
    fit: bool,
    channels: int,
    on_choice: Callable[[int], None],
) -> None:
    """Shows a number for each unit, one of them chosen; ``parts`` are two summands by unit, or none."""

    def choose() -> None:
        said = _said(key, "chosen")
        if type(said) is int and 0 <= said < len(units):
            on_choice(said)

    data = {
        "units": list(units), "parts": [{"name": name, "units": list(own)} for name, own in parts], "words": dict(words),
        "label": label, "chosen": chosen, "sorted": is_sorted, "fit": fit, "channels": channels,
    }  # fmt: skip
    _bars(key=key, data=data, on_chosen_change=choose)


@dataclass(frozen=True, slots=True)
class Tokens:
    """Tokens on a picture, of which one is chosen: in how many rows and columns they lie, and how many stand before them."""

    chosen: int
    places: tuple[int, int]
    first: int
    on_choice: Callable[[int], None]


def overlay(
    picture: str,
    size: tuple[int, int],
    grid: Grid,
    bounds: tuple[float, float],
    look: Look,
    words: Mapping[str, str],
    *,
    key: str,
    label: str,
    hint: str,
    on_look: Callable[[Look], None],
    tokens: Tokens | None = None,
) -> None:
    """Shows a map over a picture (a data URL of this height and width)."""

    def note_look() -> None:
        said = _read_look(_said(key, "look"))
        if said is not None:
            on_look(said)

    def note_token() -> None:
        said = _said(key, "token")
        if tokens is not None and type(said) is int and 0 <= said < tokens.first + tokens.places[0] * tokens.places[1]:
            tokens.on_choice(said)

    data = {
        "picture": picture, "height": size[0], "width": size[1], "grid": asdict(grid), "low": bounds[0], "high": bounds[1],
        "look": asdict(look), "words": dict(words), "label": label, "hint": hint,
        "token": None if tokens is None else tokens.chosen,
        "places": [1, 1] if tokens is None else list(tokens.places),
        "first": 0 if tokens is None else tokens.first,
    }  # fmt: skip
    _overlay(key=key, data=data, on_look_change=note_look, on_token_change=note_token)


def heat(
    grid: Grid,
    bounds: tuple[float, float],
    words: Mapping[str, str],
    *,
    key: str,
    label: str,
    axis: str,
    hint: str,
    names: Sequence[str] = (),
    row: int | None = None,
    column: int | None = None,
    square: bool = False,
    on_cell: Callable[[int, int], None] | None = None,
) -> None:
    """Shows a matrix, with names of its rows or without; a click reports its row and column."""

    def note_cell() -> None:
        said = _said(key, "cell")
        is_cell = isinstance(said, (list, tuple)) and len(said) == 2 and all(type(place) is int for place in said)
        if on_cell is not None and is_cell and 0 <= said[0] < grid.rows and 0 <= said[1] < grid.columns:
            on_cell(said[0], said[1])

    data = {
        "grid": asdict(grid), "low": bounds[0], "high": bounds[1], "words": dict(words), "label": label, "axis": axis,
        "hint": hint, "names": list(names), "row": row, "column": column, "square": square,
    }  # fmt: skip
    _heat(key=key, data=data, on_cell_change=note_cell)


def maps(rows: Sequence[MapRow], *, key: str) -> None:
    """Shows feature maps in rows."""
    _maps(key=key, data={"rows": [asdict(row) for row in rows]})


def _said(key: str, name: str) -> Any:
    """What the browser reports, unchecked."""
    return (st.session_state.get(key) or {}).get(name)


def _read_look(said: Any) -> Look | None:
    if not isinstance(said, Mapping):
        return None
    opacity, tint, fine = said.get("opacity"), said.get("tint"), said.get("fine")
    if type(opacity) is not int or not 0 <= opacity <= 100 or tint not in TINTS or not isinstance(fine, bool):
        return None
    return Look(opacity, str(tint), fine)
