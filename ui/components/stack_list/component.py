"""The rows of a stack under the hand: choose, move, double, remove; by mouse, touch, drag and keyboard."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

_HERE = Path(__file__).parent
_list = st.components.v2.component(
    "stack_list",
    html="<table><thead></thead><tbody></tbody></table><p class='keys'></p>",
    css=(_HERE / "stack_list.css").read_text(encoding="utf-8"),
    js=(_HERE / "stack_list.js").read_text(encoding="utf-8"),
)


@dataclass(frozen=True, slots=True)
class Line:
    """A row as it is shown: the code, a remark beside it, the cells after it, and what is wrong with it."""

    code: str
    remark: str = ""
    cells: tuple[str, ...] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Act:
    """What a person did: ``do`` is select, move, double or remove; ``to`` is where a row goes."""

    do: str
    index: int
    to: int


def stack_list(
    lines: Sequence[Line], heads: Sequence[str], words: Mapping[str, str], *, key: str, selected: int, on_act: Callable[[], None]
) -> None:
    """Shows the rows below the input, which is line 0; ``on_act`` is called for what ``take_act`` then returns."""
    rows = [{"code": one.code, "remark": one.remark, "cells": one.cells, "problem": one.problem} for one in lines]
    _list(key=key, data={"rows": rows, "heads": heads, "words": words, "selected": selected}, on_act_change=on_act)


def take_act(key: str, count: int) -> Act | None:
    """The act that a browser reported, None if it is none for ``count`` rows."""
    sent = (st.session_state.get(key) or {}).get("act")
    if not isinstance(sent, Mapping):
        return None
    do, index, to = sent.get("do"), sent.get("index"), sent.get("to", 0)
    if do not in ("select", "move", "double", "remove") or not isinstance(index, int) or not isinstance(to, int):
        return None
    return Act(do, index, to) if 0 <= index < count else None
