"""The dataflow graph under the hand: pan, zoom, fit, select, by mouse, touch and keyboard."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from explainer.language import translator

_HERE = Path(__file__).parent
_viewer = st.components.v2.component(
    "graph_viewer",
    html="<div class='tools' role='toolbar'></div><div class='view'></div>",
    css=(_HERE / "viewer.css").read_text(encoding="utf-8"),
    js=(_HERE / "viewer.js").read_text(encoding="utf-8"),
)


def viewer(svg: str, *, key: str, selected: str, lang: str) -> str:
    """Shows a drawing of explainer/render/graph_svg and returns the id of the node a person selected, ``selected`` at first."""
    _ = translator(lang)
    words = {"in": _("Zoom in"), "out": _("Zoom out"), "fit": _("Show all"), "tools": _("View of the graph")}
    state = st.session_state.get(key) or {}
    shown = state.get("selected") or selected
    known = f'id="{shown}"' in svg
    shown = shown if known else selected
    result = _viewer(
        key=key,
        data={"svg": svg, "selected": shown, "words": words},
        default={"selected": selected},
        on_selected_change=_nothing,
    )
    chosen = str(result.selected or selected)
    return chosen if f'id="{chosen}"' in svg else selected


def _nothing() -> None:
    """Streamlit reports a component's state only where a callback is given."""
