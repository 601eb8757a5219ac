"""What ``benchmarks/app.py`` compares with: Streamlit alone, empty, or with the widgets of ``?stNumberInput=14&stButton=2``."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

KINDS: dict[str, Callable[[int], object]] = {
    "stNumberInput": lambda n: st.number_input(f"number {n}", 0, 100_000, 64, key=f"number-{n}"),
    "stSlider": lambda n: st.slider(f"slider {n}", 0, 100, 50, key=f"slider-{n}"),
    "stSelectbox": lambda n: st.selectbox(f"choice {n}", ("one", "two", "three"), key=f"choice-{n}"),
    "stTextInput": lambda n: st.text_input(f"text {n}", "text", key=f"text-{n}"),
    "stCheckbox": lambda n: st.toggle(f"flag {n}", key=f"flag-{n}"),
    "stButton": lambda n: st.button(f"button {n}", key=f"button-{n}"),
    "stButtonGroup": lambda n: st.segmented_control(f"group {n}", ("one", "two"), key=f"group-{n}"),
    "stPageLink": lambda n: st.page_link(st.session_state["page"], label=f"page {n}"),
    "stExpander": lambda n: st.expander(f"more {n}"),
    "stTabs": lambda n: st.tabs([f"tab {n}", "other"]),
}
COLUMNS = 5


def page() -> None:
    st.title("Bare")
    places = st.columns(COLUMNS)
    shown: object = None
    for kind, draw in KINDS.items():
        for number in range(int(st.query_params.get(kind, "0"))):
            with places[number % COLUMNS]:
                found = draw(number)
            shown = found if kind == "stNumberInput" and number == 0 else shown
    st.html(f"<div class='result'>{shown}</div>")


if __name__ == "__main__":
    st.set_page_config(layout="wide")
    st.session_state["page"] = current = st.navigation([st.Page(page)], position="hidden")
    current.run()
