"""What can be set for a paste: which class, its constructor's arguments, the inputs, what stands in for what it leaves out."""

from __future__ import annotations

import re
from ast import literal_eval
from typing import Any

import streamlit as st

from explainer.language import join_sentences, translator
from explainer.paste.result import Input, Parameter, PasteResult
from explainer.types import sentence
from ui import cached, paste_state, state
from ui.inputs import card
from ui.limits import LONGEST_SETTING
from ui.links import arrival
from ui.links.fields import Whole, Word

_MARKUP = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~$:])")
_LAYERS = (
    "nn.ReLU nn.GELU nn.SiLU nn.Hardswish nn.Sigmoid nn.Hardsigmoid nn.Identity nn.BatchNorm2d nn.GroupNorm nn.LayerNorm"
    " nn.InstanceNorm2d nn.Conv2d nn.Linear nn.MaxPool2d nn.AvgPool2d"
).split()
_BIGGEST = (1 << 53) - 1


def paste_form(result: PasteResult, lang: str) -> None:
    """One row of fields; each keeps what was chosen and runs the paste anew."""
    _check_link(result)
    _ = translator(lang)
    with st.grid("auto", min_column_width=150, gap="xsmall"):
        if len(result.targets) > 1:
            _target(result, lang)
        for parameter in result.parameters:
            with card(f"argument-{parameter.name}"):
                _field(parameter, lang)
        for place, given in enumerate(result.inputs):
            with card(f"input-{place}"):
                _input(place, given, len(result.inputs), lang)
        for missing in result.missing:
            with card(f"standin-{missing.name}"):
                _stand_in(missing.name, missing.choices, lang)
        if len(cached.paste_devices()) > 1:
            _device(lang)
        chosen = paste_state.settings()
        if chosen.arguments or chosen.inputs or chosen.stand_ins:
            st.button(
                _("Start over"),
                key="paste-start-over",
                type="tertiary",
                icon=":material/restart_alt:",
                on_click=paste_state.forget_settings,
            )


def _check_link(result: PasteResult) -> None:
    """What the link chose that this code, or this computer, does not have."""
    devices, chosen = cached.paste_devices(), paste_state.settings()
    arrival.check("device", Word(devices, devices[0]))
    arrival.check("reading", Whole(0, result.readings - 1))
    known = {missing.name: missing.choices for missing in result.missing}
    arrival.judge("standin", *(
        sentence("{name}={written} of the link is left out: {missing} is not missing in this code, or no block of that name"
                 " stands in for it.", name="standin", written=f"{name}={block}", missing=name)
        for name, block in chosen.stand_ins if block not in known.get(name, ())
    ), leave=None)  # fmt: skip


def _device(lang: str) -> None:
    _ = translator(lang)
    key, devices = "paste-device", cached.paste_devices()
    chosen = paste_state.settings().device
    state.set_shown(key, chosen if chosen in devices else devices[0])
    help_text = _("Where the forward runs; on meta only shapes are computed.")
    with card("paste-device"):
        st.selectbox(_("device"), devices, key=key, help=help_text, on_change=_choose_device)


def _choose_device() -> None:
    paste_state.choose(device=str(st.session_state["paste-device"]))


def _target(result: PasteResult, lang: str) -> None:
    _ = translator(lang)
    names = [target.name for target in result.targets]
    key = "paste-target"
    st.session_state[key] = result.target if result.target in names else names[-1]
    help_text = _("What the paste defines: classes, functions that make modules, modules, or the script itself.")
    with card("paste-class"):
        st.selectbox(_("class"), names, key=key, help=help_text, on_change=_choose_target)


def _choose_target() -> None:
    paste_state.choose_target(str(st.session_state["paste-target"]))


def _key(kind: str, name: str | int) -> str:
    return f"paste-{kind}-{name}-{paste_state.edition()}"


def _field(parameter: Parameter, lang: str) -> None:
    """The widget that fits the argument's value; expressions as text where none does."""
    key = _key("argument", parameter.name)
    label, told = plain(parameter.name), _help(parameter, lang)
    value = _literal(parameter.value)
    change: dict[str, Any] = {"key": key, "help": told, "on_change": _set, "args": (parameter.name, key)}
    if parameter.choices or parameter.kind == "layer":
        options = list(dict.fromkeys((parameter.value, *(parameter.choices or _LAYERS))))
        st.session_state[key] = parameter.value
        st.selectbox(label, options, accept_new_options=not parameter.choices, **change)
    elif parameter.kind == "flag" and isinstance(value, bool):
        state.set_shown(key, value)
        st.toggle(label, **change)
    elif parameter.kind == "whole" and type(value) is int and abs(value) <= _BIGGEST:
        state.set_shown(key, value)
        st.number_input(label, -_BIGGEST, _BIGGEST, step=1, **change)
    elif parameter.kind == "real" and isinstance(value, float) and abs(value) < 1e9:
        state.set_shown(key, value)
        st.number_input(label, -1e9, 1e9, step=0.05, format="%g", **change)
    else:
        state.set_shown(key, parameter.value)
        st.text_input(label, max_chars=max(LONGEST_SETTING, len(parameter.value)), **change)


def _help(parameter: Parameter, lang: str) -> str | None:
    _ = translator(lang)
    words = [plain(parameter.help)] if parameter.help else []
    if parameter.proposed:
        words.append(_("Nothing in the paste says what this is; the value is a proposal."))
    elif parameter.default is not None and parameter.default != parameter.value:
        words.append(_("In the code: {default}.", default=plain(parameter.default)))
    return join_sentences(words) or None


def _set(name: str, key: str) -> None:
    value = st.session_state[key]
    paste_state.set_argument(name, value if isinstance(value, str) else repr(value))


def _literal(text: str) -> object:
    try:
        return literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None


def _input(place: int, given: Input, count: int, lang: str) -> None:
    _ = translator(lang)
    key = _key("input", place)
    state.set_shown(key, paste_state.typed_input(place) or paste_state.written_input(given))
    name = _("input {name}", name=plain(given.name)) if given.name not in ("", "input") else _("input")
    help_text = _("The shape of this input, batch first: 1×64×56×56. Whole numbers, for an embedding, as 1×16:int64.")
    st.text_input(name, key=key, max_chars=80, help=help_text, on_change=_set_input, args=(count,))


def _set_input(count: int) -> None:
    paste_state.choose(inputs=tuple(str(st.session_state.get(_key("input", place), "")) for place in range(count)))


def _stand_in(name: str, choices: tuple[str, ...], lang: str) -> None:
    _ = translator(lang)
    key = _key("standin", name)
    st.session_state[key] = choices[0]
    help_text = _("The paste uses {name} and does not define it; this block of the catalogue stands in.", name=plain(name))
    st.selectbox(plain(name), list(choices), key=key, help=help_text, on_change=_set_stand_in, args=(name, key))


def _set_stand_in(name: str, key: str) -> None:
    chosen = dict(paste_state.settings().stand_ins) | {name: str(st.session_state[key])}
    paste_state.choose(stand_ins=tuple(chosen.items()))


def plain(text: str) -> str:
    """A paste's words where Streamlit reads Markdown: every sign that means something there is taken as it is."""
    return _MARKUP.sub(r"\\\1", text)
