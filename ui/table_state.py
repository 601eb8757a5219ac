"""The table on the screen: in the session and, as one word, in the URL; what its editor was mounted with; what a text said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

import streamlit as st

from explainer.table import (
    AFTERS,
    COLUMNS,
    PRESETS,
    Cells,
    Reading,
    Table,
    fixed,
    from_link,
    lines_of,
    read_any,
    read_table,
    to_link,
)
from explainer.table.link import LONGEST_LINK
from explainer.types import Sentence, sentence

PARAMETER = "table"
DEFAULT = "Together"
TEXT = "table-text"
_NOW, _SEEN, _BASE, _MOUNT, _SAID, _READ, _HERE = (
    "table-now", "table-in-url", "table-base", "table-mount", "table-said", "table-read", "table-after",
)  # fmt: skip


@lru_cache(maxsize=len(PRESETS))
def preset(name: str) -> Table:
    """One of the tables to start from."""
    return read_table(*PRESETS[name]).table


def current() -> Table:
    """The table of the URL where it is new there, else the one that was left; the default at first."""
    asked = st.query_params.get(PARAMETER)
    kept = st.session_state.get(_NOW)
    if isinstance(kept, Table) and asked is None and _HERE not in st.session_state:  # back from another page
        put(kept)
    elif not isinstance(kept, Table) or asked != st.session_state.get(_SEEN):
        _open(asked)
    return _now()


def _now() -> Table:
    table = st.session_state[_NOW]
    assert isinstance(table, Table)
    return table


def acting() -> Table:
    """The table that a click acts on, which may be newer than the run that drew its widget."""
    return _now() if isinstance(st.session_state.get(_NOW), Table) else current()


def _open(asked: str | None) -> None:
    """Takes what a link says: a table or the name of one to start from."""
    if asked is None or asked in PRESETS:
        put(preset(asked or DEFAULT))
        return
    opened = from_link(asked)
    put(opened.table or preset(DEFAULT))
    st.session_state[_SAID] = opened.dropped


def put(table: Table) -> None:
    """Makes this the table and mounts the editor anew; to be called before the editor is drawn."""
    st.session_state[_BASE] = table
    st.session_state[_MOUNT] = st.session_state.get(_MOUNT, 0) + 1
    _keep(table)


def _keep(table: Table) -> None:
    st.session_state[_NOW], st.session_state[_SAID] = table, ()
    known = next((name for name in PRESETS if preset(name) == table), None)
    word = known or to_link(table)
    if known == DEFAULT:
        st.query_params.pop(PARAMETER, None)
    elif len(word) <= LONGEST_LINK:
        st.query_params[PARAMETER] = word
    else:
        st.query_params.pop(PARAMETER, None)
        st.session_state[_SAID] = (sentence("This table is too long for a link: the address does not hold it."),)
    st.session_state[_SEEN] = st.query_params.get(PARAMETER)


def fits_in_link() -> bool:
    """Whether the address holds the table; also before one was opened."""
    table = st.session_state.get(_NOW)
    return not isinstance(table, Table) or len(to_link(table)) <= LONGEST_LINK


def base() -> tuple[Table, str]:
    """What the editor starts from, and its key. While a person types there, it stays, so that nothing jumps."""
    return st.session_state[_BASE], f"table-editor-{st.session_state[_MOUNT]}"


def take_edits(key: str) -> None:
    """Takes what was typed into the editor, as its changes against what it started from."""
    base_table, mounted = base()
    edits = st.session_state.get(key)
    if key == mounted and edits is not None:
        _keep(replace(acting(), lines=_edited(base_table.lines, edits)))


def _edited(lines: tuple[Cells, ...], edits: Mapping[str, Any]) -> tuple[Cells, ...]:
    rows: dict[int, dict[str, object]] = {place: _as_row(line) for place, line in enumerate(lines or (Cells(),))}
    for place, cells in edits.get("edited_rows", {}).items():
        rows.setdefault(int(place), {}).update(cells)
    for place in edits.get("deleted_rows", ()):
        rows.pop(int(place), None)
    return lines_of([*rows.values(), *edits.get("added_rows", ())])


def _as_row(line: Cells) -> dict[str, object]:
    return {column: line.get(column) for column in COLUMNS}


def set_after(key: str) -> None:
    """What an empty cell for norm and activation means."""
    chosen = st.session_state.get(key)
    if chosen in AFTERS:
        put(replace(acting(), after=chosen))


def fix(line: int, cells: tuple[tuple[str, str], ...]) -> None:
    """Writes the nearest setting into a line."""
    table = acting()
    if line < len(table.lines):
        put(fixed(table, line, cells))


def take_text(text: str, variant: int = 0) -> None:
    """Reads a text and makes what it holds the table; to be called by a callback."""
    reading = read_any(text, variant)
    st.session_state[TEXT] = text
    st.session_state[_READ] = (text, reading)
    if reading.table.lines:
        put(replace(reading.table, after=acting().after if reading.table.after == "auto" else reading.table.after))


def last_reading() -> tuple[str, Reading] | None:
    """The text that was read last in this session, and what it gave."""
    found = st.session_state.get(_READ)
    return found if found is not None else None


def said() -> tuple[Sentence, ...]:
    """What the link could not bring, or cannot hold."""
    return tuple(st.session_state.get(_SAID, ()))
