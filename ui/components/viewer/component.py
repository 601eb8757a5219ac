"""The viewer in the browser: source, drawing, table of steps, details and playback around one selection."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

_HERE = Path(__file__).parent
SCRIPTS = ("dom", "graph_pane", "text_panes", "details_pane", "playback", "exports", "tools", "viewer")
_viewer = st.components.v2.component(
    "viewer",
    html="<div class='vw'></div>",
    css=(_HERE / "viewer.css").read_text(encoding="utf-8"),
    js="\n".join((_HERE / f"{name}.js").read_text(encoding="utf-8") for name in SCRIPTS),
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the browser reports: the step that a person selected, if one did, the one that comes next while it plays, the scenes
    that it holds; by what it colours and which pane is in front; the view, unchecked."""

    step: str | None
    ahead: str | None
    has: frozenset[str]
    heat: str | None
    tab: str | None
    view: Any


def said_before(key: str) -> Answer:
    """What the browser said up to this run; to be asked before the component is drawn."""
    state = st.session_state.get(key) or {}
    selected = state.get("selected")
    selected = selected if isinstance(selected, dict) else {}
    step, ahead = (name if isinstance(name := selected.get(key), str) and name else None for key in ("step", "ahead"))
    has = selected.get("has")
    held = frozenset(name for name in has if isinstance(name, str)) if isinstance(has, list) else frozenset[str]()
    heat, tab = (word if isinstance(word := selected.get(key), str) else None for key in ("heat", "tab"))
    return Answer(step, ahead, held, heat, tab, state.get("view"))


def show(data: dict[str, Any], key: str) -> None:
    """Draws the viewer. New data redraw only what changed in them. An export that was asked for is kept as ``{key}-wanted``."""

    def note_wish() -> None:
        kind = (st.session_state.get(key) or {}).get("wanted")
        number = st.session_state[f"{key}-files"] = st.session_state.get(f"{key}-files", 0) + 1
        st.session_state[f"{key}-wanted"] = (str(kind), number)

    _viewer(
        key=key,
        data=data,
        default={"selected": None, "view": None},
        on_selected_change=_nothing,
        on_view_change=_nothing,
        on_wanted_change=note_wish,
    )


def _nothing() -> None:
    """Streamlit reports a component's state only where a callback is given."""
