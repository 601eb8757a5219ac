"""Running a paste while its reader watches: a place in the queue, a clock, a way to stop it; known results come at once."""

from __future__ import annotations

import time
from dataclasses import dataclass

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from explainer.errors import BlocklensError, Cancelled
from explainer.language import Translator, translator
from explainer.paste.result import PasteResult, Request
from explainer.types import Sentence, sentence
from ui import cached, paste_state, state

_PATIENCE_S = 0.4  # before that there is nothing to see but a flicker
_BREATH_S = 0.2  # between two looks whether the reader clicked something
STOPPED = sentence("Stopped.")


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of a request, or why there is none."""

    result: PasteResult | None
    refusal: Sentence | None = None
    request: Request | None = None


def outcome_of(request: Request, lang: str) -> Outcome:
    """Runs a paste unless its result is known. Blocks; a click of the reader ends the waiting and the paste with it."""
    known = cached.paste_memory().get(request)
    if known is not None:
        return Outcome(known, request=request)
    if paste_state.is_stopped():
        return Outcome(None, STOPPED)
    place = st.empty()
    watch = _Watch(place, translator(lang))
    try:
        # Whatever the reader clicks makes Streamlit end this run at the next thing that is drawn, and the sandbox the paste.
        result = cached.paste_runner().run(request, watch.wait, watch.tick, state.visitor())
    except Cancelled:
        return Outcome(None, STOPPED)
    except BlocklensError as error:
        return Outcome(None, error.sentence)
    finally:
        place.empty()
    cached.paste_memory().put(request, result)
    return Outcome(result, request=request)


class _Watch:
    """Draws how it is going; the first time only after a moment."""

    def __init__(self, place: DeltaGenerator, _: Translator) -> None:
        self._place, self._, self._started = place, _, time.monotonic()
        self._position, self._drawn = 0, self._started
        self._text: DeltaGenerator | None = None

    def wait(self, position: int) -> None:
        self._position = position

    def tick(self) -> bool:
        """Called often while the paste waits or runs; never cancels by itself."""
        now = time.monotonic()
        if now - self._started >= _PATIENCE_S and now - self._drawn >= _BREATH_S:
            self._drawn = now
            self._draw(int(now - self._started))
        return False

    def _draw(self, seconds: int) -> None:
        _ = self._
        words = _("Running for {seconds} s", seconds=seconds) if seconds else _("Running …")
        if self._position > 0:
            words = _("Busy: number {position} in the queue, for {seconds} s", position=self._position, seconds=seconds)
        if self._text is None:
            with self._place.container(border=True, horizontal=True, vertical_alignment="center", key="paste-busy"):
                self._text = st.empty()
                st.button(_("Stop"), key="paste-stop", icon=":material/stop:", on_click=paste_state.stop)
        self._text.html(f"<p class='bl-busy' role='status'><i></i>{words}</p>")
