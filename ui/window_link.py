"""What a person draws into the picture of a layer, in the link: inputs and kernel by name, single cells, the bias."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode

import streamlit as st

from ui import state
from ui.components.window_picture.component import KERNEL_SHOWN, drawn_before
from ui.links import arrival
from ui.links.fields import Text, shortened
from ui.links.pages import WINDOW

Drawn = Mapping[str, str]
_KEPT = "window-kept"


def drawing(scene: Mapping[str, Any], key: str) -> dict[str, str]:
    """What the picture of a scene is told to draw; the link is kept up to what was drawn there."""
    link, said = f"{key}-drawn", drawn_before(key)
    kept: Drawn = st.session_state.pop(_KEPT, {})
    asked = {name: st.query_params[name] for name in WINDOW if name in st.query_params} or kept
    found, told = state.agreed(link, urlencode(_valid(asked)), None if said is None else urlencode(_valid(said)))
    fitting = _fitting(dict(parse_qsl(found)), scene)
    st.session_state[f"{link}-in-url"] = urlencode(fitting)
    for name in WINDOW:
        if name in fitting:
            st.query_params[name] = fitting[name]
        else:
            st.query_params.pop(name, None)
    return {**dict.fromkeys(WINDOW, ""), **dict(parse_qsl(told))}


def no_drawing() -> None:
    """For a layer without such a picture: what was drawn waits for one that has it."""
    for name in ("cell", *WINDOW):
        arrival.check(name, None)
        if name in st.query_params:
            st.session_state.setdefault(_KEPT, {})[name] = st.query_params.pop(name)


def _valid(drawn: Drawn) -> dict[str, str]:
    """What is as the link may have it, without what is as at the beginning; a browser's word is not to be trusted."""
    found: dict[str, str] = {}
    for name, field in WINDOW.items():
        try:
            value = field.read([drawn.get(name, "")])
        except ValueError:
            continue
        if value != field.default:
            found[name] = str(value)
    return found


def _fitting(drawn: Drawn, scene: Mapping[str, Any]) -> dict[str, str]:
    """What of it this layer has a place for; of a link that has just arrived, the rest is said."""
    kernel = tuple(axis["kernel"] for axis in scene["axes"])
    turned, weighted = scene["kind"] == "transposed", scene["kind"] in ("conv", "transposed")
    sizes = {
        "pixels": tuple(axis["output" if turned else "size"] for axis in scene["axes"]),
        "weights": kernel if weighted and max(kernel) <= KERNEL_SHOWN else (),
    }
    there = {"picture": True, "filter": weighted and kernel != (1, 1), "offset": bool(scene["bias"])}
    found = {name: text for name, text in drawn.items() if there.get(name)}
    for name, has in there.items():
        arrival.check(name, WINDOW[name] if has else None)
    for name, size in sizes.items():
        cells = [cell for cell in drawn.get(name, "").split("_") if cell]
        fitting = [cell for cell in cells if _is_inside(cell, size)]
        left = "_".join(cell for cell in cells if cell not in fitting)
        arrival.judge(name, *([Text().wanted(name, shortened(left))] if left else []), leave=None)
        found[name] = "_".join(fitting)
    return {name: found[name] for name in WINDOW if found.get(name)}


def _is_inside(cell: str, sizes: tuple[int, ...]) -> bool:
    return bool(sizes) and all(int(at) < size for at, size in zip(cell.split("-", 2), sizes, strict=False))
