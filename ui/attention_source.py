"""Whose gates are looked at: a block of the catalogue with its form, or the paste of the Paste page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import streamlit as st

from explainer.attention import networks
from explainer.attention.question import EffectsWanted, question_of
from explainer.attention.records import Effects, Photo, Seen, Wanted, Weights
from explainer.errors import BlocklensError, InvalidInput
from explainer.language import say, translator
from explainer.paste.result import PasteResult
from explainer.types import Input
from ui import (
    attention_state,
    block_choice,
    block_form,
    block_result,
    cached,
    cached_attention,
    draw,
    paste_code,
    paste_form,
    paste_run,
    paste_state,
    state,
)
from ui.chosen_block import BlockChoice

if TYPE_CHECKING:
    from blocks import BlockSpec

SOURCES = ("catalogue", "paste", "network")
_PLACE = "attention-block-form"


class Source(Protocol):
    """A module that can be put a picture into."""

    @property
    def key(self) -> str: ...

    @property
    def inputs(self) -> tuple[Input, ...]: ...

    @property
    def lines(self) -> Mapping[int, tuple[int, str]]:
        """For an op the number and the text of its line."""

    @property
    def is_trained(self) -> bool: ...

    def see(self, photos: tuple[Photo, ...], weights: Weights, wanted: Wanted) -> Seen: ...

    def effects(self, photo: Photo, weights: Weights, gate: int, unit: int, channel: int) -> Effects: ...


@dataclass(frozen=True, slots=True)
class BlockSource:
    choice: BlockChoice
    device: str
    is_trained: bool = False

    @property
    def key(self) -> str:
        return self.choice.block

    @property
    def inputs(self) -> tuple[Input, ...]:
        return tuple(Input(shape) for shape in cached.block_of(self.choice)[1])

    @property
    def lines(self) -> Mapping[int, tuple[int, str]]:
        return {op: (line.number, line.text.strip()) for line in cached.listing_of(self.choice) for op in line.ops}

    def see(self, photos: tuple[Photo, ...], weights: Weights, wanted: Wanted) -> Seen:
        return cached_attention.block_gates(self.choice, self.device, photos, weights, wanted)

    def effects(self, photo: Photo, weights: Weights, gate: int, unit: int, channel: int) -> Effects:
        return cached_attention.block_effects(self.choice, self.device, photo, weights, gate, unit, channel)


@dataclass(frozen=True, slots=True)
class PasteSource:
    result: PasteResult
    stand_ins: tuple[tuple[str, str], ...]
    is_trained: bool = False

    @property
    def key(self) -> str:
        return f"paste-{self.result.target}"

    @property
    def inputs(self) -> tuple[Input, ...]:
        return self.result.inputs

    @property
    def lines(self) -> Mapping[int, tuple[int, str]]:
        texts = self.result.source.splitlines()
        ops = self.result.trace.ops if self.result.trace else ()
        return {op.id: (op.line, texts[op.line - 1].strip()) for op in ops if op.line and op.line <= len(texts)}

    def see(self, photos: tuple[Photo, ...], weights: Weights, wanted: Wanted) -> Seen:
        seen, _ = cached_attention.paste_answer(question_of(self.result, self.stand_ins, photos, weights, wanted))
        if seen is None:
            raise InvalidInput("The paste did not give an answer in the form that was agreed on.")
        return seen

    def effects(self, photo: Photo, weights: Weights, gate: int, unit: int, channel: int) -> Effects:
        wanted = EffectsWanted(gate, unit, channel)
        question = question_of(self.result, self.stand_ins, (photo,), weights, Wanted(), wanted)
        _, effects = cached_attention.paste_answer(question)
        if effects is None:
            raise InvalidInput("The paste did not give an answer in the form that was agreed on.")
        return effects


@dataclass(frozen=True, slots=True)
class NetworkSource:
    key: str
    is_trained: bool = True

    @property
    def inputs(self) -> tuple[Input, ...]:
        return networks.INPUTS

    @property
    def lines(self) -> Mapping[int, tuple[int, str]]:
        return {}

    def see(self, photos: tuple[Photo, ...], weights: Weights, wanted: Wanted) -> Seen:
        return cached_attention.network_gates(self.key, photos, weights, wanted)

    def effects(self, photo: Photo, weights: Weights, gate: int, unit: int, channel: int) -> Effects:
        return cached_attention.network_effects(self.key, photo, weights, gate, unit, channel)


def pick_source(lang: str) -> str:
    """The switch between the catalogue and the paste."""
    _ = translator(lang)
    words = {"catalogue": _("Catalogue"), "paste": _("Your paste"), "network": _("Trained network")}
    key = "attention-source"
    state.set_shown(key, attention_state.word(attention_state.SOURCE, SOURCES))
    st.segmented_control(
        _("Module from"), SOURCES, format_func=words.__getitem__, key=key, on_change=_switch, label_visibility="collapsed",
        required=True,
    )  # fmt: skip
    return str(st.session_state[key])


def _switch() -> None:
    attention_state.put_word(attention_state.SOURCE, st.session_state["attention-source"], SOURCES)
    forget_gate()


def forget_gate() -> None:
    """What was chosen of another module's gates means nothing for this one's."""
    own = attention_state
    own.forget(own.GATE, own.UNIT, own.TOKEN, own.HEAD, own.OUT, own.EDIT)


def pick_block(lang: str) -> BlockSpec:
    """The block of the selectbox; another one has other gates."""
    spec = block_choice.pick_block(lang)
    if st.session_state.get("attention-block", spec.key) != spec.key:
        forget_gate()
    st.session_state["attention-block"] = spec.key
    return spec


def block_source(spec: BlockSpec, lang: str) -> tuple[Source | None, bool]:
    """The block of the form, and whether it is an old one because the form makes none."""
    form = block_form.block_form(spec, lang, one_input=True)
    is_old = block_result.is_wrong(form, lang, _PLACE)
    choice = block_result.latest(_PLACE)
    return (None if choice is None else BlockSource(choice, _device(lang))), is_old


def _device(lang: str) -> str:
    """Where the block runs; there is nothing to choose where there is but one device."""
    _ = translator(lang)
    names = cached.device_names()
    if len(names) == 1:
        return names[0]
    return str(st.selectbox(_("device"), names, key="device", bind="query-params", width=160))


def network_source(lang: str) -> Source:
    """A network that others trained, by its name."""
    _ = translator(lang)
    names, key = tuple(networks.NETWORKS), "attention-network"
    state.set_shown(key, attention_state.word(attention_state.NETWORK, names))
    st.selectbox(
        _("Trained network"), names, format_func=lambda name: f"{name} · {networks.NETWORKS[name].about}", key=key, width=420,
        label_visibility="collapsed", on_change=_choose_network,
    )  # fmt: skip
    return NetworkSource(str(st.session_state[key]))


def _choose_network() -> None:
    attention_state.put_word(attention_state.NETWORK, st.session_state["attention-network"], tuple(networks.NETWORKS))
    forget_gate()


def paste_source(lang: str) -> Source | None:
    """The paste that was run last, with its form; None with the reason on the screen if it has come to no forward."""
    _ = translator(lang)
    paste_state.current()
    text, mode = paste_state.ran(), cached.paste_mode()
    if mode.mode == "off":
        draw.note([_("Pasting is off here."), *(say(reason, lang) for reason in mode.reason)])
        return None
    if not text.strip():
        draw.empty(_("There is no paste yet. Paste a block on the Paste page, or take one of these."))
        paste_code.examples(lang)
        return None
    try:
        outcome = paste_run.outcome_of(paste_state.request(text, cached.paste_devices()), lang)
    except BlocklensError as error:
        draw.note([_("No answer."), say(error.sentence, lang)], "bad")
        return None
    result = outcome.result
    if result is None:
        draw.note([_("No answer."), *([say(outcome.refusal, lang)] if outcome.refusal else [])], "bad")
        return None
    paste_form.paste_form(result, lang)
    if not result.works or result.variables or not result.inputs:
        draw.note(
            [_("Its forward takes no picture."), _("The Paste page says what it does, and why it stops if it does.")], "bad"
        )
        return None
    return PasteSource(result, paste_state.settings().stand_ins)
