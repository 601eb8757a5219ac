"""Every key of the session and every query parameter that a widget does not own by itself.

The widgets in ``inputs.py`` carry their values in the URL (``bind="query-params"``) and keep them when the page changes.
Here is the rest: the language, whose labels would otherwise end up in the URL, and the last settings that worked.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from time import monotonic
from typing import Any, TypeVar

import streamlit as st

from explainer.language import pick_language
from explainer.render.viewer_view import View, read_view
from explainer.sandbox.budget import charged
from ui.limits import LONGEST_PATH, MOST_PATHS
from ui.links import arrival

LANGUAGE_KEY = "lang"
_LANGUAGE_SEEN = "lang_in_url"
_CELL = "cell"
_STEP = "step"
_DEPTH = "nest"  # `depth` is a size of the Layer page, and `levels` a knob of a block
_DIRECTION = "dir"
_OPENED, _FOLDED = "open", "fold"  # modules that were opened and folded by hand
_VIEWER_SHOWN = "viewer_shown"
_ECHO_S, _MOST_ECHOES = 3.0, 20
NOTATION_KEY = "notation"
_NOTATION_SEEN = "notation_in_url"
_FORM = "form_drawn_last"
_ENTERED = "entered_by_form"
_KEPT = "kept_"
_ASKED = "fields_asked_for"
_TIMINGS = "timings"

Choice = TypeVar("Choice")


def language() -> str:
    """The reader's language: the switch, at first the URL, then the browser's."""
    asked = st.query_params.get(LANGUAGE_KEY)
    if LANGUAGE_KEY not in st.session_state or (asked and asked != st.session_state.get(_LANGUAGE_SEEN)):
        st.session_state[LANGUAGE_KEY] = pick_language(asked, st.context.locale)
    st.session_state[_LANGUAGE_SEEN] = asked
    return str(st.session_state[LANGUAGE_KEY])


def is_embedded() -> bool:
    """Whether the page is shown inside another one: with ``embed=true`` in its address."""
    return bool(st.context.is_embedded)


def push_language() -> None:
    """Writes the language of the switch into the URL."""
    chosen = st.session_state[LANGUAGE_KEY]
    st.session_state[_LANGUAGE_SEEN] = st.query_params[LANGUAGE_KEY] = chosen


def set_fields(values: Mapping[str, object]) -> None:
    """Sets the widgets of a form; to be called by a button, before the widgets are drawn."""
    st.session_state.update(values)


def set_shown(key: str, value: object) -> None:
    """Sets what a widget shows, where it shows something else: what is set is drawn anew, a list with all of its options."""
    if key not in st.session_state or st.session_state[key] != value:
        st.session_state[key] = value


def ask_fields(values: Mapping[str, object], fragment: str) -> None:
    """Has the widgets of another fragment set, at the end of a callback: what a callback sets itself is old when that one runs,
    and old values do not reach the browser."""
    st.session_state[_ASKED] = dict(values)
    st.rerun(fragment)


def set_asked_fields() -> None:
    """To be called by the fragment that was asked, before its widgets are drawn."""
    set_fields(st.session_state.pop(_ASKED, {}))


def switch_form(place: str, subject: str, fields: Mapping[str, object], prefix: str = "") -> None:
    """To be called when a person chooses another subject: its fields get what was entered for it before, or their defaults.

    A ``place`` is a form that several subjects share, as the layers of a page. All forms of one ``prefix``, also those of other
    pages, share the names of their fields.
    """
    _keep_entered(prefix)
    st.session_state.update({**fields, **_entered(place, subject)})
    st.session_state[_FORM + prefix] = (place, subject, tuple(fields))


def enter_form(place: str, subject: str, fields: Mapping[str, object], prefix: str = "") -> None:
    """To be called before a form's fields are drawn: what another form or a link left there and does not fit is set back.

    A link sets the whole form: what it does not name is as at the beginning, whatever was entered before.
    """
    shown = st.session_state.get(_FORM + prefix)
    other = shown is not None and shown[:2] != (place, subject)
    if other:
        _keep_entered(prefix)
    if arrival.is_link_to(place, fields):
        set_fields({key: default for key, default in fields.items() if key not in st.query_params})
    before = {**fields, **(_entered(place, subject) if other else {})}
    for key, default in fields.items():
        if key in st.session_state and ((other and key not in st.query_params) or not _fits(st.session_state[key], default)):
            st.session_state[key] = before[key]
    st.session_state[_FORM + prefix] = (place, subject, tuple(fields))


def _entered(place: str, subject: str) -> dict[str, object]:
    found: dict[str, object] = st.session_state.setdefault(_ENTERED, {}).get((place, subject), {})
    return found


def _keep_entered(prefix: str) -> None:
    """Remembers what is in the fields of the form that was drawn last."""
    shown = st.session_state.get(_FORM + prefix)
    if shown is not None:
        place, subject, keys = shown
        now = {key: st.session_state[key] for key in keys if key in st.session_state}
        st.session_state.setdefault(_ENTERED, {})[place, subject] = now


def _fits(value: object, default: object) -> bool:
    return isinstance(value, type(default)) or (default is None and isinstance(value, int))


def take_word(options: Sequence[str], key: str, default: str) -> str:
    """The word of a choice whose labels are translated: what is new in the URL; what was chosen before the page changed; else
    the default. Its widget has the same key and calls ``push_word``.
    """
    asked = st.query_params.get(key)
    asked = asked if asked in options else None
    kept = st.session_state.get(_KEPT + key)
    came_back = key not in st.session_state and asked is None and kept in options
    if came_back:
        st.session_state[key] = kept
        push_word(default, key)
    elif key not in st.session_state or (asked or default) != kept or st.session_state[key] not in options:
        st.session_state[key] = st.session_state[_KEPT + key] = asked or default
    return str(st.session_state[key])


def push_word(default: str, key: str) -> None:
    """Writes the word of a choice into the URL, unless it is the default."""
    chosen = st.session_state[key]
    if chosen is None:  # of a choice that the browser has just drawn anew, and that nobody touched
        return
    st.session_state[_KEPT + key] = chosen
    if chosen == default:
        st.query_params.pop(key, None)
    else:
        st.query_params[key] = chosen


def notation(known: Sequence[str]) -> str:
    """The notation of the formulas: the switch, at first the URL."""
    asked = st.query_params.get(NOTATION_KEY, "")
    asked = asked if asked in known else known[0]
    if st.session_state.get(_NOTATION_SEEN) != asked:
        st.session_state[NOTATION_KEY] = st.session_state[_NOTATION_SEEN] = asked
    elif NOTATION_KEY not in st.session_state:
        st.session_state[NOTATION_KEY] = asked
    return str(st.session_state[NOTATION_KEY])


def push_notation(default: str) -> None:
    """Writes the notation of the switch into the URL, unless it is the default."""
    chosen = st.session_state[_NOTATION_SEEN] = st.session_state[NOTATION_KEY]
    if chosen != default:
        st.query_params[NOTATION_KEY] = chosen
    elif NOTATION_KEY in st.query_params:
        del st.query_params[NOTATION_KEY]


def chosen_cell() -> tuple[int, int] | None:
    """The output cell that the link names as ``cell=row-column``, None if it names none."""
    row, dash, column = st.query_params.get(_CELL, "").partition("-")
    return (int(row), int(column)) if dash and row.isdecimal() and column.isdecimal() and len(row + column) < 12 else None


def choose_cell(cell: tuple[int, int] | None) -> None:
    """Writes the chosen cell into the URL; one that no longer exists leaves it."""
    if cell is None:
        st.query_params.pop(_CELL, None)
    elif cell != chosen_cell():
        st.query_params[_CELL] = f"{cell[0]}-{cell[1]}"


def viewer_view(key: str, said: View, *, told: bool, in_url: bool) -> View:
    """How a viewer draws: what the browser said, at first the link; a link that changed since it was written wins."""
    if not in_url:
        return said
    asked = _view_in_url()
    if told and asked == st.session_state.get(f"{key}-view-in-url", ("", "", (), ())):
        return said
    depth, direction, opened, folded = asked
    number = int(depth) if depth.isdecimal() and len(depth) < 4 else None
    return read_view({"depth": number, "direction": direction, "opened": opened, "folded": folded})


def _view_in_url() -> tuple[str, str, tuple[str, ...], tuple[str, ...]]:
    query = st.query_params
    opened, folded = (tuple(query.get_all(name)[:MOST_PATHS]) for name in (_OPENED, _FOLDED))
    return query.get(_DEPTH, ""), query.get(_DIRECTION, ""), opened, folded


def viewer_step(key: str, said: object, *, in_url: bool) -> tuple[str, str]:
    """(the step to show, the one that the browser is told to select); empty for the viewer's own choice.

    A link that changed since it was written wins over what the browser ``said``, unless another viewer of this session wrote
    it.
    """
    asked = st.query_params.get(_STEP, "") if in_url and st.session_state.get(_VIEWER_SHOWN, key) == key else ""
    return agreed(f"{key}-step", asked, said)


def agreed(name: str, asked: str, said: object) -> tuple[str, str]:
    """(what counts, what the browser is told) of what a link ``asked`` for and a component of the browser ``said``, if it did.

    A link that changed since ``name-in-url`` was written wins. What is told changes only when the link does, or for a component
    that is built anew: new data cost a transfer.
    """
    is_news = asked not in _written_lately(name) or not isinstance(said, str)
    told: str = st.session_state.setdefault(f"{name}-told", asked)
    if is_news:
        told = st.session_state[f"{name}-told"] = asked
    return (asked if is_news else str(said)), told


def _written_lately(name: str) -> set[str]:
    """What was written into the link in the last moments.

    A browser that is asked for the next step at once may still have the link of the step before: that is no news.
    """
    now, written = monotonic(), st.session_state.get(f"{name}-in-url", "")
    before = [(text, when) for text, when in st.session_state.get(f"{name}s-written", ()) if now - when < _ECHO_S]
    before = [(text, when) for text, when in before if text != written] + [(written, now)]
    st.session_state[f"{name}s-written"] = before[-_MOST_ECHOES:]
    return {text for text, _ in before}


def viewer_word(key: str, parameter: str, said: str | None, options: Sequence[str], *, in_url: bool) -> str:
    """What the browser is told of a choice that it makes by itself, as the colours of the drawing; the link is kept up to it.

    The first of the ``options`` is the default, and stays out of the link.
    """
    if not in_url:
        return options[0]
    name, (found, told) = f"{key}-{parameter}", agreed(f"{key}-{parameter}", st.query_params.get(parameter, ""), said)
    written = st.session_state[f"{name}-in-url"] = found if found in options[1:] else ""
    if written:
        st.query_params[parameter] = written
    else:
        st.query_params.pop(parameter, None)
    return told if told in options else options[0]


def keep_viewer(key: str, step: str, view: View) -> None:
    """Writes step, depth, direction and folds into the link; what is as at the beginning leaves it."""
    st.session_state[f"{key}-step-in-url"] = step
    depth = [] if view.depth is None else [str(view.depth)]
    direction: list[str] = [] if view.direction == "TB" else [view.direction]
    paths = {_OPENED: view.opened, _FOLDED: view.folded}
    wanted: dict[str, list[str]] = {_STEP: [step] if step else [], _DEPTH: depth, _DIRECTION: direction}
    wanted |= {name: [path for path in found if len(path) <= LONGEST_PATH][:MOST_PATHS] for name, found in paths.items()}
    for name, values in wanted.items():
        if values and st.query_params.get_all(name) != values:
            st.query_params[name] = values
        elif not values and name in st.query_params:
            del st.query_params[name]
    st.session_state[f"{key}-view-in-url"] = _view_in_url()
    st.session_state[_VIEWER_SHOWN] = key


def timings(key: Hashable) -> Any:
    """What was measured of a pair in this session, None if nothing was."""
    return st.session_state.get(_TIMINGS, {}).get(key)


def keep_timings(key: Hashable, found: object) -> None:
    """Remembers the last pair only: a measurement is of its moment."""
    st.session_state[_TIMINGS] = {key: found}


def open_frame() -> None:
    st.session_state["frame"] = True


def take_frame() -> bool:
    """Whether app.py ran before the page in this run; asks once per run."""
    return bool(st.session_state.pop("frame", False))


def last_good(page: str, expected: type[Choice]) -> Choice | None:
    """The last settings of a page that gave a result, None if there were none in this session."""
    remembered = st.session_state.get(f"last_good_{page}")
    return remembered if isinstance(remembered, expected) else None


def remember_good(page: str, choice: object) -> None:
    st.session_state[f"last_good_{page}"] = choice


def visitor() -> str:
    """The address that a visitor's computing is charged to; empty on this very computer."""
    return charged(str(st.context.ip_address or ""), st.context.headers.get("X-Forwarded-For", ""))
