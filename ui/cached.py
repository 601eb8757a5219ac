"""The only caching: explainer entry points on plain inputs."""

from __future__ import annotations

import gc
import inspect
import sys
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import streamlit as st
from streamlit.logger import get_logger

from explainer.devices import devices
from explainer.diagnosis import diagnose
from explainer.errors import InvalidInput
from explainer.examine import Examination, GateValues, Make, examine, gate_values, summary
from explainer.explain import explain
from explainer.hazards import find_hazards
from explainer.layer import TorchAnswer, ask_torch, load_torch, torch_is_loaded
from explainer.layer_facts import LayerFacts, layer_facts
from explainer.listing import Line, list_source
from explainer.paste.explain import Behind
from explainer.paste.memory import Memory
from explainer.paste.result import PasteResult, Request
from explainer.render.gate_figure import gate_figure
from explainer.render.turntable import turntable
from explainer.render.viewer_scene import Subject
from explainer.render.window_scene import window_scene
from explainer.sandbox.choice import SWITCH, Choice, choose
from explainer.sandbox.client import Sandbox
from explainer.sandbox.lockdown import can_filter
from explainer.sandbox.setup import Setup
from explainer.sandbox.trusted import TrustedProcess
from explainer.table import Network, Solution, Table, look_into, solve
from explainer.types import Diagnosis, Explanation, Hazard, Shape
from ui.layer_choice import LayerChoice
from ui.serving import assets
from ui.serving.background import Background

if TYPE_CHECKING:
    from blocks import BlockSpec, Setting
    from ui.chosen_block import BlockChoice

log = get_logger(__name__)

STAND_INS, CATALOGUE = "blocks.stand_ins", "blocks"

__all__ = ["background", "layer_facts_of", "torch_is_loaded", "torch_says"]


# Facts that every part of a page asks for are kept as they are, frozen records: a copy out of cache_data takes a millisecond.
@st.cache_resource(max_entries=2000, show_spinner=False)
def layer_facts_of(choice: LayerChoice) -> LayerFacts:
    """The facts of any layer; raises BlocklensError."""
    return layer_facts(choice.layer, dict(choice.arguments), choice.input_shape)


@st.cache_resource(max_entries=2000, show_spinner=False)
def torch_says(choice: LayerChoice) -> TorchAnswer:
    """What the real module says; the first call waits until torch is loaded."""
    return ask_torch(choice.layer, dict(choice.arguments), choice.input_shape)


@st.cache_data(show_spinner=False)
def turntable_of(lang: str) -> dict[str, Any]:
    """The convolution to turn on the first page."""
    return turntable(lang)


@st.cache_data(max_entries=500, show_spinner=False)
def scene_of(choice: LayerChoice, lang: str) -> dict[str, Any]:
    """What the interactive picture needs; raises TooLarge."""
    return window_scene(layer_facts_of(choice).layer, choice.input_shape, lang)


@st.cache_resource(show_spinner=False)
def background() -> Background:
    """What gets torch, the catalogue and the sandbox ready, once per server."""
    return Background((load_torch, catalogue, _start_sandbox, assets.store().pack, _settle))


def _settle() -> None:
    """What is loaded by now stays for good: the collector need not walk through torch again, with everybody waiting."""
    gc.collect()
    gc.freeze()


def _start_sandbox() -> None:
    mode, runner = paste_mode().mode, paste_runner()
    if mode != "off":
        log.info("Pastes: %s", ", ".join(runner.layers) if mode == "wall" else mode)


@st.cache_resource(show_spinner=False)
def paste_mode() -> Choice:
    """Where pastes run on this server."""
    address = str(st.get_option("server.address") or "")
    return choose(can_lock=can_filter(), wants_trust=SWITCH in sys.argv, address=address)


@st.cache_resource(show_spinner=False)
def paste_runner() -> Behind:
    """What runs pastes, once per server."""
    trusted = paste_mode().mode == "trusted"
    setup = Setup(stand_ins=STAND_INS, catalogue=CATALOGUE)
    return Behind(TrustedProcess(STAND_INS, catalogue=CATALOGUE) if trusted else Sandbox(setup))


def paste_devices() -> tuple[str, ...]:
    """Where a paste's forward can run: a GPU needs what the walls refuse."""
    return ("meta", *device_names()) if paste_mode().mode == "trusted" else ("meta",)


@st.cache_resource(show_spinner=False)
def paste_memory() -> Memory:
    return Memory()


class PasteWords(NamedTuple):
    """What is said about a paste; the explanation is None where nothing ran."""

    diagnosis: Diagnosis | None
    explanation: Explanation | None
    hazards: tuple[Hazard, ...]


@st.cache_data(max_entries=300, show_spinner=False)
def paste_words(request: Request, _result: PasteResult) -> PasteWords:  # noqa: ARG001 - the request is the key
    """The words for the result of a request."""
    diagnosis, trace = diagnose(_result), _result.trace
    if trace is None:
        return PasteWords(diagnosis, None, ())
    hazards = find_hazards(trace, _result.source) if diagnosis is None else ()
    return PasteWords(diagnosis, explain(trace, _result.source), hazards)


