"""More of cached.py: what the viewer shows, the numbers of a step, and the files that take a while."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Any

import streamlit as st

from explainer.errors import BlocklensError, TooLarge
from explainer.examine import Make
from explainer.language import join_sentences, say
from explainer.onnx_file import Recipe, onnx_file
from explainer.paste.result import PasteResult, Request
from explainer.render.exports import File
from explainer.render.value_pictures import value_pictures
from explainer.render.viewer_scene import Subject, viewer_scene
from explainer.render.viewer_view import View
from explainer.step_values import StepValues, Wanted, step_values, wanted_of_step
from explainer.table import Network
from explainer.table.network import build_program
from explainer.types import Shape, Trace, sentence
from ui import state
from ui.cached import block_of, examination, explanation_of, paste_runner

if TYPE_CHECKING:
    from ui.chosen_block import BlockChoice

_NO_VALUES = sentence("A forward on real numbers does not come to this step.")


@st.cache_data(max_entries=300, show_spinner=False)
def scene_of_viewer(identity: str, _subject: Subject, view: View, lang: str) -> dict[str, Any]:  # noqa: ARG001 - the cache's key
    """What the viewer shows; ``identity`` stands for all that is in the subject."""
    return viewer_scene(_subject, view, lang)


@st.cache_data(max_entries=300, show_spinner=False)
def line_texts(identity: str, _subject: Subject, lang: str) -> dict[int, str]:
    """What each line does, by its number in the viewer."""
    notes = explanation_of(identity, _subject).lines
    return {note.line - _subject.first_line + 1: join_sentences(say(text, lang) for text in note.text) for note in notes}


@st.cache_data(max_entries=150, show_spinner=False)
def values_of_step(
    choice: BlockChoice, step: str, ops: tuple[int, ...], device: str, seed: int, lang: str
) -> dict[str, Any] | None:
    """The numbers that a step of a block makes, as the viewer shows them; why there are none where they would be too large."""
    make, shapes = block_of(choice)
    return _values(make, shapes, examination(choice).trace, (step, ops), device, seed, lang)


@st.cache_data(max_entries=150, show_spinner=False)
def values_of_network(source: str, _trace: Trace, step: str, ops: tuple[int, ...], lang: str) -> dict[str, Any] | None:
    """The same for the network of a table; ``source`` is what was written for it."""
    shapes = tuple(_trace.shape(value) for value in _trace.inputs)
    return _values(lambda: build_program(source), shapes, _trace, (step, ops), "cpu", 0, lang)


def _values(
    make: Make, shapes: tuple[Shape, ...], plan: Trace, of: tuple[str, tuple[int, ...]], device: str, seed: int, lang: str
) -> dict[str, Any] | None:
    """None for a step that makes nothing, as one that fails."""
    wanted = wanted_of_step(plan, *of)
    if wanted is None:
        return None
    try:
        found = step_values(make, shapes, plan, wanted, device, seed)
    except TooLarge as error:
        return {"step": of[0], "notes": [say(error.sentence, lang)]}
    return value_pictures(of[0], found, lang)


def values_of_paste(request: Request, result: PasteResult, step: str, ops: tuple[int, ...], lang: str) -> dict[str, Any] | None:
    """The numbers that a step of a paste makes, as the viewer shows them, or why there are none; None if it makes nothing."""
    wanted = wanted_of_step(result.trace, step, ops) if result.trace is not None else None
    if wanted is None:
        return None
    try:
        found = _paste_step(request, result, wanted, state.visitor())
    except BlocklensError as error:
        return {"step": step, "notes": [say(error.sentence, lang)]}
    return {"step": step, "notes": [say(_NO_VALUES, lang)]} if found is None else value_pictures(step, found, lang)


@st.cache_data(max_entries=200, show_spinner=False)
def _paste_step(request: Request, _result: PasteResult, wanted: Wanted, _address: str) -> StepValues | None:
    """What the sandbox says of a step; what it refuses now it may give another time, and is not kept."""
    return paste_runner().step(request, _result, wanted, _address)


def onnx_of_block(choice: BlockChoice) -> File:
    """The block as an ONNX file; BlocklensError with the reason if there is none."""
    found = examination(choice)
    recipe = Recipe("blocks", "build", (choice.block, dict(choice.settings)), block_of(choice)[1])
    return File(f"{choice.block}.onnx", mime="application/octet-stream", data=_onnx(recipe, found.totals.param_bytes))


def onnx_of_network(network: Network) -> File:
    """The network of a table as an ONNX file; BlocklensError with the reason if there is none."""
    shapes = tuple(network.trace.shape(value) for value in network.trace.inputs)
    recipe = Recipe("explainer.table.network", "build_program", (network.source,), shapes)
    return File(f"{network.trace.name}.onnx", mime="application/octet-stream", data=_onnx(recipe, network.totals.param_bytes))


@st.cache_data(max_entries=8, show_spinner=False)
def _onnx(recipe: Recipe, param_bytes: int) -> bytes:
    """One at a time: each takes a process and its memory."""
    with _exporting():
        return onnx_file(recipe, param_bytes)


@st.cache_resource(show_spinner=False)
def _exporting() -> Lock:
    return Lock()
