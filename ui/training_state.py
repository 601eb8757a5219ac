"""The trainings of one visitor, kept in the session; they end with its connection, and when nobody looks any more."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import streamlit as st
from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from explainer.training.progress import Progress
from explainer.training.record import Recipe
from explainer.training.session import Session
from ui import cached_training, state

_HELD, _OWN = "training-", "trained"
_MOST_OWN = 40
_ABSENT_S = 3.0  # a connection that broke off may come back


def start(place: str, recipes: Sequence[Recipe]) -> None:
    """Starts trainings in place of those that run there; to be called by a button."""
    stop(place)
    remembered, own = cached_training.remembered(), st.session_state.setdefault(_OWN, {})

    def keep(found: Progress) -> None:
        remembered.put(found)
        own[found.recipe] = found
        while len(own) > _MOST_OWN:
            del own[next(iter(own))]

    st.session_state[_HELD + place] = Session(recipes, cached_training.runner(), state.visitor(), _watch(), keep)


def stop(place: str) -> None:
    held = session(place)
    if held is not None:
        held.stop()


def session(place: str) -> Session | None:
    """The trainings that were started at this place, None if there were none."""
    held: Session | None = st.session_state.get(_HELD + place)
    return held


def known(recipe: Recipe) -> Progress | None:
    """A training that came to its end: of a catalogue block anybody's, of a paste one of this session."""
    found = cached_training.remembered().get(recipe)
    if found is None:
        own: dict[Recipe, Progress] = st.session_state.get(_OWN, {})
        found = own.get(recipe)
    return found


def _watch() -> Callable[[], bool]:
    """Whether the browser that asked is still connected, with a few seconds' grace. Safe on any thread."""
    context = get_script_run_ctx()
    if context is None or not runtime.exists():
        return lambda: True
    server, identity = runtime.get_instance(), context.session_id
    seen = time.monotonic()

    def is_there() -> bool:
        nonlocal seen
        if server.is_active_session(identity):
            seen = time.monotonic()
        return time.monotonic() - seen < _ABSENT_S

    return is_there