@st.cache_data(max_entries=100, show_spinner=False)
def paste_summary(request: Request, _result: PasteResult, _address: str) -> str | None:
    """What torchinfo prints of a paste, None if it cannot; what the sandbox refuses now it may give another time: not kept."""
    return paste_runner().summary(request, _result, _address)


# Figures are kept as they are: one out of cache_data is validated again, which takes as long as making it.
@st.cache_resource(max_entries=200, show_spinner=False)
def paste_gate_chart(values: GateValues, lang: str) -> Any:
    """A gate of a paste as a plotly figure, not to be changed."""
    return gate_figure(values, lang)


def catalogue() -> Mapping[str, BlockSpec]:
    """The blocks of the catalogue; the first call waits until torch is loaded."""
    from blocks import CATALOGUE

    return CATALOGUE


def families() -> Mapping[str, tuple[str, ...]]:
    """The names of the catalogue's blocks by family, in the order in which they are shown."""
    from blocks import FAMILIES

    return FAMILIES


@st.cache_resource(max_entries=500, show_spinner=False)
def examination(choice: BlockChoice) -> Examination:
    """The facts of a block; raises InvalidInput."""
    make, shapes = block_of(choice)
    return examine(make, *shapes)


@st.cache_data(max_entries=100, show_spinner=False)
def summary_of(choice: BlockChoice) -> str:
    """What torchinfo prints of a block, nothing where its forward fails; raises InvalidInput."""
    make, shapes = block_of(choice)
    return "" if examination(choice).trace.failure else summary(make, *shapes)


@st.cache_data(max_entries=200, show_spinner=False)
def gate_values_of(choice: BlockChoice, device: str, seed: int) -> tuple[GateValues, ...]:
    """The block's gates with random weights on a random input; raises TooLarge."""
    make, shapes = block_of(choice)
    return gate_values(make, *shapes, device=device, seed=seed)


@st.cache_resource(max_entries=200, show_spinner=False)
def gate_chart(choice: BlockChoice, number: int, device: str, seed: int, lang: str) -> Any:
    """A gate as a plotly figure, not to be changed."""
    return gate_figure(gate_values_of(choice, device, seed)[number], lang)


@st.cache_resource(max_entries=300, show_spinner=False)
def subject_of(choice: BlockChoice) -> Subject:
    """The block's trace and the text of its class; raises InvalidInput."""
    return Subject(examination(choice).trace, *text_of(choice.block), whole=False)


@cache
def text_of(block: str) -> tuple[str, int]:
    """The text of a block's class, and its first line in the file."""
    lines, first = inspect.getsourcelines(catalogue()[block].make)
    return "".join(lines), first


@st.cache_data(max_entries=1000, show_spinner=False)
def listing_of(choice: BlockChoice) -> tuple[Line, ...]:
    """The block's class, each line with the shape that it makes."""
    found = examination(choice)
    return list_source(*text_of(choice.block), found.trace, found.gates)


@st.cache_data(max_entries=100, show_spinner=False)
def failure_of(choice: BlockChoice) -> Diagnosis | None:
    """Why the block's forward stops, None if it does not; raises InvalidInput."""
    subject = subject_of(choice)
    if subject.trace.failure is None:
        return None
    text = inspect.getsource(sys.modules[catalogue()[choice.block].make.__module__])
    return diagnose(PasteResult(text, target=subject.trace.name, trace=subject.trace))


@st.cache_data(max_entries=300, show_spinner=False)
def words_of(choice: BlockChoice) -> tuple[Explanation, tuple[Hazard, ...]]:
    """What the block does in words, and what to look out for; raises InvalidInput."""
    subject = subject_of(choice)
    return explanation_of(repr(choice), subject), find_hazards(subject.trace, subject.source, subject.first_line)


@st.cache_data(max_entries=300, show_spinner=False)
def explanation_of(identity: str, _subject: Subject) -> Explanation:  # noqa: ARG001 - the cache's key
    """What a module does in words; ``identity`` stands for all that is in the subject."""
    return explain(_subject.trace, _subject.source, _subject.first_line)


@st.cache_data(show_spinner=False)
def device_names() -> tuple[str, ...]:
    return devices()


def block_of(choice: BlockChoice) -> tuple[Make, tuple[Shape, ...]]:
    return built(choice.block, dict(choice.settings))


def built(block: str, settings: Mapping[str, Setting]) -> tuple[Make, tuple[Shape, ...]]:
    """How to build the block, and its input shapes; building raises InvalidInput instead of the catalogue's own error."""
    from blocks import InvalidKnob

    spec = catalogue()[block]

    def make() -> Any:
        try:
            return spec.build(settings)
        except InvalidKnob as error:
            raise InvalidInput(error.template, field=error.field, **error.values) from None

    return make, spec.input_shapes(settings)


@st.cache_data(max_entries=500, show_spinner=False)
def table_solution(table: Table) -> Solution:
    """A table worked out line by line."""
    return solve(table)


@st.cache_data(max_entries=200, show_spinner=False)
def table_network(table: Table) -> Network:
    """The network that a table stands for; the first call waits until torch is loaded."""
    return look_into(table_solution(table))
